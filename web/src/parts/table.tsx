// SPDX-License-Identifier: Apache-2.0
// table.tsx - the one table: sorting, choosing, keys, and ten thousand rows without a stutter.
//
// Always: the focus and the choice stay with a row's key when the rows change under it; a table
// longer than WINDOW_FROM rows draws only those that are seen.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { navigate } from '../app/router.ts';
import { density } from '../app/theme.ts';
import { Icon } from './icon.tsx';

export interface Column<T> {
	id: string;
	head: string;
	cell: (row: T) => ComponentChildren;
	/** Numbers stand at the right, all digits alike. */
	number?: boolean;
	/** Rows can be sorted by it: by whoever gets onSort. */
	sort?: boolean;
	/** Left out on a phone, where the rest becomes a card. */
	wideOnly?: boolean;
	/** Takes what is left of the width, and cuts its text. */
	grow?: boolean;
}

export interface Sort {
	by: string;
	down: boolean;
}

export interface TableProps<T> {
	/** What the table is of; read out, not shown. */
	caption: string;
	columns: Column<T>[];
	rows: readonly T[];
	keyOf: (row: T) => string;
	/** Where a row leads by a click or Enter. */
	hrefOf?: ((row: T) => string | null) | undefined;
	onOpen?: ((row: T) => void) | undefined;
	sort?: Sort | undefined;
	onSort?: ((s: Sort) => void) | undefined;
	/** Keys of the chosen rows. */
	chosen?: ReadonlySet<string> | undefined;
	onChoose?: ((keys: Set<string>) => void) | undefined;
	/** How a row looks: 'tone-bad'. */
	classOf?: ((row: T) => string) | undefined;
	/** What stands in place of rows. */
	empty?: ComponentChildren;
}

const WINDOW_FROM = 150;
const SPARE = 20;

function windowOf(rows: number, height: number, top: number, seen: number): [number, number] {
	const from = Math.max(0, Math.floor(top / height) - SPARE);
	return [from, Math.min(rows, from + Math.ceil(seen / height) + 2 * SPARE)];
}

export function Table<T>(p: TableProps<T>) {
	const frame = useRef<HTMLDivElement>(null);
	const anchor = useRef<string | null>(null);
	const [at, setAt] = useState<[number, number]>([0, WINDOW_FROM]);
	const height = density.value === 'compact' ? 28 : 36;
	const windowed = p.rows.length > WINDOW_FROM;
	const [from, to] = windowed ? [Math.min(at[0], Math.max(0, p.rows.length - 1)), at[1]] : [0, p.rows.length];

	useLayoutEffect(() => {
		const box = frame.current;
		if (!windowed || !box)
			return undefined;
		const look = (): void => {
			const next = windowOf(p.rows.length, height, box.scrollTop, box.clientHeight);
			setAt((old) => (old[0] === next[0] && old[1] === next[1] ? old : next));
		};
		look();
		box.addEventListener('scroll', look, { passive: true });
		return () => box.removeEventListener('scroll', look);
	}, [windowed, p.rows.length, height]);
	useKeys(frame, p);
	const scrolls = useOverflow(frame, p.rows.length > 0) || windowed;

	const choose = (key: string, e: MouseEvent): void => {
		const next = new Set(p.chosen);
		const keys = p.rows.map(p.keyOf);
		const a = anchor.current === null ? -1 : keys.indexOf(anchor.current);
		const b = keys.indexOf(key);
		const on = !next.has(key);

		if (e.shiftKey && a >= 0)
			for (const k of keys.slice(Math.min(a, b), Math.max(a, b) + 1))
				if (on)
					next.add(k);
				else
					next.delete(k);
		else if (on)
			next.add(key);
		else
			next.delete(key);
		anchor.current = key;
		p.onChoose?.(next);
	};
	const all = p.rows.length > 0 && p.rows.every((r) => p.chosen?.has(p.keyOf(r)));

	if (p.rows.length === 0 && p.empty)
		return <>{p.empty}</>;
	return (
		<div class={`table ${windowed ? 'windowed' : ''}`} ref={frame} tabIndex={scrolls ? 0 : undefined}
			role={scrolls ? 'region' : undefined} aria-label={scrolls ? p.caption : undefined}>
			<table aria-rowcount={windowed ? p.rows.length + 1 : undefined}>
				<caption class="unseen">{p.caption}</caption>
				<thead>
					<tr>
						{p.onChoose && (
							<th scope="col" class="choose">
								<input type="checkbox" aria-label="All rows" checked={all}
									onClick={() => p.onChoose?.(all ? new Set() : new Set(p.rows.map(p.keyOf)))} />
							</th>
						)}
						{p.columns.map((c) => <Head key={c.id} column={c} sort={p.sort} onSort={p.onSort} />)}
					</tr>
				</thead>
				<tbody>
					{from > 0 && <Spacer rows={from} height={height} columns={p.columns.length + (p.onChoose ? 1 : 0)} />}
					{p.rows.slice(from, to).map((row, i) => (
						<Row key={p.keyOf(row)} p={p} row={row} index={windowed ? from + i + 2 : undefined} choose={choose} />
					))}
					{to < p.rows.length &&
						<Spacer rows={p.rows.length - to} height={height} columns={p.columns.length + (p.onChoose ? 1 : 0)} />}
				</tbody>
			</table>
		</div>
	);
}

