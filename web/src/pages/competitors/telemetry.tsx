// SPDX-License-Identifier: Apache-2.0
// telemetry.tsx - the reading of scores in figures: batches, lag against what is promised, calls, errors.
import { useMemo } from 'preact/hooks';
import { paramInt } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Copy } from '../../parts/button.tsx';
import { Chart } from '../../parts/chart.tsx';
import { Stat, Stats } from '../../parts/figure.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { clockText, count, dayText, duration, percent, plural, timeOf } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import type { Cycle, Tier, Turns } from '../connections/types.ts';

interface Figures {
	odl_scores: Turns | null;
	flash_ctf_progress: Turns | null;
	runs: { runs: number; completed: number; failed: number; errors: number; processed: number; calls: number; average_duration_ms: number };
	hours: number;
}

const RANGES: [string, string][] = [['24', '24 hours'], ['72', '3 days'], ['168', '7 days']];

export function Telemetry() {
	const r = useResource<Figures>('/api/game-platform/telemetry', { query: { hours: paramInt('hours', 24) }, live: ['run', 'game_platform'] });

	return (
		<>
			<Filters names={['hours']}>
				<SelectFilter name="hours" label="Of the last" choices={RANGES} otherwise="24" />
			</Filters>
			<Of resource={r} lines={8}>{(d) => (d.odl_scores
				? <Shown d={d} odl={d.odl_scores} />
				: <Empty title="Scores are not read in turns" icon="refresh">The plan's stream odl_scores has no rotation; lockstep init metactf writes one.</Empty>)}</Of>
		</>
	);
}

function Shown({ d, odl }: { d: Figures; odl: Turns }) {
	const late = odl.tiers.reduce((n, t) => n + t.late, 0);
	const hours = hoursOf(d);

	return (
		<>
			<div class="six-figures"><Stats>
				<Stat label="Cycles" value={count(d.runs.runs)} href="/score-sync?tab=cycles" says={d.runs.failed ? `${count(d.runs.failed)} failed` : 'none failed'}
					{...(d.runs.failed ? { tone: 'bad' as const } : {})} />
				<Stat label="Calls" value={count(d.runs.calls)} spark={hours.map((h) => h.calls)} sparkBars href="/budgets" />
				<Stat label="Calls a cycle" value={d.runs.runs ? count(Math.round(d.runs.calls / d.runs.runs)) : '–'} says={`${duration(d.runs.average_duration_ms)} on average`} href="/score-sync?tab=cycles" />
				<Stat label="Failed" value={percent(d.runs.processed ? d.runs.errors / d.runs.processed : null)} says="of who was asked" href="/score-sync?tab=states&result=failure" />
				<Stat label="Without news" value={percent(odl.totals.cycles ? odl.totals.empty_share : null)} says="of the batches" href="/score-sync?tab=cycles" />
				<Stat label="Late" value={count(late)} says={`of ${count(odl.members)}`} href="/score-sync?tab=states" tone={late ? 'warn' : 'good'} />
			</Stats></div>
			<Tuning odl={odl} flash={d.flash_ctf_progress} />
			<Section title="Batches" says="Each cycle: who was asked, and who had news."><Batches cycles={odl.cycles} hours={d.hours} /></Section>
			<div class="columns">
				<Section title="Calls by hour"><Hours of={hours} /></Section>
				<Section title="Errors by batch" says="How many of those who were asked failed."><BatchErrors odl={odl} /></Section>
			</div>
			<Tiers odl={odl} />
			{d.flash_ctf_progress && <Sentinel flash={d.flash_ctf_progress} />}
		</>
	);
}

function Tuning({ odl, flash }: { odl: Turns; flash: Turns | null }) {
	const advice = [...odl.advice, ...(flash?.advice ?? [])];

	return (
		<Section title="Tuning">
			{advice.length === 0
				? <p class="quiet"><Icon name="check" /> Nothing to change. Advice comes when batches stay empty, errors rise, or a tier is late.</p>
				: (
					<ul class="advice">
						{advice.map((a) => (
							<li key={a.code + a.key + a.tier}>
								<Badge tone="warn">{a.because}</Badge>
								<span>{a.text}.<br /><small class="quiet">In the plan:</small> <code class="breaks">{a.key}</code> <Copy text={a.key} label="Copy the key" /></span>
							</li>
						))}
					</ul>
				)}
		</Section>
	);
}

/** Cycles come at no even distance: each is a bar of its own, named by when it was and which batch. */
function batchName(c: Cycle, hours: number): string {
	const at = timeOf(c.began_at) ?? 0;
	return `${hours > 24 ? dayText(at).slice(0, 6) : clockText(at)}${c.batches > 1 ? ` #${c.batch + 1}` : ''}`;
}

function Batches({ cycles, hours }: { cycles: Cycle[]; hours: number }) {
	const old = useMemo(() => [...cycles].reverse(), [cycles]);

	if (old.length === 0)
		return <Empty title="No cycle in this time" icon="chart">Choose a longer time, or ask for one by the button above.</Empty>;
	return <Chart label="Batches over time" xHead="Cycle" height={180} summary={`${plural(old.length, 'cycle')}, ${count(old.reduce((n, c) => n + c.news, 0))} competitors with news`}
		x={old.map((c) => batchName(c, hours))} series={[
			{ name: 'Asked', kind: 'bars', values: old.map((c) => c.processed) },
			{ name: 'With news', kind: 'bars', values: old.map((c) => c.news) },
			{ name: 'Failed', kind: 'bars', colour: '--bad', values: old.map((c) => c.failed) },
		]} />;
}

type Hour = Pick<Turns['by_hour'][number], 'hour' | 'calls' | 'failed'>;

/** Calls for scores and for Flash CTFs together. */
function hoursOf(d: Figures): Hour[] {
	const hours = new Map<string, Hour>();

	for (const h of [...(d.odl_scores?.by_hour ?? []), ...(d.flash_ctf_progress?.by_hour ?? [])]) {
		const seen = hours.get(h.hour);
		hours.set(h.hour, { hour: h.hour, calls: h.calls + (seen?.calls ?? 0), failed: h.failed + (seen?.failed ?? 0) });
	}
	return [...hours.values()].sort((a, b) => a.hour.localeCompare(b.hour));
}

function Hours({ of: hours }: { of: Hour[] }) {
	const most = Math.max(0, ...hours.map((h) => h.calls));

	return <Chart label="Calls by hour" height={160} summary={`at most ${count(most)} in an hour`} x={hours.map((h) => timeOf(h.hour) ?? 0)}
		series={[{ name: 'Calls', kind: 'bars', values: hours.map((h) => h.calls) }, { name: 'Failed', kind: 'bars', colour: '--bad', values: hours.map((h) => h.failed) }]} />;
}

function BatchErrors({ odl }: { odl: Turns }) {
	if (odl.by_batch.length === 0)
		return <Empty title="No batch in this time" icon="chart">Choose a longer time.</Empty>;
	return <Chart label="Error rate by batch" xHead="Batch" height={160} top={5} x={odl.by_batch.map((b) => `Batch ${b.batch + 1}`)}
		series={[{ name: 'Failed, in percent', kind: 'bars', colour: '--bad', values: odl.by_batch.map((b) => b.error_rate * 100), text: (v) => percent(v / 100) }]} />;
}

/** Ends of the histogram's buckets in seconds, in its order. */
const ENDS = [900, 1800, 3600, 7200, 14400, 28800, 86400, Infinity, Infinity];

/** A tier's ages as bars; what is older than promised has another hue. */
function LagBars({ t }: { t: Tier }) {
	const most = Math.max(1, ...t.lag.map((b) => b.members));
	const late = (i: number): boolean => t.late > 0 && t.promise_seconds !== null && i < ENDS.length - 1 && (ENDS[i - 1] ?? 0) >= t.promise_seconds;

	return (
		<div class="lag">
			<h3>{t.name} <small class="quiet">{t.promise_seconds === null ? 'nothing promised' : `every ${duration(t.promise_seconds * 1000)}`}</small></h3>
			<ol aria-label={`How old scores of tier ${t.name} are`}>
				{t.lag.map((b, i) => (
					<li key={b.lag} class={late(i) && b.members ? 'late' : ''}>
						<span class="lag-name">{b.lag}</span>
						<span class="lag-bar" aria-hidden="true"><span style={{ width: `${(b.members / most) * 100}%` }} /></span>
						<span class="lag-count">{count(b.members)}{late(i) && b.members > 0 && <span class="unseen"> late</span>}</span>
					</li>
				))}
			</ol>
		</div>
	);
}

/** Nobody who was asked has no age. */
function ageOf(t: Tier, of: keyof Tier['age_seconds']): string {
	return duration(t.members > t.never_asked ? t.age_seconds[of] * 1000 : null);
}

function Tiers({ odl }: { odl: Turns }) {
	return (
		<Section title="Freshness by tier" says="How old each competitor's scores are, against how often the tier is asked.">
			<Table caption="Tiers" rows={odl.tiers} keyOf={(t) => t.name} columns={[
				{ id: 'name', head: 'Tier', cell: (t) => t.name },
				{ id: 'promise', head: 'Asked every', cell: (t) => (t.promise_seconds === null ? '–' : duration(t.promise_seconds * 1000)) },
				{ id: 'members', head: 'Members', number: true, cell: (t) => count(t.members) },
				{ id: 'never', head: 'Never asked', number: true, cell: (t) => count(t.never_asked) },
				{ id: 'late', head: 'Late', cell: (t) => (t.late ? <Status value="late" label={`${count(t.late)} late`} /> : <Status value="ok" label="None" />) },
				{ id: 'share', head: 'In time', wideOnly: true, cell: (t) => t.members > 0 && <span class="share wide" title={`${t.members - t.late} of ${t.members} in time`}>
					<span style={{ width: `${((t.members - t.late) / t.members) * 100}%` }} /></span> },
				{ id: 'p50', head: 'Median age', number: true, cell: (t) => ageOf(t, 'p50') },
				{ id: 'p90', head: '90 % under', number: true, wideOnly: true, cell: (t) => ageOf(t, 'p90') },
				{ id: 'oldest', head: 'Oldest', number: true, wideOnly: true, cell: (t) => ageOf(t, 'oldest') },
			]} />
			<div class="lags">{odl.tiers.map((t) => <LagBars key={t.name} t={t} />)}</div>
		</Section>
	);
}

function Sentinel({ flash }: { flash: Turns }) {
	return (
		<Section title="Sentinel of Flash CTFs" says={`The most active competitor is asked each cycle; everybody else only when a new event shows, and once in ${duration((flash.tiers[0]?.promise_seconds ?? 0) * 1000)}.`}>
			<Stats>
				<Stat label="Cycles" value={count(flash.totals.cycles)} />
				<Stat label="Calls" value={count(flash.totals.calls)} says={`of ${count(flash.members)} competitors a cycle without it`} />
				<Stat label="Alarms" value={count(flash.cycles.filter((c) => c.alarm).length)} says="a new event showed" />
			</Stats>
			<Table caption="Cycles of the sentinel" rows={flash.cycles.slice(0, 10)} keyOf={(c) => `${c.run}${c.began_at}${c.batch}`}
				empty={<Empty title="It was not asked in this time" icon="eye">It is asked with every cycle of scores.</Empty>}
				columns={[
					{ id: 'at', head: 'Began', cell: (c) => <When at={c.began_at} /> },
					{ id: 'what', head: 'Asked', cell: (c) => (c.sentinel ? (c.alarm ? 'the sentinel, then everybody' : 'the sentinel') : plural(c.processed, 'competitor')) },
					{ id: 'alarm', head: 'Saw', cell: (c) => (c.alarm ? <Badge tone="busy">a new event</Badge> : <span class="quiet">nothing new</span>) },
					{ id: 'calls', head: 'Calls', number: true, cell: (c) => count(c.calls) },
					{ id: 'failed', head: 'Failed', number: true, cell: (c) => count(c.failed) },
				]} />
		</Section>
	);
}
