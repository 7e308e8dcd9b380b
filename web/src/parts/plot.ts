// SPDX-License-Identifier: Apache-2.0
// plot.ts - what of uPlot we use; its chunk is loaded with the first chart.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { colour } from '../app/theme.ts';
import { clockText, short } from './format.ts';
import { valueText, type ChartProps } from './chart.tsx';

const WHOLE = Array.from({ length: 13 }, (_, n) => [1, 2, 5].map((step) => step * 10 ** n)).flat();

/** Draws into `box` and keeps its width; returns what removes it. */
export function draw(box: HTMLElement, props: () => ChartProps, time: boolean, daily: boolean): () => void {
	const p = props();
	// People and things are counted in whole numbers: no half of one on the axis.
	const whole = p.series.every((one) => one.values.every((v) => v === null || Number.isInteger(v)));
	const text = colour('--quiet');
	const grid = colour('--line');
	const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 }, font: '11px system-ui, sans-serif' };
	const tip = document.createElement('div');
	const x = time ? (p.x as readonly number[]).map((ms) => ms / 1000) : p.x.map((_, i) => i);
	const bars = uPlot.paths.bars?.({ size: [0.7, 40], radius: 0.1 });
	const size = (): { width: number; height: number } => ({ width: Math.max(160, box.clientWidth), height: p.height ?? 200 });

	tip.className = 'plot-tip';
	tip.hidden = true;
	const plot = new uPlot({
		...size(),
		legend: { show: false },
		cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
		scales: {
			x: { time, range: (_u, low, high) => roomFor(x, low, high, !time || p.series.some((s) => s.kind === 'bars')) },
			y: { range: (_u, low, high) => (p.free ? aroundOf(low ?? 0, high ?? 0)
				: [Math.min(0, low ?? 0), Math.max(p.top ?? 0, (high ?? 0) * 1.08) || 1]) },
		},
		axes: [
			time ? { ...axis, size: 26, space: 84, values: (_u, at) => timesText(at) } : {
				...axis,
				size: 26,
				grid: { show: false },
				splits: () => p.x.map((_, i) => i),
				values: (_u, at) => fit(p.x as readonly string[], at, box.clientWidth),
			},
			{ ...axis, size: 46, values: (_u, at) => at.map((v) => short(v)), ...(whole ? { incrs: WHOLE } : {}) },
		],
		series: [
			{},
			...p.series.map((s, i) => {
				const stroke = colour(s.colour ?? `--chart-${(i % 4) + 1}`);
				const solid = s.kind === 'bars' || s.kind === 'area';
				return {
					label: s.name,
					stroke,
					width: s.kind === 'bars' ? 0 : 2,
					points: { show: s.kind !== 'bars' && p.x.length < 3 },
					...(solid ? { fill: s.kind === 'bars' ? stroke : faded(stroke) } : {}),
					...(s.kind === 'bars' && bars ? { paths: bars } : {}),
				};
			}),
		],
		hooks: {
			draw: [(u) => drawMarks(u, p, grid)],
			setCursor: [(u) => tell(u, tip, props(), daily)],
		},
	}, [x, ...p.series.map((s) => [...s.values])] as uPlot.AlignedData, box);
	plot.over.append(tip);
	const watch = new ResizeObserver(() => {
		if (Math.abs(plot.width - box.clientWidth) > 1)
			plot.setSize(size());
	});
	watch.observe(box);
	return () => {
		watch.disconnect();
		plot.destroy();
	};
}

function aroundOf(low: number, high: number): [number, number] {
	const room = Math.max(0.5, (high - low) * 0.15);
	return [low - room, high + room];
}

/** Bars stand on both sides of their moment: half a step more at the ends. */
function roomFor(x: readonly number[], low: number, high: number, bars: boolean): [number, number] {
	const step = x.length > 1 ? ((x[x.length - 1] as number) - (x[0] as number)) / (x.length - 1) : 1;
	const room = bars ? step * 0.6 : step === 1 && high === low ? 1 : 0;
	return [low - room, high + room];
}

/** Days where a step is a day or more; else the clock, and the day where it begins. */
function timesText(at: readonly number[]): string[] {
	const daily = at.length > 1 && (at[1] as number) - (at[0] as number) >= 86400;
	return at.map((s) => {
		const when = new Date(s * 1000);
		const midnight = when.getHours() === 0 && when.getMinutes() === 0;
		return daily || midnight ? when.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' }) : clockText(s * 1000);
	});
}

/** As many names as have room. */
function fit(names: readonly string[], at: number[], width: number): string[] {
	const every = Math.max(1, Math.ceil((names.length * 56) / Math.max(width, 1)));
	return at.map((i) => (i % every === 0 ? names[i] ?? '' : ''));
}

function faded(c: string): string {
	return `color-mix(in oklch, ${c} 18%, transparent)`;
}

function drawMarks(u: uPlot, p: ChartProps, stroke: string): void {
	for (const m of p.marks ?? []) {
		const x = u.valToPos(m.at / 1000, 'x', true);
		u.ctx.strokeStyle = stroke;
		u.ctx.setLineDash([4, 3]);
		u.ctx.beginPath();
		u.ctx.moveTo(x, u.bbox.top);
		u.ctx.lineTo(x, u.bbox.top + u.bbox.height);
		u.ctx.stroke();
		u.ctx.setLineDash([]);
	}
}

function tell(u: uPlot, tip: HTMLElement, p: ChartProps, daily: boolean): void {
	const i = u.cursor.idx;
	const x = i === null || i === undefined ? undefined : p.x[i];

	tip.hidden = x === undefined || (u.cursor.left ?? -1) < 0;
	if (tip.hidden || i === null || i === undefined || x === undefined)
		return;
	const when = typeof x === 'string' ? x : new Date(x).toLocaleString('en-GB', daily
		? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
	tip.replaceChildren(...[when, ...p.series.map((s) => `${s.name} ${valueText(s, s.values[i] ?? null)}`)].map((line, n) => {
		const row = document.createElement(n ? 'div' : 'strong');
		row.textContent = line;
		return row;
	}));
	const left = u.cursor.left ?? 0;
	const width = tip.offsetWidth;
	tip.style.transform = `translate(${left + width + 20 > u.over.clientWidth ? left - width - 8 : left + 12}px, 4px)`;
}
