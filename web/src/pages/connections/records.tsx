// SPDX-License-Identifier: Apache-2.0
// records.tsx - a sample of a table's rows, and one by its key beside what the vendor sent.
import { addressWith, param } from '../../app/router.ts';
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { LinkButton } from '../../parts/button.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { NOTHING } from '../../parts/format.ts';
import { Json } from '../../parts/json.tsx';
import { Facts, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';

type Cell = string | number | boolean | null;

interface Sample {
	table: string;
	key: string[];
	columns: { name: string; type: string }[];
	rows: Cell[][];
	raw: unknown;
}

/** More would not fit side by side; the row itself shows all. */
const COLUMNS = 8;

function CellText({ value, type }: { value: Cell | undefined; type: string }) {
	if (value === null || value === undefined || value === '')
		return <span class="quiet">{NOTHING}</span>;
	if (type === 'timestamp')
		return <When at={String(value)} />;
	return <span class="cell-text" title={String(value)}>{String(value)}</span>;
}

/** As the server wants it: the only key's text, or all of them as a list. */
function keyOf(d: Sample, row: Cell[]): string {
	const parts = d.key.map((name) => String(row[d.columns.findIndex((c) => c.name === name)] ?? ''));
	return parts.length === 1 ? parts[0] ?? '' : JSON.stringify(parts);
}

export function Records({ name, tables }: { name: string; tables: string[] }) {
	const table = param('table', tables[0] ?? '');
	const key = param('key');
	const r = useResource<Sample>(tables.length ? at`/api/connections/${name}/records` : null, {
		query: { table, key, limit: 50 }, pollMs: 0,
	});

	if (tables.length === 0)
		return <Empty title="It fills no table" icon="table">Give it tables in the plan.</Empty>;
	return (
		<Section title="Records" plain says="A sample in the order of the key; give a key to see one with what the vendor sent">
			<Filters names={['key']}>
				<SelectFilter name="table" label="Table" otherwise={tables[0] ?? ''} choices={tables.map((t) => [t, t])} />
				<SearchFilter name="key" label="Key" />
			</Filters>
			<Of resource={r}>{(d) => (key && d.rows.length === 1 ? <One d={d} /> : (
				<Table caption={`Rows of ${d.table}`} rows={d.rows} keyOf={(row) => keyOf(d, row)}
					hrefOf={(row) => addressWith({ key: keyOf(d, row) })}
					columns={d.columns.slice(0, COLUMNS).map((c, i) => ({
						id: c.name, head: c.name, wideOnly: i > 4, number: c.type === 'integer' || c.type === 'decimal',
						cell: (row: Cell[]) => (d.key[0] === c.name
							? <a href={addressWith({ key: keyOf(d, row) })}><CellText value={row[i]} type={c.type} /></a>
							: <CellText value={row[i]} type={c.type} />),
					}))}
					empty={key
						? <Empty title="No row has this key" icon="search" action={<LinkButton href={addressWith({ key: '' })}>Show the sample</LinkButton>}>
							Keys are compared whole, as the vendor gives them.
						</Empty>
						: <Empty title="The table is empty" icon="table" command={`lockstep sync ${name}`}>Sync the connection to fill it.</Empty>} />
			))}</Of>
		</Section>
	);
}

function One({ d }: { d: Sample }) {
	const row = d.rows[0] ?? [];

	return (
		<>
			<div class="row"><LinkButton href={addressWith({ key: '' })} icon="left">All rows</LinkButton></div>
			<div class="columns">
				<Section title="The row">
					<Facts rows={d.columns.map((c, i) => [c.name, <CellText key={c.name} value={row[i]} type={c.type} />])} />
				</Section>
				<Section title="What the vendor sent">
					{d.raw === null
						? <p class="quiet">The plan does not keep it: name a column in the table's <code>raw</code>.</p>
						: <Json value={d.raw} label="the vendor's record" />}
				</Section>
			</div>
		</>
	);
}
