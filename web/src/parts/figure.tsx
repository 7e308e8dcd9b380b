// SPDX-License-Identifier: Apache-2.0
// figure.tsx - numbers at a glance: cards with a delta and a sparkline, bars, meters.
import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';
import type { Tone } from './status.tsx';

/** A line of the last values; its numbers are told in words beside it. */
export function Spark({ values, label, tone = 'busy', bars }: {
	values: readonly (number | null)[];
	label: string;
	tone?: Tone;
	bars?: boolean;
}) {
	const known = values.filter((v): v is number => v !== null);
	const top = Math.max(1e-9, ...known);
	const low = bars ? 0 : Math.min(...known, top);
	const span = top - low || 1;
	const w = 100 / Math.max(1, bars ? values.length : values.length - 1);
	const y = (v: number): number => 26 - ((v - low) / span) * 24;

	if (known.length === 0)
		return <svg class="spark" viewBox="0 0 100 28" role="img" aria-label={`${label}: nothing yet`} />;
	return (
		<svg class={`spark tone-${tone}`} viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label={label}>
			{bars
				? values.map((v, i) => v !== null && v > 0 &&
					<rect key={i} x={i * w + w * 0.15} y={y(v)} width={w * 0.7} height={27 - y(v)} />)
				: <polyline points={values.map((v, i) => (v === null ? '' : `${i * w},${y(v)}`)).join(' ')} />}
		</svg>
	);
}

export function Stat({ label, value, unit, delta, deltaGood, spark, sparkBars, href, says, tone }: {
	label: string;
	/** As it is shown. */
	value: ComponentChildren;
	unit?: string;
	/** Against the time before: '+12 %'; its sign says the direction. */
	delta?: string | null | undefined;
	/** Whether going that way is good; undefined: neither. */
	deltaGood?: boolean | undefined;
	spark?: readonly (number | null)[] | undefined;
	sparkBars?: boolean;
	/** The list behind the number. */
	href?: string | undefined;
	says?: ComponentChildren;
	tone?: Tone;
}) {
	const down = delta?.startsWith('-') || delta?.startsWith('−');
	const inside = (
		<>
			<span class="stat-label">{label}</span>
			<span class={`stat-value ${tone ? `tone-${tone}` : ''}`}>{value}{unit && <small> {unit}</small>}</span>
			<span class="stat-foot">
				{delta && (
					<span class={`delta ${deltaGood === undefined ? '' : deltaGood ? 'tone-good' : 'tone-bad'}`}>
						{!/^[+\-−]?0(?![.\d])/.test(delta) && <Icon name={down ? 'down' : 'up'} />}{delta}
					</span>
				)}
				{says && <span class="quiet">{says}</span>}
			</span>
			{spark && <Spark values={spark} label={`${label}, lately`} {...(sparkBars ? { bars: true } : {})} />}
		</>
	);

	return href ? <a class="stat card" href={href}>{inside}</a> : <div class="stat card">{inside}</div>;
}

export function Stats({ children }: { children: ComponentChildren }) {
	return <div class="stats">{children}</div>;
}

/** How far something is; without `of` it only moves. */
export function Progress({ value, of, label }: { value: number; of?: number | null | undefined; label: string }) {
	return (
		<progress class="progress" aria-label={label} title={label}
			{...(of && of > 0 ? { value: Math.min(value, of), max: of } : {})} />
	);
}

/** How much of something is used up. */
export function Meter({ value, of, label, warnFrom = 0.8 }: { value: number; of: number; label: string; warnFrom?: number }) {
	const share = of > 0 ? Math.min(1, value / of) : 0;

	return (
		<span class={`meter ${share >= 1 ? 'tone-bad' : share >= warnFrom ? 'tone-warn' : 'tone-good'}`} role="meter"
			aria-label={label} aria-valuemin={0} aria-valuemax={of} aria-valuenow={Math.min(value, of)} title={label}>
			<span style={{ width: `${share * 100}%` }} />
		</span>
	);
}
