// SPDX-License-Identifier: Apache-2.0
// menu.tsx - a button with more choices behind it, by the browser's own popover.
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { Icon, type IconName } from './icon.tsx';

export interface MenuItem {
	label: string;
	icon?: IconName;
	onChoose?: () => unknown;
	href?: string;
	/** Why it cannot be chosen. */
	why?: string | undefined;
	danger?: boolean;
	/** Of choices that exclude each other: this is the one. */
	chosen?: boolean;
}

export function Menu({ label, icon, items, kind = 'normal', iconOnly, children }: {
	label: string;
	icon?: IconName;
	items: (MenuItem | null | false)[];
	kind?: 'main' | 'normal' | 'plain';
	/** The label is told, not shown. */
	iconOnly?: boolean;
	/** What the button shows; without it the label. */
	children?: ComponentChildren;
}) {
	const id = useId();
	const list = useRef<HTMLDivElement>(null);
	const button = useRef<HTMLButtonElement>(null);

	const step = (e: KeyboardEvent): void => {
		const all = [...list.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? []];
		const at = all.indexOf(document.activeElement as HTMLElement);
		const to = e.key === 'ArrowDown' ? at + 1 : e.key === 'ArrowUp' ? at - 1
			: e.key === 'Home' ? 0 : e.key === 'End' ? all.length - 1 : null;

		if (to === null)
			return;
		e.preventDefault();
		all[(to + all.length) % all.length]?.focus();
	};
	const place = (): void => {
		const at = button.current?.getBoundingClientRect();
		const box = list.current;

		if (!at || !box)
			return;
		const width = box.offsetWidth;
		const above = at.bottom + box.offsetHeight + 8 > innerHeight && at.top > box.offsetHeight;
		box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
		box.style.top = above ? `${at.top - box.offsetHeight - 4}px` : `${at.bottom + 4}px`;
		box.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
	};

	return (
		<span class="menu">
			<button ref={button} type="button" class={`button ${kind} ${iconOnly ? 'alone' : ''}`} popovertarget={id}
				aria-haspopup="menu" aria-label={iconOnly ? label : undefined} title={iconOnly ? label : undefined}>
				{icon && <Icon name={icon} />}
				{!iconOnly && <span>{children ?? label}</span>}
				{!iconOnly && <Icon name="down" />}
			</button>
			<div ref={list} id={id} popover="auto" role="menu" aria-label={label} class="menu-list" onKeyDown={step}
				onToggle={(e) => e.newState === 'open' && place()}>
				{items.map((item) => item && (
					<MenuRow key={item.label} item={item} close={() => list.current?.hidePopover()} />
				))}
			</div>
		</span>
	);
}

function MenuRow({ item, close }: { item: MenuItem; close: () => void }) {
	const role = item.chosen === undefined ? 'menuitem' : 'menuitemradio';
	const inside = (
		<>
			<Icon name={item.chosen ? 'check' : item.icon ?? 'dot'} class={item.icon || item.chosen ? '' : 'invisible'} />
			<span>{item.label}</span>
		</>
	);

	if (item.href)
		return <a role={role} class="menu-row" href={item.href} onClick={close}>{inside}</a>;
	return (
		<button type="button" role={role} class={`menu-row ${item.danger ? 'danger' : ''}`} title={item.why}
			aria-disabled={item.why ? true : undefined} aria-checked={item.chosen} onClick={() => {
				if (item.why)
					return;
				close();
				void item.onChoose?.();
			}}>
			{inside}
		</button>
	);
}
