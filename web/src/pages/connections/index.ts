// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of connections.
import type { PageRow } from '../../app/router.ts';

export const connectionPages: readonly PageRow[] = [
	{ path: '/connections', title: 'Connections', load: () => import('./list.tsx'), roles: ['admin', 'viewer'],
		nav: { group: 'Engine', icon: 'plug', order: 20 }, keys: 'c' },
	{ path: '/connections/:name', title: 'Connection', load: () => import('./detail.tsx'), roles: ['admin', 'viewer'] },
];
