// SPDX-License-Identifier: Apache-2.0
// tiles.tsx - states with their counts, each a filter of the list below.
import { addressWith, param } from '../app/router.ts';
import { short, count } from './format.ts';
import { Status, type Tone } from './status.tsx';

export interface Tile {
	value: string;
	label?: string;
	count: number | null;
	tone?: Tone;
}

/** Pressing the one that is on shows all again. */
export function Tiles({ name, label, tiles }: { name: string; label: string; tiles: readonly Tile[] }) {
	const now = param(name);

	return (
		<nav class="tiles" aria-label={label}>
			{tiles.map((t) => (
				<a key={t.value} class={`tile ${t.value === now ? 'on' : ''}`} aria-current={t.value === now ? 'true' : undefined}
					href={addressWith({ [name]: t.value === now ? '' : t.value, page: '' })}
					title={t.count === null ? undefined : count(t.count)}>
					<Status value={t.value} {...(t.label ? { label: t.label } : {})} {...(t.tone ? { tone: t.tone } : {})} />
					<span class="tile-count">{short(t.count)}</span>
				</a>
			))}
		</nav>
	);
}
