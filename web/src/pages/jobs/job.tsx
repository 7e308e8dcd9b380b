// SPDX-License-Identifier: Apache-2.0
// job.tsx - one job: where it stands in its life, what it was told, what became of each attempt.
import { useState } from 'preact/hooks';
import { navigate, type PageProps } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { at, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Button, Copy } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { clockText, dayClockText, duration, timeOf } from '../../parts/format.ts';
import { Json } from '../../parts/json.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Facts, Page, Section } from '../../parts/page.tsx';
import { Progress } from '../../parts/figure.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { Rerun } from './new_job.tsx';
import { isOver, isWaiting, STATE_WORDS, type Attempt, type Job } from './model.ts';

export default function JobPage({ params }: PageProps) {
	const id = params.id ?? '';
	const r = useResource<Job>(at`/api/jobs/${id}`, {
		live: ['job'], when: (d) => d.id === undefined || d.id === id,
	});

	return (
		<Page title={r.data.value ? `${r.data.value.task} ${id}` : `Job ${id}`} crumbs={[['Jobs', '/jobs']]}
			says={r.data.value && <Summary job={r.data.value} />}
			actions={r.data.value && may('admin') && <Actions job={r.data.value} onDone={r.reload} />}>
			<Of resource={r}>{(j) => (
				<>
					<Life job={j} />
					{j.error && (
						<Section title={isOver(j) ? 'Why it ended so' : 'What went wrong last'} actions={<Copy text={j.error} label="Copy the error" />}>
							<pre class="error" tabIndex={0}>{j.error}</pre>
						</Section>
					)}
					<Section title="Attempts" says={`${j.attempts} of at most ${j.max_attempts}${j.crashes ? `; its worker died ${j.crashes} times` : ''}`}>
						<Attempts job={j} />
					</Section>
					<div class="columns">
						<Section title="What it is">
							<Facts rows={[
								['Task', <a href={`/jobs?task=${encodeURIComponent(j.task)}`}>{j.task}</a>],
								!!j.lane && ['Lane', <a href={`/jobs?lane=${encodeURIComponent(j.lane)}`}>{j.lane}</a>],
								!!j.key && ['Key', j.key],
								['Priority', String(j.priority)],
								['Asked for by', [j.trigger, j.actor].filter(Boolean).join(', ') || '–'],
								['Added', <When at={j.created_at} full />],
								['Due', <When at={j.run_at} full />],
								!!j.completed_at && ['Ended', <When at={j.completed_at} full />],
								!!j.worker && ['Session', j.worker],
							]} />
						</Section>
						<Section title="Arguments">
							{j.args ? <Json value={j.args} label="the arguments" /> : <p class="quiet">An administrator sees them: they may name people.</p>}
						</Section>
					</div>
					<Section title={isOver(j) ? 'Output' : 'Progress'}>
						{isOver(j) ? <Output job={j} /> : <Going job={j} />}
					</Section>
				</>
			)}</Of>
		</Page>
	);
}

function Summary({ job: j }: { job: Job }) {
	const ms = j.started_at ? (timeOf(j.completed_at) ?? Date.now()) - (timeOf(j.started_at) ?? 0) : null;

	return (
		<span class="row">
			<Status value={j.state} {...(j.cancel_asked && !isOver(j) ? { label: 'Stopping' } : {})} />
			{j.completed_at && <span>ended <When at={j.completed_at} />{ms !== null && ` after ${duration(ms)}`}</span>}
			{j.state === 'running' && <span>began <When at={j.started_at} /></span>}
			{isWaiting(j) && <span>due <When at={j.run_at} /></span>}
		</span>
	);
}

// ---- its life ----

interface Stop {
	id: string;
	label: string;
	says: string;
	kind: 'passed' | 'here' | 'ahead';
	tone?: string;
}

function momentText(iso: string | null): string {
	const ms = timeOf(iso);

	if (ms === null)
		return '';
	return Date.now() - ms < 12 * 3600000 && Date.now() >= ms ? clockText(ms) : dayClockText(ms);
}

/** Added, waiting, running, over: those that it passed, where it is, what is ahead. */
function stopsOf(j: Job): Stop[] {
	const over = isOver(j);
	const began = j.started_at !== null || (over && j.attempts > 0);
	const waits = STATE_WORDS[isWaiting(j) ? j.state : 'ready'] ?? 'Ready';
	const attempt = `attempt ${Math.max(1, j.attempts)} of ${j.max_attempts}`;

	return [
		{ id: 'added', label: 'Added', says: momentText(j.created_at), kind: 'passed' },
		{ id: 'waits', label: j.state === 'blocked' ? 'Waits for its lane' : j.state === 'later' && j.attempts > 0 ? 'Waits to try again' : waits,
			says: momentText(j.run_at), kind: isWaiting(j) ? 'here' : 'passed' },
		{ id: 'runs', label: j.cancel_asked && j.state === 'running' ? 'Stopping' : 'Running', says: began || j.state === 'running' ? attempt : '',
			kind: j.state === 'running' ? 'here' : began && over ? 'passed' : 'ahead' },
		{ id: 'over', label: over ? STATE_WORDS[j.state] ?? j.state : 'Over', says: momentText(j.completed_at), kind: over ? 'here' : 'ahead',
			tone: j.state === 'failed' ? 'bad' : j.state === 'succeeded' ? 'good' : '' },
	];
}

