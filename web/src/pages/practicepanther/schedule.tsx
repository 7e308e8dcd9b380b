// SPDX-License-Identifier: Apache-2.0
// schedule.tsx - when syncs run, in words and in next times; and the form that changes it.
import { useEffect, useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { Button } from '../../parts/button.tsx';
import { complaintOf, FormProblem, TextField } from '../../parts/form.tsx';
import { fullTime, timeOf } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Waiting } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import type { Scheduled, SyncStatus } from './data.ts';

interface Times {
	interval: string;
	clock: string;
}

/** '90m', '1h30m' in minutes. */
function minutesOf(every: string | null): number | null {
	const unit: Record<string, number> = { d: 1440, h: 60, m: 1, s: 1 / 60 };
	const parts = [...(every ?? '').matchAll(/(\d+)([dhms])/g)];

	return parts.length ? parts.reduce((sum, p) => sum + Number(p[1]) * (unit[p[2] as string] ?? 0), 0) : null;
}

function timesOf(s: SyncStatus): Times {
	const cron = /^(\d+) (\d+) \* \* \*$/.exec(s.scheduled.jobs.daily_full?.cron ?? '');
	const two = (t: string): string => t.padStart(2, '0');

	return {
		interval: String(minutesOf(s.scheduled.jobs.incremental?.every ?? null) ?? 15),
		clock: cron ? `${two(cron[2] as string)}:${two(cron[1] as string)}` : '02:00',
	};
}

function Next({ name, s }: { name: string; s: Scheduled | null }) {
	if (!s)
		return <div><strong>{name}</strong> <span class="quiet">has no schedule yet; save one below.</span></div>;
	return (
		<div>
			<p><strong>{name}</strong> {s.schedule} {s.paused && <Status value="paused" />}</p>
			{s.nextRuns.length > 0 && (
				<p class="quiet next-runs">Next: {s.nextRuns.slice(0, 3).map((at) => (
					<time key={at} dateTime={at}>{fullTime(timeOf(at) ?? 0).replace(/:\d\d /, ' ')}</time>))}</p>
			)}
		</div>
	);
}

export function ScheduleForm({ s, reload }: { s: SyncStatus | null; reload: () => void }) {
	const saved = s && timesOf(s);
	const [typed, setTyped] = useState<Times | null>(null);
	const now = typed ?? saved;
	const same = !typed || !saved || (typed.interval === saved.interval && typed.clock === saved.clock);
	const put = useAction(async () => {
		const [hour, minute] = (now?.clock ?? '').split(':').map(Number);
		await send('PUT', '/api/sync/schedule', { incrementalInterval: Number(now?.interval), fullSyncHour: hour, fullSyncMinute: minute });
		reload();
	}, { done: 'The schedule is saved and in force', quiet: true });

	useEffect(() => {
		// What was typed is what is saved now.
		if (typed && same)
			setTyped(null);
	}, [same, typed]);
	if (!s || !now)
		return <Section title="Schedule"><Waiting lines={3} /></Section>;
	return (
		<Section title="Schedule">
			<Next name="Incremental:" s={s.scheduled.jobs.incremental} />
			<Next name="Full:" s={s.scheduled.jobs.daily_full} />
			{may('admin') && (
				<form class="row schedule-form" onSubmit={(e) => {
					e.preventDefault();
					void put.run();
				}}>
					<TextField label="Minutes between syncs" type="number" min={1} max={1440} value={now.interval} required
						complaint={complaintOf(put.problem.value, 'incrementalInterval')} onChange={(interval) => setTyped({ ...now, interval })} />
					<TextField label={`Full sync at (${s.scheduled.jobs.daily_full?.timezone ?? 'America/New_York'})`} type="time" value={now.clock} required
						complaint={complaintOf(put.problem.value, 'fullSyncHour')} onChange={(clock) => setTyped({ ...now, clock })} />
					<Button kind="main" type="submit" busy={put.busy} why={same ? 'Change something first' : undefined}>Save schedule</Button>
					<FormProblem problem={put.problem.value} fields={['incrementalInterval', 'fullSyncHour']} />
				</form>
			)}
		</Section>
	);
}
