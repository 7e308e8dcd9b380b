// SPDX-License-Identifier: Apache-2.0
// index.ts - the law firm's page.
import type { PageRow } from '../../app/router.ts';
import './firm.css';

export const practicePantherPages: readonly PageRow[] = [
	{ path: '/practicepanther', title: 'PracticePanther', load: () => import('./firm.tsx'), roles: ['admin', 'viewer'],
		nav: { group: 'Integrations', icon: 'scales', order: 10 }, keys: 'l', connector: 'practicepanther' },
];
