// SPDX-License-Identifier: Apache-2.0
// key.ts - one key for one body: pressing twice adds once, a corrected form is another deed.
import { useRef } from 'preact/hooks';
import { newKey } from '../../data/api.ts';

export function useKeyOf(): (body: unknown) => string {
	const last = useRef({ text: '', key: '' });

	return (body) => {
		const text = JSON.stringify(body);
		if (text !== last.current.text)
			last.current = { text, key: newKey() };
		return last.current.key;
	};
}
