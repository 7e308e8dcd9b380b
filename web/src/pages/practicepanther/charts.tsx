// SPDX-License-Identifier: Apache-2.0
// charts.tsx - 30 days: success rate, records a day, durations.
import { useMemo } from 'preact/hooks';
import { Chart } from '../../parts/chart.tsx';
import { count, duration, percent } from '../../parts/format.ts';
import type { Statistics } from './data.ts';

const DAYS = 30;
const DAY_MS = 86400000;

/** The last 30 days as the server names them (UTC), and their moments. */
function days(): { name: string; at: number }[] {
	const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;

	return Array.from({ length: DAYS }, (_, i) => {
		const at = today - (DAYS - 1 - i) * DAY_MS;
		return { name: new Date(at).toISOString().slice(0, 10), at };
	});
}

export function Charts({ d }: { d: Statistics }) {
	const drawn = useMemo(() => {
		const axis = days();
		const runs = new Map(d.byDay.map((x) => [x.day, x]));
		const times = new Map(d.durations.byDay.map((x) => [x.day, x]));
		const of = <T,>(map: Map<string, T>, value: (x: T) => number | null) =>
			axis.map((a) => {
				const x = map.get(a.name);
				return x === undefined ? null : value(x);
			});

		return {
			x: axis.map((a) => a.at),
			rate: of(runs, (x) => (x.syncs ? (100 * x.successful) / x.syncs : null)),
			created: of(runs, (x) => x.created),
			updated: of(runs, (x) => x.updated),
			failed: of(runs, (x) => x.failed),
			p50: of(times, (x) => x.p50),
			p95: of(times, (x) => x.p95),
		};
	}, [d.byDay, d.durations.byDay]);
	const ms = (s: number): string => duration(s * 1000);
	const records = d.byDay.reduce((sum, x) => sum + x.created + x.updated, 0);

	return (
		<div class="firm-charts">
			<div>
				<h3>Success rate</h3>
				<Chart label="Share of syncs without errors, by day" summary={`${percent(d.overall.successRate)} in all`} x={drawn.x} top={100} height={160}
					series={useMemo(() => [{ name: 'Success', values: drawn.rate, kind: 'area' as const, colour: '--good', text: (v: number) => percent(v / 100) }], [drawn])} />
			</div>
			<div>
				<h3>Records a day</h3>
				<Chart label="Records created, updated and failed, by day" summary={`${count(records)} written`} x={drawn.x} height={160}
					series={useMemo(() => [
						{ name: 'Created', values: drawn.created, kind: 'bars' as const },
						{ name: 'Updated', values: drawn.updated, kind: 'line' as const, colour: '--chart-2' },
						{ name: 'Failed', values: drawn.failed, kind: 'line' as const, colour: '--bad' },
					], [drawn])} />
			</div>
			<div>
				<h3>Durations</h3>
				<Chart label="How long syncs took, by day" summary={`half at most ${ms(d.durations.p50 ?? 0)}`} x={drawn.x} height={160}
					series={useMemo(() => [
						{ name: 'Median', values: drawn.p50, text: ms },
						{ name: '95th percentile', values: drawn.p95, colour: '--chart-3', text: ms },
					], [drawn])} />
			</div>
		</div>
	);
}
