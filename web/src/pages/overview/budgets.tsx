// SPDX-License-Identifier: Apache-2.0
// budgets.tsx - how each vendor's limit stands: used, waited for, and the last day by the hour.
import { useMemo } from 'preact/hooks';
import { connections } from '../../app/session.ts';
import { useResource } from '../../data/resource.ts';
import { Chart } from '../../parts/chart.tsx';
import { Meter } from '../../parts/figure.tsx';
import { count, duration, percent, plural, timeOf } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Facts, Page, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { When } from '../../parts/time.tsx';
import { useEvery } from './every.ts';
import type { Budget as Credits } from '../ratings/types.ts';
import type { Budget } from './types.ts';

export default function Budgets() {
	const r = useResource<{ budgets: Budget[] }>('/api/budgets', { live: ['run', 'budget'] });
	const ratings = connections.value.find((c) => c.connector === 'tenniscores');

	useEvery(5000, r.reload);
	return (
		<Page title="Rate budgets" says="What the vendors allow, what is used of it, and who had to wait">
			<Of resource={r} lines={8}>{(d) => (
				<>
					{d.budgets.length === 0 && (
						<Section title="Limits">
							<Empty icon="gauge" title="No connection has a limit" command="lockstep check">
								A connector's <code>api_budget</code> says what its vendor allows; calls are counted then, by all processes together.
							</Empty>
						</Section>
					)}
					{d.budgets.map((b, i) => <One key={`${b.connection} ${i}`} b={b} />)}
				</>
			)}</Of>
			{ratings && <CreditsOf name={ratings.name} />}
		</Page>
	);
}

function One({ b }: { b: Budget }) {
	const span = duration(b.window_seconds * 1000);

	return (
		<Section title={b.connection} says={`${count(b.limit)} ${b.what} in any ${span}${b.requests ? `, of ${b.requests}` : ''}`}>
			{b.held_until && (
				<p class="note tone-warn"><Icon name="clock" />
					<span>The vendor wants to be left alone until <When at={b.held_until} full />. Work goes on by itself then.</span></p>
			)}
			<div class="budget">
				<div class="flow">
					<p class="budget-now"><strong>{count(b.used)}</strong> <span class="quiet">of {count(b.limit)} used, {percent(b.used / b.limit, 0)}</span></p>
					<Meter value={b.used} of={b.limit} label={`${b.connection}: ${count(b.used)} of ${count(b.limit)} ${b.what} used`} />
					<Facts rows={[
						['Left', count(b.remaining)],
						b.reserved > 0 && ['On the way', plural(b.reserved, 'call')],
						b.kept_for_persons > 0 && ['Kept for persons', `${count(b.kept_for_persons)} of ${count(b.limit)}; jobs leave them`],
						['Refills', b.resets_at ? <When at={b.resets_at} /> : 'all of it is free'],
						['Longest wait, 24 h', b.wait_max_seconds > 0 ? duration(b.wait_max_seconds * 1000) : 'nobody waited'],
						['24 h', `${count(b.calls_24h)} ${b.what}`],
						['Look at', <a href={`/runs?connection=${encodeURIComponent(b.connection)}`}>its runs</a>],
					]} />
				</div>
				<Hours b={b} />
			</div>
		</Section>
	);
}

function Hours({ b }: { b: Budget }) {
	const key = b.hours.map((h) => `${h.at}${h.calls}${h.wait_max_seconds}`).join();
	const drawn = useMemo(() => ({
		x: b.hours.map((h) => timeOf(h.at) ?? 0),
		series: [{ name: `${b.what[0]?.toUpperCase() ?? ''}${b.what.slice(1)} an hour`, kind: 'bars' as const, values: b.hours.map((h) => h.calls) }],
	}), [key]);
	const most = Math.max(...b.hours.map((h) => h.calls));

	return <Chart label={`${b.connection}: ${b.what} by the hour, 24 hours`} summary={`the most in an hour: ${count(most)}`}
		x={drawn.x} xHead="Hour" series={drawn.series} height={180} />;
}

function CreditsOf({ name }: { name: string }) {
	const r = useResource<Credits>('/api/pti/budget', { live: ['pti', 'budget'] });

	return (
		<Section title="Firecrawl credits" says={`What ${name} may spend in a month`}>
			<Of resource={r}>{(c) => (
				<div class="credits flow">
					{c.limit !== null && <Meter value={c.spent + c.granted} of={c.limit} label={`${count(c.spent)} of ${count(c.limit)} credits spent`} />}
					<Facts rows={[
						['Month', c.month],
						['Spent', `${count(c.spent)}${c.limit === null ? '' : ` of ${count(c.limit)}`}`],
						c.granted > 0 && ['Under way', count(c.granted)],
						['Requests', count(c.requests)],
						c.limit !== null && ['Left for persons', count(c.left_for_persons)],
						c.limit !== null && ['Left for the weekly job', count(c.left_for_the_job)],
						c.reserve > 0 && ['Kept for persons', count(c.reserve)],
						c.limit === null && ['Limit', 'none: set one in the plan, so that a mistake cannot spend more'],
					]} />
				</div>
			)}</Of>
		</Section>
	);
}
