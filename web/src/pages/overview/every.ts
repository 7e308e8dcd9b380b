// SPDX-License-Identifier: Apache-2.0
// every.ts - asks again by the clock, for what nobody sends a hint about: ages, limits that refill.
import { useEffect, useRef } from 'preact/hooks';
import { paused } from '../../data/live.ts';

/** Calls `look` every `ms`, but not while the page is hidden or its updates are paused. */
export function useEvery(ms: number, look: () => void): void {
	const now = useRef(look);

	now.current = look;
	useEffect(() => {
		const timer = setInterval(() => {
			if (document.visibilityState === 'visible' && !paused.value)
				now.current();
		}, ms);
		return () => clearInterval(timer);
	}, [ms]);
}
