// SPDX-License-Identifier: Apache-2.0
// quick.tsx - what an administrator of the game platform starts with one click.
import { newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { Menu } from '../../parts/menu.tsx';

/** A full one is followed by the totals, a while later, so that these see what it brought. */
const SWEEP_AFTER_S = 30;

export function QuickActions({ onDone }: { onDone: () => void }) {
	const start = useAction(async (what: 'full' | 'incremental' | 'totals') => {
		if (what !== 'totals')
			await send('POST', '/api/admin/jobs/trigger-sync', { forceFullSync: what === 'full' }, { idempotencyKey: newKey() });
		if (what === 'full')
			await send('POST', '/api/jobs', { task: 'game_platform_totals_sweep',
				run_at: new Date(Date.now() + SWEEP_AFTER_S * 1000).toISOString() }, { idempotencyKey: newKey() });
		if (what === 'totals')
			await send('POST', '/api/admin/jobs/trigger-totals-sweep', {}, { idempotencyKey: newKey() });
		onDone();
	}, { done: 'Started' });

	return (
		<Menu label="Game platform" icon="game" items={[
			{ label: 'Full: sync, then totals', icon: 'refresh', onChoose: () => start.run('full') },
			{ label: 'Incremental only', icon: 'right', onChoose: () => start.run('incremental') },
			{ label: 'Totals only', icon: 'chart', onChoose: () => start.run('totals') },
		]} />
	);
}
