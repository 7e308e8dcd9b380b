// SPDX-License-Identifier: Apache-2.0
// prose.tsx - a sentence of the server's in which `commands` stand between backticks.

export function Prose({ text }: { text: string }) {
	// Every second part was between two of them.
	return <>{text.split('`').map((part, i) => (i % 2 ? <code key={i}>{part}</code> : part))}</>;
}
