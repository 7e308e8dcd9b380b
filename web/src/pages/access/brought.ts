// SPDX-License-Identifier: Apache-2.0
// brought.ts - what another page brought along in the address of the sign-in page.
//
// Always: a token leaves the address before anything is shown, and nobody is signed in by it without
// saying so: a link would do otherwise to sign somebody in as somebody else.

export interface Brought {
	/** Empty: none. */
	token: string;
	/** Whom the token names; not checked here, the server does. */
	name: string;
	/** The other page says that it failed. */
	failed: boolean;
}

const TOKEN_MAX = 4096;

function claimsOf(token: string): Record<string, unknown> {
	try {
		const part = (token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/');
		const bytes = Uint8Array.from(atob(part), (c) => c.charCodeAt(0));
		const v: unknown = JSON.parse(new TextDecoder().decode(bytes));
		return v && typeof v === 'object' ? v as Record<string, unknown> : {};
	} catch {
		return {};
	}
}

/** The claim that a person knows themselves by. */
function nameIn(token: string): string {
	const claims = claimsOf(token);

	for (const name of ['email', 'name', 'sub'])
		if (typeof claims[name] === 'string' && claims[name])
			return (claims[name] as string).slice(0, 100);
	return '';
}

export function takeBrought(): Brought {
	const hash = new URLSearchParams(location.hash.slice(1));
	const token = hash.get('access_token') ?? '';

	if (location.hash)
		history.replaceState(null, '', location.pathname + location.search);
	return {
		token: token.length <= TOKEN_MAX ? token : '',
		name: nameIn(token),
		failed: hash.has('error'),
	};
}

/** Where to go after signing in: a path of this console, or nowhere. */
export function backTo(wanted: string): string {
	try {
		const url = new URL(wanted, location.origin);
		const ours = wanted.startsWith('/') && url.origin === location.origin && !/^\/(api|sign-in)(\/|$)/.test(url.pathname);
		return ours ? url.pathname + url.search + url.hash : '';
	} catch {
		return '';
	}
}
