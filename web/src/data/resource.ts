// SPDX-License-Identifier: Apache-2.0
// resource.ts - a thing of the server's that a page shows, and keeps showing as it changes.
//
// useResource('/api/jobs', { query, live: ['job'] }) asks for it, shows what was seen before while it
// asks again, and asks again (at most once a second) when a hint of one of those kinds comes.  Where
// hints are lost it asks every `pollMs`.  One request of a resource is under way at a time.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { get, withQuery, type Query } from './api.ts';
import { liveState, onHint, paused } from './live.ts';
import { problemOf, type Problem } from './problem.ts';

export interface Resource<T> {
	/** The newest that was seen; kept while it is asked for again and when that fails. */
	data: ReadonlySignal<T | null>;
	problem: ReadonlySignal<Problem | null>;
	/** True while the first answer is awaited. */
	loading: ReadonlySignal<boolean>;
	/** True while it is asked for again. */
	refreshing: ReadonlySignal<boolean>;
	etag: ReadonlySignal<string>;
	/** When the data came, in ms since 1970. */
	at: ReadonlySignal<number>;
	reload: () => void;
	/** Shows `next` at once, until the server's own answer comes; call the returned function to take it back. */
	patch: (next: T) => () => void;
}

interface ResourceOptions {
	query?: Query | undefined;
	/** Kinds of hints after which it is asked for again; of a hint's data, `when` may say that it is another's. */
	live?: readonly string[];
	when?: (data: Record<string, unknown>) => boolean;
	/** How often it is asked for when hints do not come; 0: never.  Default 10,000. */
	pollMs?: number;
}

const SOON_MS = 120;
const EVERY_MS = 1000;
const KEPT = 60;

interface Seen {
	data: unknown;
	etag: string;
	at: number;
}

/** What was seen lately, so that going back shows it at once. */
const seen = new Map<string, Seen>();

function remember(url: string, s: Seen): void {
	seen.delete(url);
	seen.set(url, s);
	if (seen.size > KEPT)
		seen.delete(seen.keys().next().value as string);
}

/** Forgets all: who signs out leaves nothing to the next. */
export function forgetAll(): void {
	seen.clear();
}

function pathOf(url: string | null): string {
	return url?.split('?', 1)[0] ?? '';
}

class Asking<T> {
	readonly data: Signal<T | null> = signal(null);
	readonly problem: Signal<Problem | null> = signal(null);
	readonly loading = signal(true);
	readonly refreshing = signal(false);
	readonly etag = signal('');
	readonly at = signal(0);
	private url: string | null = null;
	private under: AbortController | null = null;
	private again = false;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private last = 0;

	show(url: string | null): void {
		const old = url ? seen.get(url) : undefined;

		if (url === this.url)
			return;
		// Another filter of the same list may show the old rows while it loads; another thing may not.
		if (pathOf(url) !== pathOf(this.url)) {
			this.data.value = null;
			this.etag.value = '';
			this.at.value = 0;
		}
		this.url = url;
		this.under?.abort();
		this.under = null;
		this.problem.value = null;
		if (old) {
			this.data.value = old.data as T;
			this.etag.value = old.etag;
			this.at.value = old.at;
		}
		this.loading.value = url !== null && this.data.value === null;
		if (url)
			void this.ask();
	}

	async ask(): Promise<void> {
		const url = this.url;
		const under = new AbortController();

		if (!url)
			return;
		if (this.under) {
			this.again = true;
			return;
		}
		this.under = under;
		this.refreshing.value = true;
		this.last = performance.now();
		try {
			const answer = await get<T>(url, undefined, under.signal);
			if (this.url !== url)
				return;
			this.data.value = answer.data;
			this.etag.value = answer.etag;
			this.at.value = Date.now();
			this.problem.value = null;
			remember(url, { data: answer.data, etag: answer.etag, at: this.at.value });
		} catch (e) {
			if (under.signal.aborted)
				return;
			this.problem.value = problemOf(e);
		} finally {
			if (this.under === under) {
				this.under = null;
				this.loading.value = false;
				this.refreshing.value = false;
				if (this.again) {
					this.again = false;
					this.soon();
				}
			}
		}
	}

	/** Asks again, but not more than once a second. */
	soon(): void {
		if (this.timer !== undefined)
			return;
		const wait = Math.max(SOON_MS, this.last + EVERY_MS - performance.now());
		this.timer = setTimeout(() => {
			this.timer = undefined;
			void this.ask();
		}, wait);
	}

	/** What is under way was asked before something was done about it: its answer would be old. */
	supersede(): void {
		if (!this.under)
			return;
		this.under.abort();
		this.under = null;
		this.refreshing.value = false;
		this.soon();
	}

	stop(): void {
		clearTimeout(this.timer);
		this.timer = undefined;
		this.under?.abort();
		this.under = null;
		this.url = null;
	}
}

/** `path` null: not yet known what to ask for. */
export function useResource<T>(path: string | null, o: ResourceOptions = {}): Resource<T> {
	const asking = useMemo(() => new Asking<T>(), []);
	const url = path === null ? null : withQuery(path, o.query);
	const options = useRef(o);

	options.current = o;
	useEffect(() => asking.show(url), [asking, url]);
	useEffect(() => {
		const off = onHint((h) => {
			const { live = [], when } = options.current;
			if (h.kind === 'reset' || (live.includes(h.kind) && (!when || when(h.data))))
				asking.soon();
		});
		const timer = setInterval(() => {
			const { live = [], pollMs = 10000 } = options.current;
			const hints = live.length > 0 && liveState.value === 'live';
			if (pollMs > 0 && !hints && !paused.value && document.visibilityState === 'visible' &&
				Date.now() - asking.at.value >= pollMs)
				asking.soon();
		}, 2000);
		return () => {
			off();
			clearInterval(timer);
			asking.stop();
		};
	}, [asking]);
	return {
		data: asking.data,
		problem: asking.problem,
		loading: asking.loading,
		refreshing: asking.refreshing,
		etag: asking.etag,
		at: asking.at,
		reload: () => void asking.ask(),
		patch: (next) => {
			const before = asking.data.value;
			asking.supersede();
			asking.data.value = next;
			return () => {
				if (asking.data.value === next)
					asking.data.value = before;
			};
		},
	};
}
