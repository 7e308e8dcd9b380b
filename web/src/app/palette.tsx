// SPDX-License-Identifier: Apache-2.0
// palette.tsx - the command palette (Ctrl or Cmd K): go anywhere and do anything by typing its name.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon.tsx';
import { allCommands, rank, type Command } from './commands.ts';
import { navigate } from './router.ts';
import { setDensity, setTheme, theme, density } from './theme.ts';
import { pause, paused } from '../data/live.ts';

const SHOWN = 12;

function settings(): Command[] {
	return [
		...(['light', 'dark', 'auto'] as const).filter((t) => t !== theme.value).map((t) => ({
			id: `theme:${t}`, label: `Colours: ${t}`, kind: 'Setting', icon: t === 'dark' ? 'moon' : 'sun', run: () => setTheme(t),
		})),
		{ id: 'density', label: density.value === 'normal' ? 'Lists: compact' : 'Lists: normal', kind: 'Setting', icon: 'list',
			run: () => setDensity(density.value === 'normal' ? 'compact' : 'normal') },
		{ id: 'live', label: paused.value ? 'Live updates: go on' : 'Live updates: pause', kind: 'Setting',
			icon: paused.value ? 'play' : 'pause', run: () => pause(!paused.value) },
	];
}

export default function Palette({ onClose }: { onClose: () => void }) {
	const [typed, setTyped] = useState('');
	const [at, setAt] = useState(0);
	const dialog = useRef<HTMLDialogElement>(null);
	const id = useId();
	const found = [...allCommands(), ...settings()]
		.map((c) => ({ c, n: rank(c, typed) }))
		.filter((r) => r.n >= 0)
		.sort((a, b) => a.n - b.n)
		.slice(0, SHOWN)
		.map((r) => r.c);
	const now = Math.min(at, Math.max(0, found.length - 1));

	useEffect(() => dialog.current?.showModal(), []);
	const choose = (c: Command | undefined): void => {
		if (!c)
			return;
		onClose();
		if (c.href)
			navigate(c.href);
		void c.run?.();
	};

	return (
		<dialog ref={dialog} class="palette" aria-label="Commands" onCancel={(e) => {
			e.preventDefault();
			onClose();
		}} onClick={(e) => e.target === dialog.current && onClose()}>
			<div class="dialog-inside">
				<label class="palette-field">
					<Icon name="search" />
					<span class="unseen">Go to or do</span>
					<input autofocus role="combobox" aria-expanded="true" aria-controls={id} aria-autocomplete="list"
						aria-activedescendant={found[now] ? `${id}-${now}` : undefined}
						placeholder="Go to a page, a connection, or do something" value={typed} maxLength={100}
						onInput={(e) => {
							setTyped(e.currentTarget.value);
							setAt(0);
						}}
						onKeyDown={(e) => {
							if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
								e.preventDefault();
								setAt((now + (e.key === 'ArrowDown' ? 1 : -1) + found.length) % Math.max(1, found.length));
							} else if (e.key === 'Enter') {
								e.preventDefault();
								choose(found[now]);
							}
						}} />
				</label>
				<ul id={id} role="listbox" aria-label="Commands">
					{found.map((c, i) => (
						<li key={c.id} id={`${id}-${i}`} role="option" aria-selected={i === now} onMouseMove={() => setAt(i)}
							onClick={() => choose(c)}>
							<Icon name={c.icon} /><span>{c.label}</span>
							<span class="quiet">{c.keys ? <kbd>{c.keys}</kbd> : c.kind}</span>
						</li>
					))}
				</ul>
				{found.length === 0 && <p class="quiet palette-none">Nothing is called that.</p>}
			</div>
		</dialog>
	);
}
