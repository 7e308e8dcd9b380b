// SPDX-License-Identifier: Apache-2.0
// runs.tsx - all runs: what came, how long it took, and what went wrong.
import { addressWith, param, setQuery } from '../../app/router.ts';
import { connections } from '../../app/session.ts';
import { withQuery } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { DaysFilter, Filters, SelectFilter } from '../../parts/filter.tsx';
import { count, now, words } from '../../parts/format.ts';
import { Menu } from '../../parts/menu.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table, type Sort } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { TimeBar } from './time-bar.tsx';
import { Zero } from './zero.tsx';
import { dayStart, STATUSES, tookMs, type Run } from './data.ts';

const LIMIT = 50;
const FILTERS = ['connection', 'type', 'status', 'trigger', 'from', 'to', 'parts'];
const SORTS: Record<string, Sort> = {
	newest: { by: 'started', down: true },
	oldest: { by: 'started', down: false },
	duration: { by: 'duration', down: true },
	records: { by: 'records', down: true },
	failed: { by: 'failed', down: true },
};

interface Runs {
	runs: Run[];
	total: number;
	more: boolean;
}

function filters() {
	const from = param('from');
	const to = param('to');

	return {
		connection: param('connection'), type: param('type'), status: param('status'), trigger: param('trigger'),
		parts: param('parts'), from: from && dayStart(from), to: to && dayStart(to, 1),
	};
}

function sortBy(s: Sort): void {
	const name = Object.keys(SORTS).find((k) => SORTS[k]?.by === s.by && SORTS[k]?.down === s.down)
		?? Object.keys(SORTS).find((k) => SORTS[k]?.by === s.by) ?? '';

	setQuery({ sort: name === 'newest' ? '' : name, page: '' });
}

const TONES: Record<string, string> = { success: 'good', partial: 'warn', error: 'bad', running: 'busy' };

export default function RunsPage() {
	const asked = filters();
	const r = useResource<Runs>('/api/runs', {
		query: { ...asked, sort: param('sort'), page: param('page'), limit: LIMIT },
		live: ['run'],
	});
	const runs = r.data.value?.runs ?? [];
	const longest = Math.max(0, ...runs.map((x) => tookMs(x, now.value) ?? 0));
	const file = (format: string): string => withQuery('/api/runs/export', { ...asked, format });

	return (
		<Page title="Runs" says="Every sync of every connection, the newest first." actions={(
			<Menu label="Export" icon="download" items={[
				{ label: 'CSV for a spreadsheet', icon: 'table', href: file('csv') },
				{ label: 'NDJSON, a line each', icon: 'list', href: file('ndjson') },
			]} />
		)}>
			<Filters names={FILTERS}>
				<SelectFilter name="connection" label="Connection"
					choices={[['', 'All'], ...connections.value.map((c): [string, string] => [c.name, c.name])]} />
				<SelectFilter name="type" label="Type"
					choices={[['', 'All'], ['full', 'Full'], ['incremental', 'Incremental'], ['undo', 'Undo']]} />
				<SelectFilter name="status" label="Status" choices={STATUSES} />
				<SelectFilter name="trigger" label="Trigger"
					choices={[['', 'All'], ['manual', 'By a person'], ['schedule', 'Schedule'], ['webhook', 'Webhook']]} />
				<SelectFilter name="parts" label="Show" choices={[['', 'Whole runs'], ['true', 'Tables too']]} />
				<DaysFilter />
			</Filters>
			<Of resource={r}>{(d) => <>
				<Table caption="Runs" rows={d.runs} keyOf={(x) => x.id} hrefOf={(x) => `/runs/${x.parent_id ?? x.id}`}
					sort={SORTS[param('sort', 'newest')]} onSort={sortBy} columns={[
						{ id: 'status', head: 'Status', cell: (x) => <Status value={x.status} /> },
						{ id: 'what', head: 'Run', grow: true, cell: (x) => (
							<a href={`/runs/${x.parent_id ?? x.id}`} title={x.error_message ?? undefined}>
								{words(x.sync_type)}
								{x.connection && connections.value.length !== 1 && <span class="quiet"> of {x.connection}</span>}
								{x.error_message && <span class="quiet"> · {x.error_message}</span>}
							</a>
						) },
						{ id: 'started', head: 'Started', sort: true, cell: (x) => <When at={x.started_at} /> },
						{ id: 'duration', head: 'Took', sort: true, cell: (x) =>
							<TimeBar ms={tookMs(x, now.value)} of={longest} tone={TONES[x.status] ?? 'quiet'} /> },
						{ id: 'records', head: 'Records', number: true, sort: true, cell: (x) => <Zero n={x.records_processed} /> },
						{ id: 'created', head: 'Created', number: true, wideOnly: true, cell: (x) => <Zero n={x.records_created} /> },
						{ id: 'updated', head: 'Updated', number: true, wideOnly: true, cell: (x) => <Zero n={x.records_updated} /> },
						{ id: 'failed', head: 'Failed', number: true, sort: true, cell: (x) => (x.records_failed > 0 && x.sync_type !== 'undo'
							? <a class="tone-bad" href={`/quarantine?run=${x.parent_id ?? x.id}`}>{count(x.records_failed)}</a> : <Zero n={x.records_failed} />) },
						{ id: 'trigger', head: 'Trigger', wideOnly: true, cell: (x) => words(x.details?.trigger ?? '') },
					]} empty={<NoRuns />} />
				{d.total > 0 && <Pager total={d.total} limit={LIMIT} capped={d.more} />}
			</>}</Of>
		</Page>
	);
}

function NoRuns() {
	const narrowed = FILTERS.some((n) => param(n));

	return narrowed
		? <Empty title="No run is like that" icon="search"
			action={<a class="button" href={addressWith(Object.fromEntries([...FILTERS, 'page'].map((n) => [n, ''])))}>Show all</a>} />
		: <Empty title="No runs yet" icon="list" command="lockstep sync"
			action={<a class="button main" href="/connections">Go to the connections</a>}>
			Start the first sync from its connection, or at the command line.
		</Empty>;
}
