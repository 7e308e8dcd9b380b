// SPDX-License-Identifier: Apache-2.0
// jobs.tsx - every job: what waits, runs and failed, and why; found, chosen, retried.
import { useState } from 'preact/hooks';
import { useCommands } from '../../app/commands.ts';
import { addressWith, param, paramInt } from '../../app/router.ts';
import { connections, may } from '../../app/session.ts';
import { send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Bulk, type BulkDeed } from '../../parts/bulk.tsx';
import { Button, LinkButton } from '../../parts/button.tsx';
import { DaysFilter, Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { duration, now, short } from '../../parts/format.ts';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { Tiles } from '../../parts/tiles.tsx';
import { When } from '../../parts/time.tsx';
import { NewJob } from './new_job.tsx';
import { isOver, overdueMs, statusOf, tasksOf, tilesOf, type Job, type JobList, type Queue } from './model.ts';
import { Paused } from './pauses.tsx';
import { QuickActions } from './quick.tsx';

const LIMIT = 50;
/** The server counts pages so far; behind the last a list goes on from a job's id. */
const PAGES = 1000;
const NAMES = ['q', 'state', 'task', 'lane', 'since', 'until', 'order', 'after'];

/** The start of a day of the viewer's, days later, as the server takes it. */
function dayStart(day: string, later = 0): string {
	const at = day ? new Date(`${day}T00:00:00`) : null;

	if (!at || Number.isNaN(at.getTime()))
		return '';
	at.setDate(at.getDate() + later);
	return at.toISOString();
}

function filters(): Record<string, string> {
	const all = { state: param('state'), task: param('task'), lane: param('lane'), text: param('q'),
		since: dayStart(param('since')), until: dayStart(param('until'), 1) };

	return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== ''));
}

export default function Jobs() {
	const [chosen, setChosen] = useState<Set<string>>(new Set());
	const [adding, setAdding] = useState(false);
	const queue = useResource<Queue>('/api/queue', { live: ['job', 'queue', 'worker'] });
	const list = useResource<JobList>('/api/jobs', {
		query: { ...filters(), order: param('order'), after: param('after'), page: param('page'), limit: LIMIT }, live: ['job', 'queue'],
	});
	const q = queue.data.value;

	useCommands([
		{ id: 'jobs:add', label: 'Add a job', kind: 'Deed', icon: 'plus', run: () => setAdding(true) },
		{ id: 'jobs:failed', label: 'Failed jobs', kind: 'List', icon: 'cross', href: '/jobs?state=failed' },
		{ id: 'jobs:queue', label: 'Queue: throughput and pauses', kind: 'Page', icon: 'gauge', href: '/queue' },
	].filter((c) => c.id !== 'jobs:add' || may('admin')), []);
	const platform = connections.value.some((c) => c.connector === 'metactf');

	return (
		<Page title="Jobs" says="What waits, what runs, and what failed" actions={<>
			{platform && may('admin') && <QuickActions onDone={list.reload} />}
			<LinkButton href="/queue" icon="gauge">Queue</LinkButton>
			{may('admin') && <Button icon="plus" onClick={() => setAdding(true)}>Add a job</Button>}
		</>}>
			<Paused pauses={q?.pauses ?? []} onDone={queue.reload} />
			<Tiles name="state" label="Jobs by state" tiles={tilesOf(q, param('task'))} />
			<Filters names={NAMES}>
				<SearchFilter label="Text in the error" />
				<span class="unrailed">
					<SelectFilter name="task" label="Task"
						choices={[['', 'All'], ...tasksOf(q).map((t): [string, string] => [t.task, t.task])]} />
					{q && q.lanes.length > 0 && <SelectFilter name="lane" label="Lane"
						choices={[['', 'All'], ...q.lanes.slice(0, 100).map((l): [string, string] => [l.lane, l.lane])]} />}
				</span>
				<SelectFilter name="order" label="Order" choices={[['', 'Newest'], ['oldest', 'Oldest']]} />
				<DaysFilter from="since" to="until" />
			</Filters>
			<div class="railed">
				<Rail queue={q} />
				<div>
					{may('admin') && <BulkOf chosen={chosen} onDone={() => {
						setChosen(new Set());
						list.reload();
						queue.reload();
					}} />}
					<Of resource={list} lines={8}>{(d) => (
						<>
							<JobTable list={d} chosen={chosen} onChoose={may('admin') ? setChosen : undefined} resource={list} />
							<Pager total={d.total} limit={LIMIT} capped={d.more && paramInt('page', 1) < PAGES} />
							{d.next && paramInt('page', 1) >= PAGES && (
								<p><a href={addressWith({ after: d.next, page: '' })}>Go on behind job {d.next}</a></p>
							)}
						</>
					)}</Of>
				</div>
			</div>
			{adding && <NewJob tasks={tasksOf(q).map((t) => t.task)} onClose={() => setAdding(false)} />}
		</Page>
	);
}

// ---- the rail ----

