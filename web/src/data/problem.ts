// SPDX-License-Identifier: Apache-2.0
// problem.ts - what went wrong, in the server's own words (RFC 9457) or in ours where it said nothing.

interface FieldProblem {
	pointer: string;
	detail: string;
}

export class Problem extends Error {
	readonly status: number;
	readonly code: string;
	readonly title: string;
	readonly errors: readonly FieldProblem[];
	/** The request's id: the server's log has the rest under it. */
	readonly instance: string;
	readonly retryAfterS: number | null;
	/** Further members of the document, as they came. */
	readonly more: Readonly<Record<string, unknown>>;

	constructor(status: number, body: Record<string, unknown>, retryAfterS: number | null) {
		super(text(body.detail) || text(body.title) || `The server answered ${status}.`);
		this.status = status;
		this.code = text(body.code);
		this.title = text(body.title);
		this.instance = text(body.instance);
		this.errors = Array.isArray(body.errors) ? body.errors.map(fieldProblem) : [];
		this.retryAfterS = retryAfterS;
		this.more = body;
	}
}

function text(v: unknown): string {
	return typeof v === 'string' ? v : '';
}

function fieldProblem(v: unknown): FieldProblem {
	const o = (v ?? {}) as Record<string, unknown>;
	return { pointer: text(o.pointer) || text(o.parameter), detail: text(o.detail) };
}

/** The request never got an answer: the server is away, or the network is. */
export function unreachable(): Problem {
	return new Problem(0, {
		code: 'unreachable',
		title: 'No answer',
		detail: 'The server does not answer. It may be restarting; the page tries again by itself.',
	}, null);
}

/** A piece of the console did not come: the server is away, or has another version by now. */
export function notLoaded(): Problem {
	return new Problem(0, {
		code: 'not_loaded',
		title: 'Not loaded',
		detail: 'This part of the console could not be loaded.',
	}, null);
}

export function problemOf(e: unknown): Problem {
	if (e instanceof Problem)
		return e;
	return new Problem(0, { code: 'page', title: 'The page failed', detail: String(e) }, null);
}

/** A sentence on what a person can do about it, or an empty text. */
export function remedyOf(p: Problem): string {
	switch (p.status) {
	case 0: return p.code === 'unreachable' ? 'Look whether lockstep serve runs, and try again.'
		: p.code === 'not_loaded' ? 'The server may be away, or was updated: load the page again.'
			: p.code === 'page' ? 'Load the page again. If it stays so, the fault is ours: report it with these words.' : '';
	case 401: return 'Sign in again.';
	case 403: return 'Ask an administrator for a role that allows it.';
	case 404: return 'It may have been removed. Go back to the list.';
	case 409: return p.code === 'sync_running' ? `Wait for ${p.more.job ? `job ${String(p.more.job)}` : 'its end'}, or cancel it first.`
		: p.code === 'sync_stopped' ? '' : 'Load it again, look at what changed, and decide anew.';
	case 412: return 'Somebody else changed it meanwhile. Load it again.';
	case 429: return p.retryAfterS ? `Wait ${p.retryAfterS} s and try again.` : 'Wait a moment and try again.';
	case 503: return 'The server is starting, full or going down. Try again in a moment.';
	default: return p.status >= 500 && p.instance ? `The server's log has more under ${p.instance}.` : '';
	}
}
