// SPDX-License-Identifier: Apache-2.0
// focus.ts - where the focus goes: to the heading of a new page, and back to what opened a dialog.

/** The heading of the page, or the place where it will be. */
export function focusPage(): void {
	(document.querySelector<HTMLElement>('main h1') ?? document.getElementById('main'))?.focus({ preventScroll: true });
}

/** Remembers what has the focus; the returned function gives it back, or to the page when that is gone. */
export function holdFocus(): () => void {
	const before = document.activeElement as HTMLElement | null;

	return () => {
		if (before && before !== document.body && before.isConnected)
			before.focus({ preventScroll: true });
		else if (before !== document.body)
			focusPage();
	};
}
