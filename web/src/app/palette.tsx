// SPDX-License-Identifier: Apache-2.0
// palette.tsx - the command palette (Ctrl or Cmd K): go anywhere and do anything by typing its name.
import { useEffect, useId, useLayoutEffect, useState } from 'preact/hooks';
import { useModal } from '../parts/dialog.tsx';
import { plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { allCommands, find, recent, used, type Command } from './commands.ts';
import { deeds, learn, named, places } from './deeds.ts';
import { helpOpen } from './keys.tsx';
import { letters, setLetters } from './letters.ts';
import { navigate } from './router.ts';
import { signOut } from './session.ts';
import { setDensity, setTheme, theme, density } from './theme.ts';
import { pause, paused } from '../data/live.ts';

const SHOWN = 40;

function settings(): Command[] {
	return [
		...(['light', 'dark', 'auto'] as const).filter((t) => t !== theme.value).map((t) => ({
			id: `theme:${t}`, label: `Colours: ${t}`, kind: 'Setting', icon: t === 'dark' ? 'moon' : 'sun', more: 'theme', run: () => setTheme(t),
		})),
		{ id: 'density', label: density.value === 'normal' ? 'Lists: compact' : 'Lists: normal', kind: 'Setting', icon: 'list', more: 'density',
			run: () => setDensity(density.value === 'normal' ? 'compact' : 'normal') },
		{ id: 'live', label: paused.value ? 'Live updates: go on' : 'Live updates: pause', kind: 'Setting',
			icon: paused.value ? 'play' : 'pause', run: () => pause(!paused.value) },
		{ id: 'letters', label: letters.value ? 'Single letters as commands: off' : 'Single letters as commands: on', kind: 'Setting', icon: 'key',
			more: 'keys', run: () => setLetters(!letters.value) },
		{ id: 'keys', label: 'Keys', kind: 'Help', icon: 'info', run: () => {
			helpOpen.value = true;
		} },
		{ id: 'sign-out', label: 'Sign out', kind: 'Account', icon: 'door', run: signOut },
	];
}

export default function Palette({ onClose }: { onClose: () => void }) {
	const [typed, setTyped] = useState('');
	const [at, setAt] = useState(0);
	// What was used last stays where it is while one looks.
	const [last] = useState(recent);
	const dialog = useModal();
	const id = useId();
	const found = [...named(typed), ...find([...allCommands(), ...deeds(), ...places(), ...settings()], typed, last)].slice(0, SHOWN);
	const now = Math.min(at, Math.max(0, found.length - 1));

	useEffect(() => void learn(), []);
	useLayoutEffect(() => {
		document.getElementById(`${id}-${now}`)?.scrollIntoView({ block: 'nearest' });
	}, [now, typed]);
	const choose = (c: Command | undefined): void => {
		if (!c)
			return;
		used(c);
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
							if (e.isComposing)
								return;
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
				<p class={found.length ? 'unseen' : 'quiet palette-none'} role="status">
					{found.length ? plural(found.length, 'command') : 'Nothing is called that. Try a page, a connection, or "job" and its number.'}
				</p>
			</div>
		</dialog>
	);
}
