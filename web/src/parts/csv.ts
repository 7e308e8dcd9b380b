// SPDX-License-Identifier: Apache-2.0
// csv.ts - a list as a file for a spreadsheet (RFC 4180).

/** A spreadsheet takes a cell that begins like this for a formula; an apostrophe makes it a text. A semicolon
    or a tab begins a cell where those part them: quotes behind a comma are not seen there. As csv.c. */
const FORMULA = /(?<=^|[;\t\r\n])[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/g;

function cell(v: string | number | null | undefined): string {
	const text = v === null || v === undefined ? '' : String(v);
	const safe = typeof v === 'string' ? text.replace(FORMULA, "'$&") : text;

	return /[",;\t\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csvText(head: readonly string[], rows: readonly (readonly (string | number | null | undefined)[])[]): string {
	return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Gives the browser a file to save. */
export function saveFile(name: string, text: string, type = 'text/csv;charset=utf-8'): void {
	const url = URL.createObjectURL(new Blob([text], { type }));
	const link = document.createElement('a');

	link.href = url;
	link.download = name;
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}
