// SPDX-License-Identifier: Apache-2.0
// hands.js - what a person does in the console with the keyboard alone.
'use strict';

// What has the focus: its element, and what it says of itself.
const focused = (page) => page.evaluate(() => {
	const one = document.activeElement;
	return `${one.tagName} ${one.getAttribute('aria-label') || one.innerText || one.id}`.trim();
});
// Waits until the heading of a page, of that text if any, has the focus.
const heading = (page, text) => page.waitForFunction((t) => document.activeElement.tagName === 'H1' &&
	(!t || document.activeElement.innerText === t), text);
// What the palette offers now.
const options = (page) => page.locator('.palette [role=option]');

// Opens the palette, and types.
async function palette(page, typed) {
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Go to or do' }).waitFor();
	if (typed) await page.keyboard.type(typed);
}

// Does what is called that, by the keyboard alone.
async function command(page, typed, label) {
	await palette(page, typed);
	await page.locator('.palette [aria-selected=true]', { hasText: label }).waitFor();
	await page.keyboard.press('Enter');
}

module.exports = { focused, heading, options, palette, command };