/** Whether it is wider than its place: then it scrolls, and keys must be able to reach it. */
function useOverflow(frame: { current: HTMLDivElement | null }, shown: boolean): boolean {
	const [over, setOver] = useState(false);

	useEffect(() => {
		const box = frame.current;
		const table = box?.firstElementChild;
		if (!box || !table)
			return undefined;
		const watch = new ResizeObserver(() => setOver(table.scrollWidth > box.clientWidth + 1));
		watch.observe(box);
		watch.observe(table);
		return () => watch.disconnect();
	}, [frame, shown]);
	return over;
}

/** Stands for rows that are not drawn. */
function Spacer({ rows, height, columns }: { rows: number; height: number; columns: number }) {
	return <tr class="spacer" aria-hidden="true"><td colSpan={columns} style={{ height: `${rows * height}px` }} /></tr>;
}

function Head<T>({ column: c, sort, onSort }: {
	column: Column<T>;
	sort: Sort | undefined;
	onSort: ((s: Sort) => void) | undefined;
}) {
	const now = sort?.by === c.id ? sort : null;
	const name = `${c.number ? 'number' : ''} ${c.wideOnly ? 'wide-only' : ''} ${c.grow ? 'grow' : ''}`;

	if (!c.sort || !onSort)
		return <th scope="col" class={name}>{c.head}</th>;
	return (
		<th scope="col" class={name} aria-sort={now ? (now.down ? 'descending' : 'ascending') : undefined}>
			<button type="button" class="sort" onClick={() => onSort({ by: c.id, down: now ? !now.down : !!c.number })}>
				{c.head}
				<Icon name={now ? (now.down ? 'down' : 'up') : 'down'} class={now ? '' : 'faint'} />
			</button>
		</th>
	);
}

function Row<T>({ p, row, index, choose }: {
	p: TableProps<T>;
	row: T;
	index: number | undefined;
	choose: (key: string, e: MouseEvent) => void;
}) {
	const key = p.keyOf(row);
	const chosen = p.chosen?.has(key) ?? false;
	const opens = !!p.onOpen || !!p.hrefOf?.(row);

	const open = (e: MouseEvent): void => {
		const target = e.target as Element;
		if (target.closest('a, button, input, select, label, [popover]') || getSelection()?.toString())
			return;
		const href = p.hrefOf?.(row);
		if (p.onOpen)
			p.onOpen(row);
		else if (href && (e.metaKey || e.ctrlKey))
			window.open(href, '_blank', 'noopener');
		else if (href)
			navigate(href);
	};

	return (
		<tr data-key={key} aria-rowindex={index} aria-selected={p.onChoose ? chosen : undefined}
			class={`${p.classOf?.(row) ?? ''} ${opens ? 'opens' : ''} ${chosen ? 'chosen' : ''}`}
			onClick={opens ? open : undefined}>
			{p.onChoose && (
				<td class="choose">
					<input type="checkbox" aria-label={`Choose ${key}`} checked={chosen} onClick={(e) => choose(key, e)} />
				</td>
			)}
			{p.columns.map((c) => (
				<td key={c.id} data-head={c.head}
					class={`${c.number ? 'number' : ''} ${c.wideOnly ? 'wide-only' : ''} ${c.grow ? 'grow' : ''}`}>
					{c.cell(row)}
				</td>
			))}
		</tr>
	);
}

/** j and k go from row to row, Enter opens, x chooses; wherever the focus is not in a field. */
function useKeys<T>(frame: { current: HTMLDivElement | null }, p: TableProps<T>): void {
	const now = useRef(p);

	now.current = p;
	useEffect(() => {
		const key = (e: KeyboardEvent): void => {
			const box = frame.current;
			const first = document.querySelector('main .table');

			if (!box || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]'))
				return;
			if ((e.target as Element).matches('input, select, textarea, [contenteditable]'))
				return;
			// The table that has the focus, else the first of the page.
			if (!box.contains(document.activeElement) && first !== box)
				return;
			const rows = [...box.querySelectorAll<HTMLElement>('tbody tr[data-key]')];
			const at = rows.findIndex((r) => r.contains(document.activeElement));
			const row = rows[at];
			if (e.key === 'j' || e.key === 'k') {
				const next = rows[at < 0 ? 0 : at + (e.key === 'j' ? 1 : -1)];
				if (next) {
					next.tabIndex = -1;
					next.focus();
					next.scrollIntoView({ block: 'nearest' });
				}
				e.preventDefault();
			} else if (row && row === document.activeElement && (e.key === 'Enter' || e.key === 'x')) {
				(e.key === 'x' ? row.querySelector<HTMLElement>('td.choose input') : row)?.click();
				e.preventDefault();
			}
		};
		document.addEventListener('keydown', key);
		return () => document.removeEventListener('keydown', key);
	}, [frame]);
}
