// SPDX-License-Identifier: Apache-2.0
// game.tsx - the game platform at a glance: one column, filters on top, parts that load by themselves.
import { useEffect } from 'preact/hooks';
import { param, paramInt, showPlace } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { newKey, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { timeOf } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Page } from '../../parts/page.tsx';
import { When } from '../../parts/time.tsx';
import { AlertPair } from './alerts.tsx';
import { Board } from './board.tsx';
import { Cards } from './cards.tsx';
import { DIVISIONS, FILTERS, RANGE_CHOICES, refresh, refreshing, updatedAt, useFigures, useShown, USUAL_RANGE } from './figures.ts';
import { Months, Regulars, STUDENTS_EACH } from './months.tsx';
import { Teams } from './teams.tsx';
import { Timeline } from './timeline.tsx';
import type { Coach, Kpis, Momentum, PlatformStatus } from './types.ts';

export default function Game() {
	const kpis = useFigures<Kpis>('kpis');
	const nobody = kpis.data.value === null && kpis.problem.value?.status === 403;

	useEffect(() => showPlace(), []);
	return (
		<Page title="Game platform" says={<Freshness />} actions={(
			<><ReadScores /><Button icon="refresh" busy={refreshing} onClick={refresh}>Refresh</Button></>
		)}>
			<div class="on-top">
				<Filters names={FILTERS}>
					{may('admin') && <CoachFilter />}
					<SelectFilter name="division" label="Division" choices={DIVISIONS} />
					<SelectFilter name="range" label="Time" choices={RANGE_CHOICES} otherwise={USUAL_RANGE} />
				</Filters>
			</div>
			<Cards resource={kpis} />
			{!nobody && <Parts />}
		</Page>
	);
}

function Parts() {
	const momentum = useFigures<Momentum>('momentum', { limit: STUDENTS_EACH, page: Math.max(1, paramInt('mpage', 1)),
		status: param('momentum'), sort: param('msort'), order: param('morder') });

	return (
		<>
			<div class="columns wide-left"><Board /><Months resource={momentum} /></div>
			<Regulars resource={momentum} />
			<Teams />
			<AlertPair />
			<Timeline />
		</>
	);
}

/** A cycle now instead of within half an hour; of one coach where the filter says so, and of coaches their own. */
function ReadScores() {
	const coach = may('admin') ? param('coach') : '';
	const read = useAction(() => send('POST', '/api/game-platform/scores/sync', coach ? { coach_id: coach } : {}, { idempotencyKey: newKey() }),
		{ done: 'Scores are being read. The page follows by itself.' });

	return <Button icon="download" busy={read.busy} onClick={() => read.run()}>Read scores now</Button>;
}

function coachName(c: Coach): string {
	const name = c.full_name || [c.first_name, c.last_name].filter(Boolean).join(' ') || c.email || c.id;
	return c.school_name ? `${name}, ${c.school_name}` : name;
}

function CoachFilter() {
	const r = useResource<{ coaches: Coach[] }>('/api/coaches', { query: { role: 'coach', limit: 200 }, pollMs: 0 });
	const now = param('coach');
	const rows = r.data.value?.coaches ?? [];
	const unknown: [string, string][] = now && !rows.some((c) => c.id === now) ? [[now, r.data.value ? 'Another coach' : 'Loading']] : [];

	return <SelectFilter name="coach" label="Coach" choices={[['', 'All coaches'], ...unknown, ...rows.map((c): [string, string] => [c.id, coachName(c)])]} />;
}

/** When scores were read from the platform, and when this page was. */
function Freshness() {
	const r = useResource<PlatformStatus>('/api/game-platform/status', { live: ['game_platform'] });

	useShown(r);
	const status = r.data.value;
	const last = status?.runs.find((run) => run.status === 'completed')?.completedAt;
	const at = updatedAt.value;

	return (
		<span class="row">
			<span>Scores read <When at={timeOf(last) ? last : null} none="never" /></span>
			<span>Last updated <When at={at > 0 ? new Date(at).toISOString() : null} none="not yet" /></span>
			{status && !status.enabled && <span class="row tone-warn"><Icon name="eye" /> Switched off: nothing is written at the platform</span>}
		</span>
	);
}
