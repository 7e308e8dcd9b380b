// SPDX-License-Identifier: Apache-2.0
// api.ts - the only place that calls the server.
//
// Always: paths are same-origin; the session is the browser's cookie; an answer that is no 2xx is a
// Problem; a 401 tells the session, which leads to the sign-in page.
import { Problem, unreachable } from './problem.ts';

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Answer<T> {
	data: T;
	status: number;
	etag: string;
	location: string;
}

interface SendOptions {
	query?: Query;
	ifMatch?: string;
	/** One key a deed: pressing twice, or a repeat after a lost answer, does it once. */
	idempotencyKey?: string;
	signal?: AbortSignal;
}

let onSignedOut: () => void = () => undefined;

/** Called when the server says that nobody is signed in (any more). */
export function whenSignedOut(tell: () => void): void {
	onSignedOut = tell;
}

/** A path with its query; members that are empty, null or undefined are left out. */
export function withQuery(path: string, query?: Query): string {
	const params = new URLSearchParams();

	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== null && value !== undefined && value !== '')
			params.set(name, String(value));
	const text = params.toString();
	return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
}

/** A path with its parts encoded: at`/api/runs/${id}`. */
export function at(texts: TemplateStringsArray, ...parts: (string | number)[]): string {
	return texts.reduce((path, text, i) =>
		path + text + (i < parts.length ? encodeURIComponent(String(parts[i])) : ''), '');
}

async function bodyOf(answer: Response): Promise<unknown> {
	const type = answer.headers.get('Content-Type') ?? '';

	if (answer.status === 204 || !/json/.test(type))
		return answer.status === 204 ? null : await answer.text();
	try {
		return await answer.json();
	} catch (e) {
		// A good answer that was cut short is none: half of a thing is not shown as a thing.
		if (answer.ok)
			throw e instanceof DOMException && e.name === 'AbortError' ? e : unreachable();
		return {};
	}
}

async function call<T>(method: string, path: string, init: RequestInit, silent = false): Promise<Answer<T>> {
	let answer: Response;

	try {
		answer = await fetch(path, { ...init, method, credentials: 'same-origin', redirect: 'error' });
	} catch (e) {
		if (e instanceof DOMException && e.name === 'AbortError')
			throw e;
		throw unreachable();
	}
	const body = await bodyOf(answer);
	if (!answer.ok) {
		const after = Number(answer.headers.get('Retry-After'));
		if (answer.status === 401 && !silent)
			onSignedOut();
		throw new Problem(answer.status, (body && typeof body === 'object' ? body : {}) as Record<string, unknown>,
			Number.isFinite(after) && after > 0 ? after : null);
	}
	return {
		data: body as T,
		status: answer.status,
		etag: answer.headers.get('ETag') ?? '',
		location: answer.headers.get('Location') ?? '',
	};
}

/** The server answers at once, or says 503: whoever waits longer waits for nothing. */
export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<Answer<T>> {
	return call<T>('GET', withQuery(path, query), {
		headers: { Accept: 'application/json' },
		...(signal ? { signal } : {}),
	});
}

export function send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown,
	o: SendOptions = {}): Promise<Answer<T>> {
	const headers: Record<string, string> = { Accept: 'application/json' };

	if (body !== undefined)
		headers['Content-Type'] = 'application/json';
	if (o.ifMatch)
		headers['If-Match'] = o.ifMatch;
	if (o.idempotencyKey)
		headers['Idempotency-Key'] = o.idempotencyKey;
	return call<T>(method, withQuery(path, o.query), {
		headers,
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
		...(o.signal ? { signal: o.signal } : {}),
	}, path === '/api/login' || path === '/api/login/token');
}

/** A key for SendOptions.idempotencyKey.  (crypto.randomUUID is there on https and localhost only.) */
export function newKey(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
