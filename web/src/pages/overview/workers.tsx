// SPDX-License-Identifier: Apache-2.0
// workers.tsx - the processes that run jobs: who they are, what they do, and letting one rest.
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { ask } from '../../parts/dialog.tsx';
import { Meter, Stat, Stats } from '../../parts/figure.tsx';
import { bytes, count, duration, plural } from '../../parts/format.ts';
import { Page } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { useEvery } from './every.ts';
import type { Worker } from './types.ts';

interface Crew {
	workers: Worker[];
	database: { connections: number; active: number; connections_max: number } | null;
}

const LATE_S = 10;

export default function Workers() {
	const r = useResource<Crew>('/api/workers', { live: ['job', 'worker', 'queue'] });

	useEvery(3000, r.reload);
	return (
		<Page title="Workers" says="The processes that run jobs, on this machine and others">
			<Of resource={r}>{(d) => (
				<>
					<Sums d={d} />
					<Table caption="Workers" rows={d.workers} keyOf={(w) => w.id} columns={[
						{ id: 'name', head: 'Worker', grow: true, cell: (w) => (
							<span class="row"><strong>{w.host}</strong><span class="quiet">pid {w.pid}</span>{w.this && <Badge>answers you</Badge>}</span>
						) },
						{ id: 'state', head: 'State', cell: (w) => <State w={w} /> },
						{ id: 'busy', head: 'Busy', cell: (w) => (
							<span class="busy-cell">{w.busy} / {w.slots}<Meter warnFrom={2} value={w.busy} of={w.slots} label={`${w.busy} of ${w.slots} slots are busy`} /></span>
						) },
						{ id: 'jobs', head: 'Runs now', cell: (w) => <Jobs w={w} /> },
						{ id: 'beat', head: 'Sign of life', cell: (w) => <span class="nowrap">{duration(Math.max(1, Math.round(w.beat_age_seconds)) * 1000)} ago</span> },
						{ id: 'memory', head: 'Memory', number: true, wideOnly: true, cell: (w) => bytes(w.rss_bytes) },
						{ id: 'version', head: 'Version', wideOnly: true, cell: (w) => w.version },
						{ id: 'since', head: 'Up since', wideOnly: true, cell: (w) => <When at={w.started_at} /> },
						...(may('admin') ? [{ id: 'deed', head: 'Drain', cell: (w: Worker) => <Drain w={w} reload={r.reload} /> }] : []),
					]}
					empty={<Empty icon="server" title="No worker runs" command="lockstep work --workers 8">
						Jobs wait until one does. `lockstep serve` has workers too, unless it is told `--workers 0`.
					</Empty>} />
				</>
			)}</Of>
		</Page>
	);
}

function Sums({ d }: { d: Crew }) {
	const busy = d.workers.reduce((sum, w) => sum + w.busy, 0);
	const slots = d.workers.reduce((sum, w) => sum + w.slots, 0);

	return (
		<Stats>
			<Stat label="Workers" value={count(d.workers.length)} says={plural(new Set(d.workers.map((w) => w.host)).size, 'machine')} />
			<Stat label="Jobs that run" value={`${count(busy)} / ${count(slots)}`} href="/jobs?state=running" says="busy of all slots" />
			<Stat label="Draining" value={count(d.workers.filter((w) => w.draining).length)} says="take nothing more" />
			{d.database && (
				<Stat label="Database connections" value={`${count(d.database.connections)} / ${count(d.database.connections_max)}`}
					says={`${count(d.database.active)} active, of all programs`} />
			)}
		</Stats>
	);
}

function State({ w }: { w: Worker }) {
	if (w.ending)
		return <Status value="draining" label="Ending" title="Its process is about to end" />;
	if (w.drain)
		return <Status value="draining" title={[w.drain.reason, w.drain.actor].filter(Boolean).join(' · ')}
			label={w.jobs.length > 0 ? 'Draining' : 'Drained'} />;
	if (w.beat_age_seconds > LATE_S)
		return <Status value="late" label="Silent" title="It will be given up, and its jobs go on elsewhere" />;
	return w.busy > 0 ? <Status value="running" label="Works" /> : <Status value="ok" label="Ready" />;
}

function Jobs({ w }: { w: Worker }) {
	if (w.jobs.length === 0)
		return <span class="quiet">nothing</span>;
	return (
		<ul>
			{w.jobs.map((j) => (
				<li key={j.id}><a href={j.href}>{j.connection ? `${j.task} of ${j.connection}` : j.task}</a> <span class="quiet"><When at={j.started_at} /></span></li>
			))}
		</ul>
	);
}

function Drain({ w, reload }: { w: Worker; reload: () => void }) {
	const drain = useAction(async () => {
		const reason = await ask({ title: `Drain ${w.host}, pid ${w.pid}`, yes: 'Drain', reason: true,
			text: 'It ends what it runs and takes nothing more. When it is drained its process can be stopped without hurry. This can be undone.' });
		if (reason === null)
			return;
		await send('POST', at`/api/workers/${w.id}/drain`, reason ? { reason } : {});
		reload();
	});
	const undrain = useAction(async () => {
		await send('POST', at`/api/workers/${w.id}/undrain`);
		reload();
	}, { done: 'It takes jobs again' });

	if (w.ending)
		return <span class="quiet">ending</span>;
	return w.drain
		? <Button icon="undo" busy={undrain.busy} onClick={() => undrain.run()}>Undo</Button>
		: <Button icon="down" busy={drain.busy} onClick={() => drain.run()}>Drain</Button>;
}
