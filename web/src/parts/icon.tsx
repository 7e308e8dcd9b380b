// SPDX-License-Identifier: Apache-2.0
// icon.tsx - our own small line drawings, on a grid of 16; they take the colour of the text.

const DRAWN = {
	check: 'M3 8.5l3.2 3.2L13 4.8',
	cross: 'M4 4l8 8M12 4l-8 8',
	warn: 'M8 2.2L14.4 13.5H1.6zM8 6.5v3.2M8 11.6v.2',
	info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.2v3.8M8 5v.2',
	dot: 'M8 10.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
	ring: 'M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10z',
	half: 'M8 13A5 5 0 1 0 8 3a5 5 0 0 0 0 10zM8 3v10',
	play: 'M5 3.2v9.6l7.6-4.8z',
	pause: 'M5.2 3.5v9M10.8 3.5v9',
	stop: 'M4 4h8v8H4z',
	clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 4.6V8l2.4 1.6',
	refresh: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.4v2.8h-2.8',
	undo: 'M3 6.5h6.5a3.5 3.5 0 1 1 0 7H6M5.6 3.6L2.8 6.5l2.8 2.8',
	search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4L14 14',
	menu: 'M2 4h12M2 8h12M2 12h12',
	more: 'M3.5 8v.1M8 8v.1M12.5 8v.1',
	down: 'M4 6l4 4 4-4',
	up: 'M4 10l4-4 4 4',
	right: 'M6 4l4 4-4 4',
	left: 'M10 4L6 8l4 4',
	plus: 'M8 3v10M3 8h10',
	minus: 'M3 8h10',
	copy: 'M6 6h7.5v7.5H6zM3.6 10H2.5V2.5H10v1.1',
	link: 'M6.6 9.4a2.6 2.6 0 0 0 3.7 0l2.4-2.4A2.6 2.6 0 0 0 9 3.3L8 4.3M9.4 6.6a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l1-1',
	unlink: 'M9.4 11.3L8 12.7A2.6 2.6 0 0 1 3.3 9l1.2-1.2M6.6 4.7L8 3.3A2.6 2.6 0 0 1 12.7 7l-1.2 1.2M2.5 2.5l11 11',
	external: 'M9 2.5h4.5V7M13.5 2.5L7.5 8.5M11.5 9.5v4h-9v-9h4',
	gauge: 'M2.5 12a6 6 0 1 1 11 0M8 9.5l2.6-3.4',
	grid: 'M2.5 2.5h4.6v4.6H2.5zM8.9 2.5h4.6v4.6H8.9zM2.5 8.9h4.6v4.6H2.5zM8.9 8.9h4.6v4.6H8.9z',
	list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.1M2.5 8h.1M2.5 12h.1',
	plug: 'M5.5 2v3M10.5 2v3M3.5 5h9v2.5a4.5 4.5 0 0 1-9 0zM8 12v2.5',
	stack: 'M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3',
	calendar: 'M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3',
	people: 'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.6 2-4 4.5-4s4.5 1.4 4.5 4M10.5 2.8a2.4 2.4 0 0 1 0 4.5M12 9.8c1.6.5 2.5 1.8 2.5 3.7',
	person: 'M8 7.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2zM3 13.8c0-2.8 2.2-4.3 5-4.3s5 1.5 5 4.3',
	key: 'M5.5 13a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM7.8 7.6L13.5 2M11 4.5l2 2',
	book: 'M3 2.5h8.5a1.5 1.5 0 0 1 1.5 1.5v9.5H4.5A1.5 1.5 0 0 1 3 12zM3 12a1.5 1.5 0 0 1 1.5-1.5H13',
	server: 'M2.5 2.5h11v4.5h-11zM2.5 9h11v4.5h-11zM5 4.7h.1M5 11.2h.1',
	send: 'M14 2L7.3 8.7M14 2l-4.3 12-2.4-5.3L2 6.3z',
	split: 'M3 3.5h3l4 9h3M10 3.5h3M3 12.5h3M11.2 1.8L13 3.5l-1.8 1.7M11.2 10.8l1.8 1.7-1.8 1.7',
	alert: 'M8 2.5a3.6 3.6 0 0 1 3.6 3.6c0 3.4 1.4 4.4 1.4 4.4H3s1.4-1 1.4-4.4A3.6 3.6 0 0 1 8 2.5zM6.7 13.2a1.5 1.5 0 0 0 2.6 0',
	table: 'M2.5 3h11v10h-11zM2.5 6.3h11M6.5 6.3V13',
	chart: 'M2.5 13.5V2.5M2.5 13.5h11M5.5 11V8M8.5 11V5M11.5 11V7',
	trophy: 'M5 2.5h6v4a3 3 0 0 1-6 0zM5 3.8H2.6c0 2.4.9 3.6 2.6 3.7M11 3.8h2.4c0 2.4-.9 3.6-2.6 3.7M8 9.5v2.5M5.5 13.5h5',
	game: 'M4.5 5h7a3 3 0 0 1 3 3.4l-.4 2.6a1.6 1.6 0 0 1-2.9.7L10 10H6l-1.2 1.7a1.6 1.6 0 0 1-2.9-.7l-.4-2.6A3 3 0 0 1 4.5 5zM5 6.8v2M4 7.8h2M10.8 7.8h.1M12 7h.1',
	racket: 'M9.6 9.6c2.3-.2 4.4-2.5 4.4-4.6C14 3.3 12.7 2 11 2 8.9 2 6.6 4.1 6.4 6.4 6.3 7.7 8.3 9.7 9.6 9.600zM6.8 9.200L2.5 13.5',
	scales: 'M8 2.500v11M5 13.500h6M3 4.500h10M3 4.500L1.5 9h3zM13 4.500L11.5 9h3z',
	sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.500v1.200M8 13.300v1.200M1.5 8h1.200M13.3 8h1.200M3.4 3.400l.9.900M11.7 11.700l.9.900M3.4 12.600l.9-.900M11.7 4.300l.9-.900',
	moon: 'M13 9.500A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.500z',
	door: 'M6.5 2.500h-3v11h3M6.5 8H14M11 5l3 3-3 3',
	trash: 'M3 4.500h10M6 4.500v-2h4v2M4.2 4.500l.6 9h6.400l.6-9',
	pencil: 'M3 13l.6-2.800L11 2.800l2.2 2.2-7.4 7.400z',
	filter: 'M2 3h12l-4.6 5.500v4.300l-2.8-1.300v-3z',
	full: 'M2.5 6V2.500H6M10 2.500h3.500V6M13.5 10v3.500H10M6 13.500H2.500V10',
	eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
	mute: 'M8 2.500a3.6 3.6 0 0 1 3.6 3.600c0 3.4 1.4 4.4 1.4 4.400H3s1.4-1 1.4-4.400M6.7 13.200a1.5 1.5 0 0 0 2.6 0M2.5 2.500l11 11',
	download: 'M8 2.500v7.500M4.8 7L8 10.2 11.2 7M2.5 13.500h11',
	spinner: 'M8 2a6 6 0 0 1 6 6',
} as const;

export type IconName = keyof typeof DRAWN;

/** Decoration: what it means stands beside it, or in `label` when it stands alone. */
export function Icon({ name, label, class: more }: { name: IconName | string; label?: string; class?: string }) {
	return (
		<svg class={`icon icon-${name} ${more ?? ''}`} viewBox="0 0 16 16" fill="none" stroke="currentColor"
			stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"
			{...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}>
			<path d={DRAWN[name as IconName] ?? DRAWN.dot} />
		</svg>
	);
}
