// SPDX-License-Identifier: Apache-2.0
// written.ts - whether somebody has begun to write something on the page that is not sent yet.

const begun = new WeakSet<Element>();

// A list's filters and the palette are no forms: nothing is lost with them.
addEventListener('input', (e) => {
	const target = e.target as Element;
	const place = target.closest?.('form, dialog');

	if (place && !target.matches('[role="combobox"], [data-search]'))
		begun.add(place);
}, { capture: true });

/** Of what was written into and is still shown. */
export function halfWritten(): boolean {
	return [...document.querySelectorAll('form, dialog')].some((place) => begun.has(place));
}
