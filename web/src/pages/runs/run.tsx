// SPDX-License-Identifier: Apache-2.0
// run.tsx - one run: what it did to each table, where its time went, what it left over.
import { useState } from 'preact/hooks';
import type { PageProps } from '../../app/router.ts';
import { navigate } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Button, copyText } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Progress, Stat, Stats } from '../../parts/figure.tsx';
import { bytes, count, duration, percent, plural, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Facts, Page, Section } from '../../parts/page.tsx';
import { Prose } from '../../parts/prose.tsx';
import { Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { Clock, When } from '../../parts/time.tsx';
import { toast } from '../../parts/toast.tsx';
import { typeText, waitedMs, waitTexts, type Attempt, type Part, type RunDetail } from './data.ts';
import { QuarantineTable } from './quarantine-table.tsx';
import { UndoDialog } from './undo.tsx';
import { Zero, ZeroMs } from './zero.tsx';
import { spent, Waterfall } from './waterfall.tsx';

export default function RunPage({ params }: PageProps) {
	const id = params.id ?? '';
	const r = useResource<RunDetail>(at`/api/runs/${id}`, { live: ['run', 'quarantine'], pollMs: 5000 });
	const run = r.data.value;
	const title = run ? `${typeText(run.sync_type)}${run.connection ? ` of ${run.connection}` : ''}` : 'Run';

	return (
		<Page title={title} crumbs={[['Runs', '/runs']]} says={run && <Summary run={run} />}
			actions={run && <Actions run={run} reload={r.reload} />}>
			<Of resource={r} lines={8}>{(d) => <Body run={d} />}</Of>
		</Page>
	);
}

function Summary({ run }: { run: RunDetail }) {
	const who = run.actor ?? (run.trigger ? words(run.trigger).toLowerCase() : null);

	return (
		<span class="row">
			<Status value={run.status} />
			<span>
				{run.status === 'running' ? 'Runs for ' : 'Took '}{duration(run.duration_ms)}, began <When at={run.started_at} />
				{who && <>, {run.actor ? `by ${who.replace(/^(user|token):/, '')}` : `by ${who === 'manual' ? 'a person' : who}`}</>}
			</span>
			{run.parent_id && <span>part of <a href={`/runs/${run.parent_id}`}>the whole run</a></span>}
			{run.undoes && <span>undoes <a href={`/runs/${run.undoes}`}>another run</a></span>}
		</span>
	);
}

function copy(text: string, what: string): void {
	void copyText(text).then((ok) => (ok ? toast.good(`${what} copied`)
		: toast.bad('This browser does not let the page copy; select the text instead.')));
}

function Actions({ run, reload }: { run: RunDetail; reload: () => void }) {
	const [undoing, setUndoing] = useState(false);
	const cancel = useAction(() => send('POST', at`/api/jobs/${run.job?.id ?? ''}/cancel`), { done: 'It stops between two pages' });
	const again = useAction(async () => {
		const only = run.details?.tables ?? [];
		const answer = await send<{ run: string }>('POST', at`/api/connections/${run.connection ?? ''}/sync`,
			{ mode: run.sync_type === 'full' ? 'full' : 'incremental', ...(run.parts.length > 0 && only.length > 0 ? { only } : {}) },
			{ idempotencyKey: newKey() });
		navigate(`/runs?connection=${encodeURIComponent(run.connection ?? '')}`);
		return answer;
	}, { done: 'Started' });
	const api = `${location.origin}/api/runs/${run.id}`;
	const running = run.status === 'running';
	const why = !run.undo ? 'Undo the whole run instead.' : run.undo.possible ? undefined : run.undo.why ?? undefined;

	return (
		<>
			{may('admin') && running && run.job && (
				<Button icon="stop" kind="danger" busy={cancel.busy} why={run.job.cancel_asked ? 'It is stopping already' : undefined}
					onClick={async () => {
						if (await confirm({ title: 'Stop this run?', yes: 'Stop the run', danger: true,
							text: 'It ends between two pages and keeps what it has; the next run goes on there.' }) && await cancel.run())
							reload();
					}}>Cancel</Button>
			)}
			{may('admin') && !running && run.sync_type !== 'undo' && run.connection && (
				<Button icon="refresh" busy={again.busy} onClick={() => again.run()}>Run again</Button>
			)}
			{may('admin') && !running && <Button icon="undo" why={why} onClick={() => setUndoing(true)}>Undo…</Button>}
			<Menu label="Copy" icon="copy" items={[
				{ label: 'As curl', icon: 'copy', onChoose: () => copy(`curl -H "Authorization: Bearer $TOKEN" ${api}`, 'The command') },
				{ label: 'As JSON', icon: 'copy', onChoose: () => copy(JSON.stringify(run, null, 2), 'The run') },
				{ label: 'Id', icon: 'copy', onChoose: () => copy(run.id, 'The id') },
				{ label: 'Link', icon: 'link', onChoose: () => copy(location.href, 'The link') },
			]} />
			{undoing && <UndoDialog run={run} onClose={() => setUndoing(false)} />}
		</>
	);
}

function Body({ run }: { run: RunDetail }) {
	const waits = waitTexts(run.timing);
	const own = run.parts.length > 0 ? run.parts : null;

	return (
		<>
			{run.status === 'running' && <Live run={run} />}
			{run.error_message && <Trouble run={run} />}
			<div class="six"><Stats>
				<Stat label="Created" value={count(run.records_created)} />
				<Stat label="Updated" value={count(run.records_updated)} />
				<Stat label="Unchanged" value={count(run.records_unchanged)} />
				<Stat label="Failed" value={count(run.records_failed)} {...(run.records_failed > 0 ? { tone: 'bad' as const } : {})}
					href={run.quarantined > 0 ? `/quarantine?run=${run.id}` : undefined}
					says={run.quarantined > 0 ? `${count(run.quarantined)} in quarantine` : undefined} />
				<Stat label="Calls to the vendor" value={count(run.requests)} says={run.bytes > 0 ? bytes(run.bytes) : undefined} />
				<Stat label="Waited" value={duration(waitedMs(run.timing))} says={waits[0]} />
			</Stats></div>
			{own && (
				<Section title="Where the time went" says="Pages travel while the page before is transformed and written.">
					<Waterfall parts={own} startedAt={run.started_at} totalMs={run.duration_ms} />
				</Section>
			)}
			{own && <Section title="Tables" plain><Parts parts={own} run={run} /></Section>}
			{run.quarantined > 0 && (
				<Section title="In quarantine" plain says="Records that could not become rows during this run."
					actions={<a href={`/quarantine?run=${run.id}`}>All {count(run.quarantined)}</a>}>
					<QuarantineTable query={{ run: run.id, limit: 10 }} />
				</Section>
			)}
			<div class="columns">
				<Section title="About this run"><About run={run} waits={waits} /></Section>
				<Section title="Last lines" says={run.log.length ? undefined : run.status === 'running'
					? 'They come when the run is over.' : 'This run kept none.'}>
					{run.log.length > 0 && (
						<ol class="lines" tabIndex={0} aria-label="Last lines">
							{run.log.map((l, i) => <li key={i}><Clock at={l.at} seconds /><span>{l.text}</span></li>)}
						</ol>
					)}
				</Section>
			</div>
			{run.attempts.length > 0 && <Section title="Attempts" plain><Attempts rows={run.attempts} now={run.id} /></Section>}
		</>
	);
}

function Live({ run }: { run: RunDetail }) {
	const p = run.job?.progress;
	const of = p?.table_total;

	return (
		<div class="note tone-busy" role="status">
			<Icon name="spinner" />
			<div class="live-run">
				<p>
					<strong>{p?.table ? `Reading ${p.table}` : 'Starting'}</strong>
					{p?.table_processed !== undefined && <> · {count(p.table_processed)}{of ? ` of about ${count(of)}` : ''} records</>}
					{p?.waiting && <> · waits {duration(p.waiting_ms)}: {p.waiting}</>}
					{run.job?.cancel_asked && <> · stopping between two pages</>}
				</p>
				<Progress value={p?.table_processed ?? 0} of={of} label={of
					? `${percent((p?.table_processed ?? 0) / of, 0)} of ${p?.table ?? ''}` : 'Under way'} />
			</div>
		</div>
	);
}

function Trouble({ run }: { run: RunDetail }) {
	return (
		<div class={`note tone-${run.status === 'error' ? 'bad' : 'warn'}`}>
			<Icon name="warn" class={run.status === 'error' ? 'tone-bad' : 'tone-warn'} />
			<div class="flow-tight">
				<p class="anywhere"><strong>{run.error_message}</strong></p>
				{run.next && <p>{run.next}</p>}
			</div>
		</div>
	);
}

function notesOf(p: Part): string[] {
	const sums = (name: string, of: Record<string, number> | null): string[] =>
		Object.entries(of ?? {}).map(([column, n]) => `${count(n)} ${name} in ${column}`);

	return [
		...(p.stopped_by ? [`stopped by ${p.stopped_by}`] : []),
		...(p.held ? [`held by ${p.held.check}: ${p.held.seen}, expected ${p.held.expected}`] : []),
		...(p.no_longer_seen ? [`${count(p.no_longer_seen)} rows that the vendor no longer has`] : []),
		...sums('unknown values', p.unknown_values),
		...sums('missing references', p.missing_references),
		...sums('conflicts', p.conflicts),
		...(p.error_message && !p.held ? [p.error_message] : []),
	];
}

/** Where the rows of the table can be looked at, by whoever may. */
function recordsOf(connection: string | null, table: string): string {
	const tab = may('admin') && table ? `?tab=records&table=${encodeURIComponent(table)}` : '';

	return `/connections/${encodeURIComponent(connection ?? '')}${tab}`;
}

function Cursor({ part: p }: { part: Part }) {
	if (!p.cursor)
		return <span class="quiet">none</span>;
	return (
		<span class="cursor">
			<When at={p.cursor.before} none="the beginning" />
			<Icon name="right" label="to" />
			<When at={p.cursor.after} none="not yet" />
			{p.cursor.partitions > 1 && <span class="quiet"> · {plural(p.cursor.partitions, 'partition')}</span>}
		</span>
	);
}

function Parts({ parts, run }: { parts: Part[]; run: RunDetail }) {
	return (
		<Table caption="Tables of this run" rows={parts} keyOf={(p) => p.id} columns={[
			{ id: 'table', head: 'Table', cell: (p) => (
				<span class="stack">
					<span class="row"><Status value={p.status} iconOnly />
						<a href={recordsOf(run.connection, p.table)}>{p.table || p.sync_type}</a></span>
					{notesOf(p).map((n) => <small key={n} class="quiet">{n}</small>)}
				</span>
			) },
			{ id: 'created', head: 'Created', number: true, cell: (p) => <Zero n={p.records_created} /> },
			{ id: 'updated', head: 'Updated', number: true, cell: (p) => <Zero n={p.records_updated} /> },
			{ id: 'unchanged', head: 'Unchanged', number: true, cell: (p) => <Zero n={p.records_unchanged} /> },
			{ id: 'failed', head: 'Failed', number: true, cell: (p) => (p.quarantined > 0
				? <a class="tone-bad" href={`/quarantine?run=${run.id}&table=${encodeURIComponent(p.table)}`}>{count(p.records_failed)}</a>
				: <Zero n={p.records_failed} />) },
			{ id: 'calls', head: 'Calls', number: true, cell: (p) => <span title={bytes(p.bytes)}>{count(p.requests)}</span> },
			{ id: 'fetch', head: 'Fetch', number: true, wideOnly: true, cell: (p) => <ZeroMs ms={spent(p.timing)[0]} /> },
			{ id: 'wait', head: 'Wait', number: true, cell: (p) => <span title={waitTexts(p.timing).join('; ')}><ZeroMs ms={spent(p.timing)[1]} /></span> },
			{ id: 'transform', head: 'Transform', number: true, wideOnly: true, cell: (p) => <ZeroMs ms={spent(p.timing)[2]} /> },
			{ id: 'commit', head: 'Write', number: true, wideOnly: true, cell: (p) => <ZeroMs ms={spent(p.timing)[3]} /> },
			{ id: 'cursor', head: 'Cursor', cell: (p) => <Cursor part={p} /> },
		]} />
	);
}

function About({ run, waits }: { run: RunDetail; waits: string[] }) {
	return (
		<Facts rows={[
			['Run', <code key="id">{run.id}</code>],
			['Connection', run.connection && <a href={`/connections/${encodeURIComponent(run.connection)}`}>{run.connection}</a>],
			['Trigger', run.trigger ? words(run.trigger) : '–'],
			run.actor ? ['Asked for by', run.actor] : null,
			['Began', <When key="b" at={run.started_at} full />],
			run.completed_at ? ['Ended', <When key="e" at={run.completed_at} full />] : null,
			['Records', `${count(run.records_processed)} on ${plural(run.pages, 'page')}`],
			run.relinked > 0 ? ['Linked late', plural(run.relinked, 'reference')] : null,
			['Waits', waits.length ? <ul key="w">{waits.map((w) => <li key={w}>{w}</li>)}</ul> : 'none'],
			run.job ? ['Job', <a key="j" href={`/jobs/${run.job.id}`}>{run.job.id}</a>] : null,
			run.undo ? ['Undo', run.undo.possible
				? <span key="u">{plural(run.undo.rows, 'row')}, until <When at={run.undo.until} full /></span> : <Prose key="u" text={run.undo.why ?? 'no'} />] : null,
		]} />
	);
}

function Attempts({ rows, now }: { rows: Attempt[]; now: string }) {
	return (
		<Table caption="Attempts" rows={rows} keyOf={(a) => a.run} columns={[
			{ id: 'status', head: 'Outcome', cell: (a) => <Status value={a.status} /> },
			{ id: 'run', head: 'Run', cell: (a) => (a.run === now ? <span class="nowrap">this one</span> : <a href={`/runs/${a.run}`}>{a.run.slice(0, 8)}</a>) },
			{ id: 'job', head: 'Job', cell: (a) => (a.job ? <a href={`/jobs/${a.job}`}>{a.job}</a> : 'none') },
			{ id: 'attempt', head: 'Attempt', number: true, cell: (a) => count(a.attempt) },
			{ id: 'worker', head: 'Worker', cell: (a) => <span title={a.holder ?? undefined}>{a.worker ?? a.holder ?? '–'}</span> },
			{ id: 'fence', head: 'Fencing token', number: true, cell: (a) => count(a.fence) },
			{ id: 'at', head: 'Began', cell: (a) => <When at={a.started_at} /> },
			{ id: 'error', head: 'Message', grow: true, cell: (a) => a.error_message ?? (a.took_over ? 'took over from a run that died' : '') },
		]} />
	);
}
