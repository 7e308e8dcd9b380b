// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of runs and of records in quarantine.
import type { PageRow } from '../../app/router.ts';
import './runs.css';

const LOOKERS = ['admin', 'viewer'];

export const runPages: readonly PageRow[] = [
	{ path: '/runs', title: 'Runs', load: () => import('./runs.tsx'), roles: LOOKERS,
		nav: { group: 'Engine', icon: 'list', order: 30 }, keys: 'r' },
	{ path: '/runs/:id', title: 'Run', load: () => import('./run.tsx'), roles: LOOKERS },
	{ path: '/quarantine', title: 'Quarantine', load: () => import('./quarantine.tsx'), roles: LOOKERS,
		nav: { group: 'Engine', icon: 'filter', order: 65 }, keys: 'q' },
];
