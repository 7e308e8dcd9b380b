// SPDX-License-Identifier: Apache-2.0
// session.ts - who looks at this, and what they may.
//
// What is hidden here is refused by the server too: hiding is a courtesy.
import { signal } from '@preact/signals';
import { get, send, whenSignedOut } from '../data/api.ts';
import { listen, whenRefused } from '../data/live.ts';
import { problemOf } from '../data/problem.ts';
import { forgetAll } from '../data/resource.ts';
import { toast } from '../parts/toast.tsx';
import { navigate } from './router.ts';
import { halfWritten } from './written.ts';

interface Me {
	signed_in: boolean;
	kind: string;
	name: string;
	roles: string[];
	provider?: string | null;
	expires_at?: string | null;
	/** Of the application's users: their id, by which the game platform and ratings know them. */
	subject?: string | null;
}

interface ConnectionName {
	name: string;
	connector: string;
}

/** Null: not known yet. */
export const me = signal<Me | null>(null);
/** The plan's connections, for the navigation; empty until they are known. */
export const connections = signal<ConnectionName[]>([]);
export const connectionsKnown = signal(false);
/** The session ended while somebody was writing: the page stays as they left it, covered, until they are back. */
export const interrupted = signal(false);
const AGAIN_MS = 2000;

/** Whether one of these roles is the caller's. */
export function may(...roles: string[]): boolean {
	return me.value?.roles.some((r) => roles.includes(r)) ?? false;
}

/** Where somebody of this role begins. */
export function homeOf(roles: readonly string[]): string {
	if (roles.includes('admin') || roles.includes('viewer'))
		return '/';
	if (roles.includes('coach'))
		return '/game-platform';
	// Without a role there is nothing to see; the sign-in page says how to get one.
	return roles.includes('player') ? '/ratings' : '/sign-in';
}

/** `signal`: who has nothing to show meanwhile waits no longer. */
export async function whoAmI(signal?: AbortSignal): Promise<void> {
	const answer = await get<Me>('/api/me', undefined, signal);

	if (interrupted.value && !answer.data.signed_in)
		return;
	// What one person wrote is not shown to the next.
	if (interrupted.value && !same(me.value, answer.data)) {
		location.assign(homeOf(answer.data.roles));
		return;
	}
	interrupted.value = false;
	me.value = answer.data;
	listen(answer.data.signed_in);
	if (answer.data.signed_in)
		void learnConnections();
}

function same(a: Me | null, b: Me): boolean {
	return a?.name === b.name && a.subject === b.subject;
}

/** Which integrations there are: everybody may know the names of connectors that have pages for them. */
async function learnConnections(): Promise<void> {
	try {
		const answer = await get<{ connections: ConnectionName[] }>('/api/console');
		connections.value = answer.data.connections;
		connectionsKnown.value = true;
	} catch {
		setTimeout(() => {
			if (me.value?.signed_in && !connectionsKnown.value)
				void learnConnections();
		}, AGAIN_MS);
	}
}

export function signInAddress(): string {
	const back = location.pathname + location.search;
	return back === '/' || back.startsWith('/sign-in') ? '/sign-in' : `/sign-in?to=${encodeURIComponent(back)}`;
}

export async function signOut(): Promise<void> {
	try {
		await send('POST', '/api/logout');
	} catch (e) {
		// Still signed in, and that is said: whoever leaves this computer has to know.
		toast.bad(problemOf(e));
		return;
	}
	gone();
	navigate('/sign-in');
}

function gone(): void {
	listen(false);
	interrupted.value = false;
	forgetAll();
	connections.value = [];
	connectionsKnown.value = false;
	me.value = { signed_in: false, kind: 'nobody', name: '', roles: [] };
}

/** To the sign-in page, and back here from there. */
export function leave(): void {
	const to = signInAddress();

	gone();
	navigate(to, { replace: true });
}

function turnedOut(): void {
	if (!me.value?.signed_in || interrupted.value)
		return;
	if (halfWritten()) {
		listen(false);
		interrupted.value = true;
	} else {
		leave();
	}
}

whenSignedOut(turnedOut);
whenRefused(() => {
	get<Me>('/api/me').then((answer) => {
		if (!answer.data.signed_in)
			turnedOut();
	}, () => undefined); // it does not answer at all: the next try comes
});
