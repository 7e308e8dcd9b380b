// SPDX-License-Identifier: Apache-2.0
// logs.tsx - the log of syncs and of their tables, as the original's GET /api/sync/logs has it.
import { param, paramInt } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { now, words } from '../../parts/format.ts';
import { Pager } from '../../parts/pager.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { STATUSES, tookMs, typeText, type Run } from '../runs/data.ts';
import { TimeBar } from '../runs/time-bar.tsx';
import { Zero } from '../runs/zero.tsx';
import type { Answer } from './data.ts';

const LIMIT = 20;
const TONES: Record<string, string> = { success: 'good', partial: 'warn', error: 'bad', running: 'busy' };
const TYPES: [string, string][] = [['', 'All'], ['full', 'Full'], ['incremental', 'Incremental'], ['contacts', 'Contacts'],
	['matters', 'Matters'], ['tasks', 'Tasks'], ['users', 'Users'], ['pp_accounts', 'Accounts']];

interface Log {
	logs: Run[];
	pagination: { total: number };
}

export function Logs() {
	const r = useResource<Answer<Log>>('/api/sync/logs', {
		query: { syncType: param('syncType'), status: param('status'), page: paramInt('page', 1), limit: LIMIT },
		live: ['run'],
	});
	const longest = Math.max(0, ...(r.data.value?.data.logs ?? []).map((x) => tookMs(x, now.value) ?? 0));

	return (
		<div id="logs">
			<Section title="Sync logs" plain says="A row for each sync, and one for each of its tables.">
				<Filters names={['syncType', 'status']}>
					<SelectFilter name="syncType" label="Type" choices={TYPES} />
					<SelectFilter name="status" label="Status" choices={STATUSES} />
				</Filters>
				<Of resource={r}>{(d) => <>
					<Table caption="Sync logs" rows={d.data.logs} keyOf={(x) => x.id} hrefOf={(x) => `/runs/${x.parent_id ?? x.id}`} columns={[
						{ id: 'status', head: 'Status', cell: (x) => <Status value={x.status} /> },
						{ id: 'type', head: 'Sync', grow: true, cell: (x) => (
							<a href={`/runs/${x.parent_id ?? x.id}`} title={x.error_message ?? undefined}>
								{x.parent_id ? <>{words(x.sync_type)} <span class="quiet">· one table</span></> : typeText(x.sync_type)}
								{x.error_message && <span class="quiet"> · {x.error_message}</span>}
							</a>
						) },
						{ id: 'at', head: 'Started', cell: (x) => <When at={x.started_at} /> },
						{ id: 'took', head: 'Took', cell: (x) => <TimeBar ms={tookMs(x, now.value)} of={longest} tone={TONES[x.status] ?? 'quiet'} /> },
						{ id: 'processed', head: 'Records', number: true, cell: (x) => <Zero n={x.records_processed} /> },
						{ id: 'created', head: 'Created', number: true, wideOnly: true, cell: (x) => <Zero n={x.records_created} /> },
						{ id: 'updated', head: 'Updated', number: true, wideOnly: true, cell: (x) => <Zero n={x.records_updated} /> },
						{ id: 'failed', head: 'Failed', number: true, cell: (x) => <Zero n={x.records_failed} /> },
						{ id: 'trigger', head: 'Trigger', wideOnly: true, cell: (x) => words(x.details?.trigger ?? '') },
					]} empty={param('status') || param('syncType')
						? <Empty title="No sync is like that" icon="search">Take a filter away.</Empty>
						: <Empty title="Nothing was synced yet" icon="refresh" command="lockstep sync practicepanther">Press Full Sync to fill the tables.</Empty>} />
					{d.data.pagination.total > 0 && <Pager total={d.data.pagination.total} limit={LIMIT} />}
				</>}</Of>
			</Section>
		</div>
	);
}
