// SPDX-License-Identifier: Apache-2.0
// router.ts - the address bar is the state: which page, of what, with which filters.
import { batch, computed, signal } from '@preact/signals';
import type { ComponentType } from 'preact';

export interface PageProps {
	/** The parts of the path, decoded: { name: 'practicepanther' }. */
	params: Record<string, string>;
}

export interface PageRow {
	/** '/connections/:name' */
	path: string;
	title: string;
	/** A module whose default export is the page; loaded when it is first shown. */
	load: () => Promise<{ default: ComponentType<PageProps> }>;
	/** Who may see it; undefined: whoever is signed in. */
	roles?: readonly string[];
	/** Shown in the navigation, in this group. */
	nav?: { group: 'Engine' | 'Integrations' | 'Settings'; icon: string; order: number };
	/** The keys after g that lead here: 'c' for g c. */
	keys?: string;
	/** Only when the plan has a connection of this connector. */
	connector?: string;
	/** Shown without signing in, and without the frame around it. */
	bare?: boolean;
}

const here = signal(location.pathname);
const search = signal(location.search);

export const path = computed(() => here.value);
export const query = computed(() => new URLSearchParams(search.value));

function read(): void {
	batch(() => {
		here.value = location.pathname;
		search.value = location.search;
	});
}

// ---- how far each entry of the history was scrolled ----

// A browser would scroll before the page it goes back to is there.
history.scrollRestoration = 'manual';
const PLACE_MS = 200;
const FIND_MS = 3000;
let keeping: ReturnType<typeof setTimeout> | undefined;
/** What was begun last; whoever scrolls by themselves is not scrolled any more. */
let finding = 0;

function keepPlace(): void {
	clearTimeout(keeping);
	history.replaceState({ y: Math.round(scrollY) }, '');
}

/** Scrolls to where this entry was left, as soon as there is enough to scroll. */
function findPlace(): void {
	const y = Number((history.state as { y?: number } | null)?.y ?? 0);
	const mine = ++finding;
	const until = performance.now() + FIND_MS;
	const step = (): void => {
		if (mine !== finding)
			return;
		scrollTo(0, y);
		if (Math.abs(scrollY - y) > 1 && performance.now() < until)
			requestAnimationFrame(step);
	};
	requestAnimationFrame(step);
}

addEventListener('scroll', () => {
	clearTimeout(keeping);
	keeping = setTimeout(keepPlace, PLACE_MS);
}, { passive: true });
for (const own of ['wheel', 'touchstart', 'pointerdown', 'keydown'])
	addEventListener(own, () => finding++, { capture: true, passive: true });
if ((history.state as { y?: number } | null)?.y)
	findPlace();

addEventListener('popstate', () => {
	clearTimeout(keeping);
	read();
	if (!location.hash)
		findPlace();
});

export function navigate(to: string, o: { replace?: boolean; keepScroll?: boolean } = {}): void {
	const before = location.pathname;

	finding++;
	if (!o.replace)
		keepPlace();
	clearTimeout(keeping);
	history[o.replace ? 'replaceState' : 'pushState'](o.keepScroll ? { y: Math.round(scrollY) } : null, '', to);
	read();
	if (!o.keepScroll && location.pathname !== before)
		scrollTo(0, 0);
	showPlace();
}

/** Brings what the address names behind # into sight. */
export function showPlace(): void {
	if (location.hash)
		document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** The address of this page with these members of the query changed; empty: left out. */
export function addressWith(changes: Record<string, string | number | null | undefined>): string {
	const q = new URLSearchParams(search.value);

	for (const [name, value] of Object.entries(changes))
		if (value === null || value === undefined || value === '')
			q.delete(name);
		else
			q.set(name, String(value));
	const text = q.toString();
	return here.value + (text ? `?${text}` : '');
}

/** Changes filters: the address bar follows, the history does not grow with every letter typed. */
export function setQuery(changes: Record<string, string | number | null | undefined>,
	o: { push?: boolean } = {}): void {
	navigate(addressWith(changes), { replace: !o.push, keepScroll: true });
}

/** One member of the query, with what counts when it is not given. */
export function param(name: string, otherwise = ''): string {
	return query.value.get(name) ?? otherwise;
}

export function paramInt(name: string, otherwise: number): number {
	const n = Number(query.value.get(name) ?? NaN);
	return Number.isSafeInteger(n) && n >= 0 ? n : otherwise;
}

export function match(pattern: string, at: string): Record<string, string> | null {
	const want = pattern.split('/');
	const have = at.replace(/(.)\/$/, '$1').split('/');
	const params: Record<string, string> = {};

	if (want.length !== have.length)
		return null;
	for (let i = 0; i < want.length; i++) {
		const w = want[i] as string;
		const h = have[i] as string;
		if (w.startsWith(':')) {
			try {
				params[w.slice(1)] = decodeURIComponent(h);
			} catch {
				return null;
			}
		} else if (w !== h) {
			return null;
		}
	}
	return params;
}

// A plain click on a link within the console changes the page without loading anew; every other
// click (another tab, a download, a link elsewhere) is the browser's.
document.addEventListener('click', (e) => {
	const link = (e.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;

	if (!link || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)
		return;
	if (link.target || link.hasAttribute('download') || link.origin !== location.origin)
		return;
	if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/assets/'))
		return;
	e.preventDefault();
	if (link.href !== location.href)
		navigate(link.pathname + link.search + link.hash);
	else
		showPlace();
});
