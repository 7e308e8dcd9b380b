// SPDX-License-Identifier: Apache-2.0
// streams.tsx - the tables of a connection: progress, cursor, rows, last run, live.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Progress } from '../../parts/figure.tsx';
import { count, dayClockText, short, timeOf, words } from '../../parts/format.ts';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table, type Column } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { CursorDialog } from './cursor.tsx';
import { Counted, Freshness, pageOf, quarantineOf } from './parts.tsx';
import { HINTS, isAbout, type Stream } from './types.ts';

const PHASES: Record<string, string> = { fetch: 'asks the vendor', transform: 'makes rows', commit: 'writes', wait: 'waits' };

export function Streams({ name }: { name: string }) {
	const [editing, setEditing] = useState<string | null>(null);
	const r = useResource<{ streams: Stream[] }>(at`/api/connections/${name}/streams`, { live: HINTS, when: isAbout(name) });
	const edited = r.data.value?.streams.find((s) => s.table === editing);

	return (
		<Of resource={r}>{(d) => (
			<>
				<Table caption={`Streams of ${name}`} rows={d.streams} keyOf={(s) => s.table} columns={columns(name, setEditing, d.streams.some((s) => s.progress))}
					empty={<Empty title="It fills no table" icon="table" command="lockstep check">Give it tables in the plan.</Empty>} />
				{edited && <CursorDialog name={name} stream={edited} reload={r.reload} onClose={() => setEditing(null)} />}
			</>
		)}</Of>
	);
}

function columns(name: string, edit: (table: string) => void, running: boolean): Column<Stream>[] {
	const rowsOf = (s: Stream): string => `${pageOf(name)}?tab=records&table=${encodeURIComponent(s.table)}`;

	return [
		{ id: 'table', head: 'Table', cell: (s) => (
			<span class="pair"><strong>{s.table}</strong>
				<small class="quiet">{s.stream === s.table ? words(s.mode) : `${s.stream}, ${s.mode}`}</small></span>
		) },
		{ id: 'now', head: 'Now', cell: (s) => <Now s={s} /> },
		{ id: 'cursor', head: 'Cursor', cell: (s) => (
			<span class="row cursor-cell">
				<span class="pair">
					{s.mode === 'rotation' ? <a href={`${pageOf(name)}?tab=rotation`}>members take turns</a> : <Cursor s={s} />}
					{s.committed_at && <small class="quiet">committed <When at={s.committed_at} /></small>}
				</span>
				{may('admin') && <Button kind="plain" icon="pencil" label={`Change the cursor of ${s.table}`}
					why={running ? 'A sync is under way: stop it, or wait for its end' : undefined} onClick={() => edit(s.table)} />}
			</span>
		) },
		{ id: 'rows', head: 'Rows', number: true, cell: (s) => <Rows s={s} href={may('admin') ? rowsOf(s) : null} /> },
		{ id: 'last', head: 'Last run', cell: (s) => <Last s={s} /> },
		{ id: 'fresh', head: 'Freshness', cell: (s) => <Freshness freshFor={s.fresh_for_s} dueEvery={s.due_every_s} /> },
		{ id: 'quarantined', head: 'Quarantine', number: true, cell: (s) =>
			<Counted n={s.quarantined} href={`${quarantineOf(name)}&table=${encodeURIComponent(s.table)}`} /> },
	];
}

function Now({ s }: { s: Stream }) {
	const p = s.progress;

	if (!p)
		return s.held.length > 0 ? <Status value="held" /> : s.open_pass
			? <Status value="partial" label="pass is open" title={`${words(s.open_pass.mode)}, ${count(s.open_pass.records)} records so far; the next run goes on`} />
			: <span class="quiet">idle</span>;
	const expected = p.expected && p.expected >= p.records ? p.expected : null;
	const text = `${count(p.records)}${expected ? ` of about ${count(expected)}` : ''} records, ${count(p.pages)} pages`;
	return (
		<span class="now">
			<span class="nowrap"><Status value={p.phase === 'wait' ? 'waiting' : 'running'} label={PHASES[p.phase] ?? p.phase} /></span>
			<Progress value={p.records} of={expected} label={text} />
			<small class="quiet">{text}{p.waiting && <>; {p.waiting}{p.waiting_until && <>, until <When at={p.waiting_until} /></>}</>}</small>
		</span>
	);
}

function Cursor({ s }: { s: Stream }) {
	const ms = timeOf(s.cursor);

	if (s.mode === 'full')
		return <span class="quiet">read whole each time</span>;
	if (ms === null)
		return <span class="quiet">from the beginning</span>;
	return (
		<span class="nowrap" title={`${s.cursor_field ?? 'cursor'}: ${s.cursor ?? ''}`}>
			{dayClockText(ms)}
			{s.partitions > 1 && <small class="quiet"> oldest of {count(s.partitions)}</small>}
		</span>
	);
}

function Rows({ s, href }: { s: Stream; href: string | null }) {
	const text = s.rows === null ? 'none yet' : s.rows_kind === 'exact' ? count(s.rows)
		: s.rows_kind === 'estimate' ? `≈ ${short(s.rows)}` : `> ${short(s.rows)}`;

	return href && s.rows ? <a href={href}>{text}</a> : <span class={s.rows ? '' : 'quiet'}>{text}</span>;
}

function Last({ s }: { s: Stream }) {
	const p = s.last_run;

	if (!p)
		return <span class="quiet">never</span>;
	return (
		<span class="pair" title={p.error ?? undefined}>
			<a class="row" href={`/runs/${p.run ?? p.id}`}><Status value={p.status} iconOnly /><When at={p.started_at} /></a>
			<small class="quiet nowrap">+{short(p.created)} ~{short(p.updated)}{p.failed > 0 && <span class="tone-bad"> {short(p.failed)} failed</span>}</small>
		</span>
	);
}
