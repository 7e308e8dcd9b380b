// SPDX-License-Identifier: Apache-2.0
// timeline.tsx - what happened, newest first; on the whole screen with its kinds, its days and its pages.
import { useMemo } from 'preact/hooks';
import { addressWith, paramInt, param, setQuery } from '../../app/router.ts';
import { Button } from '../../parts/button.tsx';
import { Chart } from '../../parts/chart.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { count, dayText, plural, timeOf, words } from '../../parts/format.ts';
import { Icon, type IconName } from '../../parts/icon.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Clock, When } from '../../parts/time.tsx';
import { RANGE_CHOICES, rangeWords, useFigures, USUAL_RANGE } from './figures.ts';
import type { Day, Happening } from './types.ts';

const FEW = 8;
const EACH = 50;

const KINDS: [string, string][] = [['', 'Everything'], ['solve', 'Challenges solved'], ['flash_ctf', 'Flash CTFs'], ['streak', 'Streaks'],
	['registration', 'Registrations'], ['team', 'Teams'], ['sync', 'Score syncs'], ['other', 'Everything else']];

/** What it looks like, and what it says. */
function told(h: Happening): [IconName, string, string] {
	const who = h.name ?? 'Somebody';
	const bad = h.status && !['success', 'completed', 'odl', 'flash_ctf', 'synced'].includes(h.status) && !/^\d+$/.test(h.status) ? `: ${words(h.status)}` : '';

	switch (h.type) {
	case 'solve': return ['check', `${who} solved ${h.title ?? 'a challenge'}`, `${plural(h.points ?? 0, 'point')}${h.status === 'flash_ctf' ? ', in a Flash CTF' : ''}`];
	case 'flash_ctf': return ['trophy', `${who} took part in ${h.title ?? 'a Flash CTF'}`, `${plural(Number(h.status) || 0, 'challenge')}, ${plural(h.points ?? 0, 'point')}`];
	case 'streak': return ['up', `${who} solved on ${h.title ?? 'several days in a row'}`, 'streak'];
	case 'sync': return ['refresh', h.title ?? 'Scores were read', plural(h.points ?? 0, 'competitor')];
	case 'competitor_registered': return ['person', `${who} was registered${bad}`, ''];
	case 'coach_registered': return ['person', `A coach was registered${bad}`, ''];
	case 'team_created': return ['people', `Team ${h.title ?? ''} was made at the platform${bad}`, ''];
	case 'team_deleted': return ['people', `Team ${h.title ?? ''} was deleted at the platform${bad}`, ''];
	case 'member_assigned': return ['people', `${who} was put on team ${h.title ?? ''} at the platform${bad}`, ''];
	case 'member_removed': return ['people', `${h.name ?? 'A member'} was taken off team ${h.title ?? ''} at the platform${bad}`, ''];
	case 'password_reset': return ['key', `${who} was sent a mail to set a new password${bad}`, ''];
	case 'sync_failed': return ['warn', `${h.name ?? h.title ?? 'A sync'} could not be synced`, ''];
	default: return ['dot', `${words(h.type)}${h.name ? `, ${h.name}` : h.title ? `, ${h.title}` : ''}${bad}`, ''];
	}
}

const keyOf = (h: Happening, i: number): string => `${h.at}|${h.type}|${h.competitorId ?? h.teamId ?? ''}|${h.title ?? ''}|${i}`;

export function Timeline() {
	const r = useFigures<{ timeline: Happening[] }>('timeline', { limit: FEW });
	const full = param('timeline') === 'full';

	return (
		<div id="timeline" class="anchor">
			<Section title="Activity" says={`Newest first, ${rangeWords().toLowerCase()}`} actions={(
				<Button icon="full" onClick={() => setQuery({ timeline: 'full' }, { push: true })}>Full screen</Button>
			)}>
				<Of resource={r} lines={6}>{(d) => (d.timeline.length === 0 ? <Nothing /> : (
					<ol class="happenings">{d.timeline.map((h, i) => <Line key={keyOf(h, i)} of={h} />)}</ol>
				))}</Of>
			</Section>
			{full && <Full />}
		</div>
	);
}

function Nothing() {
	return <Empty title="Nothing happened" icon="clock">Choose a longer time above, or wait for the next sync of scores.</Empty>;
}

function Line({ of: h, clock }: { of: Happening; clock?: boolean }) {
	const [icon, text, more] = told(h);

	return (
		<li class={h.type === 'sync_failed' ? 'tone-bad' : ''}>
			<Icon name={icon} />
			<span class="happened">{text}{more && <span class="quiet"> {more}</span>}</span>
			{clock ? <Clock at={h.at} /> : <span class="quiet"><When at={h.at} /></span>}
		</li>
	);
}

// ---- the whole screen ----

function byDay(rows: Happening[]): [string, Happening[]][] {
	const days = new Map<string, Happening[]>();

	for (const h of rows) {
		const day = dayText(timeOf(h.at) ?? 0);
		days.set(day, [...days.get(day) ?? [], h]);
	}
	return [...days];
}

function Days({ days }: { days: Day[] }) {
	const text = JSON.stringify(days);
	const [x, series] = useMemo(() => [days.map((d) => timeOf(d.day) ?? 0),
		[{ name: 'Events', values: days.map((d) => d.events), kind: 'bars' as const }]] as const, [text]);
	const all = days.reduce((sum, d) => sum + d.events, 0);

	return <Chart label="Events by day" xHead="Day" summary={`${plural(all, 'event')} in all`} x={x} series={series} height={150} />;
}

function Full() {
	const page = Math.max(1, paramInt('tpage', 1));
	const kind = param('kind');
	const r = useFigures<{ timeline: Happening[] }>('timeline', { limit: EACH, page, kind });
	const perDay = useFigures<{ days: Day[] }>('timeline/days', { kind });

	return (
		<Dialog kind="full" title="Activity" onClose={() => setQuery({ timeline: '', kind: '', tpage: '' })}>
			<div class="flow full-inside">
				<Filters names={['kind', 'tpage']}>
					<SelectFilter name="kind" label="Kind" choices={KINDS} page="tpage" />
					<SelectFilter name="range" label="Time" choices={RANGE_CHOICES} otherwise={USUAL_RANGE} page="tpage" />
				</Filters>
				<Of resource={perDay} lines={5}>{(d) => <Days days={d.days} />}</Of>
				<Of resource={r} lines={12}>{(d) => (
					<>
						{d.timeline.length === 0 && <Nothing />}
						{byDay(d.timeline).map(([day, rows]) => (
							<section key={day}>
								<h3 class="row">{day} <span class="quiet">{count(rows.length)}</span></h3>
								<ol class="happenings">{rows.map((h, i) => <Line key={keyOf(h, i)} of={h} clock />)}</ol>
							</section>
						))}
						<nav class="pager" aria-label="Parts of the timeline">
							{page > 1 && <a class="button" href={addressWith({ tpage: page === 2 ? '' : page - 1 })}>Newer</a>}
							{d.timeline.length === EACH && <a class="button" href={addressWith({ tpage: page + 1 })}>Older</a>}
						</nav>
					</>
				)}</Of>
			</div>
		</Dialog>
	);
}
