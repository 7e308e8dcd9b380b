// SPDX-License-Identifier: Apache-2.0
// time.tsx - a moment, as far away as it is; the exact one by hovering or focusing.
import { clockText, fullTime, NOTHING, now, relative, secondsText, timeOf } from './format.ts';

export function When({ at, none = NOTHING, full = false }: {
	at: string | null | undefined;
	/** What to say when there is no time: 'never'. */
	none?: string;
	/** The exact time itself, with the distance on hovering. */
	full?: boolean;
}) {
	const ms = timeOf(at);

	if (ms === null)
		return <span class="quiet">{none}</span>;
	const exact = fullTime(ms);
	const far = relative(ms, now.value);
	return <time dateTime={at ?? ''} title={full ? far : exact} class="when">{full ? exact : far}</time>;
}

/** What the clock said, where the day is told elsewhere; the whole moment by hovering. */
export function Clock({ at, seconds }: { at: string; seconds?: boolean }) {
	const ms = timeOf(at) ?? 0;

	return <time dateTime={at} title={fullTime(ms)} class="quiet">{seconds ? secondsText(ms) : clockText(ms)}</time>;
}
