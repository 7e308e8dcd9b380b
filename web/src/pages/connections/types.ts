// SPDX-License-Identifier: Apache-2.0
// types.ts - what the server tells of connections (GET /api/openapi.json has the whole).
import type { Run } from '../runs/data.ts';

export type { Run };

export interface RunCell {
	id: string;
	status: string;
	type: string;
	started_at: string;
	duration_ms: number | null;
	trigger: string | null;
}

interface RunProgress {
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

interface ScheduleWords {
	name: string;
	words: string;
	paused: boolean;
	next_at: string | null;
}

interface Hold {
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

interface StreamProgress {
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

/** How old what is known of some of a rotation's members is. */
interface Lag { lag: string; members: number }

export interface Tier {
	name: string;
	promise_seconds: number | null;
	members: number;
	never_asked: number;
	late: number;
	age_seconds: { p50: number; p90: number; p99: number; oldest: number };
	lag: Lag[];
}

export interface Cycle {
	run: string;
	began_at: string;
	duration_ms: number;
	batch: number;
	batches: number;
	processed: number;
	news: number;
	failed: number;
	calls: number;
	sentinel: boolean;
	alarm: boolean;
}

interface Sums { cycles: number; processed: number; news: number; failed: number; calls: number; error_rate: number }

/** A stream whose members take turns, over the hours that were asked for. */
export interface Turns {
	stream: string;
	table: string;
	members: number;
	sentinel: boolean;
	tiers: Tier[];
	lag: Lag[];
	totals: Sums & { empty_share: number };
	by_hour: (Sums & { hour: string })[];
	by_batch: (Sums & { batch: number })[];
	cycles: Cycle[];
	advice: { code: string; because: string; tier: string; key: string; text: string }[];
}

/** Kinds of hints after which a connection is asked for again. */
export const HINTS = ['connection', 'run', 'job', 'queue', 'hold', 'schedule', 'token', 'quarantine'];

/** Whether a hint may be about it: one that names no connection is about all. */
export const isAbout = (name: string) => (data: Record<string, unknown>): boolean =>
	typeof data.connection !== 'string' || data.connection === name;
