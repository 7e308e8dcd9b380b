// SPDX-License-Identifier: Apache-2.0
// overview.tsx - how everything stands: a sentence, what needs a person and what to do, five figures,
// what comes next and what ran last.
import { may, connections } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { Stat, Stats } from '../../parts/figure.tsx';
import { count, duration, plural, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Page, Section } from '../../parts/page.tsx';
import { Prose } from '../../parts/prose.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status, toneOf } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { useEvery } from './every.ts';
import type { Card, Notice, Overview, Run } from './types.ts';

const LIVE = ['job', 'run', 'schedule', 'queue', 'connection', 'hold', 'quarantine', 'outbox', 'conflict', 'worker',
	'token', 'error', 'alert', 'budget'];

/** What the button to a notice's place is called. */
const ACTIONS: Record<string, string> = {
	auth_expired: 'Connect again', failing: 'Look at the run', stuck: 'Look at the job', held: 'Look and release',
	quarantine: 'Look at the records', conflict: 'Decide', outbox_stuck: 'Look at the changes', paused: 'Look and resume',
	draining: 'Look at the worker', no_worker: 'Look at the workers', dead_letters: 'Look at the jobs',
	overdue_schedule: 'Look at the schedule', fenced: 'Look at the workers', budget_use: 'Look at the limit',
};

export default function OverviewPage() {
	const r = useResource<Overview>('/api/overview', { live: LIVE });

	useEvery(15000, r.reload);
	return (
		<Page title="Overview">
			<Of resource={r} lines={6}>{(d) => (
				<>
					<Health d={d} />
					{d.attention.length > 0 && <Attention notices={d.attention} />}
					{d.fresh && <Fresh d={d} />}
					<Stats>{d.cards.map((c) => <Figure key={c.id} card={c} />)}</Stats>
					<div class="columns wide-left">
						<Runs runs={d.recent_runs} />
						<Fires d={d} />
					</div>
				</>
			)}</Of>
		</Page>
	);
}

function Health({ d }: { d: Overview }) {
	const tone = d.fresh && d.health.state === 'ok' ? 'busy' : d.health.state === 'ok' ? 'good' : d.health.state === 'attention' ? 'warn' : 'bad';

	return (
		<p class={`note health tone-${tone}`} role="status">
			<Icon name={tone === 'good' ? 'check' : tone === 'busy' ? 'info' : tone === 'warn' ? 'warn' : 'cross'} class={`tone-${tone}`} />
			<strong>{d.health.sentence}</strong>
		</p>
	);
}

function Attention({ notices }: { notices: Notice[] }) {
	return (
		<Section title="Needs attention">
			<ul class="list">
				{notices.map((n) => (
					<li key={`${n.kind} ${n.subject.name ?? ''} ${n.title}`} class="notice">
						<Icon name={n.severity === 'error' ? 'cross' : n.severity === 'warning' ? 'warn' : 'info'}
							class={`tone-${n.severity === 'error' ? 'bad' : n.severity === 'warning' ? 'warn' : 'quiet'}`}
							label={words(n.severity)} />
						<div class="notice-text">
							<p><strong>{n.title}</strong>{n.since && <span class="quiet"> · <When at={n.since} /></span>}</p>
							{n.detail && <p class="quiet notice-detail"><Prose text={n.detail} /></p>}
							<p><Prose text={n.next} /></p>
						</div>
						<LinkButton href={n.href}>{ACTIONS[n.kind] ?? 'Look at it'}</LinkButton>
					</li>
				))}
			</ul>
		</Section>
	);
}

/** Nothing has run yet: what to do first. */
function Fresh({ d }: { d: Overview }) {
	const first = connections.value[0]?.name;
	const sync = useAction((name: string) => send('POST', at`/api/connections/${name}/sync`, { mode: 'full' },
		{ idempotencyKey: newKey() }), { done: 'The first sync has begun' });

	if (d.connections === 0 || !first)
		return (
			<Section title="First steps">
				<Empty icon="plug" title="The plan has no connections yet" command="lockstep init">
					Write a plan with a connection, and start the server again.
				</Empty>
			</Section>
		);
	return (
		<Section title="First steps">
			<Empty icon="play" title="Nothing has run yet" command={`lockstep sync ${first} --full --wait`}
				action={(
					<span class="row">
						{may('admin') && <Button kind="main" icon="play" busy={sync.busy} onClick={() => sync.run(first)}>Sync {first} now</Button>}
						<LinkButton href={`/connections/${encodeURIComponent(first)}`}>Look at the connection</LinkButton>
					</span>
				)}>
				The first full sync brings everything in. Where a vendor asks for a sign-in, connect first.
			</Empty>
		</Section>
	);
}

