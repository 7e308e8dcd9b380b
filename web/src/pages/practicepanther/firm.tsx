// SPDX-License-Identifier: Apache-2.0
// firm.tsx - the law firm's page: sync, stop, connect, schedule, and whether all is well.
import { useState } from 'preact/hooks';
import { addressWith, navigate } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { get, newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { ask, Dialog } from '../../parts/dialog.tsx';
import { Meter, Stat, Stats } from '../../parts/figure.tsx';
import { count, duration, percent, plural } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { Of } from '../../parts/state.tsx';
import { Status, toneOf } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { typeText } from '../runs/data.ts';
import { Charts } from './charts.tsx';
import { Checklist } from './checklist.tsx';
import { CompletenessTable } from './completeness.tsx';
import type { Answer, Statistics, SyncStatus } from './data.ts';
import { Logs } from './logs.tsx';
import { ScheduleForm } from './schedule.tsx';
import { TokenCard } from './token.tsx';

type SyncType = 'contacts' | 'matters' | 'tasks' | 'full' | 'incremental';
const LIVE = ['run', 'connection', 'schedule', 'token', 'hold', 'quarantine'];

export default function FirmPage() {
	const status = useResource<Answer<SyncStatus>>('/api/sync/status', { live: LIVE, pollMs: 5000 });
	const figures = useResource<Answer<Statistics>>('/api/sync/statistics', { live: ['run', 'connection', 'token'], pollMs: 30000 });
	const s = status.data.value?.data ?? null;

	return (
		<Page title="PracticePanther" says={s ? <Says s={s} /> : 'Contacts, matters and tasks of the firm'}
			actions={may('admin') && <SyncButtons s={s} reload={status.reload} />}>
			<Of resource={status} lines={0}>{(d) => <Notes s={d.data} />}</Of>
			<Of resource={figures} lines={5}>{(d) => <Indicators d={d.data} s={s} />}</Of>
			<div class="columns">
				<Section title="Monitoring checklist" says="Each figure with its threshold, as it is now.">
					<Of resource={figures} lines={5}>{(d) => <Checklist rows={d.data.checklist} />}</Of>
				</Section>
				<div class="flow">
					<TokenCard token={s?.token ?? null} reload={status.reload} />
					<ScheduleForm s={s} reload={status.reload} />
				</div>
			</div>
			<Section title="Last 30 days" says={<Before d={figures} />}>
				<Of resource={figures} lines={18}>{(d) => <Charts d={d.data} />}</Of>
			</Section>
			<Errors d={figures} />
			<CompletenessTable />
			<Logs />
		</Page>
	);
}

function Says({ s }: { s: SyncStatus }) {
	const last = s.recent.find((r) => !r.parent_id);

	if (s.running)
		return (
			<span class="row"><Status value="running" /><a href={`/runs/${s.running.id}`}>{typeText(s.running.sync_type)}</a>
				<span>since <When at={s.running.started_at} />, {plural(s.running.records_processed, 'record')}</span></span>
		);
	if (s.stopped)
		return <span class="row"><Status value="stopped" /><span>since <When at={s.stopped.since} /></span></span>;
	return last
		? <span class="row"><Status value={last.status} /><a href={`/runs/${last.id}`}>{typeText(last.sync_type)}</a><When at={last.started_at} /></span>
		: <>Nothing was synced yet{may('admin') ? ': press Full Sync' : ''}.</>;
}

/** A job that is there already is shown, not a second one begun. */
function useSync(reload: () => void) {
	return useAction(async (syncType: SyncType) => {
		await send('POST', '/api/sync/trigger', { syncType }, { idempotencyKey: newKey() });
		reload();
	}, { done: 'Sync started' });
}

/** Each waits for itself: only the one that was pressed turns. */
function SyncButton({ type, icon, kind = 'normal', why, reload, children }: {
	type: SyncType;
	icon: IconName;
	kind?: 'main' | 'normal';
	why: string | undefined;
	reload: () => void;
	children: string;
}) {
	const sync = useSync(reload);

	return <Button icon={icon} kind={kind} busy={sync.busy} why={why} onClick={() => sync.run(type)}>{children}</Button>;
}

function SyncButtons({ s, reload }: { s: SyncStatus | null; reload: () => void }) {
	const [testing, setTesting] = useState(false);
	const restart = useAction(async () => {
		await send('POST', '/api/sync/restart', undefined, { idempotencyKey: newKey() });
		reload();
	}, { done: 'Syncs go on' });
	const stop = useAction(async (reason: string) => {
		await send('POST', '/api/sync/stop', reason ? { reason } : {});
		reload();
	}, { done: 'All syncs are stopped' });
	const why = s?.stopped ? 'Syncs are stopped; restart them first'
		: s?.running ? 'A sync is running already' : undefined;

	return (
		<>
			<SyncButton type="contacts" icon="people" why={why} reload={reload}>Sync Contacts</SyncButton>
			<SyncButton type="matters" icon="stack" why={why} reload={reload}>Sync Matters</SyncButton>
			<SyncButton type="tasks" icon="list" why={why} reload={reload}>Sync Tasks</SyncButton>
			<SyncButton type="full" icon="refresh" kind="main" why={why} reload={reload}>Full Sync</SyncButton>
			<Button icon="plug" onClick={() => setTesting(true)}>Test Connection</Button>
			{s?.stopped
				? <Button icon="play" busy={restart.busy} onClick={() => restart.run()}>Restart</Button>
				: (
					<Button icon="stop" kind="danger" busy={stop.busy} onClick={async () => {
						const reason = await ask({ title: 'Stop all syncs?', yes: 'Stop all syncs', danger: true, reason: true,
							text: 'The running sync ends between two pages and keeps what it has. None starts, by schedule or by hand, until somebody restarts them.' });
						if (reason !== null)
							await stop.run(reason);
					}}>Stop</Button>
				)}
			{testing && <TestDialog onClose={() => setTesting(false)} />}
		</>
	);
}

interface Test {
	connected: boolean;
	message: string;
	streams: { stream: string; records: number; milliseconds: number }[];
}

function TestDialog({ onClose }: { onClose: () => void }) {
	const [found, setFound] = useState<Test | null>(null);
	const test = useAction(async () => setFound((await get<Answer<Test>>('/api/sync/test-connection')).data.data));

	return (
		<Dialog title="Test the connection" onClose={onClose} actions={<>
			<Button onClick={onClose}>Close</Button>
			<Button kind="main" icon="plug" busy={test.busy} onClick={() => test.run()}>{found ? 'Test again' : 'Test'}</Button>
		</>}>
			<div class="flow">
				<p>One record of each kind is asked for, a few calls of the limit; nothing is written.</p>
				{found && (
					<div role="status" class="flow">
						<p><Status value={found.connected ? 'ok' : 'failed'} label={found.connected ? 'Connected' : 'Not connected'} /> {found.message}</p>
						{found.streams.length > 0 && (
							<Table caption="What answered" rows={found.streams} keyOf={(x) => x.stream} columns={[
								{ id: 'stream', head: 'Kind', cell: (x) => x.stream, grow: true },
								{ id: 'records', head: 'Records seen', number: true, cell: (x) => count(x.records) },
								{ id: 'ms', head: 'Answered in', number: true, cell: (x) => duration(x.milliseconds) },
							]} />
						)}
					</div>
				)}
			</div>
		</Dialog>
	);
}

/** What needs somebody: a stop, tables that a check held. */
function Notes({ s }: { s: SyncStatus }) {
	return (
		<>
			{s.stopped && (
				<div class="note tone-warn">
					<Icon name="stop" class="tone-warn" />
					<p>
						<strong>All syncs are stopped</strong> since <When at={s.stopped.since} />
						{s.stopped.actor && <>, by {s.stopped.actor.replace(/^(user|token):/, '')}</>}
						{s.stopped.reason && <>: {s.stopped.reason}</>}. Press Restart to go on.
					</p>
				</div>
			)}
			{s.held.map((h) => (
				<div class="note tone-warn" key={h.table}>
					<Icon name="warn" class="tone-warn" />
					<p><strong>{h.table} is held</strong> by {h.check}: {h.seen}, expected {h.expected}. {h.next}{' '}
						<a href={`/connections/${encodeURIComponent(s.connection)}`}>Go to the connection</a></p>
				</div>
			))}
		</>
	);
}

/** The four indicators, each leading to its runs. */
function Indicators({ d, s }: { d: Statistics; s: SyncStatus | null }) {
	const o = d.overall;
	const rows: [string, string, string, number][] = [
		['success', 'Success', 'without errors', o.successfulSyncs],
		['partial', 'Partial', 'with some errors', o.partialSyncs],
		['error', 'Error', 'failed', o.failedSyncs],
		['running', 'Running', 'in progress', s?.running ? 1 : 0],
	];

	return (
		<div class="indicators">
			<Stats>
				{rows.map(([status, word, says, n]) => (
					<Stat key={status} label={word} says={says} tone={toneOf(status)} href={`${addressWith({ status, page: '' })}#logs`}
						value={<span class="indicator">{n || status !== 'running' ? <Status value={status} iconOnly /> : <Icon name="ring" />}{count(n)}</span>} />
				))}
				<Stat label="30-day success" value={percent(o.successRate)} delta={change(o.successRate, d.previous.successRate)}
					deltaGood={(o.successRate ?? 0) >= (d.previous.successRate ?? 0)} spark={d.byDay.map((x) => (x.syncs ? x.successful / x.syncs : null))} />
				<Stat label="Rate limit" value={d.rateLimit ? percent(d.rateLimit.ratio, 0) : '–'} says={d.rateLimit
					? <Meter value={d.rateLimit.used} of={d.rateLimit.limit} label={`${count(d.rateLimit.used)} of ${count(d.rateLimit.limit)} calls`} /> : undefined} />
			</Stats>
		</div>
	);
}

/** '+1.5 %': points of a share against the time before; null when there was none. */
function change(now: number | null, before: number | null): string | null {
	if (now === null || before === null)
		return null;
	const points = (now - before) * 100;
	return `${points > 0 ? '+' : ''}${points.toFixed(1)} %`;
}

function Before({ d }: { d: Resource<Answer<Statistics>> }) {
	const p = d.data.value?.data;

	if (!p)
		return null;
	return (
		<>
			{plural(p.overall.totalSyncs, 'sync')}, {plural(p.overall.totalRecordsProcessed, 'record')}; half took at most {seconds(p.durations.p50)},
			95 of 100 at most {seconds(p.durations.p95)}. In the 30 days before: {p.previous.totalSyncs === 0 ? 'none.'
				: `${plural(p.previous.totalSyncs, 'sync')}, ${percent(p.previous.successRate)} without errors, half at most ${seconds(p.previous.durations.p50)}.`}
		</>
	);
}

export function seconds(s: number | null): string {
	return duration(s === null ? null : s * 1000);
}

const KINDS: Record<string, string> = {
	auth: 'Sign-in refused', transient: 'The vendor was away or busy', remote: 'The vendor refused', limit: 'A limit or a check',
	store: 'The database', config: 'The plan', cancelled: 'Stopped', records: 'Records were refused', incomplete: 'Not read to the end',
	busy: 'Another run was under way', fenced: 'Taken over', usage: 'A wrong request', missing: 'Something is missing',
};

function Errors({ d }: { d: Resource<Answer<Statistics>> }) {
	const rows = d.data.value?.data.errors ?? [];

	if (rows.length === 0)
		return null;
	return (
		<Section title="Errors by their kind" plain>
			<Table caption="Errors by their kind" rows={rows} keyOf={(x) => x.kind} onOpen={(x) => navigate(`/runs/${x.lastRun}`)} columns={[
				{ id: 'kind', head: 'Kind', cell: (x) => <span class="nowrap">{KINDS[x.kind] ?? x.kind}</span> },
				{ id: 'syncs', head: 'Syncs', number: true, cell: (x) => count(x.syncs) },
				{ id: 'last', head: 'Last', cell: (x) => <When at={x.lastAt} /> },
				{ id: 'message', head: 'Message', grow: true, cell: (x) => <a href={`/runs/${x.lastRun}`} title={x.lastMessage ?? undefined}>{x.lastMessage ?? 'Look at the run'}</a> },
			]} />
		</Section>
	);
}
