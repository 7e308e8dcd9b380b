// SPDX-License-Identifier: Apache-2.0
// types.ts - what the server says of how everything stands (docs/api.md).
import type { Run as WholeRun } from '../runs/data.ts';

export interface Notice {
	kind: string;
	severity: 'error' | 'warning' | 'info';
	title: string;
	detail: string | null;
	since: string | null;
	subject: { kind: string; name: string | null };
	next: string;
	href: string;
}

export interface Card {
	id: string;
	label: string;
	value: number | null;
	of: number | null;
	unit: string | null;
	delta: number | null;
	better: 'up' | 'down' | 'neither';
	detail: string | null;
	spark: (number | null)[];
	href: string;
}

/** A run as the overview tells it: without what only its own page shows. */
export type Run = Pick<WholeRun, 'id' | 'connection' | 'sync_type' | 'status' | 'started_at' | 'completed_at' |
	'records_processed' | 'records_failed' | 'error_message'>;

export interface Overview {
	health: { state: 'ok' | 'attention' | 'failing'; sentence: string };
	attention: Notice[];
	cards: Card[];
	next_fires: { schedule: string; at: string; words: string; task: string }[];
	recent_runs: Run[];
	fresh: boolean;
	connections: number;
	at: string;
}

export interface ErrorGroup {
	fingerprint: string;
	title: string;
	sample: string | null;
	kind: 'run' | 'job' | 'record';
	code: string;
	count: number;
	waiting: number;
	first_seen: string;
	last_seen: string;
	connections: string[];
	tasks: string[];
	spark: number[];
	remedy: string;
	muted_until: string | null;
	muted_by: string | null;
	mute_reason: string | null;
	href: string;
}

export interface Occurrence {
	kind: string;
	id: string | null;
	at: string;
	connection: string | null;
	task: string | null;
	text: string | null;
	waiting: boolean;
	href: string;
}

export interface Retry {
	dry_run: boolean;
	jobs: number;
	records: number;
	syncs: number;
	done: number;
	refused: number;
}

export interface Budget {
	connection: string;
	connector: string;
	what: string;
	requests: string | null;
	limit: number;
	window_seconds: number;
	used: number;
	reserved: number;
	remaining: number;
	kept_for_persons: number;
	resets_at: string | null;
	held_until: string | null;
	wait_max_seconds: number;
	calls_24h: number;
	hours: { at: string; calls: number; wait_max_seconds: number }[];
}

export interface Worker {
	id: string;
	host: string;
	pid: number;
	version: string;
	slots: number;
	busy: number;
	draining: boolean;
	ending: boolean;
	drain: { reason: string | null; actor: string | null; since: string } | null;
	this: boolean;
	started_at: string;
	beat_at: string;
	beat_age_seconds: number;
	rss_bytes: number | null;
	jobs: { id: string; task: string; connection: string | null; started_at: string; href: string }[];
}
