// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of the game platform.
import type { PageRow } from '../../app/router.ts';

export const gamePages: readonly PageRow[] = [
	{ path: '/game-platform', title: 'Game platform', load: () => import('./game.tsx'), roles: ['admin', 'coach'],
		nav: { group: 'Integrations', icon: 'game', order: 20 }, keys: 'p', connector: 'metactf' },
];
