// SPDX-License-Identifier: Apache-2.0
// checklist.tsx - the monitoring checklist of the specification, with live figures.
import { count, percent, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import type { Check } from './data.ts';

const LINKS: Record<string, string> = {
	success_rate: '/runs?status=error',
	stuck: '/runs?status=running',
	error_rate: '/quarantine',
	rate_limit: '/budgets',
};

function valueText(c: Check): string {
	if (c.value === null)
		return 'nothing to judge by yet';
	if (typeof c.value === 'string')
		return words(c.value);
	return c.id === 'stuck' ? count(c.value) : percent(c.value);
}

export function Checklist({ rows }: { rows: Check[] }) {
	return (
		<ul class="checklist">
			{rows.map((c) => (
				<li key={c.id}>
					<Icon name={c.ok === null ? 'ring' : c.ok ? 'check' : 'cross'} class={c.ok === null ? 'tone-quiet' : c.ok ? 'tone-good' : 'tone-bad'}
						label={c.ok === null ? 'Not known yet' : c.ok ? 'Holds' : 'Does not hold'} />
					<span class="checklist-says">{LINKS[c.id] ? <a href={LINKS[c.id] as string}>{c.says}</a> : c.says}</span>
					<strong class={c.ok === false ? 'tone-bad' : ''}>{valueText(c)}</strong>
					<span class="quiet">{c.id === 'token' ? c.threshold : `should be ${c.threshold}`}</span>
				</li>
			))}
		</ul>
	);
}
