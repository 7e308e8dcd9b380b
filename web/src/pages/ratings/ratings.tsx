// SPDX-License-Identifier: Apache-2.0
// ratings.tsx - ratings as a whole, for administrators; for a player, their own.
import { useState } from 'preact/hooks';
import { addressWith, navigate, param, setQuery } from '../../app/router.ts';
import { may, me } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { newKey, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { confirm, Drawer } from '../../parts/dialog.tsx';
import { Meter, Stat, Stats } from '../../parts/figure.tsx';
import { CheckField, TextField } from '../../parts/form.tsx';
import { count, duration, timeOf } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts, Page, Section } from '../../parts/page.tsx';
import { Empty, Failed, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { PlayerRating, useRated, YOURS } from './player.tsx';
import { FAULTS, ratingText, type Budget, type LinkedPlayer, type Roster, type WeeklyRun } from './types.ts';

export default function Ratings() {
	return may('admin') ? <Desk /> : <Mine />;
}

function Mine() {
	const id = me.value?.subject;

	return (
		<Page title="Your rating" says={YOURS}>
			{id ? <Own player={id} /> : (
				<Empty title="No player belongs to you" icon="racket">
					Ratings belong to the users of your application. Open this page from there, or sign in with its account.
				</Empty>
			)}
		</Page>
	);
}

function Own({ player }: { player: string }) {
	return <PlayerRating player={player} rated={useRated(player)} />;
}

function Desk() {
	const [running, setRunning] = useState(false);
	const [reading, setReading] = useState(false);

	return (
		<Page title="Ratings" says="Players' ratings (PTI), read from their leagues' pages" actions={<>
			<Button icon="people" onClick={() => setReading(true)}>Read a roster</Button>
			<Button kind="main" icon="refresh" onClick={() => setRunning(true)}>Run the weekly job</Button>
		</>}>
			<Credits />
			<Linked />
			<Runs />
			{running && <RunNow onClose={() => setRunning(false)} />}
			{reading && <ReadRoster onClose={() => setReading(false)} />}
		</Page>
	);
}

// ---- credits ----

function Credits() {
	const r = useResource<Budget>('/api/pti/budget', { live: ['pti', 'job'] });

	return (
		<Of resource={r} lines={4}>{(b) => (
			<Stats>
				<Stat label={`Credits spent in ${b.month}`} value={count(b.spent)} {...(b.limit === null ? {} : { unit: `of ${count(b.limit)}` })}
					says={b.limit === null ? 'no limit' : <Meter value={b.spent} of={b.limit} label={`${b.spent} of ${b.limit} credits spent`} />} />
				<Stat label="Left for persons" value={b.left_for_persons === null ? 'no limit' : count(b.left_for_persons)}
					says={b.reserve > 0 ? `${count(b.reserve)} are kept for them` : ''} />
				<Stat label="Left for the weekly job" value={b.left_for_the_job === null ? 'no limit' : count(b.left_for_the_job)} />
				<Stat label="Pages asked for" value={count(b.requests)} says="this month" />
			</Stats>
		)}</Of>
	);
}

// ---- who is linked ----

const EACH = 50;

function Linked() {
	const after = param('after');
	const [id, setId] = useState('');
	const r = useResource<{ players: LinkedPlayer[]; next: string | null }>('/api/pti/players',
		{ query: { limit: EACH, after }, live: ['pti', 'job'] });

	return (
		<Section title="Linked players" says="Who was read longest ago comes first, as in the weekly job." actions={(
			<form class="row" onSubmit={(e) => {
				e.preventDefault();
				if (id.trim())
					navigate(`/ratings/${encodeURIComponent(id.trim())}`);
			}}>
				<label class="filter search"><Icon name="search" /><span class="unseen">A player's id</span>
					<input value={id} placeholder="A player's id" data-search onInput={(e) => setId(e.currentTarget.value)} /></label>
				<Button type="submit">Open</Button>
			</form>
		)}>
			<Of resource={r}>{(d) => (
				<>
					<Table caption="Linked players" rows={d.players} keyOf={(p) => p.id} hrefOf={(p) => `/ratings/${encodeURIComponent(p.id)}`}
						classOf={(p) => (p.failures > 2 ? 'tone-warn' : '')}
						empty={<Empty title="Nobody has linked a page yet" icon="link" command="lockstep pti link PLAYER 'https://…'">
							Players link theirs with the card, here or embedded in your application.
						</Empty>}
						columns={[
							{ id: 'name', head: 'Player', cell: (p) => <a class="nowrap" title={p.name} href={`/ratings/${encodeURIComponent(p.id)}`}>{p.name || p.id}</a> },
							{ id: 'pti', head: 'PTI', number: true, cell: (p) => ratingText(p.current_pti) },
							{ id: 'at', head: 'Last read', cell: (p) => <When at={p.last_synced_at} none="never" /> },
							{ id: 'state', head: 'State', cell: (p) => (p.failures > 0
								? <Status value="failing" label={`${p.failures} in a row`} title={FAULTS[p.last_error ?? ''] ?? p.last_error ?? ''} />
								: <Status value="linked" />) },
							{ id: 'why', head: 'Why', grow: true, wideOnly: true, cell: (p) => (p.failures > 0 ? FAULTS[p.last_error ?? ''] ?? p.last_error : '') },
						]} />
					{(after || d.next) && <nav class="pager" aria-label="Parts of the list of players">
						{after && <LinkButton kind="plain" icon="left" href={addressWith({ after: '' })}>From the first</LinkButton>}
						{d.next && <LinkButton kind="plain" icon="right" href={addressWith({ after: d.next })}>More players</LinkButton>}
					</nav>}
				</>
			)}</Of>
		</Section>
	);
}

// ---- the weekly job ----

function Runs() {
	const r = useResource<{ runs: WeeklyRun[] }>('/api/pti/runs', { query: { limit: 20 }, live: ['pti', 'job'] });
	const shown = r.data.value?.runs.find((x) => x.id === param('run'));

	return (
		<Section title="Weekly job" says={<>It runs by the schedule <a href="/schedules?q=pti_weekly">pti_weekly</a>.</>}>
			<Of resource={r}>{(d) => (
				<Table caption="Runs of the weekly job" rows={d.runs} keyOf={(x) => x.id} onOpen={(x) => setQuery({ run: x.id }, { push: true })}
					empty={<Empty title="It has not run yet" icon="clock" command="lockstep pti sync">Run it now by the button above, or wait for Sunday.</Empty>}
					columns={[
						{ id: 'status', head: 'Status', cell: (x) => <Status value={x.status} /> },
						{ id: 'at', head: 'Began', cell: (x) => <When at={x.started_at} /> },
						{ id: 'took', head: 'Took', number: true, wideOnly: true, cell: (x) => took(x) },
						{ id: 'found', head: 'Players', number: true, cell: (x) => count(x.found) },
						{ id: 'updated', head: 'Changed', number: true, cell: (x) => count(x.updated) },
						{ id: 'failed', head: 'Failed', number: true, cell: (x) => count(x.failed) },
						{ id: 'pages', head: 'Pages', number: true, wideOnly: true, cell: (x) => count(x.pages) },
						{ id: 'credits', head: 'Credits', number: true, wideOnly: true, cell: (x) => count(x.credits) },
					]} />
			)}</Of>
			{shown && (
				<Drawer title="A run of the weekly job" onClose={() => setQuery({ run: '' })}>
					<Facts rows={[
						['Status', <Status value={shown.status} />],
						['Began', <When at={shown.started_at} full />],
						['Ended', <When at={shown.completed_at} full none="not yet" />],
						['Took', took(shown)],
						['Players', count(shown.found)],
						['Read', count(shown.succeeded)],
						['Changed', count(shown.updated)],
						['Without a rating now', count(shown.no_pti)],
						['Failed', count(shown.failed)],
						['Pages, requests, credits', `${count(shown.pages)}, ${count(shown.requests)}, ${count(shown.credits)}`],
						shown.error ? ['Why', FAULTS[shown.error] ?? shown.error] : null,
						['Run', <code>{shown.id}</code>],
					]} />
				</Drawer>
			)}
		</Section>
	);
}

function took(x: WeeklyRun): string {
	const from = timeOf(x.started_at);
	const to = timeOf(x.completed_at);
	return from === null || to === null ? '–' : duration(to - from);
}

function RunNow({ onClose }: { onClose: () => void }) {
	const [league, setLeague] = useState(false);
	const key = useState(newKey)[0];
	const run = useAction(async (dry: boolean) => {
		const answer = await send<{ job: string }>('POST', '/api/pti/sync', { dry_run: dry, league_pages: league },
			{ idempotencyKey: `${key}${dry ? 'd' : 'r'}${league ? 'l' : ''}` });
		onClose();
		navigate(`/jobs/${answer.data.job}`);
	});

	return (
		<Drawer title="Run the weekly job" onClose={onClose} actions={<>
			<Button busy={run.busy} icon="eye" onClick={() => run.run(true)}>Only tell what it would cost</Button>
			<Button kind="main" icon="refresh" busy={run.busy} onClick={async () => {
				if (await confirm({ title: 'Run the weekly job now', yes: 'Run',
					text: 'It reads the page of every linked player again and spends credits; a share of them stays with persons.' }))
					await run.run(false);
			}}>Run</Button>
		</>}>
			<p>Every linked player's page is read again. One run is under way at a time; asking twice is asking once.</p>
			<CheckField label="Read one page of ratings per league" checked={league} onChange={setLeague}
				hint="Far fewer pages: players whom such a page does not list are read one by one." />
		</Drawer>
	);
}

// ---- rosters ----

function ReadRoster({ onClose }: { onClose: () => void }) {
	const [url, setUrl] = useState('');
	const [roster, setRoster] = useState<Roster | null>(null);
	const read = useAction(async () => {
		setRoster((await send<Roster>('POST', '/api/pti/roster', { team_url: url.trim() })).data);
	}, { quiet: true });

	return (
		<Drawer title="Read a roster" wide onClose={onClose}>
			<form class="flow" onSubmit={(e) => {
				e.preventDefault();
				void read.run();
			}}>
				<TextField label="The team's page" type="url" value={url} onChange={setUrl} placeholder="https://gbpta.paddlescores.com/?mod=…&team=…"
					hint="Open the team at its league's site and copy the address. It costs one credit where pages cost any." />
				<Button type="submit" kind="main" icon="people" busy={read.busy} why={url.trim() ? undefined : 'Paste an address first'}>Read</Button>
			</form>
			{read.problem.value && <Failed problem={read.problem.value} />}
			{roster && (
				<>
					<h3>{roster.team_name}</h3>
					{!roster.rated && <p class="quiet">This league does not publish ratings.</p>}
					<Table caption={`Roster of ${roster.team_name}`} rows={roster.players} keyOf={(p) => `${p.id ?? p.name}`} columns={[
						{ id: 'name', head: 'Player', cell: (p) => <>{p.name}{p.captain ? ' (C)' : p.co_captain ? ' (CC)' : ''}</> },
						{ id: 'pti', head: 'PTI', number: true, cell: (p) => ratingText(p.pti) },
						{ id: 'won', head: 'Won', number: true, cell: (p) => count(p.wins) },
						{ id: 'lost', head: 'Lost', number: true, cell: (p) => count(p.losses) },
						{ id: 'section', head: 'Part', wideOnly: true, cell: (p) => p.section ?? '' },
					]} empty={<Empty title="The page lists no players" />} />
				</>
			)}
		</Drawer>
	);
}
