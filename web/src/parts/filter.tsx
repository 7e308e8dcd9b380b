// SPDX-License-Identifier: Apache-2.0
// filter.tsx - filters above a list; what they say stands in the address.
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { param, setQuery } from '../app/router.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

/** `names`: the members of the address that "Clear" takes away. */
export function Filters({ names, children }: { names: string[]; children: ComponentChildren }) {
	const set = names.filter((n) => param(n) !== '');
	const clear = Object.fromEntries([...names, 'page'].map((n) => [n, '']));

	return (
		<div class="filters" role="search">
			{children}
			{set.length > 0 && <Button kind="plain" icon="cross" onClick={() => setQuery(clear)}>Clear</Button>}
		</div>
	);
}

/** Writes to the address while one types, a moment after the last letter.  `/` leads here. */
export function SearchFilter({ name = 'q', label = 'Search' }: { name?: string; label?: string }) {
	const now = param(name);
	const [typed, setTyped] = useState(now);
	const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
	const said = useRef(now);

	useEffect(() => {
		// Somebody else changed it: a link, going back, "Clear".
		if (now !== said.current) {
			said.current = now;
			setTyped(now);
		}
	}, [now]);
	useEffect(() => () => clearTimeout(timer.current), []);
	return (
		<label class="filter search">
			<Icon name="search" />
			<span class="unseen">{label}</span>
			<input type="search" value={typed} placeholder={label} data-search maxLength={200} onInput={(e) => {
				const text = e.currentTarget.value;
				setTyped(text);
				clearTimeout(timer.current);
				timer.current = setTimeout(() => {
					said.current = text.trim();
					setQuery({ [name]: text.trim(), page: '' });
				}, 200);
			}} />
		</label>
	);
}

export function SelectFilter({ name, label, choices, otherwise = '', page = 'page' }: {
	name: string;
	label: string;
	/** [value, text]; the first is usually ['', 'All']. */
	choices: [string, string][];
	/** What counts when the address says nothing. */
	otherwise?: string;
	/** The member with the list's page: another choice begins at the first. */
	page?: string;
}) {
	const id = useId();

	return (
		<span class="filter">
			<label for={id}>{label}</label>
			<select id={id} value={param(name, otherwise)}
				onChange={(e) => setQuery({ [name]: e.currentTarget.value === otherwise ? '' : e.currentTarget.value, [page]: '' })}>
				{choices.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
			</select>
		</span>
	);
}

/** Days from and to, as 2026-11-26, which always stand together. */
export function DaysFilter({ from = 'from', to = 'to' }: { from?: string; to?: string }) {
	const id = useId();
	const day = (name: string, label: string, more: object) => (
		<>
			<label for={id + name}>{label}</label>
			<input id={id + name} type="date" value={param(name)} class={param(name) ? '' : 'unset'} {...more}
				onChange={(e) => setQuery({ [name]: e.currentTarget.value, page: '' })} />
		</>
	);

	return (
		<span class="filter days" role="group" aria-label="Days">
			{day(from, 'From', { max: param(to) || undefined })}
			{day(to, 'To', { min: param(from) || undefined })}
		</span>
	);
}
