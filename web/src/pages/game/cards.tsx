// SPDX-License-Identifier: Apache-2.0
// cards.tsx - the five figures on top, each with its change, its line and the list behind it.
import { addressWith } from '../../app/router.ts';
import type { Resource } from '../../data/resource.ts';
import { Stat, Stats } from '../../parts/figure.tsx';
import { count } from '../../parts/format.ts';
import { Empty, Of } from '../../parts/state.tsx';
import { rangeWords } from './figures.ts';
import type { Card, Kpis } from './types.ts';

function deltaText(delta: number | null): string | null {
	return delta === null ? null : delta > 0 ? `+${count(delta)}` : delta < 0 ? `−${count(-delta)}` : '0';
}

function Figure({ label, card, more = '', href }: { label: string; card: Card; more?: string; href: string }) {
	return (
		<Stat label={label} value={count(card.value)} {...(card.of === null ? {} : { unit: `of ${count(card.of)}${more}` })}
			delta={deltaText(card.delta)} deltaGood={card.delta ? card.delta > 0 : undefined}
			says={card.delta === null ? rangeWords().toLowerCase() : `vs ${rangeWords()} before`} spark={card.sparkline} href={href} />
	);
}

export function Cards({ resource }: { resource: Resource<Kpis> }) {
	if (resource.data.value === null && resource.problem.value?.status === 403)
		return (
			<Empty title="No coach belongs to you" icon="people">
				{resource.problem.value.message} An administrator adds your profile as a coach; then open this page again.
			</Empty>
		);
	return (
		<Of resource={resource} lines={5}>{(k) => (
			<div class="kpis"><Stats>
				<Figure label="Active on Platform" card={k.activeOnPlatform} more=" in 14 days"
					href={`${addressWith({ sort: 'activity', order: 'desc', page: '', q: '' })}#board`} />
				<Figure label="Registered Competitors" card={k.registeredCompetitors}
					href={`${addressWith({ momentum: '', mpage: '' })}#momentum`} />
				<Figure label="Team Enrollment" card={k.teamEnrollment} href={`${addressWith({})}#teams`} />
				<Figure label="Total Challenges Solved" card={k.totalChallenges}
					href={`${addressWith({ sort: '', order: '', page: '', q: '' })}#board`} />
				<Figure label="Monthly CTF Participation" card={k.monthlyParticipation} href={`${addressWith({})}#months`} />
			</Stats></div>
		)}</Of>
	);
}
