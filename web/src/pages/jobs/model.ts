// SPDX-License-Identifier: Apache-2.0
// model.ts - jobs and the queue as the server tells of them, and what can be done with each.
import type { Tile } from '../../parts/tiles.tsx';

export interface Attempt {
	attempt: number;
	session: string | null;
	worker: string | null;
	outcome: string;
	error: string | null;
	started_at: string | null;
	ended_at: string | null;
}

export interface Job {
	id: string;
	task: string;
	status: string;
	state: string;
	args: Record<string, unknown> | null;
	key: string | null;
	lane: string | null;
	priority: number;
	attempts: number;
	max_attempts: number;
	crashes: number;
	worker: string | null;
	trigger: string | null;
	actor: string | null;
	error: string | null;
	output: Record<string, unknown> | null;
	progress: Record<string, unknown> | null;
	cancel_asked: boolean;
	created_at: string | null;
	run_at: string | null;
	started_at: string | null;
	completed_at: string | null;
	history?: Attempt[];
}

export interface JobList {
	jobs: Job[];
	total: number;
	more: boolean;
	limit: number;
	next: string | null;
}

export interface Pause {
	scope: string;
	reason: string | null;
	actor: string | null;
	since: string | null;
}

export interface Queue {
	states: { state: string; task: string; count: number }[];
	lanes: { lane: string; waiting: number; running: number }[];
	minutes: { ago: number; succeeded: number; failed: number; cancelled: number }[];
	counted_at: string;
	pauses: Pause[];
	workers: { processes: number; busy: number; slots: number };
	oldest_ready_seconds: number;
}

/** In the order of a job's life. */
export const STATES = ['ready', 'later', 'blocked', 'running', 'failed', 'succeeded', 'cancelled'] as const;

export const STATE_WORDS: Record<string, string> = {
	ready: 'Ready', later: 'Later', blocked: 'Blocked', running: 'Running', failed: 'Failed', succeeded: 'Succeeded',
	cancelled: 'Cancelled',
};

export function sumOf(q: Queue | null, state: string, task = ''): number | null {
	return q && q.states.filter((s) => s.state === state && (!task || s.task === task)).reduce((n, s) => n + s.count, 0);
}

export function tilesOf(q: Queue | null, task = ''): Tile[] {
	return STATES.map((state) => ({ value: state, label: STATE_WORDS[state] ?? state, count: sumOf(q, state, task) }));
}

export interface TaskRow {
	task: string;
	counts: Record<string, number>;
	waiting: number;
}

/** Tasks with their counts, those with something to do first. */
export function tasksOf(q: Queue | null): TaskRow[] {
	const rows = new Map<string, TaskRow>();

	for (const s of q?.states ?? []) {
		const row = rows.get(s.task) ?? { task: s.task, counts: {}, waiting: 0 };
		row.counts[s.state] = s.count;
		if (['ready', 'later', 'blocked', 'running'].includes(s.state))
			row.waiting += s.count;
		rows.set(s.task, row);
	}
	return [...rows.values()].sort((a, b) => b.waiting - a.waiting || a.task.localeCompare(b.task));
}

/** The view's coarser word, which a deed on many needs. */
export function statusOf(state: string): string {
	return ['ready', 'later', 'blocked'].includes(state) ? 'pending' : state;
}

export const isOver = (j: Job): boolean => ['succeeded', 'failed', 'cancelled'].includes(j.state);
export const isWaiting = (j: Job): boolean => ['ready', 'later', 'blocked'].includes(j.state);

const OVERDUE_MS = 60000;

/** How long a ready job waits for a worker, when that is worth saying; in ms. */
export function overdueMs(j: Job, now: number): number {
	const ms = j.state === 'ready' && j.run_at ? now - Date.parse(j.run_at) : 0;

	return ms >= OVERDUE_MS ? ms : 0;
}
