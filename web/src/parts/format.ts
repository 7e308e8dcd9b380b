// SPDX-License-Identifier: Apache-2.0
// format.ts - numbers, times and durations as a person reads them.
import { signal } from '@preact/signals';

const whole = new Intl.NumberFormat('en-US');
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const absolute = new Intl.DateTimeFormat('en-GB', {
	weekday: 'short', day: 'numeric', month: 'short', year: 'numeric',
	hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});
const dayOnly = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const clockWithSeconds = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
	day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit',
});

export const NOTHING = '–';

/** 12,345; a dash for what is not known. */
export function count(n: number | null | undefined): string {
	return n === null || n === undefined ? NOTHING : whole.format(n);
}

/** 12.3K, for tight places. */
export function short(n: number | null | undefined): string {
	return n === null || n === undefined ? NOTHING : compact.format(n);
}

/** A share of 0..1 as '97.5 %'. */
export function percent(share: number | null | undefined, digits = 1): string {
	if (share === null || share === undefined || !Number.isFinite(share))
		return NOTHING;
	return `${(share * 100).toFixed(digits).replace(/\.0+$/, '')} %`;
}

export function bytes(n: number | null | undefined): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	let size = n ?? 0;
	let unit = 0;

	if (n === null || n === undefined)
		return NOTHING;
	while (size >= 1000 && unit < units.length - 1) {
		size /= 1000;
		unit++;
	}
	return `${unit && size < 100 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

/** Milliseconds as '850 ms', '12.4 s', '3 min 5 s', '2 h 10 min', '4 d 3 h'. */
export function duration(ms: number | null | undefined): string {
	if (ms === null || ms === undefined || !Number.isFinite(ms))
		return NOTHING;
	if (ms < 1000)
		return `${Math.max(0, Math.round(ms))} ms`;
	const s = ms / 1000;
	if (s < 60)
		return `${s < 10 ? s.toFixed(1) : Math.round(s)} s`;
	const parts: [number, string, number, string] =
		s < 3600 ? [s / 60, 'min', s % 60, 's']
			: s < 86400 ? [s / 3600, 'h', (s % 3600) / 60, 'min']
				: [s / 86400, 'd', (s % 86400) / 3600, 'h'];
	const small = Math.floor(parts[2]);
	return `${Math.floor(parts[0])} ${parts[1]}${small ? ` ${small} ${parts[3]}` : ''}`;
}

/** 'in 5 min', '3 h ago', 'just now'. */
export function relative(at: number, now: number): string {
	const ms = at - now;
	const far = Math.abs(ms);
	const text = far < 60000 ? `${Math.round(far / 1000)} s`
		: far < 3600000 ? `${Math.round(far / 60000)} min`
			: far < 172800000 ? `${Math.round(far / 3600000)} h`
				: `${Math.round(far / 86400000)} d`;

	if (far < 5000)
		return 'just now';
	return ms > 0 ? `in ${text}` : `${text} ago`;
}

export function timeOf(iso: string | null | undefined): number | null {
	const ms = iso ? Date.parse(iso) : NaN;
	return Number.isNaN(ms) ? null : ms;
}

/** In the viewer's zone, with its name. */
export function fullTime(ms: number): string {
	return absolute.format(ms);
}
export function dayText(ms: number): string {
	return dayOnly.format(ms);
}
export function clockText(ms: number): string {
	return clock.format(ms);
}
export function secondsText(ms: number): string {
	return clockWithSeconds.format(ms);
}
export function dayClockText(ms: number): string {
	return dayAndClock.format(ms);
}

export function plural(n: number, one: string, many = `${one}s`): string {
	return `${count(n)} ${n === 1 ? one : many}`;
}

/** 'game_platform_sync' as 'Game platform sync'. */
export function words(name: string): string {
	const text = name.replace(/[_-]+/g, ' ').trim();
	return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The clock of relative times: it moves every 5 s, and stands while the page is hidden. */
export const now = signal(Date.now());
setInterval(() => {
	if (document.visibilityState === 'visible')
		now.value = Date.now();
}, 5000);
document.addEventListener('visibilitychange', () => {
	now.value = Date.now();
});
