// SPDX-License-Identifier: Apache-2.0
// chart.tsx - a chart with its table: uPlot is fetched where one is shown, and what it draws on a
// canvas can be read as rows too.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { paint } from '../app/theme.ts';
import { Button } from './button.tsx';
import { count, dayClockText, dayText } from './format.ts';
import { Table } from './table.tsx';

interface Series {
	name: string;
	/** One value for each x; null: none. */
	values: readonly (number | null)[];
	kind?: 'line' | 'bars' | 'area';
	/** A colour of the style sheet: '--good'.  Otherwise --chart-1 to --chart-4. */
	colour?: string;
	/** How a value is told. */
	text?: (v: number) => string;
}

export interface ChartProps {
	/** What it shows, as a sentence: read out, and the table's caption. */
	label: string;
	/** What it comes to: 'highest 120 at 14:00'. */
	summary?: string;
	/** Moments in ms since 1970, or the names of categories. */
	x: readonly number[] | readonly string[];
	xHead?: string;
	series: readonly Series[];
	/** In CSS pixels. */
	height?: number;
	/** Moments that are marked by a line: restarts, deployments. */
	marks?: readonly { at: number; label: string }[];
	/** The y axis ends here at least. */
	top?: number;
	/** The y axis follows the values; else it begins at 0. */
	free?: boolean;
	actions?: ComponentChildren;
}

function xText(x: number | string, daily: boolean): string {
	return typeof x === 'string' ? x : daily ? dayText(x) : dayClockText(x);
}

export function Chart(p: ChartProps) {
	const [asTable, setAsTable] = useState(false);
	const moments = p.x.every((v) => typeof v === 'number') ? p.x as readonly number[] : null;
	const daily = !!moments && moments.length > 1 && (moments[1] as number) - (moments[0] as number) >= 86400000;
	const rows = p.x.map((x, i) => ({ x, i }));
	const empty = p.series.every((s) => s.values.every((v) => v === null));

	return (
		<figure class="chart">
			<div class="chart-head">
				<ul class="legend">
					{p.series.map((s, i) => (
						<li key={s.name}><span class={`swatch swatch-${i % 4}`} style={{ background: `var(${s.colour ?? `--chart-${(i % 4) + 1}`})` }} />{s.name}</li>
					))}
				</ul>
				<div class="section-actions">
					{p.actions}
					<Button kind="plain" icon={asTable ? 'chart' : 'table'} pressed={asTable} onClick={() => setAsTable(!asTable)}>
						{asTable ? 'Chart' : 'Table'}
					</Button>
				</div>
			</div>
			{asTable
				? (
					<Table caption={p.label} rows={rows} keyOf={(r) => String(r.i)} columns={[
						{ id: 'x', head: p.xHead ?? (moments ? 'Time' : 'Name'), cell: (r) => xText(r.x, daily) },
						...p.series.map((s) => ({
							id: s.name, head: s.name, number: true,
							cell: (r: { i: number }) => valueText(s, s.values[r.i] ?? null),
						})),
					]} />
				)
				: empty ? <p class="chart-empty quiet">Nothing to draw yet.</p> : <Canvas p={p} moments={moments} daily={daily} onFail={() => setAsTable(true)} />}
			<figcaption class="unseen">{p.label}{p.summary ? `: ${p.summary}` : ''}</figcaption>
		</figure>
	);
}

export function valueText(s: Series, v: number | null): string {
	return v === null ? '–' : s.text ? s.text(v) : count(Math.abs(v) >= 100 ? Math.round(v) : Math.round(v * 100) / 100);
}

/** Where what draws it does not come, the table serves. */
function Canvas({ p, moments, daily, onFail }: { p: ChartProps; moments: readonly number[] | null; daily: boolean; onFail: () => void }) {
	const box = useRef<HTMLDivElement>(null);
	const now = useRef(p);
	const shape = `${p.series.map((s) => s.name + (s.kind ?? '')).join()}|${!!moments}|${paint.value}`;

	now.current = p;
	useEffect(() => {
		let gone = false;
		let done = (): void => undefined;

		import('./plot.ts').then(({ draw }) => {
			if (!gone && box.current)
				done = draw(box.current, () => now.current, moments !== null, daily);
		}, onFail);
		return () => {
			gone = true;
			done();
		};
	}, [shape, p.x, p.series]);
	return <div ref={box} class="plot" role="img" aria-label={`${p.label}${p.summary ? `: ${p.summary}` : ''}`}
		style={{ height: `${p.height ?? 200}px` }} />;
}
