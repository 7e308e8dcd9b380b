// SPDX-License-Identifier: Apache-2.0
// letters.ts - whether single letters are commands; who speaks to the computer switches them off (WCAG 2.1.4).
import { signal } from '@preact/signals';
import { keep, kept } from './kept.ts';

export const letters = signal(kept('letters', ['on', 'off'], 'on') === 'on');

export function setLetters(on: boolean): void {
	letters.value = on;
	keep('letters', on ? '' : 'off');
}

/** Whether this key is a letter meant for the page: not typed into a field, not held with another, not below a dialog. */
export function isCommand(e: KeyboardEvent): boolean {
	const field = (e.target as Element).matches?.('input, select, textarea, [contenteditable]');

	return !field && !e.defaultPrevented && !e.ctrlKey && !e.metaKey && !e.altKey && !document.querySelector('dialog[open]');
}
