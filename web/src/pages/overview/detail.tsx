// SPDX-License-Identifier: Apache-2.0
// detail.tsx - one error: what it is, what to do, when it happened; muted for a while, tried again.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Button, Copy } from '../../parts/button.tsx';
import { confirm, Dialog } from '../../parts/dialog.tsx';
import { Spark } from '../../parts/figure.tsx';
import { SelectField, TextField } from '../../parts/form.tsx';
import { count, plural, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts } from '../../parts/page.tsx';
import { Prose } from '../../parts/prose.tsx';
import { Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { toast } from '../../parts/toast.tsx';
import type { ErrorGroup, Occurrence, Retry } from './types.ts';

type Detailed = ErrorGroup & { occurrences: Occurrence[] };

export function useError(fingerprint: string, since: string): Resource<Detailed> {
	return useResource<Detailed>(at`/api/errors/${fingerprint}`, {
		query: { since }, live: ['run', 'job', 'quarantine', 'error'],
	});
}

/** In a drawer beside its list. */
export function ErrorDrawn({ fingerprint, since }: { fingerprint: string; since: string }) {
	return <ErrorDetail of={useError(fingerprint, since)} since={since} />;
}

export function ErrorDetail({ of: r, since }: { of: Resource<Detailed>; since: string }) {
	return (
		<Of resource={r}>{(g) => (
			<div class="flow">
				<p class="error-title"><strong>{g.title}</strong></p>
				<p class="note tone-busy"><Icon name="info" /><span><Prose text={g.remedy} /></span></p>
				{may('admin') && <Deeds g={g} since={since} reload={r.reload} />}
				<Facts rows={[
					['Happened', <>{plural(g.count, 'time')}{g.waiting > 0 && <span class="quiet">, {count(g.waiting)} tried again by themselves</span>}</>],
					['First', <When at={g.first_seen} />],
					['Last', <When at={g.last_seen} />],
					['Of', words(g.kind)],
					g.connections.length > 0 && ['Connections', <Names of={g.connections} />],
					['Trend', <span class="trend"><Spark bars values={g.spark} tone="bad"
						label={`${plural(g.count, 'time')} since the time that is looked at`} /></span>],
					g.tasks.length > 0 && [g.kind === 'record' ? 'Tables' : 'Tasks', g.tasks.join(', ')],
					!!g.muted_until && ['Muted', <>
						<Status value="muted" label="Until" /> <When at={g.muted_until} full />
						{g.mute_reason && <span class="quiet"> · {g.mute_reason}</span>}
						{g.muted_by && <span class="quiet"> · {g.muted_by}</span>}
					</>],
				]} />
				{g.sample && g.kind !== 'record' && (
					<div class="json"><pre tabIndex={0} aria-label="The newest, as it was">{g.sample}</pre><Copy text={g.sample} label="Copy the text" /></div>
				)}
				<h3>The last times</h3>
				<Occurrences rows={g.occurrences} />
			</div>
		)}</Of>
	);
}

function Names({ of }: { of: string[] }) {
	return <>{of.map((name, i) => <span key={name}>{i > 0 && ', '}<a href={`/connections/${encodeURIComponent(name)}`}>{name}</a></span>)}</>;
}

function Occurrences({ rows }: { rows: Occurrence[] }) {
	return (
		<Table caption="The last times" rows={rows} keyOf={(o) => `${o.kind} ${o.id ?? ''} ${o.connection ?? ''} ${o.at}`} columns={[
			{ id: 'at', head: 'When', cell: (o) => <When at={o.at} /> },
			{ id: 'what', head: 'What', grow: true, cell: (o) => (
				<a href={o.href}>{words(o.kind)} {o.kind === 'run' ? (o.id ?? '').slice(0, 8) : o.id ?? ''}</a>
			) },
			{ id: 'of', head: 'Of', cell: (o) => <span class="nowrap">{[o.connection, o.task].filter(Boolean).join(' · ')}</span> },
			{ id: 'state', head: 'State', wideOnly: true,
				cell: (o) => (o.waiting ? <Status value="later" label="Tried again" /> : <Status value={o.kind === 'record' ? 'held' : 'failed'} label={o.kind === 'record' ? 'In quarantine' : 'Failed'} />) },
		]} />
	);
}

// ---- deeds ----

function willDo(d: Retry): string {
	const parts = [d.jobs > 0 && plural(d.jobs, 'job'), d.records > 0 && plural(d.records, 'record'),
		d.syncs > 0 && `a sync of ${plural(d.syncs, 'connection')}`].filter(Boolean);
	return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : String(parts[0] ?? 'nothing');
}

function Deeds({ g, since, reload }: { g: ErrorGroup; since: string; reload: () => void }) {
	const [muting, setMuting] = useState(false);
	const path = at`/api/errors/${g.fingerprint}`;
	const retry = useAction(async () => {
		const dry = (await send<Retry>('POST', `${path}/retry`, { dry_run: true }, { query: { since } })).data;
		if (dry.jobs + dry.records + dry.syncs === 0) {
			toast.say('There is nothing left to try again');
			return;
		}
		if (!await confirm({ title: 'Try again', yes: `Try ${willDo(dry)} again`,
			text: `This tries ${willDo(dry)} again now. Records of the same table and reason are tried along.` }))
			return;
		const done = (await send<Retry>('POST', `${path}/retry`, { dry_run: false }, { query: { since } })).data;
		toast.good(`${plural(done.done, 'job')} on the way${done.refused > 0 ? `; ${count(done.refused)} under way already` : ''}`);
		reload();
	});
	const unmute = useAction(async () => {
		await send('POST', `${path}/unmute`);
		reload();
	}, { done: 'No longer muted' });

	return (
		<div class="row">
			<Button kind="main" icon="refresh" busy={retry.busy} onClick={() => retry.run()}>Try again</Button>
			{g.muted_until
				? <Button icon="alert" busy={unmute.busy} onClick={() => unmute.run()}>Unmute</Button>
				: <Button icon="mute" onClick={() => setMuting(true)}>Mute</Button>}
			{muting && <Mute path={path} since={since} onClose={(done) => {
				setMuting(false);
				if (done)
					reload();
			}} />}
		</div>
	);
}

const TIMES: [string, string][] = [['3600', 'One hour'], ['86400', 'One day'], ['604800', 'One week'], ['2592000', '30 days']];

function Mute({ path, since, onClose }: { path: string; since: string; onClose: (done: boolean) => void }) {
	const [forS, setForS] = useState('86400');
	const [reason, setReason] = useState('');
	const mute = useAction(() => send('POST', `${path}/mute`, { for_s: Number(forS), ...(reason.trim() ? { reason: reason.trim() } : {}) },
		{ query: { since } }), { done: 'Muted' });

	const doIt = async (): Promise<void> => {
		if (await mute.run())
			onClose(true);
	};
	return (
		<Dialog title="Mute this error" onClose={() => onClose(false)} actions={<>
			<Button onClick={() => onClose(false)}>Cancel</Button>
			<Button kind="main" icon="mute" busy={mute.busy} onClick={doIt}>Mute</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				void doIt();
			}}>
				<p>Until then the overview and the alert of repeated failures leave it out. It goes on being counted.</p>
				<SelectField label="For" value={forS} onChange={setForS} choices={TIMES} />
				<TextField label="Reason" value={reason} onChange={setReason} maxLength={500} hint="Who asks later, finds it here." />
			</form>
		</Dialog>
	);
}
