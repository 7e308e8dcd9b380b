// SPDX-License-Identifier: Apache-2.0
// rotation.tsx - streams whose members take turns: how fresh they are, what cycles cost, and advice.
import { param } from '../../app/router.ts';
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Stat, Stats } from '../../parts/figure.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { count, duration, percent, words } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { isAbout, type Turns } from './types.ts';

export function Rotation({ name }: { name: string }) {
	const r = useResource<{ streams: Turns[] }>(at`/api/connections/${name}/rotation`, {
		query: { hours: param('hours', '24') }, live: ['run', 'connection'], when: isAbout(name),
	});

	return (
		<Section title="Rotation" plain says="Members take turns; ages are the time since each was last asked with success">
			<Filters names={['hours']}>
				<SelectFilter name="hours" label="Look back" otherwise="24" choices={[['6', '6 hours'], ['24', 'A day'], ['72', '3 days'], ['168', 'A week']]} />
			</Filters>
			<Of resource={r}>{(d) => (d.streams.length === 0
				? <Empty title="No stream takes turns" icon="refresh">Give one a rotation in the plan.</Empty>
				: <>{d.streams.map((s) => <One key={s.stream} s={s} />)}</>)}</Of>
		</Section>
	);
}

/** A bar beside its number, which says the same. */
function Share({ value, of }: { value: number; of: number }) {
	return <span class="meter tone-busy" aria-hidden="true"><span style={{ width: `${(100 * value) / of}%` }} /></span>;
}

function One({ s }: { s: Turns }) {
	const most = Math.max(1, ...s.lag.map((l) => l.members));

	return (
		<Section title={words(s.stream)} says={`Members are rows of ${s.table}${s.sentinel ? '; a few sentinels are asked first' : ''}`}>
			<Stats>
				<Stat label="Members" value={count(s.members)} />
				<Stat label="Cycles" value={count(s.totals.cycles)} says={`${count(s.totals.calls)} calls`} />
				<Stat label="Asked" value={count(s.totals.processed)} says={`${count(s.totals.news)} had news`} />
				<Stat label="Errors" value={percent(s.totals.error_rate)} says={`${count(s.totals.failed)} failed`}
					{...(s.totals.failed ? { tone: 'bad' as const } : {})} />
			</Stats>
			{s.advice.length > 0 && (
				<ul class="list">
					{s.advice.map((a) => <li key={a.code + a.key}><Badge tone="warn">{words(a.code)}</Badge> {a.text} <code>{a.key}</code></li>)}
				</ul>
			)}
			<div class="columns">
				<Table caption="Freshness by tier" rows={s.tiers} keyOf={(t) => t.name} columns={[
					{ id: 'tier', head: 'Tier', cell: (t) => t.name },
					{ id: 'promise', head: 'Promise', number: true, cell: (t) => duration(t.promise_seconds === null ? null : t.promise_seconds * 1000) },
					{ id: 'members', head: 'Members', number: true, cell: (t) => count(t.members) },
					{ id: 'late', head: 'Late', cell: (t) => (t.late ? <Status value="late" label={count(t.late)} /> : <span class="quiet">none</span>) },
					{ id: 'never', head: 'Never asked', number: true, cell: (t) => count(t.never_asked) },
					{ id: 'p90', head: '9 of 10 within', number: true, cell: (t) => duration(t.age_seconds.p90 * 1000) },
					{ id: 'oldest', head: 'Oldest', number: true, cell: (t) => duration(t.age_seconds.oldest * 1000) },
				]} />
				<Table caption="How old what is known is" rows={s.lag} keyOf={(l) => l.lag} columns={[
					{ id: 'lag', head: 'Age', cell: (l) => <span class="nowrap">{l.lag}</span> },
					{ id: 'bar', head: 'Share', grow: true, cell: (l) => <Share value={l.members} of={most} /> },
					{ id: 'members', head: 'Members', number: true, cell: (l) => count(l.members) },
				]} />
			</div>
			<Table caption="Cycles" rows={s.cycles.slice(0, 50)} keyOf={(c) => c.run + c.began_at} hrefOf={(c) => `/runs/${c.run}`} columns={[
				{ id: 'at', head: 'Began', cell: (c) => <a href={`/runs/${c.run}`}><When at={c.began_at} /></a> },
				{ id: 'took', head: 'Took', number: true, cell: (c) => duration(c.duration_ms) },
				{ id: 'batch', head: 'Batch', number: true, cell: (c) => `${c.batch + 1} of ${c.batches}` },
				{ id: 'asked', head: 'Asked', number: true, cell: (c) => count(c.processed) },
				{ id: 'news', head: 'News', number: true, cell: (c) => count(c.news) },
				{ id: 'failed', head: 'Failed', number: true, cell: (c) => count(c.failed) },
				{ id: 'calls', head: 'Calls', number: true, cell: (c) => count(c.calls) },
				{ id: 'kind', head: 'Kind', cell: (c) => (c.alarm ? <Badge tone="warn">alarm</Badge> : c.sentinel ? 'sentinels' : 'batch') },
			]} empty={<Empty title="No cycle in this time" icon="clock">Look back further, or sync it now.</Empty>} />
		</Section>
	);
}
