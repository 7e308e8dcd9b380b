// SPDX-License-Identifier: Apache-2.0
// types.ts - what the server tells of connections (GET /api/openapi.json has the whole).

export interface Run {
	id: string;
	sync_type: string;
	status: string;
	started_at: string;
	completed_at: string | null;
	records_processed: number;
	records_created: number;
	records_updated: number;
	records_failed: number;
	error_message: string | null;
}

export interface RunCell {
	id: string;
	status: string;
	type: string;
	started_at: string;
	duration_ms: number | null;
	trigger: string | null;
}

export interface RunProgress {
	table: string | null;
	phase: string | null;
	waiting: string | null;
	waiting_until: string | null;
	records: number;
	requests: number;
	table_records: number;
	table_pages: number;
	table_expected: number | null;
}

export interface ScheduleWords {
	name: string;
	words: string;
	paused: boolean;
	next_at: string | null;
}

export interface Hold {
	table: string;
	check: string;
	seen: string;
	expected: string;
	run: string | null;
	since: string;
}

export interface Connection {
	name: string;
	connector: string;
	state: string;
	reason: string | null;
	next: string | null;
	enabled: boolean;
	oauth: boolean;
	rotates: boolean;
	tables: { table: string; stream: string }[];
	last_success_at: string | null;
	fresh_for_s: number | null;
	due_every_s: number | null;
	schedules: ScheduleWords[];
	last_run: Run | null;
	runs: RunCell[];
	/** Of an integration whose schedules are its own. */
	facts: { label: string; value: number | string | null; href: string | null }[];
	/** Where such an integration's runs are; null: in the run log. */
	page: string | null;
	running: Run | null;
	progress: RunProgress | null;
	stopped: { reason: string | null; actor: string | null; since: string | null } | null;
	rate_limit: { limit: number; used: number; windowSeconds: number } | null;
	quarantined: number;
	written_24h: number;
	held: Hold[];
}

export interface StreamProgress {
	run: string | null;
	started_at: string;
	phase: string;
	pages: number;
	records: number;
	expected: number | null;
	waiting: string | null;
	waiting_until: string | null;
}

export interface Part {
	id: string;
	run: string | null;
	status: string;
	started_at: string;
	processed: number;
	created: number;
	updated: number;
	failed: number;
	error: string | null;
}

export interface Stream {
	table: string;
	stream: string;
	mode: string;
	cursor_field: string | null;
	cursor: string | null;
	cursors: { partition: string | null; cursor: string | null }[];
	partitions: number;
	version: string;
	committed_at: string | null;
	full_at: string | null;
	expected: number | null;
	open_pass: { mode: string; began_at: string; records: number } | null;
	rows: number | null;
	rows_kind: string | null;
	last_run: Part | null;
	last_success_at: string | null;
	fresh_for_s: number | null;
	due_every_s: number | null;
	quarantined: number;
	held: Hold[];
	progress: StreamProgress | null;
}

/** Kinds of hints after which a connection is asked for again. */
export const HINTS = ['connection', 'run', 'job', 'queue', 'hold', 'schedule', 'token', 'quarantine'];

/** Whether a hint may be about it: one that names no connection is about all. */
export const isAbout = (name: string) => (data: Record<string, unknown>): boolean =>
	typeof data.connection !== 'string' || data.connection === name;
