// SPDX-License-Identifier: Apache-2.0
// theme.ts - light, dark, or as the system says; how dense lists are.
import { signal } from '@preact/signals';
import { keep, kept } from './kept.ts';

type Theme = 'auto' | 'light' | 'dark';
type Density = 'normal' | 'compact';

export const theme = signal<Theme>(kept('theme', ['auto', 'light', 'dark'], 'auto'));
export const density = signal<Density>(kept('density', ['normal', 'compact'], 'normal'));

/** Grows with every change of colours, the system's too: charts draw themselves anew. */
export const paint = signal(0);

export function setTheme(t: Theme): void {
	theme.value = t;
	keep('theme', t);
	apply();
}

export function setDensity(d: Density): void {
	density.value = d;
	keep('density', d);
	apply();
}

let probe: HTMLElement | null = null;

/** A colour as the style sheet has it now, for canvases: colour('--accent'). */
export function colour(name: string): string {
	if (!probe) {
		probe = document.createElement('span');
		probe.hidden = true;
		document.body.append(probe);
	}
	// A custom property is not computed until something uses it.
	probe.style.color = `var(${name})`;
	return getComputedStyle(probe).color;
}

function apply(): void {
	const root = document.documentElement;

	root.dataset.theme = theme.value;
	root.dataset.density = density.value;
	paint.value++;
}

for (const of of ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'])
	matchMedia(of).addEventListener('change', () => paint.value++);
apply();
