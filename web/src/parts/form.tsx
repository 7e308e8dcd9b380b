// SPDX-License-Identifier: Apache-2.0
// form.tsx - fields with their labels, hints and complaints.
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { Problem } from '../data/problem.ts';
import { Failed } from './state.tsx';

/** The complaint about one member of the body: complaintOf(problem, 'cron'). */
export function complaintOf(p: Problem | null, name: string): string | undefined {
	return p?.errors.find((e) => e.pointer.replace(/^[#/]+/, '') === name || e.pointer === name)?.detail;
}

export function Field({ label, hint, complaint, children }: {
	label: string;
	hint?: ComponentChildren;
	complaint?: string | undefined;
	/** Gets what ties the control to its label and texts. */
	children: (control: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined }) => JSX.Element;
}) {
	const id = useId();
	const about = [hint && `${id}h`, complaint && `${id}c`].filter(Boolean).join(' ') || undefined;

	return (
		<div class="field">
			<label for={id}>{label}</label>
			{children({ id, 'aria-describedby': about, 'aria-invalid': complaint ? true : undefined })}
			{hint && <p class="hint" id={`${id}h`}>{hint}</p>}
			{complaint && <p class="complaint" id={`${id}c`} role="alert">{complaint}</p>}
		</div>
	);
}

export interface TextFieldProps {
	label: string;
	value: string;
	onChange: (v: string) => void;
	hint?: ComponentChildren;
	complaint?: string | undefined;
	type?: 'text' | 'password' | 'number' | 'url' | 'email' | 'date' | 'time' | 'datetime-local';
	placeholder?: string;
	required?: boolean;
	min?: number;
	max?: number;
	maxLength?: number;
	autocomplete?: string;
	mono?: boolean;
	/** More than one line. */
	lines?: number;
}

export function TextField(p: TextFieldProps) {
	const common = { value: p.value, placeholder: p.placeholder, required: p.required, maxLength: p.maxLength,
		class: p.mono ? 'mono' : undefined, spellcheck: false };

	return (
		<Field label={p.label} hint={p.hint} complaint={p.complaint}>
			{(control) => (p.lines
				? <textarea {...control} {...common} rows={p.lines} onInput={(e) => p.onChange(e.currentTarget.value)} />
				: <input {...control} {...common} type={(p.type ?? 'text') as 'text'} min={p.min} max={p.max}
					autocomplete={(p.autocomplete ?? 'off') as never} onInput={(e) => p.onChange(e.currentTarget.value)} />)}
		</Field>
	);
}

export function SelectField({ label, value, onChange, choices, hint, complaint }: {
	label: string;
	value: string;
	onChange: (v: string) => void;
	choices: [string, string][];
	hint?: ComponentChildren;
	complaint?: string | undefined;
}) {
	return (
		<Field label={label} hint={hint} complaint={complaint}>
			{(control) => (
				<select {...control} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
					{choices.map(([v, text]) => <option key={v} value={v}>{text}</option>)}
				</select>
			)}
		</Field>
	);
}

export function CheckField({ label, checked, onChange, hint }: {
	label: string;
	checked: boolean;
	onChange: (v: boolean) => void;
	hint?: ComponentChildren;
}) {
	const id = useId();

	return (
		<div class="field check">
			<input id={id} type="checkbox" checked={checked} onChange={(e) => onChange(e.currentTarget.checked)}
				aria-describedby={hint ? `${id}h` : undefined} />
			<label for={id}>{label}</label>
			{hint && <p class="hint" id={`${id}h`}>{hint}</p>}
		</div>
	);
}

/** On or off, at once.  The word beside it says which. */
export function Toggle({ label, on, onChange, why, busy }: {
	label: string;
	on: boolean;
	onChange: (v: boolean) => unknown;
	/** Why it cannot be changed. */
	why?: string | undefined;
	busy?: boolean;
}) {
	return (
		<button type="button" role="switch" class="toggle" aria-checked={on} aria-label={label} title={why ?? label}
			aria-disabled={why || busy ? true : undefined} onClick={(e) => {
				e.stopPropagation();
				if (!why && !busy)
					void onChange(!on);
			}}>
			<span class="knob" />
		</button>
	);
}

/** What the form as a whole was refused for; complaints about fields stand at the fields. */
export function FormProblem({ problem, fields = [] }: { problem: Problem | null; fields?: string[] }) {
	if (!problem || fields.some((f) => complaintOf(problem, f)))
		return null;
	return <Failed problem={problem} />;
}
