// SPDX-License-Identifier: Apache-2.0
// table.tsx - the one table: sorting, choosing, keys, and ten thousand rows without a stutter.
//
// Always: the focus and the choice stay with a row's key when the rows change under it; a table
// longer than WINDOW_FROM rows draws only those that are seen, and the one that has the focus.
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { isCommand, letters } from '../app/letters.ts';
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

interface TableProps<T> {
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

/** The index of the row that has the focus; it stays drawn, or the focus would be lost; -1: none has. */
function heldRow<T>(box: HTMLElement | null, p: TableProps<T>): number {
	const row = document.activeElement?.closest<HTMLElement>('tr[data-key]');

	return row && box?.contains(row) ? p.rows.findIndex((r) => p.keyOf(r) === row.dataset.key) : -1;
}

/** What stands for the rows, from the first to the last: [from, to, whether they are drawn or kept free for]. */
function drawn(from: number, to: number, held: number, rows: number): [number, number, boolean][] {
	const list: [number, number, boolean][] = [[from, to, true]];
	const all: [number, number, boolean][] = [];
	let end = 0;

	if (held >= 0 && held < from)
		list.unshift([held, held + 1, true]);
	else if (held >= to)
		list.push([held, held + 1, true]);
	for (const part of [...list, [rows, rows, false] as [number, number, boolean]]) {
		if (part[0] > end)
			all.push([end, part[0], false]);
		if (part[1] > part[0])
			all.push(part);
		end = part[1];
	}
	return all;
}

export function Table<T>(p: TableProps<T>) {
	const frame = useRef<HTMLDivElement>(null);
	const anchor = useRef<string | null>(null);
	const [at, setAt] = useState<[number, number]>([0, WINDOW_FROM]);
	const windowed = p.rows.length > WINDOW_FROM;
	const [measured, setMeasured] = useState(0);
	const height = measured || (density.value === 'compact' ? 28 : 36);
	const [from, to] = windowed ? [Math.min(at[0], Math.max(0, p.rows.length - 1)), Math.min(at[1], p.rows.length)]
		: [0, p.rows.length];
	const held = windowed ? heldRow(frame.current, p) : -1;

	useLayoutEffect(() => {
		const box = frame.current;
		if (!windowed || !box)
			return undefined;
		const look = (): void => {
			const next = windowOf(p.rows.length, height, box.scrollTop, box.clientHeight);
			setAt((old) => (old[0] === next[0] && old[1] === next[1] ? old : next));
		};
		look();
		// Some have rows of two lines; all rows of a table are alike.
		setMeasured(box.querySelector<HTMLElement>('tbody tr[data-key]')?.offsetHeight ?? 0);
		box.addEventListener('scroll', look, { passive: true });
		return () => box.removeEventListener('scroll', look);
	}, [windowed, p.rows.length, height, density.value]);
	useKeys(frame, p, height);
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
								<label>
									<input type="checkbox" aria-label="All rows" checked={all}
										onClick={() => p.onChoose?.(all ? new Set() : new Set(p.rows.map(p.keyOf)))} />
								</label>
							</th>
						)}
						{p.columns.map((c) => <Head key={c.id} column={c} sort={p.sort} onSort={p.onSort} />)}
					</tr>
				</thead>
				<tbody>
					{drawn(from, to, held, p.rows.length).flatMap(([a, b, seen]) => (seen
						? p.rows.slice(a, b).map((row, i) => (
							<Row key={p.keyOf(row)} p={p} row={row} index={windowed ? a + i + 2 : undefined} choose={choose} />
						))
						: [<Spacer key={`rows from ${a}`} rows={b - a} height={height} columns={p.columns.length + (p.onChoose ? 1 : 0)} />]))}
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
					<label>
						<input type="checkbox" aria-label={`Choose ${key}`} checked={chosen} onClick={(e) => choose(key, e)} />
					</label>
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

/** Gives a row the focus; one that is not drawn is scrolled to first. */
function focusRow<T>(box: HTMLElement, p: TableProps<T>, index: number, height: number): void {
	const row = p.rows[index];
	const find = (): HTMLElement | null => (row === undefined ? null
		: box.querySelector<HTMLElement>(`tbody tr[data-key="${CSS.escape(p.keyOf(row))}"]`));
	const give = (one: HTMLElement): void => {
		one.tabIndex = -1;
		one.focus({ preventScroll: true });
		one.scrollIntoView({ block: 'nearest' });
	};
	const there = find();

	if (there) {
		give(there);
	} else if (row !== undefined) {
		box.scrollTop = index * height - box.clientHeight / 2;
		// Drawn by the next frame, which tells of the scrolling before it asks for drawing.
		requestAnimationFrame(() => requestAnimationFrame(() => {
			const late = find();
			if (late)
				give(late);
		}));
	}
}

/** j and k go from row to row, Enter opens, x chooses; wherever the focus is not in a field. */
function useKeys<T>(frame: { current: HTMLDivElement | null }, p: TableProps<T>, height: number): void {
	const now = useRef({ p, height });

	now.current = { p, height };
	useEffect(() => {
		const key = (e: KeyboardEvent): void => {
			const box = frame.current;
			const first = document.querySelector('main .table');

			if (!box || !isCommand(e))
				return;
			// The table that has the focus, else the first of the page.
			if (!box.contains(document.activeElement) && first !== box)
				return;
			const row = document.activeElement?.closest<HTMLElement>('tbody tr[data-key]');
			const inside = row && box.contains(row) ? row : null;
			const { p: props, height: each } = now.current;
			if (letters.value && (e.key === 'j' || e.key === 'k')) {
				const at = inside ? props.rows.findIndex((r) => props.keyOf(r) === inside.dataset.key) : -1;
				const next = at < 0 ? Math.round(box.scrollTop / each) : at + (e.key === 'j' ? 1 : -1);
				focusRow(box, props, next, each);
				e.preventDefault();
			} else if (inside === document.activeElement && inside && (e.key === 'Enter' || (letters.value && e.key === 'x'))) {
				(e.key === 'x' ? inside.querySelector<HTMLElement>('td.choose input') : inside)?.click();
				e.preventDefault();
			}
		};
		document.addEventListener('keydown', key);
		return () => document.removeEventListener('keydown', key);
	}, [frame]);
}
