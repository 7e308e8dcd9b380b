// SPDX-License-Identifier: Apache-2.0
// button.tsx - buttons, buttons that wait, and links that look like them.
import type { ComponentChildren } from 'preact';
import type { ReadonlySignal } from '@preact/signals';
import { holdFocus } from './focus.ts';
import { Icon, type IconName } from './icon.tsx';
import { toast } from './toast.tsx';

interface ButtonProps {
	children?: ComponentChildren;
	icon?: IconName;
	/** For a button that is an icon alone. */
	label?: string;
	kind?: 'main' | 'normal' | 'plain' | 'danger';
	onClick?: (e: MouseEvent) => unknown;
	type?: 'button' | 'submit';
	/** While true it turns and cannot be pressed. */
	busy?: boolean | ReadonlySignal<boolean>;
	/** Why it cannot be pressed: shown on hovering and focusing, and told to screen readers.  It stays focusable. */
	why?: string | undefined;
	disabled?: boolean;
	pressed?: boolean;
	class?: string;
	id?: string;
}

export function Button(p: ButtonProps) {
	const busy = typeof p.busy === 'object' ? p.busy.value : p.busy ?? false;
	const off = busy || !!p.why || !!p.disabled;

	return (
		<button type={p.type ?? 'button'} class={`button ${p.kind ?? 'normal'} ${p.children ? '' : 'alone'} ${p.class ?? ''}`}
			id={p.id} aria-label={p.label} title={p.why ?? p.label} aria-disabled={off || undefined} aria-busy={busy || undefined}
			aria-description={p.why} aria-pressed={p.pressed}
			onClick={(e) => {
				if (off) {
					e.preventDefault();
					e.stopPropagation();
				} else {
					void p.onClick?.(e);
				}
			}}>
			{busy ? <Icon name="spinner" /> : p.icon && <Icon name={p.icon} />}
			{p.children && <span>{p.children}</span>}
		</button>
	);
}

export function LinkButton({ href, icon, kind = 'normal', children, download, apart }: {
	href: string;
	icon?: IconName;
	kind?: 'main' | 'normal' | 'plain';
	children: ComponentChildren;
	download?: boolean;
	/** In another tab. */
	apart?: boolean | undefined;
}) {
	return (
		<a class={`button ${kind}`} href={href} download={download} {...(apart ? { target: '_blank', rel: 'noopener' } : {})}>
			{icon && <Icon name={icon} />}
			<span>{children}</span>
		</a>
	);
}

/** Copies a text; over plain http browsers have no clipboard for pages, so a selection serves. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
	return (
		<Button kind="plain" icon="copy" label={label} onClick={async () => {
			if (await copyText(text))
				toast.good('Copied');
			else
				toast.bad('This browser does not let the page copy; select the text instead.');
		}} />
	);
}

export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const area = document.createElement('textarea');
		const giveBack = holdFocus();
		area.value = text;
		area.className = 'unseen';
		(document.querySelector('dialog[open]') ?? document.body).append(area);
		area.select();
		const done = document.execCommand('copy');
		area.remove();
		giveBack();
		return done;
	}
}
