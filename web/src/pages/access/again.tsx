// SPDX-License-Identifier: Apache-2.0
// again.tsx - signing in over a page that stays as it was left: somebody was writing when their session ended.
import { useEffect } from 'preact/hooks';
import { leave, me, whoAmI } from '../../app/session.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm, Dialog } from '../../parts/dialog.tsx';
import { Of } from '../../parts/state.tsx';
import { WaysIn, type Ways } from './sign_in.tsx';

const NOTHING_BROUGHT = { token: '', name: '', failed: false };

export default function Again() {
	const ways = useResource<Ways>('/api/sign-in', { pollMs: 0 });
	const name = me.value?.name.replace(/^[a-z]+:/, '');

	useEffect(() => {
		// Whoever signed in in another tab comes back to this one.
		const look = (): void => {
			if (document.visibilityState === 'visible')
				whoAmI().catch(() => undefined); // it is asked again when they come back once more
		};
		addEventListener('focus', look);
		document.addEventListener('visibilitychange', look);
		return () => {
			removeEventListener('focus', look);
			document.removeEventListener('visibilitychange', look);
		};
	}, []);
	const go = async (): Promise<void> => {
		if (await confirm({ title: 'Leave this page', yes: 'Leave', danger: true, text: 'What you wrote on it is lost.' }))
			leave();
	};

	return (
		<Dialog title="Your session has ended" onClose={() => void go()} actions={<Button onClick={() => void go()}>Leave this page</Button>}>
			<div class="flow ways-again">
				<p>What you wrote is still here. Sign in again{name && <> as <strong>{name}</strong></>} to go on where you were.</p>
				<Of resource={ways}>{(w) => <WaysIn ways={w} to={location.pathname + location.search} brought={NOTHING_BROUGHT} apart />}</Of>
			</div>
		</Dialog>
	);
}
