// SPDX-License-Identifier: Apache-2.0
// detail.tsx - one connection: how it stands, what can be done with it, and its tabs.
import { useState } from 'preact/hooks';
import { useCommands } from '../../app/commands.ts';
import { askStop, confirmFull } from '../../app/deeds.ts';
import type { PageProps } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Meter, Progress, Stat, Stats } from '../../parts/figure.tsx';
import { count, duration, NOTHING, percent, plural, words } from '../../parts/format.ts';
import { Menu } from '../../parts/menu.tsx';
import { currentTab, Page, Section, Tabs, type TabRow } from '../../parts/page.tsx';
import { Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { When } from '../../parts/time.tsx';
import { Mapping } from './mapping.tsx';
import { Own } from './own.tsx';
import { Freshness, nextRun, quarantineOf, runsPage, scheduleWords, vendorOf } from './parts.tsx';
import { Records } from './records.tsx';
import { Rotation } from './rotation.tsx';
import { Runs } from './runs.tsx';
import { SelectedRecords } from './selected.tsx';
import { Settings } from './settings.tsx';
import { SignIn } from './sign_in.tsx';
import { Streams } from './streams.tsx';
import { TestDialog } from './test.tsx';
import { Timeline } from './timeline.tsx';
import { HINTS, isAbout, type Connection } from './types.ts';

function tabsOf(c: Connection): TabRow[] {
	return [
		{ id: 'streams', label: 'Streams', ...(c.page ? {} : { count: c.tables.length }) },
		...(c.page ? [] : [{ id: 'runs', label: 'Runs' }]),
		{ id: 'timeline', label: 'Timeline' },
		...(may('admin') && !c.page ? [{ id: 'records', label: 'Records' }] : []),
		{ id: 'mapping', label: 'Mapping' },
		{ id: 'settings', label: 'Settings' },
		...(c.oauth ? [{ id: 'sign-in', label: 'Sign-in' }] : []),
		...(c.rotates ? [{ id: 'rotation', label: 'Rotation' }] : []),
	];
}

export default function ConnectionPage({ params }: PageProps) {
	const name = params.name ?? '';
	const r = useResource<Connection>(at`/api/connections/${name}`, { live: HINTS, when: isAbout(name) });
	const c = r.data.value;

	return (
		<Page title={name} crumbs={[['Connections', '/connections']]} says={c && <Says c={c} />}
			actions={c && may('admin') && <Actions c={c} done={r.reload} />}>
			<Of resource={r} lines={6}>{(d) => (
				<>
					{d.running && <Running c={d} />}
					{d.held.length > 0 && <Holds c={d} done={r.reload} />}
					<Figures c={d} />
					<Tabs tabs={tabsOf(d)} label={`About ${d.name}`} />
					<Tab id={currentTab(tabsOf(d))} c={d} />
				</>
			)}</Of>
		</Page>
	);
}

function Says({ c }: { c: Connection }) {
	return (
		<span>
			<Status value={c.state} />{' '}
			{c.reason ? `${ended(c.reason)} ${c.next ?? ''}` : `${vendorOf(c.connector)}, ${scheduleWords(c)}`}
		</span>
	);
}

/** With a full stop: something follows. */
const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

function Tab({ id, c }: { id: string; c: Connection }) {
	switch (id) {
	case 'runs': return <Runs name={c.name} />;
	case 'timeline': return <Timeline name={c.name} />;
	case 'records': return <Records name={c.name} tables={c.tables.map((t) => t.table)} />;
	case 'mapping': return <Mapping name={c.name} />;
	case 'settings': return <Settings name={c.name} />;
	case 'sign-in': return <SignIn name={c.name} />;
	case 'rotation': return <Rotation name={c.name} />;
	default: return c.page ? <Own c={c} /> : <Streams name={c.name} />;
	}
}

// ---- what can be done ----

interface SyncBody {
	mode?: 'incremental' | 'full';
	only?: string[];
	records?: string[];
}

function Actions({ c, done }: { c: Connection; done: () => void }) {
	const [testing, setTesting] = useState(false);
	const [selecting, setSelecting] = useState(false);
	const path = at`/api/connections/${c.name}`;
	const sync = useAction(async (body: SyncBody) => {
		await send('POST', `${path}/sync`, body, { idempotencyKey: newKey() });
		done();
	}, { done: 'The sync was asked for' });
	const stop = useAction(async (reason: string) => {
		await send('POST', `${path}/stop`, reason ? { reason } : {});
		done();
	}, { done: 'Stopped; nothing begins until it is restarted' });
	const restart = useAction(async () => {
		await send('POST', `${path}/restart`);
		done();
	}, { done: 'Restarted; what changed meanwhile is synced now' });
	const why = !c.enabled ? 'It is stopped: restart it first' : c.running ? 'A sync is under way' : undefined;
	const stopIt = async (): Promise<void> => {
		const reason = await askStop(c.name, !!c.running);
		if (reason !== null)
			await stop.run(reason);
	};
	const full = async (): Promise<void> => {
		if (await confirmFull(c.name))
			await sync.run({ mode: 'full' });
	};

	useCommands([
		{ id: 'test', label: `Test ${c.name}`, kind: 'Action', icon: 'plug', run: () => setTesting(true) },
	], [c.name]);
	return (
		<>
			{c.page ? <RunOwn c={c} done={done} /> : <Menu label="Sync now" icon="play" kind="main" items={[
				{ label: 'Incremental', icon: 'play', why, onChoose: () => sync.run({ mode: 'incremental' }) },
				{ label: 'Full', icon: 'refresh', why, onChoose: full },
				...c.tables.map((t) => ({ label: `Only ${t.table}`, icon: 'table' as const, why,
					onChoose: () => sync.run({ mode: 'incremental' as const, only: [t.table] }) })),
				{ label: 'Selected records', icon: 'list', why, onChoose: () => setSelecting(true) },
			]} />}
			{c.enabled
				? <Button icon="stop" busy={stop.busy} onClick={stopIt}>Stop</Button>
				: <Button icon="play" kind="main" busy={restart.busy} onClick={() => restart.run()}>Restart</Button>}
			<Button icon="plug" onClick={() => setTesting(true)}>Test</Button>
			{testing && <TestDialog name={c.name} onClose={() => setTesting(false)} />}
			{selecting && <SelectedRecords c={c} onClose={() => setSelecting(false)} sync={(body) => sync.run(body)} />}
		</>
	);
}

/** What an integration does by its own schedules, now. */
function RunOwn({ c, done }: { c: Connection; done: () => void }) {
	const run = useAction(async (name: string) => {
		await send('POST', at`/api/schedules/${name}/run`, undefined, { idempotencyKey: newKey() });
		done();
	}, { done: 'The run was asked for' });

	return (
		<Menu label="Run now" icon="play" kind="main" items={c.schedules.map((s) => ({
			label: words(s.name), icon: 'play' as const, why: c.state === 'off' ? 'The plan has it switched off' : c.enabled ? undefined : 'It is stopped: restart it first',
			onChoose: () => run.run(s.name),
		}))} />
	);
}

// ---- how it stands ----

function Running({ c }: { c: Connection }) {
	const p = c.progress;
	const text = p?.table
		? `${p.table}: ${count(p.table_records)}${p.table_expected ? ` of about ${count(p.table_expected)}` : ''} records`
		: 'A sync is under way';

	return (
		<section class="card running" aria-label="The sync under way">
			<div class="row between">
				<span class="row"><Status value="running" label={text} />
					{p?.waiting && <span class="tone-warn">waits: {p.waiting}{p.waiting_until && <>, goes on <When at={p.waiting_until} /></>}</span>}</span>
				{c.running && <a href={`/runs/${c.running.id}`}>The run, begun <When at={c.running.started_at} /></a>}
			</div>
			<Progress value={p?.table_records ?? 0} of={p?.table_expected} label={text} />
		</section>
	);
}

function Figures({ c }: { c: Connection }) {
	const next = nextRun(c);
	const limit = c.rate_limit;

	return (
		<Stats>
			<Stat label="Last success" value={<When at={c.last_success_at} none="never" />} href={runsPage(c)}
				says={<Freshness freshFor={c.fresh_for_s} dueEvery={c.due_every_s} />} />
			<Stat label="Next run" value={<When at={next} none={c.enabled ? 'none' : 'stopped'} />} href="/schedules"
				says={scheduleWords(c)} />
			<Stat label={c.page ? 'With news, 24 h' : 'Rows written, 24 h'} value={count(c.written_24h)} href={runsPage(c)} says={plural(c.runs.length, 'run') + ' shown'} />
			{!c.page && <Stat label="In quarantine" value={count(c.quarantined)} href={quarantineOf(c.name)}
				{...(c.quarantined ? { tone: 'warn' as const } : {})} says={c.quarantined ? 'every run tries them again' : 'nothing waits'} />}
			{limit && <Stat label="The vendor's limit" value={limit.limit ? percent(limit.used / limit.limit, 0) : NOTHING} href="/budgets"
				says={<><Meter value={limit.used} of={limit.limit} label={`${limit.used} of ${limit.limit} calls`} />
					{count(limit.used)} of {count(limit.limit)} in {duration(limit.windowSeconds * 1000)}</>} />}
		</Stats>
	);
}

function Holds({ c, done }: { c: Connection; done: () => void }) {
	const release = useAction(async (table: string, once: boolean) => {
		await send('POST', at`/api/connections/${c.name}/release`, { table, once });
		done();
	}, { done: 'Released; the next sync writes it again' });

	return (
		<Section title="Held tables" says="A check stopped these before anything was written. Look at them, then release them.">
			<ul class="list">
				{c.held.map((h) => (
					<li key={h.table} class="row between">
						<span class="pair">
							<span class="row"><Status value="held" label={h.table} /> {h.check}: {h.seen}, expected {h.expected}</span>
							<span class="row"><small class="quiet">since <When at={h.since} /></small>{h.run && <a href={`/runs/${h.run}`}>See the run</a>}</span>
						</span>
						{may('admin') && (
							<span class="row">
								<Button busy={release.busy} onClick={async () => {
									if (await confirm({ title: `Release ${h.table} once`, yes: 'Release once',
										text: `The next complete run passes without the check ${h.check}; after it the check holds again.` }))
										await release.run(h.table, true);
								}}>Release once</Button>
								<Button busy={release.busy} onClick={async () => {
									if (await confirm({ title: `Release ${h.table}`, yes: 'Release',
										text: `The table goes on. The check ${h.check} stays, and holds it again when it still looks wrong.` }))
										await release.run(h.table, false);
								}}>Release for good</Button>
							</span>
						)}
					</li>
				))}
			</ul>
		</Section>
	);
}
