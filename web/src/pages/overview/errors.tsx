// SPDX-License-Identifier: Apache-2.0
// errors.tsx - what went wrong lately, the same things together.
import { navigate, param, setQuery, addressWith } from '../../app/router.ts';
import { connections } from '../../app/session.ts';
import { useResource } from '../../data/resource.ts';
import { Drawer } from '../../parts/dialog.tsx';
import { Spark } from '../../parts/figure.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { count, plural, timeOf, words } from '../../parts/format.ts';
import { Page } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { ErrorDrawn } from './detail.tsx';
import { sinceOf } from './since.ts';
import type { ErrorGroup } from './types.ts';

export default function Errors() {
	const days = param('days', '7');
	const open = param('open');
	const r = useResource<{ errors: ErrorGroup[]; cut: boolean }>('/api/errors', {
		query: { since: sinceOf(days), connection: param('connection'), muted: param('muted', 'false') === 'all' ? '' : param('muted', 'false') },
		live: ['run', 'job', 'quarantine', 'error'],
	});

	return (
		<Page title="Errors" says="What went wrong, the same things together, and what to do about each">
			<Filters names={['connection', 'muted', 'days']}>
				<SelectFilter name="days" label="Since" otherwise="7"
					choices={[['1', '24 hours'], ['7', '7 days'], ['30', '30 days'], ['90', '90 days']]} />
				<SelectFilter name="connection" label="Connection"
					choices={[['', 'All'], ...connections.value.map((c): [string, string] => [c.name, c.name])]} />
				<SelectFilter name="muted" label="Muted" otherwise="false"
					choices={[['false', 'Left out'], ['true', 'Only these'], ['all', 'Shown too']]} />
			</Filters>
			<Of resource={r}>{(d) => (
				<>
					<Table caption="Errors" rows={d.errors} keyOf={(g) => g.fingerprint}
						onOpen={(g) => navigate(addressWith({ open: g.fingerprint }), { keepScroll: true })} columns={[
							{ id: 'count', head: 'Times', number: true, cell: (g) => <strong>{count(g.count)}</strong> },
							{ id: 'title', head: 'Error', grow: true,
								cell: (g) => <a href={addressWith({ open: g.fingerprint })} title={g.sample ?? g.title}>{g.title}</a> },
							{ id: 'trend', head: 'Trend', wideOnly: true, cell: (g) => (
								<span class="trend">
									<Spark bars values={g.spark} tone={g.muted_until ? 'quiet' : 'bad'}
										label={`${plural(g.count, 'time')}, most lately ${g.last_seen}`} />
								</span>
							) },
							{ id: 'kind', head: 'Of', cell: (g) => words(g.kind) },
							{ id: 'connections', head: 'Connections', wideOnly: true,
								cell: (g) => (g.connections.length > 0 ? g.connections.join(', ') : <span class="quiet">{g.tasks.join(', ')}</span>) },
							{ id: 'last', head: 'Last', cell: (g) => <When at={g.last_seen} /> },
							{ id: 'first', head: 'First', wideOnly: true, cell: (g) => <When at={g.first_seen} /> },
							{ id: 'state', head: 'State', cell: (g) => (g.muted_until
								? <Status value="muted" title={`Until ${new Date(timeOf(g.muted_until) ?? 0).toLocaleString('en-GB')}`} />
								: g.waiting > 0 ? <Status value="later" label="Tried again" /> : <Status value="open" />) },
						]}
						empty={<Nothing />} />
					{d.cut && <p class="quiet">Only the newest 3,000 runs, jobs and records are looked at; choose a shorter time for the others.</p>}
				</>
			)}</Of>
			{open && (
				<Drawer title="Error" wide onClose={() => setQuery({ open: '' })}>
					<ErrorDrawn fingerprint={open} since={sinceOf(days)} />
				</Drawer>
			)}
		</Page>
	);
}

function Nothing() {
	const narrowed = param('connection') !== '' || param('muted', 'false') !== 'false';

	return (
		<Empty icon="check" title={narrowed ? 'No error is like that' : 'Nothing went wrong'} command="lockstep runs --status error">
			{narrowed ? 'Clear the filters, or look at a longer time.' : 'Failed runs, jobs that were given up and records in quarantine would stand here.'}
		</Empty>
	);
}
