// SPDX-License-Identifier: Apache-2.0
// time-bar.tsx - how long something took, beside the others of its list.
import { duration } from '../../parts/format.ts';

/** As long as the longest one of the page takes the whole width. */
export function TimeBar({ ms, of, tone }: { ms: number | null; of: number; tone: string }) {
	return (
		<span class="time-bar">
			<span class="time-bar-track" aria-hidden="true">
				<span class={`tone-${tone}`} style={{ width: `${ms === null || of <= 0 ? 0 : Math.max(2, (100 * ms) / of)}%` }} />
			</span>
			<span class="time-bar-text">{duration(ms)}</span>
		</span>
	);
}
