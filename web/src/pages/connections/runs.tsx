// SPDX-License-Identifier: Apache-2.0
// runs.tsx - the runs of a connection.
import { paramInt } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { LinkButton } from '../../parts/button.tsx';
import { count, duration, timeOf, words } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { runsOf } from './parts.tsx';
import { isAbout, type Run } from './types.ts';

const LIMIT = 25;

export function Runs({ name }: { name: string }) {
	const r = useResource<{ runs: Run[]; total: number }>('/api/runs', {
		query: { connection: name, limit: LIMIT, page: paramInt('page', 1) }, live: ['run', 'job'], when: isAbout(name),
	});
	const took = (one: Run): number | null => {
		const end = timeOf(one.completed_at);
		return end === null ? null : end - (timeOf(one.started_at) ?? end);
	};

	return (
		<Section title="Runs" plain actions={<LinkButton href={runsOf(name)} icon="filter">All filters</LinkButton>}>
			<Of resource={r}>{(d) => (
				<>
					<Table caption={`Runs of ${name}`} rows={d.runs} keyOf={(one) => one.id} hrefOf={(one) => `/runs/${one.id}`} columns={[
						{ id: 'status', head: 'Status', cell: (one) => <Status value={one.status} /> },
						{ id: 'type', head: 'Kind', cell: (one) => words(one.sync_type) },
						{ id: 'at', head: 'Began', cell: (one) => <a href={`/runs/${one.id}`}><When at={one.started_at} /></a> },
						{ id: 'took', head: 'Took', number: true, cell: (one) => duration(took(one)) },
						{ id: 'created', head: 'Created', number: true, cell: (one) => count(one.records_created) },
						{ id: 'updated', head: 'Updated', number: true, cell: (one) => count(one.records_updated) },
						{ id: 'failed', head: 'Failed', number: true, cell: (one) => count(one.records_failed) },
						{ id: 'error', head: 'Error', grow: true, cell: (one) => one.error_message },
					]} empty={<Empty title="It has not run yet" icon="play" command={`lockstep sync ${name}`}>
						Press Sync now above, or wait for its schedule.
					</Empty>} />
					<Pager total={d.total} limit={LIMIT} />
				</>
			)}</Of>
		</Section>
	);
}
