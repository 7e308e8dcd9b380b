// SPDX-License-Identifier: Apache-2.0
// index.ts - the pages of access: signing in, who may call, and what was done.
import type { PageRow } from '../../app/router.ts';

export const accessPages: readonly PageRow[] = [
	{ path: '/sign-in', title: 'Sign in', load: () => import('./sign_in.tsx'), bare: true },
	{ path: '/access', title: 'Access', load: () => import('./access.tsx'), roles: ['admin'],
		nav: { group: 'Settings', icon: 'key', order: 10 }, keys: 'a' },
	{ path: '/audit', title: 'Audit log', load: () => import('./audit.tsx'), roles: ['admin'],
		nav: { group: 'Settings', icon: 'book', order: 20 }, keys: 'u' },
];
