// SPDX-License-Identifier: Apache-2.0
// own.tsx - an integration whose schedules are its own: its figures, schedules, last runs, and whose turn it is.
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { LinkButton } from '../../parts/button.tsx';
import { Stat, Stats } from '../../parts/figure.tsx';
import { count, duration, NOTHING, words } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { isAbout, type Connection, type Turns } from './types.ts';

/** Where each integration's page leads, in words. */
const PAGES: Record<string, string> = { '/score-sync': 'Score sync', '/ratings': 'Ratings' };

export function Own({ c }: { c: Connection }) {
	const page = c.page ?? '';

	return (
		<>
			<Stats>
				{c.facts.map((f) => <Stat key={f.label} label={f.label} href={f.href ?? undefined}
					value={typeof f.value === 'number' ? count(f.value) : f.value ?? NOTHING} />)}
			</Stats>
			{c.rotates && <Turning name={c.name} />}
			<div class="columns">
				<Section title="Last runs" actions={<LinkButton href={page} icon="right">{PAGES[page] ?? 'Its page'}</LinkButton>}>
					<Table caption={`Last runs of ${c.name}`} rows={c.runs} keyOf={(r) => r.id} columns={[
						{ id: 'status', head: 'Status', cell: (r) => <Status value={r.status} /> },
						{ id: 'type', head: 'Kind', cell: (r) => words(r.type) },
						{ id: 'at', head: 'Began', cell: (r) => <When at={r.started_at} /> },
						{ id: 'took', head: 'Took', number: true, cell: (r) => duration(r.duration_ms) },
					]} empty={<Empty title="It has not run yet" icon="clock">Wait for its schedule, or run it now above.</Empty>} />
				</Section>
				<Section title="Schedules" actions={<LinkButton href="/schedules" icon="calendar">All schedules</LinkButton>}>
					<Table caption={`Schedules of ${c.name}`} rows={c.schedules} keyOf={(s) => s.name} hrefOf={(s) => `/schedules?schedule=${encodeURIComponent(s.name)}`} columns={[
						{ id: 'name', head: 'Schedule', cell: (s) => (
							<span class="pair"><a href={`/schedules?schedule=${encodeURIComponent(s.name)}`}>{s.name}</a>
								<small class="quiet">{s.words}{s.paused ? ' (paused)' : ''}</small></span>
						) },
						{ id: 'next', head: 'Next', cell: (s) => <When at={s.next_at} none={s.paused ? 'paused' : 'none'} /> },
					]} empty={<Empty title="It has no schedule" icon="calendar">Add one on the page of schedules.</Empty>} />
				</Section>
			</div>
		</>
	);
}

/** Each stream whose members take turns, and how fresh they are against what it promises. */
function Turning({ name }: { name: string }) {
	const r = useResource<{ streams: Turns[] }>(at`/api/connections/${name}/rotation`, {
		query: { hours: '24' }, live: ['run', 'connection'], when: isAbout(name),
	});
	const sum = (s: Turns, of: 'late' | 'never_asked'): number => s.tiers.reduce((n, t) => n + t[of], 0);
	const oldest = (s: Turns): number => Math.max(0, ...s.tiers.map((t) => t.age_seconds.oldest));

	return (
		<Of resource={r}>{(d) => (
			<Table caption={`Streams of ${name}`} rows={d.streams} keyOf={(s) => s.stream} hrefOf={() => '?tab=rotation'} columns={[
				{ id: 'stream', head: 'Stream', cell: (s) => (
					<span class="pair"><strong>{s.stream}</strong><small class="quiet">rows of {s.table} take turns</small></span>
				) },
				{ id: 'members', head: 'Members', number: true, cell: (s) => count(s.members) },
				{ id: 'late', head: 'Freshness', cell: (s) => (sum(s, 'late') > 0
					? <Status value="late" label={`${count(sum(s, 'late'))} late`} /> : <Status value="ok" label="none late" />) },
				{ id: 'never', head: 'Never asked', number: true, cell: (s) => count(sum(s, 'never_asked')) },
				{ id: 'oldest', head: 'Oldest', number: true, cell: (s) => (oldest(s) ? duration(oldest(s) * 1000) : NOTHING) },
				{ id: 'asked', head: 'Asked, 24 h', number: true, cell: (s) => count(s.totals.processed) },
				{ id: 'news', head: 'News, 24 h', number: true, wideOnly: true, cell: (s) => count(s.totals.news) },
				{ id: 'failed', head: 'Failed, 24 h', number: true, cell: (s) => (s.totals.failed
					? <span class="tone-bad">{count(s.totals.failed)}</span> : <span class="quiet">0</span>) },
			]} empty={<Empty title="No stream takes turns" icon="refresh">Give one a rotation in the plan.</Empty>} />
		)}</Of>
	);
}
