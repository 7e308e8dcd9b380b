// SPDX-License-Identifier: Apache-2.0
// data.ts - runs as the server tells them, and the words for them.
import { duration, plural, timeOf, words } from '../../parts/format.ts';

export interface Run {
	id: string;
	parent_id: string | null;
	connection: string | null;
	sync_type: string;
	status: string;
	started_at: string;
	completed_at: string | null;
	records_processed: number;
	records_created: number;
	records_updated: number;
	records_unchanged: number;
	records_failed: number;
	requests: number;
	error_message: string | null;
	details: { trigger?: string; table?: string; tables?: string[]; timing?: Timing; undoes?: string } | null;
}

export interface Timing {
	fetch_ms: number;
	transform_ms: number;
	commit_ms: number;
	waits: Record<string, { count: number; ms: number }>;
}

/** [at, fetch, wait, transform, commit, records], ms since the part began. */
export type PageTime = [number, number, number, number, number, number];

export interface Part extends Run {
	table: string;
	mode: string | null;
	duration_ms: number;
	pages: number;
	bytes: number;
	quarantined: number;
	timing: Timing | null;
	cursor: { before: string | null; after: string | null; partitions: number } | null;
	page_times: { first: number; pages: PageTime[] } | null;
	no_longer_seen: number | null;
	unknown_values: Record<string, number> | null;
	missing_references: Record<string, number> | null;
	conflicts: Record<string, number> | null;
	stopped_by: string | null;
	held: { check: string; seen: string; expected: string } | null;
	next: string | null;
}

export interface Attempt {
	run: string;
	job: string | null;
	attempt: number | null;
	worker: string | null;
	holder: string | null;
	fence: number | null;
	took_over: boolean | null;
	status: string;
	started_at: string;
	completed_at: string | null;
	error_message: string | null;
}

export interface RunDetail extends Run {
	mode: string | null;
	trigger: string | null;
	actor: string | null;
	undoes: string | null;
	next: string | null;
	duration_ms: number;
	pages: number;
	bytes: number;
	relinked: number;
	quarantined: number;
	timing: Timing | null;
	parts: Part[];
	attempts: Attempt[];
	job: { id: string; state: string; cancel_asked: boolean; progress: Progress | null } | null;
	undo: { possible: boolean; why: string | null; rows: number; until: string | null } | null;
	log: { at: string; text: string }[];
}

export interface Progress {
	table?: string;
	phase?: string;
	processed?: number;
	table_processed?: number;
	table_total?: number;
	requests?: number;
	calls_left?: number;
	waiting?: string;
	waiting_ms?: number;
}

/** 'Full sync', 'Incremental sync', 'Undo'. */
export function typeText(type: string): string {
	return type === 'full' || type === 'incremental' ? `${words(type)} sync` : words(type);
}

export function tookMs(r: Run, now: number): number | null {
	const from = timeOf(r.started_at);
	return from === null ? null : (timeOf(r.completed_at) ?? now) - from;
}

const WAITS: Record<string, string> = {
	rate_limit: 'for the rate limit',
	retry_after: 'because the vendor asked to (429)',
	backoff: 'to try again',
	database: 'for the database',
	other: 'for another process',
};

export function waitedMs(t: Timing | null): number {
	return Object.values(t?.waits ?? {}).reduce((sum, w) => sum + w.ms, 0);
}

/** '2 waits for the rate limit, 12 s' */
export function waitTexts(t: Timing | null): string[] {
	return Object.entries(t?.waits ?? {}).map(([kind, w]) =>
		`${plural(w.count, 'wait')} ${WAITS[kind] ?? words(kind)}, ${duration(w.ms)}`);
}

export const STATUSES: [string, string][] = [['', 'All'], ['running', 'Running'], ['success', 'Success'],
	['partial', 'Partial'], ['error', 'Error'], ['stopped', 'Stopped']];

/** The beginning of a day of the viewer's, days later, as the server takes it. */
export function dayStart(day: string, later = 0): string {
	const d = new Date(`${day}T00:00`);

	if (Number.isNaN(d.getTime()))
		return '';
	d.setDate(d.getDate() + later);
	return d.toISOString();
}
