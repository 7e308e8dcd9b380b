// SPDX-License-Identifier: Apache-2.0
// json.tsx - a value as JSON, with a button to copy it.
import { Copy } from './button.tsx';

export function Json({ value, label = 'JSON' }: { value: unknown; label?: string }) {
	const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2) ?? '';

	return (
		<div class="json">
			<Copy text={text} label={`Copy ${label}`} />
			<pre tabIndex={0} aria-label={label}>{text}</pre>
		</div>
	);
}
