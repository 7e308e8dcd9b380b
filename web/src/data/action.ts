// SPDX-License-Identifier: Apache-2.0
// action.ts - a deed that a person does: one at a time, with its wait and its outcome shown.
import { useMemo, useRef } from 'preact/hooks';
import { signal, type ReadonlySignal } from '@preact/signals';
import { problemOf, type Problem } from './problem.ts';
import { toast } from '../parts/toast.tsx';

export interface Action<A extends unknown[]> {
	/** Does it; a second call while the first is under way does nothing.  True when it went well. */
	run: (...args: A) => Promise<boolean>;
	busy: ReadonlySignal<boolean>;
	problem: ReadonlySignal<Problem | null>;
}

interface ActionOptions {
	/** What to say when it went well. */
	done?: string | (() => string);
	/** Say the problem by a toast (default), or leave it to whoever shows `problem`. */
	quiet?: boolean;
}

export function useAction<A extends unknown[]>(deed: (...args: A) => Promise<unknown>,
	o: ActionOptions = {}): Action<A> {
	const state = useMemo(() => ({ busy: signal(false), problem: signal<Problem | null>(null) }), []);
	const now = useRef({ deed, o });

	now.current = { deed, o };
	return {
		busy: state.busy,
		problem: state.problem,
		run: async (...args) => {
			if (state.busy.value)
				return false;
			state.busy.value = true;
			state.problem.value = null;
			try {
				await now.current.deed(...args);
				const { done } = now.current.o;
				if (done)
					toast.good(typeof done === 'function' ? done() : done);
				return true;
			} catch (e) {
				state.problem.value = problemOf(e);
				if (!now.current.o.quiet)
					toast.bad(state.problem.value);
				return false;
			} finally {
				state.busy.value = false;
			}
		},
	};
}

/** A deed of a place that does not stay, such as a menu: its outcome is told by a toast alone. */
export async function act(deed: () => Promise<unknown>, done: string): Promise<void> {
	try {
		await deed();
		toast.good(done);
	} catch (e) {
		toast.bad(problemOf(e));
	}
}

/** Shows the wished state at once and takes it back when the server refuses. */
export async function optimistic(show: () => () => void, deed: () => Promise<unknown>): Promise<void> {
	const takeBack = show();

	try {
		await deed();
	} catch (e) {
		takeBack();
		throw e;
	}
}
