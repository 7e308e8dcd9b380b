// SPDX-License-Identifier: Apache-2.0
// zero.tsx - numbers in a table: a nought steps back, so that what happened stands out.
import { count, duration } from '../../parts/format.ts';

export function Zero({ n }: { n: number | null | undefined }) {
	return n ? <>{count(n)}</> : <span class="quiet">{count(n)}</span>;
}

export function ZeroMs({ ms }: { ms: number | null | undefined }) {
	return ms ? <>{duration(ms)}</> : <span class="quiet">{duration(ms)}</span>;
}
