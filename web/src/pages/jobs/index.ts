// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of jobs, schedules, and what waits for a person's word.
import type { PageRow } from '../../app/router.ts';

const roles = ['admin', 'viewer'];

export const jobPages: readonly PageRow[] = [
	{ path: '/jobs', title: 'Jobs', load: () => import('./jobs.tsx'), roles,
		nav: { group: 'Engine', icon: 'stack', order: 40 }, keys: 'j' },
	{ path: '/jobs/:id', title: 'Job', load: () => import('./job.tsx'), roles },
	{ path: '/queue', title: 'Queue', load: () => import('./queue.tsx'), roles },
	{ path: '/schedules', title: 'Schedules', load: () => import('./schedules.tsx'), roles,
		nav: { group: 'Engine', icon: 'calendar', order: 50 }, keys: 's' },
	{ path: '/outbox', title: 'Outbox', load: () => import('./outbox.tsx'), roles,
		nav: { group: 'Engine', icon: 'send', order: 70 }, keys: 'x' },
	{ path: '/conflicts', title: 'Conflicts', load: () => import('./conflicts.tsx'), roles,
		nav: { group: 'Engine', icon: 'split', order: 75 }, keys: 'f' },
];
