// SPDX-License-Identifier: Apache-2.0
// cycles.tsx - cycles of reading scores, the newest first.
import { param, paramInt } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { count, duration } from '../../parts/format.ts';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';

interface Run {
	id: string;
	sync_type: string;
	status: string;
	started_at: string | null;
	competitors_synced: number;
	competitors_skipped: number;
	competitors_failed: number;
	competitors_processed: number;
	competitors_with_new_data: number;
	batch_number: number;
	batch_size: number;
	total_batches: number;
	api_call_count: number;
	duration_ms: number | null;
	error_message: string | null;
}

const LIMIT = 50;

export function Cycles() {
	const r = useResource<{ runs: Run[]; total: number }>('/api/game-platform/sync-runs',
		{ query: { status: param('status'), page: paramInt('page', 1), limit: LIMIT }, live: ['run', 'game_platform', 'job'] });

	return (
		<>
			<Filters names={['status']}>
				<SelectFilter name="status" label="Status" choices={[['', 'All'], ['running', 'Running'], ['completed', 'Completed'], ['failed', 'Failed']]} />
			</Filters>
			<Of resource={r}>{(d) => (
				<Table caption="Cycles" rows={d.runs} keyOf={(x) => x.id}
					empty={param('status') ? <Empty title="No cycle is like that" icon="search">Take the filter away.</Empty>
						: <Empty title="No cycle yet" icon="refresh" command="lockstep jobs add game_platform_sync">One runs every half hour; ask for one now by the button above.</Empty>}
					columns={[
						{ id: 'status', head: 'Status', cell: (x) => <span class="platform"><Status value={x.status} />{x.error_message && <small class="tone-bad">{x.error_message}</small>}</span> },
						{ id: 'at', head: 'Began', cell: (x) => <When at={x.started_at} /> },
						{ id: 'type', head: 'Kind', cell: (x) => x.sync_type },
						{ id: 'batch', head: 'Batch', cell: (x) => <span class="nowrap">{x.batch_number + 1} of {Math.max(1, x.total_batches)}</span> },
						{ id: 'asked', head: 'Asked', number: true, cell: (x) => count(x.competitors_processed) },
						{ id: 'news', head: 'With news', number: true, cell: (x) => count(x.competitors_synced) },
						{ id: 'skipped', head: 'Without', number: true, wideOnly: true, cell: (x) => count(x.competitors_skipped) },
						{ id: 'failed', head: 'Failed', number: true, cell: (x) => <span class={x.competitors_failed ? 'tone-bad' : ''}>{count(x.competitors_failed)}</span> },
						{ id: 'calls', head: 'Calls', number: true, cell: (x) => count(x.api_call_count) },
						{ id: 'took', head: 'Took', number: true, wideOnly: true, cell: (x) => duration(x.duration_ms) },
					]} />
			)}</Of>
			<Pager total={r.data.value?.total ?? 0} limit={LIMIT} />
		</>
	);
}
