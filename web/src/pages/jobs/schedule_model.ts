// SPDX-License-Identifier: Apache-2.0
// schedule_model.ts - schedules as the server tells of them, and the words for their settings.
import type { Tone } from '../../parts/status.tsx';

export interface Fire {
	outcome: string;
	slot_at: string | null;
	fired_at: string | null;
	job: string | null;
	job_status: string | null;
	slots: number;
}

export interface Schedule {
	name: string;
	task: string;
	args: Record<string, unknown> | null;
	cron: string | null;
	every: string | null;
	timezone: string | null;
	words: string;
	overlap: string;
	catch_up: string;
	catch_up_seconds: number;
	jitter_seconds: number;
	paused: boolean;
	pause_reason: string | null;
	paused_by: string | null;
	origin: string;
	next_at: string | null;
	next_fires: string[];
	last_at: string | null;
	version: number;
	problem: string | null;
	late_seconds: number;
	fires?: Fire[];
}

export interface Preview {
	words: string;
	next_fires: string[];
	local: string[];
	clocks_change: { at: string; minutes: number } | null;
}

export const OVERLAPS: [string, string][] = [
	['skip', 'Skip the slot'], ['queue', 'Let one wait'], ['allow', 'Run beside it'],
];
export const CATCH_UPS: [string, string][] = [
	['one', 'Run the latest once'], ['all', 'Run each of them'], ['none', 'Let them go'],
];

export function wordOf(choices: [string, string][], value: string): string {
	return choices.find(([v]) => v === value)?.[1] ?? value;
}

/** What a slot came to: its hue and its words. */
export function fireTone(f: Fire): [Tone, string] {
	if (f.outcome.startsWith('skipped'))
		return ['quiet', `Skipped${f.outcome.slice(7)}`];
	if (f.outcome === 'missed')
		return ['warn', f.slots > 1 ? `Missed ${f.slots} slots` : 'Missed'];
	const how = f.outcome === 'manual' ? 'by hand, ' : f.outcome === 'coalesced' ? 'one waited already, ' : '';
	switch (f.job_status) {
	case 'succeeded': return ['good', `${how}succeeded`];
	case 'failed': return ['bad', `${how}failed`];
	case 'running': return ['busy', `${how}running`];
	case 'cancelled': return ['quiet', `${how}cancelled`];
	case 'pending': return ['busy', `${how}waiting`];
	default: return ['quiet', `${how}its job is gone`];
	}
}
