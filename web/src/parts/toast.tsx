// SPDX-License-Identifier: Apache-2.0
// toast.tsx - a short word at the edge: what was done, or why not.  Read out by screen readers.
//
// Always: a toast can be reached.  Beside an open dialog nothing can, so they go into the topmost one
// and leave it before it goes.  Their box is moved by hand, so it is a tree of its own: whatever drew
// beside it would lose its place.
import { render } from 'preact';
import { signal } from '@preact/signals';
import { remedyOf, type Problem } from '../data/problem.ts';
import { Icon } from './icon.tsx';

interface Toast {
	id: number;
	tone: 'good' | 'bad' | 'quiet';
	text: string;
	more: string;
}

const SHOWN_MS = 6000;
const shown = signal<Toast[]>([]);
let last = 0;
let box: HTMLElement | null = null;

/** Once, when the page begins: what is said is heard only where a place for it was there before. */
export function mountToasts(): void {
	box = document.createElement('div');
	box.className = 'toasts';
	box.setAttribute('role', 'status');
	box.setAttribute('aria-live', 'polite');
	document.body.append(box);
	render(<Toasts />, box);
}

function place(where: Element): void {
	if (box && box.parentElement !== where)
		where.append(box);
}

/** A dialog goes: its toasts stay. */
export function freeToasts(dialog: Element | null): void {
	if (dialog?.contains(box))
		place(document.body);
}

function add(tone: Toast['tone'], text: string, more = ''): void {
	const id = ++last;
	const dialogs = document.querySelectorAll('dialog[open]');

	place(dialogs[dialogs.length - 1] ?? document.body);
	shown.value = [...shown.value.slice(-3), { id, tone, text, more }];
	// A failure stays until it is put away: it may need reading twice.
	if (tone !== 'bad')
		setTimeout(() => put(id), SHOWN_MS);
}

function put(id: number): void {
	shown.value = shown.value.filter((t) => t.id !== id);
}

export const toast = {
	good: (text: string) => add('good', text),
	say: (text: string) => add('quiet', text),
	bad: (p: Problem | string) => (typeof p === 'string' ? add('bad', p) : add('bad', p.message, remedyOf(p))),
};

function Toasts() {
	return (
		<>
			{shown.value.map((t) => (
				<div key={t.id} class={`toast tone-${t.tone}`}>
					<Icon name={t.tone === 'good' ? 'check' : t.tone === 'bad' ? 'warn' : 'info'} />
					<div><p>{t.text}</p>{t.more && <p class="quiet">{t.more}</p>}</div>
					<button type="button" class="plain" aria-label="Put away" onClick={() => put(t.id)}>
						<Icon name="cross" />
					</button>
				</div>
			))}
		</>
	);
}
