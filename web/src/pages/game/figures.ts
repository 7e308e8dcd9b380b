// SPDX-License-Identifier: Apache-2.0
// figures.ts - one part of the dashboard as the filters on top say; each loads and fails by itself.
import { useEffect } from 'preact/hooks';
import { computed, signal } from '@preact/signals';
import { findPage } from '../../app/commands.ts';
import { param } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import type { Query } from '../../data/api.ts';
import { paused } from '../../data/live.ts';
import { useResource, type Resource } from '../../data/resource.ts';

/** The filters on top: every part shares them. */
export const FILTERS = ['coach', 'division', 'range'];
export const DIVISIONS: [string, string][] = [['', 'All'], ['middle_school', 'Middle school'], ['high_school', 'High school'],
	['college', 'College']];
const RANGES: Record<string, string> = { '7d': '7 days', '30d': '30 days', '90d': '90 days', all: 'All time' };
export const RANGE_CHOICES = Object.entries(RANGES) as [string, string][];
export const USUAL_RANGE = '30d';

/** What reading scores, mirroring teams and editing people tell. */
const LIVE = ['game_platform', 'competitor', 'team'];
/** A worker in another process tells this one nothing. */
const ANYWAY_MS = 60000;

type Shown = Pick<Resource<unknown>, 'at' | 'refreshing' | 'reload'>;

const shown = signal<readonly Shown[]>([]);

export const refreshing = computed(() => shown.value.some((r) => r.refreshing.value));
/** When the oldest part came; 0: not all are there. */
export const updatedAt = computed(() => (shown.value.length > 0 ? Math.min(...shown.value.map((r) => r.at.value)) : 0));

export function refresh(): void {
	for (const r of shown.value)
		r.reload();
}

export function division(name: string | null): string {
	return DIVISIONS.find(([id]) => id !== '' && id === name)?.[1] ?? name ?? 'No division';
}

/** '30 days', for "against the 30 days before". */
export function rangeWords(): string {
	return RANGES[param('range')] ?? RANGES[USUAL_RANGE] as string;
}

/** A page of another area, where this console has it. */
export function pageOf(path: string): string | undefined {
	return findPage(path.split('?', 1)[0] as string) ? path : undefined;
}

/** Makes a part one of those that "Refresh" asks for again. */
export function useShown(r: Shown, asked = true): void {
	useEffect(() => {
		if (!asked)
			return undefined;
		shown.value = [...shown.value, r];
		const timer = setInterval(() => {
			if (!paused.value && document.visibilityState === 'visible')
				r.reload();
		}, ANYWAY_MS);
		return () => {
			clearInterval(timer);
			shown.value = shown.value.filter((one) => one !== r);
		};
	}, [asked]);
}

/** `path` null: nothing is asked for now. */
export function useFigures<T>(path: string | null, more: Query = {}): Resource<T> {
	const r = useResource<T>(path === null ? null : `/api/game-platform/dashboard/${path}`, {
		query: { range: param('range'), division: param('division'), coach: may('admin') ? param('coach') : '', ...more },
		live: LIVE,
	});

	useShown(r, path !== null);
	return r;
}
