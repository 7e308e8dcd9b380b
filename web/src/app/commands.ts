// SPDX-License-Identifier: Apache-2.0
// commands.ts - what the command palette offers: pages, connections, and what pages add to it.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { keep, keptText } from './kept.ts';
import { pages } from './pages.ts';
import { match, type PageRow } from './router.ts';
import { connections, may, me } from './session.ts';

export interface Command {
	id: string;
	label: string;
	/** What kind of thing it is: 'Page', 'Connection', 'Run'. */
	kind: string;
	icon: string;
	href?: string;
	run?: () => unknown;
	/** 'g c' */
	keys?: string;
	/** By what it is found too, without being shown: the id of a run. */
	more?: string;
}

const added = signal<readonly Command[]>([]);

/** Offers commands as long as the page that calls it is shown. */
export function useCommands(commands: readonly Command[], when: readonly unknown[]): void {
	useEffect(() => {
		added.value = [...added.value, ...commands];
		return () => {
			added.value = added.value.filter((c) => !commands.includes(c));
		};
	}, when);
}

/** Whether the plan has what the page is of. */
export function planned(row: PageRow): boolean {
	return !row.connector || connections.value.some((c) => c.connector === row.connector);
}

export function permitted(row: PageRow): boolean {
	return row.bare || !row.roles || may(...row.roles);
}

export function allowed(row: PageRow): boolean {
	return planned(row) && permitted(row);
}

export function findPage(at: string): { row: PageRow; params: Record<string, string> } | null {
	for (const row of pages) {
		const params = match(row.path, at);
		if (params)
			return { row, params };
	}
	return null;
}

export function allCommands(): Command[] {
	const list: Command[] = [...added.value];

	for (const row of pages)
		if (row.nav && allowed(row))
			list.push({ id: row.path, label: row.title, kind: 'Page', icon: row.nav.icon, href: row.path,
				...(row.keys ? { keys: `g ${row.keys}` } : {}) });
	if (may('admin', 'viewer'))
		for (const c of connections.value)
			list.push({ id: `connection:${c.name}`, label: c.name, kind: 'Connection', icon: 'plug',
				href: `/connections/${encodeURIComponent(c.name)}` });
	return me.value?.signed_in ? list : [];
}

/** Whether all words of `typed` are in the label, in any order; the better the smaller. */
export function rank(c: Command, typed: string): number {
	const text = `${c.label} ${c.kind} ${c.more ?? ''}`.toLowerCase();
	let sum = 0;

	for (const word of typed.toLowerCase().split(/\s+/).filter(Boolean)) {
		const at = text.indexOf(word);
		if (at < 0)
			return -1;
		sum += at === 0 ? 0 : text[at - 1] === ' ' ? 1 : 5;
	}
	return sum;
}

// ---- what was used last ----

const RECENT = 'commands';
const RECENT_MAX = 6;

/** Ids of commands, the last used first.  Names of pages, connections and deeds; never what was typed. */
export function recent(): string[] {
	return keptText(RECENT).split('\n').filter(Boolean);
}

export function used(c: Command): void {
	// A run or a job is gone tomorrow.
	if (c.kind !== 'Run' && c.kind !== 'Job')
		keep(RECENT, [c.id, ...recent().filter((id) => id !== c.id)].slice(0, RECENT_MAX).join('\n'));
}

/** Those that are found, the best first: as the words stand, then what was used last, then as they came. */
export function find(all: readonly Command[], typed: string, last: readonly string[]): Command[] {
	const place = (c: Command): number => (last.includes(c.id) ? last.indexOf(c.id) : last.length);

	return all.map((c) => ({ c, n: rank(c, typed) })).filter((r) => r.n >= 0)
		.sort((a, b) => a.n - b.n || place(a.c) - place(b.c)).map((r) => r.c);
}
