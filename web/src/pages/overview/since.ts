// SPDX-License-Identifier: Apache-2.0
// since.ts - "the last 7 days" as a moment that stays the same for a while: it is part of an address.

const GRAIN_MS = 300000;

/** Rounded down to five minutes, so that the same question is asked again. */
export function sinceOf(days: string): string {
	const n = Number(days) > 0 ? Number(days) : 7;
	return new Date(Math.floor((Date.now() - n * 86400000) / GRAIN_MS) * GRAIN_MS).toISOString();
}
