// SPDX-License-Identifier: Apache-2.0
// types.ts - what the server tells of ratings.

export interface LinkedPlayer {
	id: string;
	name: string;
	source_name: string;
	linked: boolean;
	print_page_url: string | null;
	current_pti: number | null;
	last_synced_at: string | null;
	sync_enabled: boolean;
	failures: number;
	last_error: string | null;
	last_attempt_at: string | null;
}

export interface WeeklyRun {
	id: string;
	started_at: string;
	completed_at: string | null;
	status: string;
	error: string | null;
	found: number;
	succeeded: number;
	failed: number;
	updated: number;
	no_pti: number;
	pages: number;
	credits: number;
	requests: number;
}

export interface Budget {
	month: string;
	limit: number | null;
	reserve: number;
	spent: number;
	granted: number;
	requests: number;
	left_for_persons: number | null;
	left_for_the_job: number | null;
}

interface RosterRow {
	name: string;
	pti: number | null;
	id: string | null;
	captain: boolean;
	co_captain: boolean;
	section: string | null;
	wins: number | null;
	losses: number | null;
}

export interface Roster {
	team_name: string;
	rated: boolean;
	players: RosterRow[];
}

export interface Change {
	at: string;
	before: number | null;
	after: number | null;
	note: string | null;
}

/** A rating has one decimal, and may be negative. */
export function ratingText(pti: number | null | undefined): string {
	return pti === null || pti === undefined ? '–' : pti.toFixed(1);
}

/** What a failure's code means, and what to do. */
export const FAULTS: Record<string, string> = {
	not_found: 'The page is not there any more: the player links it again',
	no_pti: 'The page shows no rating now; the last one stays',
	renamed: 'The page is another player’s now: link it again',
	blocked: 'The league’s site refuses us; it is tried again',
	captcha: 'The league’s site asks for a captcha; it is tried again',
	no_key: 'FIRECRAWL_API_KEY is not configured or refused',
	no_credits: 'The month’s credits are used up',
	timeout: 'The page did not come in time; it is tried again',
	upstream: 'The service that reads pages failed; it is tried again',
};
