// SPDX-License-Identifier: Apache-2.0
// completeness.tsx - whether all that the firm has is here, and linked.
import { useResource } from '../../data/resource.ts';
import { Progress } from '../../parts/figure.tsx';
import { count, percent, plural } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import type { Answer, Completeness } from './data.ts';

type Row = Completeness['tables'][number];

/** Rows and refused records together are what the vendor counted, or more came since. */
function whole(t: Row): boolean {
	return t.atVendor !== null && t.fromVendor + t.quarantined >= t.atVendor;
}

function State({ t }: { t: Row }) {
	if (t.atVendor === null)
		return <Status value="pending" label="Never read whole" title="Run a full sync: it counts what the vendor has." />;
	if (!whole(t))
		return <Status value="partial" label={`${plural(t.atVendor - t.fromVendor - t.quarantined, 'row')} missing`} />;
	return t.quarantined > 0
		? <Status value="partial" label="Some refused" />
		: <Status value="complete" label="Complete" />;
}

interface Link {
	table: string;
	column: string;
	to: string;
	linked: number;
	waiting: number;
	none: number;
}

function LinkTable({ rows }: { rows: Link[] }) {
	return (
		<Table caption="References to other tables" rows={rows} keyOf={(l) => `${l.table}.${l.column}`} columns={[
			{ id: 'column', head: 'Reference', cell: (l) => <code>{l.table}.{l.column}</code> },
			{ id: 'to', head: 'To', cell: (l) => l.to },
			{ id: 'share', head: 'Linked', grow: true, cell: (l) => <Progress value={l.linked} of={Math.max(1, l.linked + l.waiting)}
				label={`${count(l.linked)} of ${count(l.linked + l.waiting)} linked`} /> },
			{ id: 'linked', head: 'Rows', number: true, cell: (l) => count(l.linked) },
			{ id: 'waiting', head: 'Not linked yet', number: true, cell: (l) => (l.waiting > 0
				? <strong class="tone-warn">{count(l.waiting)}</strong> : <span class="quiet">0</span>) },
			{ id: 'none', head: 'Name none', number: true, cell: (l) => <span class={l.none ? '' : 'quiet'}>{count(l.none)}</span> },
		]} />
	);
}

export function CompletenessTable() {
	const r = useResource<Answer<Completeness>>('/api/sync/completeness', { live: ['run', 'quarantine'], pollMs: 30000 });

	return (
		<Section title="Is everything here, and linked?" plain
			says="Rows against PracticePanther’s own count in the last complete sync. A reference whose row has not come yet is looked for again at the end of every sync.">
			<Of resource={r} lines={5}>{(d) => <>
				<Table caption="Completeness of each table" rows={d.data.tables} keyOf={(t) => t.table} columns={[
					{ id: 'table', head: 'Table', grow: true, cell: (t) => <span>{t.table}{t.stream !== t.table && <span class="quiet"> from {t.stream}</span>}</span> },
					{ id: 'state', head: 'State', cell: (t) => <State t={t} /> },
					{ id: 'here', head: 'Here', number: true, cell: (t) => <span title={`${count(t.rows)} rows in all`}>{count(t.fromVendor)}</span> },
					{ id: 'there', head: 'At the vendor', number: true, cell: (t) => (
						<span title={t.atVendor ? `${percent(t.fromVendor / t.atVendor)} of them are here` : undefined}>{count(t.atVendor)}</span>) },
					{ id: 'quarantine', head: 'In quarantine', number: true, cell: (t) => (t.quarantined > 0
						? <a class="tone-bad" href={`/quarantine?table=${encodeURIComponent(t.table)}`}>{count(t.quarantined)}</a> : <span class="quiet">0</span>) },
					{ id: 'counted', head: 'Counted', wideOnly: true, cell: (t) => <When at={t.countedAt} none="never" /> },
				]} />
				<LinkTable rows={d.data.tables.flatMap((t) => t.links.map((l) => ({ table: t.table, ...l })))} />
			</>}</Of>
		</Section>
	);
}
