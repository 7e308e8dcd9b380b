// SPDX-License-Identifier: Apache-2.0
// audit.tsx - who did what, newest first, and whether the log is whole.
import { useState } from 'preact/hooks';
import { addressWith, param, paramInt, setQuery } from '../../app/router.ts';
import { useAction } from '../../data/action.ts';
import { get, type Query } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button, Copy } from '../../parts/button.tsx';
import { csvText, saveFile } from '../../parts/csv.ts';
import { Drawer } from '../../parts/dialog.tsx';
import { DaysFilter, Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { count, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Json } from '../../parts/json.tsx';
import { Facts, Page } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { toast } from '../../parts/toast.tsx';

interface Entry {
	number: number;
	at: string;
	actor: string;
	from: string;
	action: string;
	target: string;
	request: string;
	hash: string;
	details: unknown;
}

interface Entries {
	items: Entry[];
	next_before: number | null;
}

interface Verdict {
	whole: boolean;
	rows: number;
	broken_at: number | null;
}

const LIMIT = 50;
const EXPORT_PAGE = 500;
const EXPORT_MAX = 10000;
const FILTERS = ['actor', 'action', 'target', 'from', 'to', 'before'];
const ACTIONS: [string, string][] = [
	['', 'All'], ['login', 'Signed in'], ['login.fail', 'Sign-in failed'], ['logout', 'Signed out'], ['session.*', 'Sessions'],
	['user.*', 'Users'], ['token.*', 'Tokens'], ['grant.*', 'Grants'], ['sync.*', 'Syncs'], ['run.*', 'Runs'], ['job.*', 'Jobs'],
	['queue.*', 'Queues'], ['schedule.*', 'Schedules'], ['connection.*', 'Connections'], ['hold.*', 'Holds'],
	['quarantine.*', 'Quarantine'], ['outbox.*', 'Outbox'], ['conflict.*', 'Conflicts'], ['cursor.*', 'Cursors'], ['pti.*', 'Ratings'],
	['game_platform.*', 'Game platform'], ['competitor.*', 'Competitors'], ['team.*', 'Teams'],
];

/** The beginning of a day in the viewer's zone, some days on; nothing when it is no day. */
function dayStart(day: string, plus = 0): string | undefined {
	const [y, m, d] = day.split('-').map(Number);
	const at = new Date(y ?? NaN, (m ?? NaN) - 1, (d ?? NaN) + plus);

	return /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

function filters(): Query {
	return { actor: param('actor'), action: param('action'), target: param('target'), from: dayStart(param('from')), to: dayStart(param('to'), 1) };
}

export default function Audit() {
	const before = paramInt('before', 0);
	const r = useResource<Entries>('/api/audit', { query: { ...filters(), before: before || undefined, limit: LIMIT }, live: ['audit'] });
	const number = paramInt('entry', 0);
	const entry = r.data.value?.items.find((e) => e.number === number);
	const filtered = FILTERS.some((n) => param(n) !== '');

	return (
		<Page title="Audit log" says="Who signed in, triggered, changed or stopped what, and from where" actions={<><Verify /><Export /></>}>
			<Filters names={FILTERS}>
				<SearchFilter name="actor" label="Who, such as user:ana" />
				<SelectFilter name="action" label="Did" choices={withOwn(ACTIONS, param('action'))} />
				<SearchFilter name="target" label="To what, such as job:17" />
				<span class="filters">
					<DaysFilter />
				</span>
			</Filters>
			<Of resource={r} lines={8}>{(d) => (
				<>
					<Table caption="Audit log" rows={d.items} keyOf={(e) => String(e.number)}
						onOpen={(e) => setQuery({ entry: e.number }, { push: true })} columns={[
							{ id: 'at', head: 'When', cell: (e) => <When at={e.at} /> },
							{ id: 'actor', head: 'Who', cell: (e) => <a class="nowrap" href={addressWith({ actor: e.actor, before: '' })} title={`Only ${e.actor}`}>{e.actor}</a> },
							{ id: 'action', head: 'Did', cell: (e) => <code>{e.action}</code> },
							{ id: 'target', head: 'To what', grow: true, cell: (e) => (e.target
								? <a href={addressWith({ target: e.target, before: '' })} title={`Only ${e.target}`}>{e.target}</a> : <span class="quiet">–</span>) },
							{ id: 'from', head: 'From', wideOnly: true, cell: (e) => e.from },
							{ id: 'number', head: 'Number', number: true, cell: (e) => <a href={addressWith({ entry: e.number })}>{count(e.number)}</a> },
						]} empty={filtered
							? <Empty title="Nothing matches" icon="filter" action={<Button onClick={() => setQuery(Object.fromEntries(FILTERS.map((n) => [n, ''])))}>Clear the filters</Button>}>
								Who and what are matched as a whole: user:ana, job:17.
							</Empty>
							: <Empty title="Nothing was done yet" icon="book" command="lockstep audit">Every change that somebody makes will stand here.</Empty>} />
					<Older before={before} next={d.next_before} />
				</>
			)}</Of>
			{entry && <Details entry={entry} />}
		</Page>
	);
}

/** The choices, and what the address says when it is none of them. */
function withOwn(choices: [string, string][], now: string): [string, string][] {
	return choices.some(([value]) => value === now) ? choices : [...choices, [now, now]];
}

function Older({ before, next }: { before: number; next: number | null }) {
	return (before > 0 || next !== null) && (
		<nav class="pager" aria-label="Parts of the list">
			{before > 0 && <a class="button plain" href={addressWith({ before: '', entry: '' })}><Icon name="up" /><span>Newest</span></a>}
			{next !== null && <a class="button plain" href={addressWith({ before: next, entry: '' })}><span>Older</span><Icon name="right" /></a>}
		</nav>
	);
}

function Details({ entry: e }: { entry: Entry }) {
	return (
		<Drawer title={`Entry ${count(e.number)}`} onClose={() => setQuery({ entry: '' })}>
			<Facts rows={[
				['When', <When at={e.at} full />],
				['Who', e.actor],
				['Did', <code>{e.action}</code>],
				['To what', e.target || '–'],
				['From', e.from || '–'],
				['Request', e.request ? <span class="with-copy"><code>{e.request}</code><Copy text={e.request} label="Copy the request's id" /></span> : '–'],
				['Hash', <span class="with-copy"><code>{e.hash}</code><Copy text={e.hash} label="Copy the hash" /></span>],
			]} />
			{e.details !== null && e.details !== undefined && <div class="flow"><h3>Details</h3><Json value={e.details} label="details" /></div>}
			<p class="hint">Keep a number and its hash elsewhere: as long as the log is whole and they still fit, nothing before was touched.</p>
		</Drawer>
	);
}

// ---- whole? ----

function Verify() {
	const [verdict, setVerdict] = useState<Verdict | null>(null);
	const verify = useAction(async () => setVerdict((await get<Verdict>('/api/audit/verify')).data));

	return (
		<>
			<Button icon="check" busy={verify.busy} onClick={() => verify.run()}>Verify the chain</Button>
			{verdict && (
				<span class={`verdict tone-${verdict.whole ? 'good' : 'bad'}`} role="status">
					<Icon name={verdict.whole ? 'check' : 'warn'} />
					{verdict.whole ? `Whole: ${plural(verdict.rows, 'entry', 'entries')}`
						: <>Broken at entry {count(verdict.broken_at)}: it was changed, removed or put in. Compare with a backup.</>}
				</span>
			)}
		</>
	);
}

// ---- as a file ----

function Export() {
	const save = useAction(async () => {
		const rows: Entry[] = [];
		let before: number | null = null;

		do {
			const { data }: { data: Entries } = await get<Entries>('/api/audit', { ...filters(), before, limit: EXPORT_PAGE });
			rows.push(...data.items);
			before = data.next_before;
		} while (before !== null && rows.length < EXPORT_MAX);
		saveFile('audit.csv', csvText(['number', 'at', 'actor', 'from', 'action', 'target', 'details', 'request', 'hash'],
			rows.map((e) => [e.number, e.at, e.actor, e.from, e.action, e.target, e.details === null ? '' : JSON.stringify(e.details), e.request, e.hash])));
		if (before !== null)
			toast.say(`The newest ${count(EXPORT_MAX)} are in the file. Narrow the time for others, or use lockstep audit.`);
	});

	return <Button icon="download" busy={save.busy} onClick={() => save.run()}>Export CSV</Button>;
}
