// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of ratings (PTI).
import type { PageRow } from '../../app/router.ts';

export const ratingPages: readonly PageRow[] = [
	{ path: '/ratings', title: 'Ratings', load: () => import('./ratings.tsx'), roles: ['admin', 'player'], connector: 'tenniscores',
		nav: { group: 'Integrations', icon: 'racket', order: 60 }, keys: 'i' },
	{ path: '/ratings/:player', title: 'Rating', load: () => import('./player.tsx'), roles: ['admin', 'player'],
		connector: 'tenniscores' },
];
