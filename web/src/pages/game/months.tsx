// SPDX-License-Identifier: Apache-2.0
// months.tsx - Flash CTFs: twelve months of everybody in sight, and how regularly each takes part.
import { useMemo } from 'preact/hooks';
import { addressWith, param, setQuery } from '../../app/router.ts';
import type { Resource } from '../../data/resource.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { Chart } from '../../parts/chart.tsx';
import { Drawer } from '../../parts/dialog.tsx';
import { count, plural } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { pageOf, useFigures } from './figures.ts';
import type { FlashEvent, Momentum, Month, Student } from './types.ts';

export const STUDENTS_EACH = 10;

/** '2026-11' as 'Nov ’26', which is no day of November. */
function monthText(month: string): string {
	const [year = 0, at = 1] = month.split('-').map(Number);
	const name = new Date(Date.UTC(year, at - 1, 1)).toLocaleString('en-GB', { month: 'short', timeZone: 'UTC' });
	return `${name.slice(0, 3)} ’${String(year).slice(2)}`;
}

// ---- the chart ----

export function Months({ resource }: { resource: Resource<Momentum> }) {
	const absolute = param('measure') === 'absolute';
	const pick = (measure: string): unknown => setQuery({ measure });

	return (
		<div id="months" class="anchor">
			<Section title="Monthly CTF" says={absolute ? 'Points by month' : 'Participants by month'} actions={(
				<div class="either" role="group" aria-label="What the chart shows">
					<Button pressed={!absolute} onClick={() => pick('')}>Pace</Button>
					<Button pressed={absolute} onClick={() => pick('absolute')}>Absolute</Button>
				</div>
			)}>
				<Of resource={resource} lines={8}>{(d) => <TwelveMonths months={d.monthlyTotals} absolute={absolute} />}</Of>
			</Section>
		</div>
	);
}

function TwelveMonths({ months, absolute }: { months: Month[]; absolute: boolean }) {
	const text = JSON.stringify(months);
	// Hints come often and change little: the same numbers are not drawn again.
	const [x, series] = useMemo(() => [months.map((m) => monthText(m.month)), absolute
		? [{ name: 'Points', values: months.map((m) => m.score), kind: 'bars' as const, colour: '--chart-2' }]
		: [{ name: 'Competitors', values: months.map((m) => m.participants), kind: 'area' as const }]] as const, [text, absolute]);
	const best = months.reduce((a, b) => ((absolute ? b.score > a.score : b.participants > a.participants) ? b : a), months[0] as Month);
	const top = best ? absolute ? best.score : best.participants : 0;

	if (top === 0)
		return <Empty title="Nobody took part in twelve months" icon="chart">A Flash CTF is held every month; tell competitors about the next.</Empty>;
	return <Chart label={absolute ? 'Points in Flash CTFs by month' : 'Competitors in Flash CTFs by month'} xHead="Month" height={300}
		summary={`most ${count(top)} in ${monthText(best.month)}`} x={x} series={series} />;
}

// ---- who takes part how regularly ----

const FILTER: [string, string][] = [['', 'Everybody'], ['none', 'None'], ['declining', 'Declining'], ['active', 'Active']];

