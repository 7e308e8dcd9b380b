// SPDX-License-Identifier: Apache-2.0
// dialog.tsx - dialogs, drawers and questions, all on the browser's own <dialog>: it keeps the focus,
// closes by Escape and gives the focus back.
import type { ComponentChildren, RefObject } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { Button } from './button.tsx';
import { holdFocus } from './focus.ts';
import { Icon } from './icon.tsx';
import { freeToasts } from './toast.tsx';

export interface DialogProps {
	title: string;
	onClose: () => void;
	children: ComponentChildren;
	/** 'drawer' slides in from the right: to look at a thing without leaving its list.  'full': all of the screen. */
	kind?: 'dialog' | 'drawer' | 'full';
	/** Buttons at the bottom. */
	actions?: ComponentChildren;
	wide?: boolean;
}

/**
 * For a <dialog> that is open as long as it is rendered: the focus goes back to where it was.
 *
 * All of it while the tree changes: a clean-up of useEffect comes after the next frame, when the
 * element is gone, and until then nothing had the focus.
 */
export function useModal(): RefObject<HTMLDialogElement | null> {
	const ref = useRef<HTMLDialogElement>(null);

	useLayoutEffect(() => {
		const dialog = ref.current;
		const giveBack = holdFocus();

		if (dialog && !dialog.open)
			dialog.showModal();
		return () => {
			freeToasts(dialog);
			// Beside an open dialog nothing takes the focus.
			dialog?.close();
			giveBack();
		};
	}, []);
	return ref;
}

/** Is open as long as it is rendered. */
export function Dialog({ title, onClose, children, kind = 'dialog', actions, wide }: DialogProps) {
	const ref = useModal();
	const id = useId();

	return (
		<dialog ref={ref} class={`${kind} ${wide ? 'wide' : ''}`} aria-labelledby={id}
			onCancel={(e) => {
				e.preventDefault();
				onClose();
			}}
			onClick={(e) => {
				if (e.target === ref.current)
					onClose();
			}}>
			<div class="dialog-inside">
				<header>
					<h2 id={id}>{title}</h2>
					<button type="button" class="button plain alone" aria-label="Close" onClick={onClose}>
						<Icon name="cross" />
					</button>
				</header>
				<div class="dialog-body">{children}</div>
				{actions && <footer>{actions}</footer>}
			</div>
		</dialog>
	);
}

export function Drawer(p: Omit<DialogProps, 'kind'>) {
	return <Dialog {...p} kind="drawer" />;
}

// ---- questions ----

export interface Question {
	title: string;
	/** What will happen, with its numbers. */
	text: ComponentChildren;
	/** The deed, as a verb: 'Delete 12 jobs'. */
	yes: string;
	danger?: boolean;
	/** Has to be typed before the deed can be done. */
	type?: string;
	/** Asks for a reason; the answer is its text. */
	reason?: boolean | 'required';
}

const asked = signal<{ question: Question; answer: (a: string | null) => void } | null>(null);

/** Null: no.  Else the reason, which is empty where none was asked for. */
export function ask(question: Question): Promise<string | null> {
	asked.value?.answer(null);
	return new Promise((resolve) => {
		asked.value = {
			question,
			answer: (a) => {
				asked.value = null;
				resolve(a);
			},
		};
	});
}

export async function confirm(question: Question): Promise<boolean> {
	return (await ask(question)) !== null;
}

/** The place where questions appear; once, in the frame. */
export function Questions() {
	const now = asked.value;

	return now && <Asked key={now.question.title} question={now.question} answer={now.answer} />;
}

function Asked({ question: q, answer }: { question: Question; answer: (a: string | null) => void }) {
	const [typed, setTyped] = useState('');
	const [reason, setReason] = useState('');
	const id = useId();
	const why = q.type && typed !== q.type ? `Type ${q.type} first`
		: q.reason === 'required' && !reason.trim() ? 'Say why first' : undefined;

	return (
		<Dialog title={q.title} onClose={() => answer(null)} actions={<>
			<Button onClick={() => answer(null)}>Cancel</Button>
			<Button kind={q.danger ? 'danger' : 'main'} why={why} onClick={() => answer(reason.trim())}>{q.yes}</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				if (!why)
					answer(reason.trim());
			}}>
				<div class="flow">{typeof q.text === 'string' ? <p>{q.text}</p> : q.text}</div>
				{q.reason && (
					<div class="field">
						<label for={`${id}r`}>Reason{q.reason === 'required' ? '' : ' (optional)'}</label>
						<input id={`${id}r`} autofocus value={reason} maxLength={300} autocomplete="off"
							onInput={(e) => setReason(e.currentTarget.value)} />
					</div>
				)}
				{q.type && (
					<div class="field">
						<label for={`${id}t`}>Type <code>{q.type}</code> to go on</label>
						<input id={`${id}t`} autofocus={!q.reason} value={typed} autocomplete="off"
							onInput={(e) => setTyped(e.currentTarget.value)} />
					</div>
				)}
			</form>
		</Dialog>
	);
}
