// SPDX-License-Identifier: Apache-2.0
// schedules.tsx - what runs by itself: when next, what its last slots came to, on or off.
import { useState } from 'preact/hooks';
import { useCommands } from '../../app/commands.ts';
import { addressWith, navigate, param, setQuery } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { at, newKey, send } from '../../data/api.ts';
import { optimistic, useAction } from '../../data/action.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm, Drawer } from '../../parts/dialog.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { Toggle } from '../../parts/form.tsx';
import { duration, fullTime, plural, timeOf } from '../../parts/format.ts';
import { Json } from '../../parts/json.tsx';
import { Facts, Page } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { ScheduleForm } from './schedule_form.tsx';
import { CATCH_UPS, fireTone, OVERLAPS, wordOf, type Fire, type Schedule } from './schedule_model.ts';

interface ScheduleList {
	schedules: Schedule[];
}

const ORDER: [string, string][] = [['', 'All'], ['on', 'On'], ['off', 'Paused'], ['problem', 'With a problem']];

function shown(all: readonly Schedule[]): Schedule[] {
	const q = param('q').toLowerCase();
	const state = param('state');

	return all.filter((s) => (!q || `${s.name} ${s.task} ${s.words}`.toLowerCase().includes(q)) &&
		(!state || (state === 'on' ? !s.paused : state === 'off' ? s.paused : !!s.problem || s.late_seconds > 0)));
}

export default function Schedules() {
	const [making, setMaking] = useState(false);
	const r = useResource<ScheduleList>('/api/schedules', { live: ['schedule', 'job'] });

	useCommands(may('admin')
		? [{ id: 'schedules:new', label: 'New schedule', kind: 'Deed', icon: 'plus', run: () => setMaking(true) }] : [], []);
	const open = r.data.value?.schedules.find((s) => s.name === param('schedule'));
	const tasks = [...new Set(r.data.value?.schedules.map((s) => s.task) ?? [])];

	return (
		<Page title="Schedules" says="What runs by itself, and when next"
			actions={may('admin') && <Button icon="plus" kind="main" onClick={() => setMaking(true)}>New schedule</Button>}>
			<Filters names={['q', 'state']}>
				<SearchFilter label="Name or task" />
				<SelectFilter name="state" label="Show" choices={ORDER} />
			</Filters>
			<Of resource={r} lines={6}>{(d) => <List all={d.schedules} resource={r} />}</Of>
			{open && <ScheduleDrawer schedule={open} tasks={tasks} resource={r} />}
			{making && <ScheduleForm tasks={tasks} onClose={() => setMaking(false)} onDone={r.reload} />}
		</Page>
	);
}

function List({ all, resource }: { all: Schedule[]; resource: Resource<ScheduleList> }) {
	return (
		<Table caption="Schedules" rows={shown(all)} keyOf={(s) => s.name} onOpen={(s) => setQuery({ schedule: s.name }, { push: true })}
			empty={all.length
				? <Empty title="No schedule matches" icon="filter">Clear a filter.</Empty>
				: <Empty title="No schedules yet" icon="calendar" command="lockstep schedules create nightly --cron '0 3 * * *' --task cleanup">
					The plan's connections make theirs; you can make more.
				</Empty>}
			columns={[
				{ id: 'on', head: 'On', cell: (s) => <OnOff schedule={s} resource={resource} /> },
				{ id: 'name', head: 'Schedule', cell: (s) => (
					<span class="two-lines"><a href={addressWith({ schedule: s.name })}>{s.name}</a><small>{s.words}</small></span>
				) },
				{ id: 'next', head: 'Next', cell: (s) => <Next schedule={s} /> },
				{ id: 'past', head: 'Last slots', cell: (s) => <Strip fires={s.fires ?? []} /> },
				{ id: 'task', head: 'Task', wideOnly: true, cell: (s) => <a href={`/jobs?task=${encodeURIComponent(s.task)}`}>{s.task}</a> },
				{ id: 'overlap', head: 'Overlap', wideOnly: true, cell: (s) => <span class="quiet">{wordOf(OVERLAPS, s.overlap)}</span> },
				...(may('admin') ? [{ id: 'run', head: 'Action', cell: (s: Schedule) => <RunNow schedule={s} onDone={resource.reload} small /> }] : []),
			]} />
	);
}

function Next({ schedule: s }: { schedule: Schedule }) {
	if (s.problem)
		return <Status value="error" label={s.problem} />;
	if (s.paused)
		return <Status value="paused" title={[s.paused_by, s.pause_reason].filter(Boolean).join(': ')} />;
	if (s.late_seconds > 0)
		return <Status value="overdue" label={`${duration(s.late_seconds * 1000)} late`} title="No scheduler looks: is lockstep serve running?" />;
	return <When at={s.next_at} none="never" />;
}

/** The oldest at the left; each leads to its job. */
function Strip({ fires }: { fires: readonly Fire[] }) {
	const rows = [...fires].reverse();
	const told = rows.map((f) => fireTone(f)[1]);
	const failed = rows.filter((f) => f.job_status === 'failed').length;

	if (rows.length === 0)
		return <span class="quiet">none yet</span>;
	return (
		<span class="strip" role="img" aria-label={`The last ${plural(rows.length, 'slot')}: ${failed ? `${failed} failed` : 'none failed'}; the latest ${told.at(-1) ?? ''}`}>
			{rows.map((f, i) => (
				<span key={`${f.slot_at}${f.fired_at}`} class={`tone-${fireTone(f)[0]}`}
					title={`${told[i]}, ${fullTime(timeOf(f.fired_at ?? f.slot_at) ?? 0)}`} />
			))}
		</span>
	);
}

