// SPDX-License-Identifier: Apache-2.0
// form_drawer.tsx - a drawer with a form: Cancel, and a button that sends it, which Enter in a field presses too.
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { ReadonlySignal } from '@preact/signals';
import { Button } from './button.tsx';
import { Drawer } from './dialog.tsx';

export function FormDrawer({ title, yes, busy, wide = false, head, class: as, onSubmit, onClose, children }: {
	title: string;
	/** What the button says that sends it. */
	yes: string;
	busy: ReadonlySignal<boolean>;
	wide?: boolean;
	/** What stands above the form. */
	head?: ComponentChildren;
	class?: string;
	onSubmit: () => unknown;
	onClose: () => void;
	children: ComponentChildren;
}) {
	const form = useRef<HTMLFormElement>(null);

	return (
		<Drawer title={title} onClose={onClose} wide={wide} actions={<>
			<Button onClick={onClose}>Cancel</Button>
			<Button kind="main" busy={busy} onClick={() => form.current?.requestSubmit()}>{yes}</Button>
		</>}>
			{head}
			<form ref={form} class={as} onSubmit={(e) => {
				e.preventDefault();
				void onSubmit();
			}}>
				{children}
				<button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">{yes}</button>
			</form>
		</Drawer>
	);
}
