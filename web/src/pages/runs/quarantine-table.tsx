// SPDX-License-Identifier: Apache-2.0
// quarantine-table.tsx - records that could not become rows; administrators open one to mend it.
import { addressWith, param, setQuery } from '../../app/router.ts';
import { connections, may } from '../../app/session.ts';
import type { Query } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { count, words } from '../../parts/format.ts';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { Mend } from './mend.tsx';

export interface Item {
	id: string;
	connection: string;
	table: string;
	stream: string;
	key: string | null; // for an administrator
	field: string | null;
	reason: string;
	says: string;
	tries: number;
	first_at: string;
	last_at: string;
}

export interface Items {
	items: Item[];
	groups: { connection: string; table: string; reason: string; count: number }[];
	total: number;
	more: boolean;
}

/** `paged`: the whole list, whose filters stand in the address. */
export function QuarantineTable({ query, paged, narrowed, onData }: {
	query: Query & { limit: number };
	paged?: boolean;
	narrowed?: boolean;
	onData?: (d: Items) => preact.ComponentChildren;
}) {
	const r = useResource<Items>('/api/quarantine', { query, live: ['run', 'quarantine'] });
	const open = param('item');
	const admin = may('admin');

	return (
		<>
			<Of resource={r}>{(d) => <>
				{onData?.(d)}
				<Table caption="Records in quarantine" rows={d.items} keyOf={(i) => i.id}
					onOpen={admin ? (i) => setQuery({ item: i.id }, { push: true }) : undefined} columns={[
						{ id: 'key', head: 'Record', cell: (i) => (admin
							? <a href={addressWith({ item: i.id })} class="mono clip key">{i.key}</a>
							: <span class="quiet">for administrators</span>) },
						{ id: 'table', head: 'Table', cell: (i) => <span class="nowrap">{i.table}{connections.value.length !== 1 && <span class="quiet"> of {i.connection}</span>}</span> },
						{ id: 'field', head: 'Field', cell: (i) => (i.field ? <code>{i.field}</code> : '–') },
						{ id: 'reason', head: 'Reason', grow: true, cell: (i) => <span title={i.says}>{words(i.reason)}: {i.says}</span> },
						{ id: 'tries', head: 'Tries', number: true, cell: (i) => count(i.tries) },
						{ id: 'first', head: 'First seen', wideOnly: true, cell: (i) => <When at={i.first_at} /> },
						{ id: 'last', head: 'Last seen', cell: (i) => <When at={i.last_at} /> },
					]} empty={narrowed
						? <Empty title="No record is like that" icon="search" />
						: <Empty title="Nothing is in quarantine" icon="check" command="lockstep quarantine">
							Records that cannot become rows wait here, with the reason, until they can.
						</Empty>} />
				{paged && d.total > 0 && <Pager total={d.total} limit={query.limit} capped={d.more} />}
			</>}</Of>
			{admin && open && <Mend key={open} id={open} onClose={() => setQuery({ item: '' })} onDone={r.reload} />}
		</>
	);
}