function OnOff({ schedule: s, resource: r }: { schedule: Schedule; resource: Resource<ScheduleList> }) {
	const toggle = useAction(async (on: boolean) => {
		const all = r.data.value?.schedules ?? [];
		await optimistic(() => r.patch({ schedules: all.map((one) => (one.name === s.name ? { ...one, paused: !on } : one)) }),
			() => send('POST', on ? at`/api/schedules/${s.name}/resume` : at`/api/schedules/${s.name}/pause`));
		r.reload();
	});

	return <Toggle label={`${s.name} fires by itself`} on={!s.paused} onChange={toggle.run} busy={toggle.busy.value}
		why={may('admin') ? undefined : 'Ask an administrator'} />;
}

function RunNow({ schedule: s, onDone, small }: { schedule: Schedule; onDone: () => void; small?: boolean }) {
	const run = useAction(async () => {
		const { data } = await send<{ job: string; coalesced: boolean }>('POST', at`/api/schedules/${s.name}/run`, undefined, { idempotencyKey: newKey() });
		onDone();
		if (!small)
			navigate(`/jobs/${data.job}`);
	}, { done: `${s.name} runs now` });

	return small
		? <Button kind="plain" icon="play" label={`Run ${s.name} now`} busy={run.busy} onClick={run.run} />
		: <Button icon="play" busy={run.busy} onClick={run.run}>Run now</Button>;
}

// ---- one ----

function ScheduleDrawer({ schedule: s, tasks, resource: r }: { schedule: Schedule; tasks: readonly string[]; resource: Resource<ScheduleList> }) {
	const [editing, setEditing] = useState(false);
	const close = (): void => setQuery({ schedule: '' });
	const remove = useAction(async () => {
		if (!await confirm({ title: `Delete ${s.name}?`, text: 'It fires no more, and its past is forgotten. Jobs that it made stay.', yes: 'Delete it', danger: true }))
			return;
		await send('DELETE', at`/api/schedules/${s.name}`);
		close();
		r.reload();
	}, { done: `${s.name} is deleted` });

	if (editing)
		return <ScheduleForm schedule={s} tasks={tasks} onClose={() => setEditing(false)} onDone={r.reload} />;
	return (
		<Drawer title={s.name} onClose={close} actions={may('admin') && <>
			<Button kind="plain" icon="trash" busy={remove.busy} onClick={remove.run}
				why={s.origin === 'plan' ? 'It stands in the plan, and would come back: pause it' : undefined}>Delete</Button>
			<RunNow schedule={s} onDone={r.reload} />
			<Button kind="main" icon="pencil" onClick={() => setEditing(true)}>Change</Button>
		</>}>
			{s.problem && <p class="note tone-bad">{s.problem}</p>}
			<Facts rows={[
				['Runs', s.words],
				['Written as', <code>{s.cron ?? s.every}</code>],
				!!s.timezone && ['Time zone', s.timezone],
				['Task', <a href={`/jobs?task=${encodeURIComponent(s.task)}`}>{s.task}</a>],
				['If the last is not over', wordOf(OVERLAPS, s.overlap)],
				['Slots nobody saw', wordOf(CATCH_UPS, s.catch_up)],
				s.jitter_seconds > 0 && ['Spread', duration(s.jitter_seconds * 1000)],
				['Made by', s.origin === 'plan' ? 'the plan' : 'a person'],
				s.paused && ['Paused', [s.paused_by, s.pause_reason].filter(Boolean).join(': ') || 'yes'],
				['Last fired', <When at={s.last_at} none="never" />],
			]} />
			<div>
				<h3>Next fires</h3>
				{s.next_fires.length
					? <ol class="list">{s.next_fires.map((f) => <li key={f} class="row between"><When at={f} full /><When at={f} /></li>)}</ol>
					: <p class="quiet">{s.paused ? 'None while it is paused.' : 'None.'}</p>}
			</div>
			<div>
				<h3>What its last slots came to</h3>
				<Table caption="Slots" rows={s.fires ?? []} keyOf={(f) => `${f.slot_at}${f.fired_at}`} empty={<p class="quiet">It has not fired yet.</p>} columns={[
					{ id: 'at', head: 'Slot', cell: (f) => <When at={f.fired_at ?? f.slot_at} /> },
					{ id: 'outcome', head: 'Outcome', cell: (f) => {
						const [tone, text] = fireTone(f);
						return <Status value={f.outcome.startsWith('skipped') ? 'skipped' : f.outcome === 'missed' ? 'late' : f.job_status ?? 'open'} tone={tone} label={text} />;
					} },
					{ id: 'job', head: 'Job', cell: (f) => f.job && <a href={`/jobs/${f.job}`}>{f.job}</a> },
				]} />
			</div>
			{s.args && Object.keys(s.args).length > 0 && <div><h3>Arguments of its job</h3><Json value={s.args} label="the arguments" /></div>}
		</Drawer>
	);
}
