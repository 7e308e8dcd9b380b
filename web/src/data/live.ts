// SPDX-License-Identifier: Apache-2.0
// live.ts - hints that something changed, from /api/events.
//
// Events are hints, not data: whoever shows a thing asks for it again.  A tab that is hidden holds no
// stream (a browser has six connections for an origin, over all tabs) and catches up when it is
// looked at again.  A person may pause; then nothing on the page moves until they go on.
import { computed, effect, signal } from '@preact/signals';

interface Hint {
	kind: string;
	data: Record<string, unknown>;
}

type LiveState = 'off' | 'connecting' | 'live' | 'paused' | 'lost';

type Listener = (h: Hint) => void;

/** Kinds that the server publishes; EventSource tells no others than those it is asked for. */
const KINDS = ['job', 'run', 'progress', 'schedule', 'queue', 'connection', 'hold', 'quarantine', 'outbox',
	'conflict', 'worker', 'token', 'access', 'audit', 'error', 'alert', 'task', 'game_platform', 'pti', 'competitor',
	'team', 'budget', 'reset'];

const wanted = signal(false);
const hidden = signal(false);
const connection = signal<'off' | 'connecting' | 'live' | 'lost'>('off');
export const paused = signal(false);
/** How many hints came while paused: "12 changes". */
export const missed = signal(0);

export const liveState = computed<LiveState>(() => (paused.value ? 'paused' : connection.value));

const RETRY_MS = 2000;
const RETRY_MAX_MS = 30000;
const listeners = new Set<Listener>();
let source: EventSource | null = null;
let begun = false;
let retry: ReturnType<typeof setTimeout> | undefined;
let wait = RETRY_MS;
let onRefused: () => void = () => undefined;

function tell(h: Hint): void {
	if (paused.value) {
		missed.value++;
		return;
	}
	for (const one of listeners)
		one(h);
}

function parse(text: string): Record<string, unknown> {
	try {
		const v: unknown = JSON.parse(text);
		return v && typeof v === 'object' ? v as Record<string, unknown> : {};
	} catch {
		return {};
	}
}

function open(): void {
	const first = !begun;

	// "Lost" stays until it is found again.
	if (connection.value !== 'lost')
		connection.value = 'connecting';
	source = new EventSource('/api/events');
	source.onopen = () => {
		// What happened while nobody listened is not known: look at everything once.
		if (!first || connection.value === 'lost')
			tell({ kind: 'reset', data: {} });
		begun = true;
		wait = RETRY_MS;
		connection.value = 'live';
	};
	source.onerror = () => {
		connection.value = 'lost';
		if (source?.readyState === EventSource.CLOSED)
			later();
	};
	for (const kind of KINDS)
		source.addEventListener(kind, (e) => tell({ kind, data: parse((e as MessageEvent<string>).data) }));
}

/** A browser comes back by itself after a cut, but not after a refusal (503, 401): then we do. */
function later(): void {
	onRefused();
	retry = setTimeout(() => {
		if (source)
			open();
	}, wait);
	wait = Math.min(2 * wait, RETRY_MAX_MS);
}

/** Called when the server refuses the stream: perhaps nobody is signed in any more. */
export function whenRefused(tell: () => void): void {
	onRefused = tell;
}

function close(): void {
	clearTimeout(retry);
	source?.close();
	source = null;
	connection.value = 'off';
}

/** Whether hints are wanted: from signing in to signing out. */
export function listen(on: boolean): void {
	wanted.value = on;
}

export function pause(on: boolean): void {
	paused.value = on;
	if (!on && missed.value > 0) {
		missed.value = 0;
		tell({ kind: 'reset', data: {} });
	}
}

/** Calls `l` with each hint until the returned function is called. */
export function onHint(l: Listener): () => void {
	listeners.add(l);
	return () => void listeners.delete(l);
}

document.addEventListener('visibilitychange', () => {
	hidden.value = document.visibilityState === 'hidden';
});

effect(() => {
	const on = wanted.value && !hidden.value;

	if (on && !source)
		open();
	else if (!on && source)
		close();
});