function Rail({ queue }: { queue: Queue | null }) {
	const link = (name: string, value: string) => ({
		href: addressWith({ [name]: param(name) === value ? '' : value, page: '' }),
		'aria-current': param(name) === value ? 'true' as const : undefined,
	});

	return (
		<div class="rail">
			<nav aria-label="Jobs by task">
				<h2>Tasks</h2>
				{tasksOf(queue).map((t) => (
					<a key={t.task} {...link('task', t.task)}>
						<span class="clip">{t.task}</span>
						<span class="counts">
							{!!t.counts.failed && <span class="tone-bad" title={`${t.counts.failed} failed`}>{short(t.counts.failed)}<span class="unseen"> failed</span></span>}
							<span class="quiet" title={`${t.waiting} not over yet`}>{short(t.waiting)}<span class="unseen"> not over yet</span></span>
						</span>
					</a>
				))}
				{queue && queue.states.length === 0 && <p class="quiet">None yet</p>}
			</nav>
			{queue && queue.lanes.length > 0 && (
				<nav aria-label="Jobs by lane">
					<h2>Lanes</h2>
					{queue.lanes.slice(0, 12).map((l) => (
						<a key={l.lane} {...link('lane', l.lane)}>
							<span class="clip" title={l.lane}>{l.lane}</span>
							<span class="counts quiet">{short(l.waiting + l.running)}</span>
						</a>
					))}
				</nav>
			)}
		</div>
	);
}

// ---- many at once ----

function BulkOf({ chosen, onDone }: { chosen: ReadonlySet<string>; onDone: () => void }) {
	const state = param('state');
	const over = ['failed', 'cancelled', 'succeeded'].includes(state);
	const deeds: BulkDeed[] = [
		{ action: 'retry', verb: 'Retry', done: 'retried', says: 'Those that wait are due at once; those that are over begin anew, under their ids.',
			unless: chosen.size === 0 && state === 'running' ? 'They are running' : '' },
		{ action: 'cancel', verb: 'Cancel', done: 'cancelled', danger: true, says: 'Those that wait will not run; those that run are asked to stop.',
			unless: chosen.size === 0 && over ? 'They are over' : '' },
		{ action: 'delete', verb: 'Delete', done: 'deleted', danger: true, says: 'They are forgotten, with their errors and outputs. This cannot be undone.',
			unless: chosen.size === 0 && state === 'running' ? 'They are running: cancel them first' : '' },
	];

	return <Bulk path="/api/jobs/bulk" deeds={deeds} noun={['job', 'jobs']} chosen={chosen} onDone={onDone}
		filter={state ? { ...filters(), status: statusOf(state) } : null} why="Choose a state above first" />;
}

// ---- the list ----

function JobTable({ list, chosen, onChoose, resource }: {
	list: JobList;
	chosen: ReadonlySet<string>;
	onChoose: ((keys: Set<string>) => void) | undefined;
	resource: Resource<JobList>;
}) {
	const filtered = NAMES.some((n) => param(n) !== '');

	return (
		<Table caption="Jobs" rows={list.jobs} keyOf={(j) => j.id} hrefOf={(j) => `/jobs/${j.id}`} chosen={chosen} onChoose={onChoose}
			empty={filtered
				? <Empty title="No job matches" icon="filter">Clear a filter, or look at all states.</Empty>
				: <Empty title="No jobs yet" icon="stack" command="lockstep jobs add cleanup">Schedules, webhooks and people add jobs; they show here at once.</Empty>}
			columns={[
				{ id: 'state', head: 'State', cell: (j) => <Status value={j.state} {...(j.cancel_asked && !isOver(j) ? { label: 'Stopping' } : {})} /> },
				{ id: 'task', head: 'Job', grow: true, cell: (j) => (
					<span class="two-lines">
						<span title={j.lane ?? undefined}><a href={`/jobs/${j.id}`}>{j.task} {j.id}</a>{j.lane && <small> · {j.lane}</small>}</span>
						{j.error && <small class={['succeeded', 'cancelled'].includes(j.state) ? '' : 'error-text'} title={j.error}>{j.error}</small>}
					</span>
				) },
				{ id: 'attempts', head: 'Attempts', number: true, cell: (j) => `${j.attempts} / ${j.max_attempts}` },
				{ id: 'when', head: 'When', cell: (j) => <Moment job={j} /> },
				...(may('admin') ? [{ id: 'deed', head: 'Action', cell: (j: Job) => <Deed job={j} onDone={resource.reload} /> }] : []),
			]} />
	);
}

/** What matters most of its times: when it is due, since when it runs, when it ended. */
function Moment({ job: j }: { job: Job }) {
	const late = overdueMs(j, now.value);

	if (late)
		return <span class="tone-bad nowrap" title={j.run_at ?? ''}>{duration(late - late % 60000)} overdue</span>;
	return <When at={j.completed_at ?? (j.state === 'running' ? j.started_at : j.run_at)} />;
}

function Deed({ job: j, onDone }: { job: Job; onDone: () => void }) {
	const retry = useAction(async () => {
		await send('POST', `/api/jobs/${j.id}/retry`);
		onDone();
	}, { done: `Job ${j.id} is due` });
	const cancel = useAction(async () => {
		await send('POST', `/api/jobs/${j.id}/cancel`);
		onDone();
	}, { done: j.state === 'running' ? `Job ${j.id} is asked to stop` : `Job ${j.id} is cancelled` });

	return (
		<span class="deeds">
			{j.state !== 'running' && j.state !== 'blocked' &&
				<Button kind="plain" icon="refresh" label={`Retry job ${j.id}`} busy={retry.busy} onClick={retry.run} />}
			{!isOver(j) && <Button kind="plain" icon="stop" label={`Cancel job ${j.id}`} busy={cancel.busy} onClick={cancel.run} />}
		</span>
	);
}