export function Regulars({ resource }: { resource: Resource<Momentum> }) {
	const wanted = param('momentum');
	const student = param('student');
	const alerts = resource.data.value?.alerts;
	const people = pageOf('/competitors?status=compliance');
	const many: Record<string, number | undefined> = { none: alerts?.noParticipation, declining: alerts?.declining };

	return (
		<div id="momentum" class="anchor">
			<Section title="Monthly CTF Momentum" says="Who takes part less than half as often as in the last three months is declining." actions={(
				<nav class="either" aria-label="Whose momentum">
					{FILTER.map(([id, name]) => (
						<a key={id} class="button" href={addressWith({ momentum: id, mpage: '' })} aria-current={id === wanted ? 'true' : undefined}>
							{name}{many[id] === undefined ? '' : ` ${count(many[id])}`}
						</a>
					))}
				</nav>
			)}>
				<Of resource={resource} lines={6}>{(d) => (
					<>
						<Table caption="Momentum in Flash CTFs, by competitor" rows={d.students} keyOf={(s) => s.competitorId}
							sort={{ by: param('msort', 'status'), down: param('morder') === 'desc' }}
							onSort={(s) => setQuery({ msort: s.by, morder: s.down ? 'desc' : '', mpage: '' })}
							onOpen={(s) => setQuery({ student: s.competitorId }, { push: true })}
							empty={wanted
								? <Empty title="Nobody is like that" icon="check">Choose another kind above.</Empty>
								: <Empty title="Nobody is on the platform yet" icon="game" action={people && <LinkButton href={people}>Register competitors</LinkButton>}>
									Whoever has completed compliance can be registered.
								</Empty>}
							columns={[
								{ id: 'status', head: 'Momentum', sort: true, cell: (s) => <Status value={s.status} /> },
								{ id: 'name', head: 'Competitor', grow: true, sort: true, cell: (s) => <a href={addressWith({ student: s.competitorId })} aria-haspopup="dialog">{s.name}</a> },
								{ id: 'month', head: 'This month', number: true, sort: true, cell: (s) => count(s.thisMonthEvents) },
								{ id: 'average', head: 'Average of 3 months', number: true, wideOnly: true, sort: true, cell: (s) => s.last3MonthsAvg.toFixed(1) },
								{ id: 'year', head: '12 months', number: true, sort: true, cell: (s) => count(s.totalEvents12mo) },
								{ id: 'challenges', head: 'Challenges', number: true, wideOnly: true, sort: true, cell: (s) => count(s.challengesSolved) },
								{ id: 'last', head: 'Last took part', sort: true, cell: (s) => <When at={s.lastParticipated} none="Never" /> },
							]} />
						{d.totalStudents > 0 && <Pager total={d.totalStudents} limit={STUDENTS_EACH} name="mpage" label="Parts of the momentum list" />}
						{student && <Events competitor={student} who={d.students.find((s) => s.competitorId === student)} />}
					</>
				)}</Of>
			</Section>
		</div>
	);
}

function Events({ competitor, who }: { competitor: string; who: Student | undefined }) {
	const r = useFigures<{ events: FlashEvent[] }>(`momentum/${encodeURIComponent(competitor)}/events`);

	return (
		<Drawer title={who ? `Flash CTFs of ${who.name}` : 'Flash CTFs'} onClose={() => setQuery({ student: '' })}>
			{who && <p class="row"><Status value={who.status} /><span class="quiet">{plural(who.totalEvents12mo, 'event')} in twelve months</span></p>}
			<Of resource={r}>{(d) => (d.events.length === 0
				? <Empty title="No Flash CTF yet" icon="game">What they take part in appears here with the next sync of scores.</Empty>
				: <div class="flash-events">{d.events.map((e) => <Event key={e.eventId} event={e} />)}</div>
			)}</Of>
		</Drawer>
	);
}

function Event({ event: e }: { event: FlashEvent }) {
	const score = e.maxPoints ? `${count(e.score)} of ${count(e.maxPoints)} points` : `${count(e.score)} points`;

	return (
		<details class="card flash-event">
			<summary>
				<strong>{e.name || 'A Flash CTF'}</strong>
				<span class="quiet"><When at={e.startedAt} />, {plural(e.challengesSolved, 'challenge')}, {score}{e.rank ? `, rank ${count(e.rank)}` : ''}</span>
			</summary>
			<Table caption={`Challenges of ${e.name ?? 'the event'}`} rows={e.challenges} keyOf={(c) => String(e.challenges.indexOf(c))} columns={[
				{ id: 'name', head: 'Challenge', cell: (c) => c.name ?? '–' },
				{ id: 'topic', head: 'Topic', cell: (c) => c.category || 'Uncategorized' },
				{ id: 'points', head: 'Points', number: true, cell: (c) => count(c.points) },
				{ id: 'at', head: 'Solved', cell: (c) => <When at={c.solvedAt} /> },
			]} empty={<p class="quiet">No single challenge was read of this event.</p>} />
		</details>
	);
}
