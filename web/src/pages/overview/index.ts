// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of overview.
import type { PageRow } from '../../app/router.ts';
import './overview.css';

const LOOKERS = ['admin', 'viewer'];

export const overviewPages: readonly PageRow[] = [
	{ path: '/', title: 'Overview', load: () => import('./overview.tsx'), roles: LOOKERS,
		nav: { group: 'Engine', icon: 'grid', order: 10 }, keys: 'o' },
	{ path: '/errors', title: 'Errors', load: () => import('./errors.tsx'), roles: LOOKERS,
		nav: { group: 'Engine', icon: 'alert', order: 60 }, keys: 'e' },
	{ path: '/errors/:fingerprint', title: 'Error', load: () => import('./error.tsx'), roles: LOOKERS },
	{ path: '/budgets', title: 'Rate budgets', load: () => import('./budgets.tsx'), roles: LOOKERS,
		nav: { group: 'Engine', icon: 'gauge', order: 80 }, keys: 'b' },
	{ path: '/workers', title: 'Workers', load: () => import('./workers.tsx'), roles: LOOKERS,
		nav: { group: 'Engine', icon: 'server', order: 90 }, keys: 'w' },
];
