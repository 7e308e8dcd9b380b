// SPDX-License-Identifier: Apache-2.0
// score_sync.tsx - how the reading of scores does: cycles, freshness, calls, errors, and what to tune.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { newKey, send } from '../../data/api.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Menu } from '../../parts/menu.tsx';
import { currentTab, Page, Tabs } from '../../parts/page.tsx';
import { Cycles } from './cycles.tsx';
import { States } from './states.tsx';
import { Telemetry } from './telemetry.tsx';

const TABS = [{ id: 'telemetry', label: 'Telemetry' }, { id: 'cycles', label: 'Cycles' }, { id: 'states', label: 'Competitors' }];

interface Asked {
	jobId: string;
	coalesced?: boolean;
}

export default function ScoreSync() {
	const [last, setLast] = useState<(Asked & { what: string }) | null>(null);
	const ask = useAction(async (what: string, path: string, body: Record<string, unknown>) => {
		const { data } = await send<Asked>('POST', path, body, { idempotencyKey: newKey() });
		setLast({ ...data, what });
	});
	const cycle = (what: string, body: Record<string, unknown>) => ask.run(what, '/api/game-platform/scores/sync', body);
	const full = async (): Promise<void> => {
		if (await confirm({ title: 'Read everything again', yes: 'Read everything',
			text: 'Everybody is asked for everything from all time: one call for each competitor. What is there already is not written again.' }))
			await cycle('Full sync', { force_full: true });
	};
	const tab = currentTab(TABS);

	return (
		<Page title="Score sync" says={<p>How scores and Flash CTFs are read from the Game Platform. It runs by its <a href="/schedules?q=game_platform">schedules</a>.</p>}
			actions={may('admin') && <>
				<Menu label="More ways to ask" icon="more" items={[
					{ label: 'Full sync', icon: 'stack', onChoose: full },
					{ label: 'Totals sweep', icon: 'gauge', onChoose: () => ask.run('Totals sweep', '/api/admin/jobs/trigger-totals-sweep', {}) },
					{ label: 'Dry run', icon: 'eye', onChoose: () => cycle('Dry run', { dry_run: true }) },
				]}>More</Menu>
				<Button kind="main" icon="refresh" busy={ask.busy} onClick={() => cycle('Incremental sync', {})}>Incremental sync</Button>
			</>}>
			{last && (
				<p class="missing" role="status">
					<Icon name="info" />
					<span>{last.what}: <a href={`/jobs/${last.jobId}`}>job {last.jobId}</a>{last.coalesced ? ' waits already, and stands for this one.' : ' was added.'}</span>
				</p>
			)}
			<Tabs tabs={TABS} label="Views of the reading" />
			{tab === 'cycles' ? <Cycles /> : tab === 'states' ? <States /> : <Telemetry />}
		</Page>
	);
}
