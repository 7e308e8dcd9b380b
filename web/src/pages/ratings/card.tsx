// SPDX-License-Identifier: Apache-2.0
// card.tsx - the link card as a page shows it: the same element that applications embed.
import { useEffect, useRef } from 'preact/hooks';
import '../../embed/card.ts';
import { toast } from '../../parts/toast.tsx';

declare module 'preact' {
	namespace JSX {
		interface IntrinsicElements {
			'sync-link-card': { player: string; ref?: { current: HTMLElement | null } };
		}
	}
}

export function LinkCard({ player, onUpdate }: { player: string; onUpdate?: (pti: number | null) => void }) {
	const ref = useRef<HTMLElement>(null);
	const update = useRef(onUpdate);

	update.current = onUpdate;
	useEffect(() => {
		const card = ref.current;
		const said = (e: Event): void => {
			const { tone, text } = (e as CustomEvent<{ tone: string; text: string }>).detail;
			e.preventDefault();
			if (tone === 'bad')
				toast.bad(text);
			else if (tone === 'good')
				toast.good(text);
			else
				toast.say(text);
		};
		const changed = (e: Event): void => update.current?.((e as CustomEvent<{ pti: number | null }>).detail.pti);

		card?.addEventListener('pti-toast', said);
		card?.addEventListener('pti-update', changed);
		return () => {
			card?.removeEventListener('pti-toast', said);
			card?.removeEventListener('pti-update', changed);
		};
	}, []);
	return <sync-link-card ref={ref} player={player} />;
}
