// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of competitors, teams, and the reading of scores.
import type { PageRow } from '../../app/router.ts';

const connector = 'metactf';
const roles = ['admin', 'coach'];

export const competitorPages: readonly PageRow[] = [
	{ path: '/competitors', title: 'Competitors', load: () => import('./competitors.tsx'), roles, connector,
		nav: { group: 'Integrations', icon: 'people', order: 30 }, keys: 'm' },
	{ path: '/competitors/:id', title: 'Competitor', load: () => import('./competitor.tsx'), roles, connector },
	{ path: '/coaches', title: 'Coaches', load: () => import('./coaches.tsx'), roles: ['admin'], connector },
	{ path: '/teams', title: 'Teams', load: () => import('./teams.tsx'), roles, connector,
		nav: { group: 'Integrations', icon: 'trophy', order: 40 }, keys: 't' },
	{ path: '/teams/:id', title: 'Team', load: () => import('./team.tsx'), roles, connector },
	{ path: '/score-sync', title: 'Score sync', load: () => import('./score_sync.tsx'), roles: ['admin', 'viewer'], connector,
		nav: { group: 'Integrations', icon: 'refresh', order: 50 }, keys: 'y' },
];
