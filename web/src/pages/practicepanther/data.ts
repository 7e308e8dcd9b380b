// SPDX-License-Identifier: Apache-2.0
// data.ts - what /api/sync tells, in the original application's envelope.
import type { Run } from '../runs/data.ts';

export interface Answer<T> {
	data: T;
}

export interface Scheduled {
	isRunning: boolean;
	nextRun: string | null;
	nextRuns: string[];
	schedule: string;
	paused: boolean;
	every: string | null;
	cron: string | null;
	timezone: string | null;
}

export interface Token {
	status: 'no_token' | 'valid' | 'expiring_soon' | 'expired' | 'error';
	message: string;
	expires_at: string | null;
	has_refresh_token: boolean;
}

export interface SyncStatus {
	connection: string;
	scheduled: { jobs: { incremental: Scheduled | null; daily_full: Scheduled | null } };
	running: Run | null;
	stopped: { reason: string | null; actor: string | null; since: string | null } | null;
	rateLimit: { limit: number; used: number; ratio: number } | null;
	token: Token;
	held: { table: string; check: string; seen: string | null; expected: string | null; next: string }[];
	recent: Run[];
}

interface Overall {
	totalSyncs: number;
	successfulSyncs: number;
	partialSyncs: number;
	failedSyncs: number;
	stoppedSyncs: number;
	totalRecordsProcessed: number;
	totalRecordsFailed: number;
	lastSuccessfulSync: string | null;
	successRate: number | null;
	errorRate: number | null;
}

/** Seconds. */
export interface Times {
	runs: number;
	p50: number | null;
	p95: number | null;
	longest: number | null;
}

export interface Day {
	day: string;
	syncs: number;
	successful: number;
	processed: number;
	created: number;
	updated: number;
	failed: number;
	requests: number;
}

export interface Check {
	id: string;
	says: string;
	threshold: string;
	value: number | string | null;
	ok: boolean | null;
}

export interface Statistics {
	overall: Overall;
	previous: Overall & { durations: Times };
	byDay: Day[];
	durations: Times & { byDay: (Times & { day: string })[] };
	errors: { kind: string; syncs: number; lastMessage: string | null; lastRun: string; lastAt: string }[];
	rateLimit: { limit: number; used: number; ratio: number } | null;
	checklist: Check[];
}

export interface Completeness {
	tables: {
		table: string;
		stream: string;
		rows: number;
		fromVendor: number;
		atVendor: number | null;
		countedAt: string | null;
		quarantined: number;
		links: { column: string; to: string; linked: number; waiting: number; none: number }[];
	}[];
}