// ---- figures ----

function figureText(c: Card, v: number): string {
	if (c.unit === '%')
		return v.toFixed(1).replace(/\.0$/, '');
	if (c.unit === 'seconds')
		return v === 0 ? '0 s' : duration(v * 1000);
	return count(Math.abs(v) < 10 ? Math.round(v * 10) / 10 : Math.round(v));
}

function deltaText(c: Card): string | null {
	if (c.delta === null)
		return null;
	const size = Math.abs(c.delta);
	const text = c.unit === '%' ? `${size.toFixed(1).replace(/\.0$/, '')} points` : figureText(c, size);
	return /^0( |$)/.test(text) ? null : `${c.delta < 0 ? '−' : '+'}${text}`;
}

function Figure({ card: c }: { card: Card }) {
	const good = c.delta === null || c.delta === 0 || c.better === 'neither' ? undefined
		: (c.delta > 0) === (c.better === 'up');

	return (
		<Stat label={c.label} href={c.href} delta={deltaText(c)} deltaGood={good} spark={c.spark}
			value={c.value === null ? '–' : c.of === null ? figureText(c, c.value) : `${figureText(c, c.value)} / ${count(c.of)}`}
			{...(c.unit === '%' && c.value !== null ? { unit: '%' } : {})}
			says={c.detail?.replace(/\d{4,}/g, (n) => count(Number(n)))} sparkBars={c.id !== 'success_rate'} />
	);
}

// ---- what comes, what was ----

function Fires({ d }: { d: Overview }) {
	return (
		<Section title="Next" actions={<LinkButton kind="plain" href="/schedules">All schedules</LinkButton>}>
			<Table caption="The next fires" rows={d.next_fires} keyOf={(f) => `${f.schedule} ${f.at}`}
				hrefOf={(f) => `/schedules?schedule=${encodeURIComponent(f.schedule)}`} columns={[
					{ id: 'at', head: 'When', cell: (f) => <When at={f.at} /> },
					{ id: 'schedule', head: 'Schedule', cell: (f) => (
						<span class="fire">
							<a href={`/schedules?schedule=${encodeURIComponent(f.schedule)}`}>{f.schedule}</a>
							<small class="quiet">{f.words}</small>
						</span>
					) },
				]}
				empty={<Empty icon="calendar" title="No schedule is due" command="lockstep schedules">
					Give a connection a `schedule` in the plan, or make one on the schedules' page.
				</Empty>} />
		</Section>
	);
}

function Runs({ runs }: { runs: Run[] }) {
	return (
		<Section title="Last runs" actions={<LinkButton kind="plain" href="/runs">All runs</LinkButton>}>
			{runs.length > 0 && <Strip runs={runs} />}
			<Table caption="The last runs" rows={runs} keyOf={(x) => x.id} hrefOf={(x) => `/runs/${x.id}`} columns={[
				{ id: 'status', head: 'Status', cell: (x) => <Status value={x.status} /> },
				{ id: 'what', head: 'Run', grow: true,
					cell: (x) => <a href={`/runs/${x.id}`}>{x.connection ?? 'application'} · {words(x.sync_type)}</a> },
				{ id: 'records', head: 'Records', number: true, cell: (x) => count(x.records_processed), wideOnly: true },
				{ id: 'at', head: 'Began', cell: (x) => <When at={x.started_at} /> },
			]}
			empty={<Empty icon="list" title="No run yet" command="lockstep sync --all">
				Runs appear here as soon as one begins.
			</Empty>} />
		</Section>
	);
}

/** The oldest at the left, as time goes. */
function Strip({ runs }: { runs: Run[] }) {
	const failed = runs.filter((x) => x.status === 'error').length;

	return (
		<span class="strip" role="img" aria-label={`The last ${plural(runs.length, 'run')}: ${count(failed)} failed`}>
			{[...runs].reverse().map((x) => (
				<span key={x.id} class={`tone-${toneOf(x.status)}`} title={`${x.connection ?? ''} ${words(x.status)}`} />
			))}
		</span>
	);
}
