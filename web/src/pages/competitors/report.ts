// SPDX-License-Identifier: Apache-2.0
// report.ts - the figures of a report card, and what stands out in them.
import { dayText, plural, timeOf } from '../../parts/format.ts';
import type { IconName } from '../../parts/icon.tsx';
import type { Tone } from '../../parts/status.tsx';

export interface Report {
	challenges: number;
	points: number;
	ctfChallenges: number;
	lastActivity: string | null;
	domains: { topic: string; challenges: number; points: number; strength: string; difficulty: string }[];
	recentSolves: { name: string | null; category: string | null; points: number | null; solvedAt: string | null; source: string }[];
	timeline: { day: string; challenges: number; points: number }[];
	flashEvents: { eventId: string; name: string | null; startedAt: string | null; challengesSolved: number | null; score: number | null;
		rank: number | null; maxPoints: number | null }[];
	workRoles: { role: string; challenges: number }[];
}

interface Insight {
	tone: Tone;
	icon: IconName;
	text: string;
}

const DAY_MS = 86400000;
const DAYS = 90;

/** Every day of the last 90, also those on which nothing was solved. */
export function lastDays(timeline: Report['timeline'], now: number): { at: number; challenges: number }[] {
	const by = new Map(timeline.map((x) => [x.day, x.challenges]));
	const today = Math.floor(now / DAY_MS) * DAY_MS;

	return Array.from({ length: DAYS }, (_, i) => {
		const at = today - (DAYS - 1 - i) * DAY_MS;
		return { at, challenges: by.get(new Date(at).toISOString().slice(0, 10)) ?? 0 };
	});
}

function pace(d: Report, now: number): Insight | null {
	const days = lastDays(d.timeline, now);
	const sum = (from: number, to: number): number => days.slice(from, to).reduce((n, x) => n + x.challenges, 0);
	const last = sum(60, 90);
	const before = sum(30, 60);

	if (last === 0 && before === 0)
		return null;
	if (last > before)
		return { tone: 'good', icon: 'up', text: `${plural(last, 'challenge')} in the last 30 days, after ${before} in the 30 before.` };
	if (last < before)
		return { tone: 'warn', icon: 'down', text: `${plural(last, 'challenge')} in the last 30 days; it was ${before} in the 30 before.` };
	return { tone: 'busy', icon: 'right', text: `${plural(last, 'challenge')} in the last 30 days, as many as in the 30 before.` };
}

function absence(d: Report, now: number): Insight | null {
	const at = timeOf(d.lastActivity);
	const days = at === null ? 0 : Math.floor((now - at) / DAY_MS);

	return days >= 14 ? { tone: 'warn', icon: 'clock', text: `Not seen on the platform for ${plural(days, 'day')}.` } : null;
}

function bestEvent(d: Report): Insight | null {
	const ranked = d.flashEvents.filter((x) => x.rank !== null && x.rank > 0).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
	const best = ranked[0];
	const at = timeOf(best?.startedAt);

	return best ? { tone: 'good', icon: 'trophy', text: `Best Flash CTF: rank ${best.rank} in ${best.name ?? best.eventId}${at === null ? '' : `, ${dayText(at)}`}.` } : null;
}

export function insights(d: Report, now: number): Insight[] {
	const topics = (wanted: (x: Report['domains'][number]) => boolean): string[] =>
		d.domains.filter(wanted).map((x) => x.topic.replace(/_/g, ' '));
	const strong = topics((x) => x.strength === 'strong');
	const growth = topics((x) => x.strength === 'growth_area');
	const hard = topics((x) => x.difficulty === 'hard');
	const found: (Insight | null)[] = [
		strong.length ? { tone: 'good', icon: 'check', text: `Strong in ${strong.join(', ')}.` } : null,
		hard.length ? { tone: 'good', icon: 'gauge', text: `Has solved hard challenges in ${hard.join(', ')}.` } : null,
		growth.length ? { tone: 'warn', icon: 'plus', text: `Could grow in ${growth.slice(0, 4).join(', ')}.` } : null,
		pace(d, now), bestEvent(d), absence(d, now),
	];

	return found.filter((x): x is Insight => x !== null);
}
