// SPDX-License-Identifier: Apache-2.0
// parts.tsx - what the list and the detail of connections both show: freshness, the strip of runs, holds.
import { count, dayClockText, duration, fullTime, timeOf, words } from '../../parts/format.ts';
import { toneOf } from '../../parts/status.tsx';
import { When } from '../../parts/time.tsx';
import type { Connection, RunCell } from './types.ts';

/** Seconds beside minutes, or minutes beside hours, only make the text jump. */
const coarse = (s: number): number => (s < 60 ? s : s < 3600 ? s - s % 60 : s < 86400 ? s - s % 3600 : s - s % 86400);

/** How much of the time between two runs is over since the last success; past the end it is late. */
export function Freshness({ freshFor, dueEvery }: { freshFor: number | null; dueEvery: number | null }) {
	if (freshFor === null || dueEvery === null)
		return <span class="quiet nowrap">{dueEvery === null ? 'no schedule' : 'no success yet'}</span>;
	const late = freshFor < 0;
	const share = late ? 1 : 1 - freshFor / dueEvery;
	const away = duration(coarse(Math.abs(freshFor)) * 1000);
	const text = late ? `due ${away} ago` : `due in ${away}`;
	const tone = late ? (-freshFor > dueEvery ? 'tone-bad' : 'tone-warn') : 'tone-good';
	const label = `${text}; one is due every ${duration(dueEvery * 1000)}`;

	return (
		<span class="freshness" title={label}>
			<span class={`meter ${tone}`} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100}
				aria-valuenow={Math.round(share * 100)}>
				<span style={{ width: `${Math.max(2, share * 100)}%` }} />
			</span>
			<small class="quiet">{text}</small>
		</span>
	);
}

/** The last runs, the oldest first; those of an integration lead to its page.  Keys go to the runs by the tab of that name; a click goes to one. */
export function RunStrip({ runs, page }: { runs: RunCell[]; page: string | null }) {
	const bad = runs.filter((r) => toneOf(r.status) === 'bad').length;

	if (runs.length === 0)
		return <span class="quiet">no runs yet</span>;
	return (
		<span class="strip" role="group" aria-label={`The last ${runs.length} runs, ${bad ? `${bad} failed` : 'none failed'}`}>
			{[...runs].reverse().map((r) => {
				const at = timeOf(r.started_at);
				const text = `${words(r.status)}: ${r.type}, ${at ? fullTime(at) : ''}${
					r.duration_ms === null ? '' : `, ${duration(r.duration_ms)}`}${r.trigger ? `, by ${r.trigger}` : ''}`;
				return <a key={r.id} href={page ?? `/runs/${r.id}`} tabIndex={-1} class={`tone-${toneOf(r.status)}`} title={text} aria-label={text} />;
			})}
		</span>
	);
}

/** How far away and when exactly. */
export function Moment({ at, none }: { at: string | null; none: string }) {
	const ms = timeOf(at);

	return (
		<span class="pair">
			<When at={at} none={none} />
			{ms !== null && <small class="quiet nowrap">{dayClockText(ms)}</small>}
		</span>
	);
}

/** The schedule that runs next, and when. */
export function nextRun(c: Connection): string | null {
	return c.schedules.map((s) => s.next_at).filter((t): t is string => t !== null).sort()[0] ?? null;
}

export function scheduleWords(c: Connection): string {
	const [first] = c.schedules;
	return first ? first.words + (first.paused ? ' (paused)' : '') : 'by hand only';
}

/** A vendor's own spelling. */
const VENDORS: Record<string, string> = { practicepanther: 'PracticePanther', metactf: 'MetaCTF', tenniscores: 'TennisScores' };

export const vendorOf = (connector: string): string => VENDORS[connector] ?? words(connector);

/** Where its runs are. */
export const runsPage = (c: Connection): string => c.page ?? runsOf(c.name);
export const runsOf = (name: string): string => `/runs?connection=${encodeURIComponent(name)}`;
export const quarantineOf = (name: string): string => `/quarantine?connection=${encodeURIComponent(name)}`;
export const pageOf = (name: string): string => `/connections/${encodeURIComponent(name)}`;

/** A number that leads to what it counts. */
export function Counted({ n, href }: { n: number; href: string }) {
	return n > 0 ? <a href={href}>{count(n)}</a> : <span class="quiet">0</span>;
}
