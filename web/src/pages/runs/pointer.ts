// SPDX-License-Identifier: Apache-2.0
// pointer.ts - where the members of a JSON text stand in it, so that one can be changed and the
// others keep every digit and blank.

export interface Place {
	from: number;
	to: number;
}

const STRING = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
const OTHER = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /\s*/y;

function escape(name: string): string {
	return name.replace(/~/g, '~0').replace(/\//g, '~1');
}

class Reader {
	readonly places = new Map<string, Place>();
	private at = 0;

	constructor(private readonly text: string) {}

	all(): Map<string, Place> {
		this.value('');
		this.blank();
		if (this.at < this.text.length)
			throw this.wrong();
		return this.places;
	}

	private wrong(): Error {
		const lines = this.text.slice(0, this.at).split('\n');
		return new Error(`This is no JSON: look at line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}.`);
	}

	private take(pattern: RegExp): string | null {
		pattern.lastIndex = this.at;
		const found = pattern.exec(this.text);
		if (!found)
			return null;
		this.at += found[0].length;
		return found[0];
	}

	private blank(): void {
		this.take(BLANK);
	}

	private sign(c: string): boolean {
		this.blank();
		if (this.text[this.at] !== c)
			return false;
		this.at++;
		return true;
	}

	private value(pointer: string): void {
		this.blank();
		const from = this.at;

		if (this.sign('{'))
			this.members(pointer);
		else if (this.sign('['))
			this.items(pointer);
		else if (this.take(STRING) === null && this.take(OTHER) === null)
			throw this.wrong();
		this.places.set(pointer, { from, to: this.at });
	}

	private members(pointer: string): void {
		if (this.sign('}'))
			return;
		do {
			this.blank();
			const name = this.take(STRING);
			if (name === null || !this.sign(':'))
				throw this.wrong();
			this.value(`${pointer}/${escape(JSON.parse(name) as string)}`);
		} while (this.sign(','));
		if (!this.sign('}'))
			throw this.wrong();
	}

	private items(pointer: string): void {
		if (this.sign(']'))
			return;
		let i = 0;
		do
			this.value(`${pointer}/${i++}`);
		while (this.sign(','));
		if (!this.sign(']'))
			throw this.wrong();
	}
}

/** Throws with a sentence when the text is no JSON. */
export function placesOf(text: string): Map<string, Place> {
	return new Reader(text).all();
}

/** What stands there, as text of the file; null: nothing. */
export function textAt(text: string, pointer: string): string | null {
	try {
		const p = placesOf(text).get(pointer);
		return p ? text.slice(p.from, p.to) : null;
	} catch {
		return null;
	}
}

/** As a person types it: JSON where it is, else a text. */
export function asJson(typed: string): string {
	try {
		JSON.parse(typed);
		return typed.trim();
	} catch {
		return JSON.stringify(typed);
	}
}

/** The same text with another value there; a member that is missing is added to its object. */
export function withAt(text: string, pointer: string, value: string): string {
	const places = placesOf(text);
	const p = places.get(pointer);
	const cut = pointer.lastIndexOf('/');
	const parent = places.get(pointer.slice(0, cut));

	if (p)
		return text.slice(0, p.from) + value + text.slice(p.to);
	if (!parent || text[parent.from] !== '{')
		return text;
	const name = pointer.slice(cut + 1).replace(/~1/g, '/').replace(/~0/g, '~');
	const inside = text.slice(parent.from + 1, parent.to - 1);
	const more = inside.trim() ? ',' : '';
	return `${text.slice(0, parent.from + 1)}\n  ${JSON.stringify(name)}: ${value}${more}${inside}${text.slice(parent.to - 1)}`;
}
