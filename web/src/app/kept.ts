// SPDX-License-Identifier: Apache-2.0
// kept.ts - small choices that this browser remembers.  Nothing secret, nothing of anybody's data.

const PREFIX = 'lockstep.';

export function kept<T extends string>(name: string, choices: readonly T[], otherwise: T): T {
	const value = keptText(name);
	return choices.includes(value as T) ? value as T : otherwise;
}

export function keptText(name: string): string {
	try {
		return localStorage.getItem(PREFIX + name) ?? '';
	} catch {
		return '';
	}
}

export function keep(name: string, value: string): void {
	try {
		if (value)
			localStorage.setItem(PREFIX + name, value);
		else
			localStorage.removeItem(PREFIX + name);
	} catch {
		// Storage is switched off: the choice lasts as long as the page.
	}
}
