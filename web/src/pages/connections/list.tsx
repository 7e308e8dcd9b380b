// SPDX-License-Identifier: Apache-2.0
// list.tsx - all connections: how each stands, how fresh it is, and its switch.
import { useState } from 'preact/hooks';
import { param } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { optimistic, useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { ask, confirm } from '../../parts/dialog.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { count, plural } from '../../parts/format.ts';
import { Toggle } from '../../parts/form.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status, wordOf } from '../../parts/status.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { Freshness, Moment, nextRun, pageOf, RunStrip, runsPage, scheduleWords, vendorOf } from './parts.tsx';
import { HINTS, type Connection } from './types.ts';

interface Connections {
	connections: Connection[];
}

const STATES = ['running', 'ok', 'attention', 'failing', 'stopped', 'off'];

function shown(all: Connection[]): Connection[] {
	const q = param('q').toLowerCase();
	const state = param('state');
	const vendor = param('vendor');

	return all.filter((c) => (!state || c.state === state) && (!vendor || c.connector === vendor) &&
		(!q || `${c.name} ${c.connector} ${c.reason ?? ''} ${c.tables.map((t) => t.table).join(' ')}`.toLowerCase().includes(q)));
}

function says(all: Connection[]): string {
	const wrong = all.filter((c) => c.state === 'attention' || c.state === 'failing').length;

	return wrong ? `${plural(wrong, 'connection needs', 'connections need')} a look` : 'All is in step';
}

/** The list with one of them switched. */
function switched(r: Resource<Connections>, name: string, on: boolean): () => void {
	const all = r.data.value?.connections ?? [];

	return r.patch({
		connections: all.map((c) => (c.name === name
			? { ...c, enabled: on, state: on ? 'ok' : 'stopped', reason: on ? null : 'Stopped just now.' } : c)),
	});
}

export default function Connections() {
	const [chosen, setChosen] = useState<Set<string>>(new Set());
	const r = useResource<Connections>('/api/connections', { live: HINTS });
	const all = r.data.value?.connections ?? [];
	const vendors = [...new Set(all.map((c) => c.connector))].sort();
	const turn = useAction(async (name: string, on: boolean) => {
		await optimistic(() => switched(r, name, on),
			() => (on ? send('POST', at`/api/connections/${name}/restart`)
				: send('POST', at`/api/connections/${name}/stop`, { reason: 'switched off in the list of connections' })));
		r.reload();
	});

	return (
		<Page title="Connections" says={r.data.value ? says(all) : undefined}>
			<Filters names={['q', 'state', 'vendor']}>
				<SearchFilter label="Search connections" />
				<SelectFilter name="state" label="State" choices={[['', 'All'], ...STATES.map((s): [string, string] => [s, wordOf(s)])]} />
				<SelectFilter name="vendor" label="Vendor" choices={[['', 'All'], ...vendors.map((v): [string, string] => [v, vendorOf(v)])]} />
			</Filters>
			<Of resource={r}>{(d) => (
				<>
					{may('admin') && <Deeds chosen={chosen} done={() => {
						setChosen(new Set());
						r.reload();
					}} />}
					<Table caption="Connections" rows={shown(d.connections)} keyOf={(c) => c.name} hrefOf={(c) => pageOf(c.name)}
						columns={columns((name, on) => void turn.run(name, on), turn.busy.value)}
						{...(may('admin') ? { chosen, onChoose: setChosen } : {})}
						empty={d.connections.length === 0
							? <Empty title="The plan has no connection" icon="plug" command="lockstep init">
								Write one into lockstep.yaml, then let the server read it again.
							</Empty>
							: <Empty title="No connection matches" icon="filter">Change the filters above, or clear them.</Empty>} />
				</>
			)}</Of>
		</Page>
	);
}

function columns(turn: (name: string, on: boolean) => void, busy: boolean): Column<Connection>[] {
	return [
		{ id: 'name', head: 'Name', cell: (c) => (
			<span class="pair"><a href={pageOf(c.name)}>{c.name}</a><small class="quiet">{vendorOf(c.connector)}</small></span>
		) },
		{ id: 'state', head: 'Status', cell: (c) => (
			<span class="pair stand" title={c.reason ?? undefined}>
				<Status value={c.state} />
				{c.reason ? <small class="quiet clip">{c.reason}</small>
					: c.progress && <small class="quiet clip">{c.progress.table}, {count(c.progress.records)} records</small>}
			</span>
		) },
		{ id: 'success', head: 'Last success', cell: (c) => <Moment at={c.last_success_at} none="never" /> },
		{ id: 'fresh', head: 'Freshness', cell: (c) => <Freshness freshFor={c.fresh_for_s} dueEvery={c.due_every_s} /> },
		{ id: 'schedule', head: 'Schedule', cell: (c) => (
			<span class="pair when-words"><span class="clip" title={scheduleWords(c)}>{scheduleWords(c)}</span>
				<small class="quiet">next <When at={nextRun(c)} none={c.enabled ? 'none' : 'when restarted'} /></small></span>
		) },
		{ id: 'runs', head: 'Last runs', cell: (c) => <RunStrip runs={c.runs} page={c.page} /> },
		{ id: 'written', head: 'Rows, 24 h', number: true, cell: (c) => <a href={runsPage(c)}>{count(c.written_24h)}</a> },
		{ id: 'on', head: 'On', cell: (c) => (may('admin')
			? <Toggle label={`${c.name}: syncs on`} on={c.enabled} busy={busy} onChange={(on) => turn(c.name, on)} />
			: <span class="quiet">{c.enabled ? 'on' : 'off'}</span>) },
	];
}

/** What is done to several at once; each answers for itself. */
async function each(names: Set<string>, deed: (name: string) => Promise<unknown>): Promise<void> {
	const all = await Promise.allSettled([...names].map(deed));
	const failed = all.find((a): a is PromiseRejectedResult => a.status === 'rejected');

	if (failed)
		throw failed.reason;
}

function Deeds({ chosen, done }: { chosen: Set<string>; done: () => void }) {
	const many = plural(chosen.size, 'connection');
	const run = useAction(async () => {
		try {
			await each(chosen, (name) => send('POST', at`/api/connections/${name}/sync`, {}, { idempotencyKey: newKey() }));
		} finally {
			done();
		}
	}, { done: () => `A sync of ${many} was asked for` });
	const stop = useAction(async (reason: string) => {
		try {
			await each(chosen, (name) => send('POST', at`/api/connections/${name}/stop`, reason ? { reason } : {}));
		} finally {
			done();
		}
	}, { done: () => `${many} stopped` });

	if (chosen.size === 0)
		return null;
	return (
		<div class="bulk chosen" role="group" aria-label="Do with the chosen">
			<strong>{many} chosen</strong>
			<Button icon="play" busy={run.busy} onClick={async () => {
				if (await confirm({ title: `Sync ${many}`, text: `An incremental sync of ${[...chosen].join(', ')} begins now.`, yes: 'Sync now' }))
					await run.run();
			}}>Run now</Button>
			<Button icon="pause" busy={stop.busy} onClick={async () => {
				const reason = await ask({ title: `Stop ${many}`, reason: true, danger: true, yes: `Stop ${many}`,
					text: 'What runs ends between two pages and keeps what it has; nothing begins until they are restarted.' });
				if (reason !== null)
					await stop.run(reason);
			}}>Pause</Button>
		</div>
	);
}
