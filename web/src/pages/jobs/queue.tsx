// SPDX-License-Identifier: Apache-2.0
// queue.tsx - the queue as a whole: whether the workers keep up, what is paused, how much ends.
import { useMemo } from 'preact/hooks';
import { param } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Chart } from '../../parts/chart.tsx';
import { Meter, Stat, Stats } from '../../parts/figure.tsx';
import { count, duration, NOTHING, percent, plural } from '../../parts/format.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { STATE_WORDS, sumOf, tasksOf, type Queue, type TaskRow } from './model.ts';
import { Paused, PauseButton } from './pauses.tsx';

export default function QueuePage() {
	const r = useResource<Queue>('/api/queue', { live: ['job', 'queue', 'worker'] });
	const all = r.data.value?.pauses.some((p) => p.scope === '*') ?? false;

	return (
		<Page title="Queue" says="Whether the workers keep up, and what they may begin" crumbs={[['Jobs', '/jobs']]}
			actions={r.data.value && <PauseButton scope="*" paused={all} onDone={r.reload} />}>
			<Of resource={r} lines={8}>{(q) => (
				<>
					<Paused pauses={q.pauses} onDone={r.reload} />
					<Figures q={q} />
					<Section title="Ended in the last hour" says={<>Counted <When at={q.counted_at} /></>}>
						<Throughput q={q} />
					</Section>
					<Section title="By task">
						<Tasks q={q} onDone={r.reload} />
					</Section>
					{q.lanes.length > 0 && (
						<Section title="By lane" says="Of one lane so many run at once as its jobs allow, mostly one; the fullest are shown">
							<Lanes q={q} onDone={r.reload} />
						</Section>
					)}
				</>
			)}</Of>
		</Page>
	);
}

function Figures({ q }: { q: Queue }) {
	const ended = q.minutes.reduce((n, m) => n + m.succeeded + m.failed + m.cancelled, 0);
	const failed = q.minutes.reduce((n, m) => n + m.failed, 0);
	const old = q.oldest_ready_seconds;
	const { busy, slots, processes } = q.workers;

	return (
		<Stats>
			<Stat label="Ready" value={count(sumOf(q, 'ready'))} href="/jobs?state=ready" says={old > 0 ? `the oldest for ${duration(old * 1000)}` : 'none waits'}
				{...(old > 60 ? { tone: 'warn' as const } : {})} />
			<Stat label="Running" value={count(sumOf(q, 'running'))} href="/jobs?state=running" says={<span>of {plural(slots, 'slot')}</span>} />
			<Stat label="Workers in use" value={slots ? percent(busy / slots, 0) : NOTHING} href="/workers"
				says={<><Meter value={busy} of={slots} label={`${busy} of ${slots} slots are busy`} warnFrom={0.9} />{plural(processes, 'process', 'processes')}</>} />
			<Stat label="Ended, last hour" value={count(ended)} spark={q.minutes.map((m) => m.succeeded + m.failed + m.cancelled)} sparkBars />
			<Stat label="Failed, last hour" value={count(failed)} href="/jobs?state=failed" {...(failed ? { tone: 'bad' as const } : {})}
				says={ended ? `${percent(failed / ended)} of what ended` : ''} />
		</Stats>
	);
}

function Throughput({ q }: { q: Queue }) {
	const from = Date.parse(q.counted_at);
	const [x, series] = useMemo(() => [
		q.minutes.map((m) => from - m.ago * 60000),
		[
			{ name: 'Succeeded', values: q.minutes.map((m) => m.succeeded), kind: 'bars' as const, colour: '--chart-2' },
			{ name: 'Failed', values: q.minutes.map((m) => m.failed), kind: 'line' as const, colour: '--bad' },
		],
	] as const, [q.counted_at]);
	const most = Math.max(...q.minutes.map((m) => m.succeeded + m.failed));

	return <Chart label="Jobs that ended, by minute" summary={`at most ${count(most)} in a minute`} x={x} series={series} height={170} />;
}

const SHOWN = ['ready', 'later', 'blocked', 'running', 'failed', 'succeeded'] as const;

function Tasks({ q, onDone }: { q: Queue; onDone: () => void }) {
	const paused = new Set(q.pauses.map((p) => p.scope));

	return (
		<Table caption="Tasks" rows={tasksOf(q)} keyOf={(t) => t.task}
			empty={<Empty title="No jobs yet" icon="stack" command="lockstep jobs add cleanup">As soon as there are any they are counted here.</Empty>}
			columns={[
				{ id: 'task', head: 'Task', cell: (t: TaskRow) => <a href={`/jobs?task=${encodeURIComponent(t.task)}`}>{t.task}</a> },
				...SHOWN.map((state) => ({
					id: state, head: STATE_WORDS[state] ?? state, number: true, wideOnly: state === 'later' || state === 'blocked',
					cell: (t: TaskRow) => (t.counts[state]
						? <a class={state === 'failed' ? 'tone-bad' : ''} href={`/jobs?task=${encodeURIComponent(t.task)}&state=${state}`}>{count(t.counts[state])}</a>
						: <span class="quiet">0</span>),
				})),
				{ id: 'pause', head: 'Pause', cell: (t: TaskRow) => <PauseButton scope={`task:${t.task}`} paused={paused.has(`task:${t.task}`)} onDone={onDone} small /> },
			]} />
	);
}

function Lanes({ q, onDone }: { q: Queue; onDone: () => void }) {
	const paused = new Set(q.pauses.map((p) => p.scope));
	const rows = param('lanes') ? q.lanes : q.lanes.slice(0, 10);

	return (
		<>
			<Table caption="Lanes" rows={rows} keyOf={(l) => l.lane} columns={[
				{ id: 'lane', head: 'Lane', cell: (l) => <a href={`/jobs?lane=${encodeURIComponent(l.lane)}`}>{l.lane}</a> },
				{ id: 'waiting', head: 'Waiting', number: true, cell: (l) => count(l.waiting) },
				{ id: 'running', head: 'Running', number: true, cell: (l) => count(l.running) },
				{ id: 'pause', head: 'Pause', cell: (l) => <PauseButton scope={`lane:${l.lane}`} paused={paused.has(`lane:${l.lane}`)} onDone={onDone} small /> },
			]} />
			{q.lanes.length > rows.length && <a href="/queue?lanes=all">Show {count(q.lanes.length)}</a>}
		</>
	);
}
