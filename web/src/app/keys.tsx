// SPDX-License-Identifier: Apache-2.0
// keys.tsx - the keyboard: the palette, g and a letter to go somewhere, / to search, ? to be told.
import { signal } from '@preact/signals';
import { Dialog } from '../parts/dialog.tsx';
import { Toggle } from '../parts/form.tsx';
import { allowed } from './commands.ts';
import { isCommand, letters, setLetters } from './letters.ts';
import { pages } from './pages.ts';
import { navigate } from './router.ts';
import { pause, paused } from '../data/live.ts';

export const paletteOpen = signal(false);
export const helpOpen = signal(false);
const GOING_MS = 1200;
let going = 0;

// Before the page's own keys: after g, x leads to the outbox and chooses no row.
addEventListener('keydown', (e) => {
	if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
		e.preventDefault();
		// Below a question nothing else is done.
		if (paletteOpen.value || !document.querySelector('dialog[open]'))
			paletteOpen.value = !paletteOpen.value;
		return;
	}
	if (!letters.value || !isCommand(e))
		return;
	if (performance.now() < going) {
		const row = pages.find((p) => p.keys === e.key && allowed(p));
		going = 0;
		if (row) {
			e.preventDefault();
			navigate(row.path);
			return;
		}
	}
	if (e.key === 'g') {
		going = performance.now() + GOING_MS;
	} else if (e.key === '/') {
		e.preventDefault();
		document.querySelector<HTMLElement>('[data-search]')?.focus();
	} else if (e.key === '?') {
		helpOpen.value = true;
	} else if (e.key === 'p') {
		pause(!paused.value);
	}
}, { capture: true });

export function KeyHelp() {
	const rows: [string, string][] = [
		['Ctrl K', 'Go anywhere, do anything'], ['/', 'Search in the list'], ['j, k', 'Next and previous row'],
		['Enter', 'Open the row'], ['x', 'Choose the row (Shift click: all up to there)'], ['p', 'Pause or go on with live updates'],
		['?', 'This list'], ['Esc', 'Close what is open'],
		...pages.filter((p) => p.keys && allowed(p)).map((p): [string, string] => [`g ${p.keys}`, p.title]),
	];

	return helpOpen.value && (
		<Dialog title="Keys" onClose={() => {
			helpOpen.value = false;
		}}>
			<dl class="keys">
				{rows.map(([key, says]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{says}</dd></div>)}
			</dl>
			<p class="row between">Single letters are commands
				<Toggle label="Single letters are commands" on={letters.value} onChange={setLetters} /></p>
		</Dialog>
	);
}
