// SPDX-License-Identifier: Apache-2.0
// mapping.tsx - how records become rows, as the plan says it.
import { param } from '../../app/router.ts';
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { Facts, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';

interface Ref {
	table: string;
	match: string;
	take: string;
	value: string | null;
}

interface MappedColumn {
	column: string;
	type: string;
	key: boolean;
	value: string | null;
	ref: Ref[];
	map: { from: string; insert: { act: string; value: unknown } }[];
	owner: string;
	protected: boolean;
	required: boolean;
	follow: string | null;
	where: string;
	push: string[];
}

interface MappedTable {
	table: string;
	stream: string;
	key: string[];
	columns: MappedColumn[];
	raw: string | null;
	stamp: string | null;
	when: string | null;
	update_only: boolean;
	where: string;
	checks: Record<string, number | null>;
}

const OWNERS: Record<string, string> = { vendor: 'the vendor', local: 'here', newest: 'whoever was later', person: 'a person decides',
	source_changed: 'the vendor, when it changed' };

export function Mapping({ name }: { name: string }) {
	const r = useResource<{ tables: MappedTable[] }>(at`/api/connections/${name}/mapping`, { live: ['connection'] });
	const tables = r.data.value?.tables ?? [];
	const first = tables[0]?.table ?? '';
	const q = param('q').toLowerCase();

	return (
		<Section title="Mapping" plain says="From the vendor's record to the row, with the expressions as the plan has them">
			<Filters names={['q']}>
				<SelectFilter name="table" label="Table" otherwise={first} choices={tables.map((t) => [t.table, t.table])} />
				<SearchFilter label="Search columns" />
			</Filters>
			<Of resource={r}>{(d) => {
				const t = d.tables.find((one) => one.table === param('table', first));
				return t ? <One t={t} q={q} /> : <Empty title="It fills no table" icon="table">Give it tables in the plan.</Empty>;
			}}</Of>
		</Section>
	);
}

function One({ t, q }: { t: MappedTable; q: string }) {
	const checks = Object.entries(t.checks).filter(([, v]) => v !== null).map(([k, v]) => `${k.replace('_percent', '')} ${v} %`);
	const rows = t.columns.filter((c) => !q || `${c.column} ${c.value ?? ''}`.toLowerCase().includes(q));

	return (
		<>
			<Facts rows={[
				['Stream', t.stream],
				['Key', t.key.join(', ')],
				t.raw ? ['The record as sent', <code key="raw">{t.raw}</code>] : null,
				t.stamp ? ['When it was written', <code key="stamp">{t.stamp}</code>] : null,
				t.when ? ['Only records with', <code key="when">{t.when}</code>] : null,
				t.update_only ? ['New rows', 'never made, only changed'] : null,
				['Checks before writing', checks.join(', ') || 'none'],
				['In the plan', <code key="where">{t.where}</code>],
			]} />
			<Table caption={`Columns of ${t.table}`} rows={rows} keyOf={(c) => c.column} columns={[
				{ id: 'column', head: 'Column', cell: (c) => (
					<span class="row"><strong>{c.column}</strong>{c.key && <Badge tone="busy">key</Badge>}{c.required && !c.key && <Badge>required</Badge>}</span>
				) },
				{ id: 'type', head: 'Type', cell: (c) => c.type },
				{ id: 'value', head: 'From', cell: (c) => <From c={c} /> },
				{ id: 'owner', head: 'Last word', cell: (c) => (
					<span class="row">{OWNERS[c.owner] ?? c.owner}{c.protected && <Badge tone="warn">protected</Badge>}</span>
				) },
				{ id: 'push', head: 'Pushed by', cell: (c) => (c.push.length ? c.push.join(', ') : <span class="quiet">nothing</span>) },
			]} empty={<Empty title="No column matches" icon="filter">Change the search above.</Empty>} />
		</>
	);
}

function From({ c }: { c: MappedColumn }) {
	return (
		<span class="from">
			{c.value && <code>{c.value}</code>}
			{c.ref.map((f, i) => (
				<small key={i} class="quiet">{f.table}.{f.take} where {f.match} = <code>{f.value}</code></small>
			))}
			{c.map.length > 0 && (
				<details>
					<summary>{c.map.length} words</summary>
					<ul>{c.map.map((m) => <li key={m.from}><code>{m.from}</code> becomes {m.insert.act === 'write' ? String(m.insert.value ?? 'nothing') : m.insert.act}</li>)}</ul>
				</details>
			)}
			{c.follow && <small class="quiet">follows {c.follow}</small>}
		</span>
	);
}
