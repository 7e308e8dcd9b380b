// SPDX-License-Identifier: Apache-2.0
// states.tsx - how far each competitor's scores were read; whoever waits longest comes first.
import { addressWith, param, paramInt } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Stat, Stats } from '../../parts/figure.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { count } from '../../parts/format.ts';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { CoachFilter, useCoaches } from './choices.tsx';

interface State {
	competitor_id: string;
	name: string | null;
	activity_score: number;
	last_odl_synced_at: string | null;
	last_attempt_at: string | null;
	last_result: string | null;
	error_message: string | null;
	needs_totals_refresh: boolean | null;
}

interface States {
	summary: { competitors: number; never_asked: number; failing: number; needs_totals: number };
	states: State[];
	total: number;
}

const LIMIT = 50;

export function States() {
	const coaches = useCoaches();
	const r = useResource<States>('/api/game-platform/sync-state', {
		query: { result: param('result'), needs_totals: param('needs_totals'), coach: param('coach'), page: paramInt('page', 1), limit: LIMIT },
		live: ['run', 'game_platform', 'job', 'competitor'],
	});
	const retry = useAction((s: State) => send('POST', at`/api/game-platform/sync-state/${s.competitor_id}/retry`, undefined, { idempotencyKey: newKey() }),
		{ done: 'They are asked for now.' });

	return (
		<Of resource={r}>{(d) => (
			<>
				<Stats>
					<Stat label="On the platform" value={count(d.summary.competitors)} href={addressWith({ result: '', needs_totals: '', page: '' })} />
					<Stat label="Never asked" value={count(d.summary.never_asked)} />
					<Stat label="Failing" value={count(d.summary.failing)} tone={d.summary.failing ? 'bad' : 'good'} href={addressWith({ result: 'failure', page: '' })} />
					<Stat label="Wait for totals" value={count(d.summary.needs_totals)} href={addressWith({ needs_totals: 'true', page: '' })} />
				</Stats>
				<Filters names={['result', 'needs_totals', 'coach']}>
					<SelectFilter name="result" label="Last result" choices={[['', 'All'], ['success', 'Success'], ['failure', 'Failure']]} />
					<SelectFilter name="needs_totals" label="Totals" choices={[['', 'All'], ['true', 'Wait for the sweep']]} />
					<CoachFilter coaches={coaches} />
				</Filters>
				<Table caption="Competitors' scores" rows={d.states} keyOf={(s) => s.competitor_id}
					empty={<Empty title="Nobody" icon="people">Whoever is added to the Game Platform appears here, or take a filter away.</Empty>}
					columns={[
						{ id: 'name', head: 'Competitor', cell: (s) => (s.name ? <a href={`/competitors/${s.competitor_id}`}>{s.name}</a> : <code class="breaks">{s.competitor_id}</code>) },
						{ id: 'result', head: 'Last result', cell: (s) => (
							<span class="platform">
								{s.last_result ? <Status value={s.last_result === 'failure' ? 'failed' : s.last_result} /> : <Status value="pending" label="Never asked" />}
								{s.error_message && <small class="tone-bad">{s.error_message}</small>}
							</span>
						) },
						{ id: 'attempt', head: 'Last attempt', cell: (s) => <When at={s.last_attempt_at} none="never" /> },
						{ id: 'synced', head: 'Scores of', cell: (s) => <When at={s.last_odl_synced_at} none="never" /> },
						{ id: 'activity', head: 'Activity', number: true, cell: (s) => count(s.activity_score) },
						{ id: 'totals', head: 'Totals', wideOnly: true, cell: (s) => (s.needs_totals_refresh ? <Badge tone="busy">wait</Badge> : '') },
						...(may('admin') ? [{ id: 'retry', head: 'Action', cell: (s: State) => (
							<Button icon="refresh" class="add" busy={retry.busy} onClick={() => retry.run(s)}>{s.last_result === 'failure' ? 'Try again' : 'Ask now'}</Button>
						) }] : []),
					]} />
				<Pager total={d.total} limit={LIMIT} />
			</>
		)}</Of>
	);
}
