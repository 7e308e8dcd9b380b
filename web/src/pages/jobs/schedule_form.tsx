// SPDX-License-Identifier: Apache-2.0
// schedule_form.tsx - makes and changes a schedule, and shows what it will mean while one types.
//
// Always: a change says which version it was made from; when somebody else was faster both versions
// are shown, and nothing is lost.
import { useEffect, useState } from 'preact/hooks';
import { at, get, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { problemOf, type Problem } from '../../data/problem.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { complaintOf, Field, FormProblem, SelectField, TextField } from '../../parts/form.tsx';
import { fullTime, now, plural, relative, timeOf } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { readArgs } from './new_job.tsx';
import { CATCH_UPS, OVERLAPS, wordOf, type Preview, type Schedule } from './schedule_model.ts';

interface Draft {
	name: string;
	task: string;
	kind: 'cron' | 'every';
	cron: string;
	every: string;
	timezone: string;
	overlap: string;
	catch_up: string;
	jitter: string;
	args: string;
}

const NEW: Draft = { name: '', task: '', kind: 'cron', cron: '0 3 * * *', every: '15m', timezone: 'UTC', overlap: 'skip',
	catch_up: 'one', jitter: '0', args: '{}' };

function draftOf(s: Schedule): Draft {
	return { name: s.name, task: s.task, kind: s.every ? 'every' : 'cron', cron: s.cron ?? '0 3 * * *', every: s.every ?? '15m',
		timezone: s.timezone ?? 'UTC', overlap: s.overlap, catch_up: s.catch_up, jitter: String(s.jitter_seconds),
		args: JSON.stringify(s.args ?? {}, null, 2) };
}

function bodyOf(d: Draft, withArgs: boolean): Record<string, unknown> {
	const args = readArgs(d.args);

	return { ...(d.kind === 'cron' ? { cron: d.cron.trim(), timezone: d.timezone } : { every: d.every.trim() }),
		overlap: d.overlap, catch_up: d.catch_up, jitter_seconds: Number(d.jitter) || 0,
		...(withArgs && 'args' in args ? { args: args.args } : {}) };
}

/** `schedule` undefined: a new one. */
export function ScheduleForm({ schedule, tasks, onClose, onDone }: {
	schedule?: Schedule | undefined;
	tasks: readonly string[];
	onClose: () => void;
	onDone: () => void;
}) {
	const path = schedule ? at`/api/schedules/${schedule.name}` : null;
	const [draft, setDraft] = useState<Draft>(schedule ? draftOf(schedule) : NEW);
	// The version that the fields were filled from: the server's ETag is made of it.
	const [etag, setEtag] = useState(schedule ? `"${schedule.version}"` : '');
	const [theirs, setTheirs] = useState<{ schedule: Schedule; etag: string } | null>(null);
	const change = (more: Partial<Draft>): void => setDraft((d) => ({ ...d, ...more }));
	const args = readArgs(draft.args);
	const wrong = 'wrong' in args ? args.wrong : undefined;

	const save = useAction(async (over: string) => {
		if (!path) {
			await send('POST', '/api/schedules', { name: draft.name.trim(), task: draft.task.trim(), ...bodyOf(draft, true) });
		} else {
			try {
				await send('PATCH', path, bodyOf(draft, schedule?.origin === 'person'), { ifMatch: over });
			} catch (e) {
				if (problemOf(e).status !== 412)
					throw e;
				const fresh = await get<Schedule>(path);
				setTheirs({ schedule: fresh.data, etag: fresh.etag });
				return;
			}
		}
		onDone();
		onClose();
	}, { quiet: true });

	if (theirs)
		return <Differ mine={draft} theirs={theirs.schedule} busy={save.busy.value} onClose={onClose}
			onTheirs={() => {
				setDraft(draftOf(theirs.schedule));
				setEtag(theirs.etag);
				setTheirs(null);
			}}
			onMine={() => {
				setEtag(theirs.etag);
				setTheirs(null);
				void save.run(theirs.etag);
			}} />;
	return (
		<Dialog title={schedule ? `Change ${schedule.name}` : 'New schedule'} wide onClose={onClose} actions={<>
			<Button onClick={onClose}>Close</Button>
			<Button kind="main" busy={save.busy} onClick={() => save.run(etag)}
				why={wrong ?? (!schedule && (!draft.name.trim() || !draft.task.trim()) ? 'Give it a name and a task first' : undefined)}>
				{schedule ? 'Save' : 'Make it'}</Button>
		</>}>
			<form class="columns" onSubmit={(e) => {
				e.preventDefault();
				void save.run(etag);
			}}>
				<div>
					{!schedule && <Naming draft={draft} tasks={tasks} change={change} problem={save.problem.value} />}
					<Cadence draft={draft} change={change} />
					<SelectField label="When the last job is not over yet" value={draft.overlap} choices={OVERLAPS} onChange={(overlap) => change({ overlap })} />
					<SelectField label="Slots that nobody saw" value={draft.catch_up} choices={CATCH_UPS} onChange={(catch_up) => change({ catch_up })}
						hint="As after a restart." />
				</div>
				<div>
					<Previewed draft={draft} />
					<TextField label="Spread, in seconds" type="number" min={0} max={86400} value={draft.jitter} onChange={(jitter) => change({ jitter })}
						hint="Each fire comes later by a part of this." />
					{schedule?.origin === 'plan'
						? <p class="hint field">What its job is stands in the plan; a change of the times here stays until the plan says something else.</p>
						: <TextField label="Arguments of its job" value={draft.args} onChange={(a) => change({ args: a })} lines={4} mono complaint={wrong} />}
				</div>
			</form>
			<FormProblem problem={save.problem.value} fields={['name', 'task']} />
		</Dialog>
	);
}

type Change = (more: Partial<Draft>) => void;

function Naming({ draft, tasks, change, problem }: { draft: Draft; tasks: readonly string[]; change: Change; problem: Problem | null }) {
	return (
		<>
			<TextField label="Name" value={draft.name} onChange={(name) => change({ name })} complaint={complaintOf(problem, 'name')} maxLength={100} />
			<Field label="Task" complaint={complaintOf(problem, 'task')}>
				{(control) => <input {...control} value={draft.task} list="schedule-tasks" autocomplete="off"
					onInput={(e) => change({ task: e.currentTarget.value })} />}
			</Field>
			<datalist id="schedule-tasks">{tasks.map((t) => <option key={t} value={t} />)}</datalist>
		</>
	);
}

function zones(now: string): [string, string][] {
	const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
	const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;

	return [...new Set(['UTC', mine, now, ...known])].map((z) => [z, z]);
}

function Cadence({ draft, change }: { draft: Draft; change: Change }) {
	return (
		<>
			<SelectField label="When" value={draft.kind} onChange={(kind) => change({ kind: kind as Draft['kind'] })}
				choices={[['cron', 'At times of a clock (cron)'], ['every', 'Every so often']]} />
			{draft.kind === 'cron'
				? (
					<>
						<TextField label="Cron" value={draft.cron} onChange={(cron) => change({ cron })} mono maxLength={200}
							hint="Minute, hour, day, month, weekday: 30 2 * * 1-5" />
						<SelectField label="Time zone" value={draft.timezone} choices={zones(draft.timezone)} onChange={(timezone) => change({ timezone })} />
					</>
				)
				: <TextField label="Every" value={draft.every} onChange={(every) => change({ every })} mono maxLength={50} hint="As 15m, 2h, 1d" />}
		</>
	);
}

// ---- what it will mean ----

const TYPING_MS = 150;

function Previewed({ draft: d }: { draft: Draft }) {
	const wanted = d.kind === 'cron' ? `cron=${encodeURIComponent(d.cron.trim())}&timezone=${encodeURIComponent(d.timezone)}`
		: `every=${encodeURIComponent(d.every.trim())}`;
	const [asked, setAsked] = useState(wanted);
	const r = useResource<Preview>(`/api/schedule-preview?${asked}`, { pollMs: 0 });
	const p = r.data.value;
	const problem = r.problem.value;

	useEffect(() => {
		const timer = setTimeout(() => setAsked(wanted), TYPING_MS);
		return () => clearTimeout(timer);
	}, [wanted]);
	return (
		<div class="preview" role="status" aria-label="What it means">
			{problem
				? <p class="complaint"><Icon name="warn" /> {problem.message}</p>
				: p && (
					<>
						<strong>{p.words}</strong>
						<ol>
							{p.next_fires.map((iso, i) => {
								const ms = timeOf(iso) ?? 0;
								return (
									<li key={iso}>
										<span title={fullTime(ms)}>{p.local[i] ?? fullTime(ms)}</span>
										<span class="quiet">{relative(ms, now.value)}</span>
									</li>
								);
							})}
						</ol>
						{p.clocks_change && (
							<p class="quiet">
								The clocks there go {p.clocks_change.minutes > 0 ? 'forward' : 'back'} by {plural(Math.abs(p.clocks_change.minutes), 'minute')}{' '}
								on {fullTime(timeOf(p.clocks_change.at) ?? 0)}. A time that is skipped fires right after it; one that comes twice fires once.
							</p>
						)}
					</>
				)}
		</div>
	);
}

// ---- somebody else was faster ----

function Differ({ mine, theirs, busy, onMine, onTheirs, onClose }: {
	mine: Draft;
	theirs: Schedule;
	busy: boolean;
	onMine: () => void;
	onTheirs: () => void;
	onClose: () => void;
}) {
	const other = draftOf(theirs);
	const when = (d: Draft): string => (d.kind === 'cron' ? `${d.cron} (${d.timezone})` : `every ${d.every}`);
	const rows: [string, string, string][] = [
		['When', when(mine), when(other)],
		['Overlap', wordOf(OVERLAPS, mine.overlap), wordOf(OVERLAPS, other.overlap)],
		['Missed slots', wordOf(CATCH_UPS, mine.catch_up), wordOf(CATCH_UPS, other.catch_up)],
		['Spread', `${mine.jitter} s`, `${other.jitter} s`],
		['Arguments', mine.args, other.args],
	];

	return (
		<Dialog title="Somebody else changed it meanwhile" wide onClose={onClose} actions={<>
			<Button onClick={onTheirs}>Go on from theirs</Button>
			<Button kind="main" busy={busy} onClick={onMine}>Save mine over it</Button>
		</>}>
			<p>Nothing was saved. Both versions:</p>
			<div class="sides" role="group" aria-label="Both versions">
				<span class="head">Setting</span><span class="head">Yours</span><span class="head">Theirs, saved</span>
				{rows.flatMap(([name, a, b]) => [
					<span key={name} class="quiet">{name}</span>,
					<span key={`${name}a`} class={a === b ? '' : 'differs'}>{a}</span>,
					<span key={`${name}b`} class={a === b ? '' : 'differs'}>{b}</span>,
				])}
			</div>
		</Dialog>
	);
}