function Life({ job }: { job: Job }) {
	return (
		<ol class="life" aria-label="The job's life">
			{stopsOf(job).map((s) => (
				<li key={s.id} class={`${s.kind} ${s.kind === 'here' ? s.tone ?? '' : ''}`} aria-current={s.kind === 'here' ? 'step' : undefined}>
					<span class="stop"><span>{s.label}</span><small>{s.says}</small></span>
				</li>
			))}
		</ol>
	);
}

// ---- what it did ----

function took(t: Attempt): string {
	const from = timeOf(t.started_at);
	const to = timeOf(t.ended_at);

	return from !== null && to !== null ? duration(to - from) : '–';
}

const OUTCOMES: Record<string, [string, 'good' | 'warn' | 'bad' | 'busy' | 'quiet']> = {
	retry: ['Failed, tried again', 'warn'], crashed: ['Its worker died', 'bad'], failed: ['Failed', 'bad'],
	succeeded: ['Succeeded', 'good'], cancelled: ['Cancelled', 'quiet'], running: ['Running', 'busy'],
};

const ICONS: Record<string, string> = { retry: 'warning', crashed: 'lost' };

function Attempts({ job: j }: { job: Job }) {
	const rows = (j.history ?? []).map((t, i) => ({ ...t, key: String(i) })).reverse();

	return (
		<Table caption="Attempts" rows={rows} keyOf={(t) => t.key}
			empty={<Empty title="Not begun yet" icon="clock">A worker takes it when it is due and its lane is free.</Empty>}
			columns={[
				{ id: 'n', head: 'Attempt', number: true, cell: (t) => t.attempt },
				{ id: 'outcome', head: 'Outcome', cell: (t) => {
					const [label, tone] = OUTCOMES[t.outcome] ?? [t.outcome, 'quiet'];
					return <Status value={ICONS[t.outcome] ?? t.outcome} label={label} tone={tone} />;
				} },
				{ id: 'error', head: 'Error', grow: true, cell: (t) => t.error && <span title={t.error}>{t.error}</span> },
				{ id: 'worker', head: 'Worker', cell: (t) => t.worker
					? <span class="two-lines"><span>{t.worker}</span><small title="Who may write for this attempt">fence {t.session}.{t.attempt}</small></span>
					: t.session ? `session ${t.session}` : '–' },
				{ id: 'began', head: 'Began', cell: (t) => <When at={t.started_at} /> },
				{ id: 'took', head: 'Took', number: true, cell: took },
			]} />
	);
}

function Output({ job: j }: { job: Job }) {
	const run = typeof j.output?.run === 'string' ? j.output.run : null;

	if (!j.output)
		return <p class="quiet">It left none.</p>;
	return (
		<>
			{run && <p><a href={`/runs/${run}`}>Look at its run</a></p>}
			<Json value={j.output} label="the output" />
		</>
	);
}

function Going({ job: j }: { job: Job }) {
	const p = j.progress ?? {};
	const done = Number(p.table_processed ?? p.done ?? NaN);
	const of = Number(p.table_total ?? p.of ?? NaN);

	if (!j.progress)
		return <p class="quiet">{j.state === 'running' ? 'It has told nothing yet.' : 'It does not run.'}</p>;
	return (
		<>
			{Number.isFinite(done) && <Progress value={done} of={Number.isFinite(of) ? of : null} label="How far it is" />}
			<Json value={j.progress} label="the progress" />
		</>
	);
}

// ---- what can be done ----

function Actions({ job: j, onDone }: { job: Job; onDone: () => void }) {
	const [again, setAgain] = useState(false);
	const retry = useAction(async () => {
		await send('POST', at`/api/jobs/${j.id}/retry`);
		onDone();
	}, { done: isOver(j) ? 'It begins anew' : 'It is due' });
	const cancel = useAction(async () => {
		await send('POST', at`/api/jobs/${j.id}/cancel`);
		onDone();
	}, { done: j.state === 'running' ? 'It is asked to stop' : 'Cancelled' });
	const snooze = useAction(async (seconds: number) => {
		await send('POST', at`/api/jobs/${j.id}/snooze`, { seconds });
		onDone();
	}, { done: 'Put off' });
	const remove = useAction(async () => {
		if (!await confirm({ title: `Delete job ${j.id}?`, text: 'It is forgotten, with its attempts and its output. This cannot be undone.', yes: 'Delete it', danger: true }))
			return;
		await send('DELETE', at`/api/jobs/${j.id}`);
		navigate('/jobs');
	});
	const running = j.state === 'running';

	return (
		<>
			{!running && <Button kind={isOver(j) ? 'main' : 'normal'} icon="refresh" busy={retry.busy} onClick={retry.run}>
				{isOver(j) ? 'Retry' : 'Run now'}</Button>}
			{!isOver(j) && <Button icon="stop" busy={cancel.busy} onClick={cancel.run}>Cancel</Button>}
			<Menu label="More" icon="more" iconOnly items={[
				{ label: 'Run again with other arguments', icon: 'pencil', onChoose: () => setAgain(true) },
				isWaiting(j) && { label: 'Put off for 10 minutes', icon: 'clock', onChoose: () => snooze.run(600) },
				isWaiting(j) && { label: 'Put off for an hour', icon: 'clock', onChoose: () => snooze.run(3600) },
				isWaiting(j) && { label: 'Put off for a day', icon: 'clock', onChoose: () => snooze.run(86400) },
				{ label: 'Delete', icon: 'trash', danger: true, why: running ? 'It is running: cancel it first' : undefined, onChoose: () => remove.run() },
			]} />
			{again && <Rerun job={j} onClose={() => setAgain(false)} />}
		</>
	);
}
