// SPDX-License-Identifier: Apache-2.0
// outbox.tsx - changes of the application's rows on their way to a vendor; a person decides what is stuck.
import { useState } from 'preact/hooks';
import { addressWith, param, setQuery } from '../../app/router.ts';
import { connections, may } from '../../app/session.ts';
import { at, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Bulk, type BulkDeed } from '../../parts/bulk.tsx';
import { Button } from '../../parts/button.tsx';
import { ask, Drawer } from '../../parts/dialog.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { Json } from '../../parts/json.tsx';
import { Facts, Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { Tiles } from '../../parts/tiles.tsx';
import { When } from '../../parts/time.tsx';

interface Change {
	id: string;
	connection: string;
	watch: string;
	table: string;
	key: string | null;
	op: string;
	status: string;
	attempts: number;
	in_doubt: boolean;
	action: string | null;
	error: string | null;
	answer: number | null;
	job: string | null;
	changed: string[] | null;
	made_at: string | null;
	sent_at: string | null;
	not_before: string | null;
	choices: string[];
	before?: Record<string, unknown> | null;
	after?: Record<string, unknown> | null;
	args?: Record<string, unknown> | null;
	result?: Record<string, unknown> | null;
	idempotency_key?: string | null;
}

interface ChangeList {
	changes: Change[];
	counts: Record<string, number>;
	total: number;
	more: boolean;
}

const LIMIT = 50;
const NAMES = ['q', 'status', 'connection'];
const STATUSES = ['pending', 'sending', 'failed', 'unknown', 'done', 'cancelled'];

const DEEDS: Record<string, BulkDeed & { title: string }> = {
	retry: { action: 'retry', verb: 'Send again', done: 'sent again', reason: true, title: 'Send it again?',
		says: 'The vendor is asked once more. Of one whose outcome is unknown it may then be done twice.' },
	sent: { action: 'sent', verb: 'Mark as sent', done: 'marked as sent', reason: true, title: 'Did it happen?',
		says: 'Do this when you have seen at the vendor that it happened. Nothing is sent; later changes of the record go on.' },
	drop: { action: 'drop', verb: 'Drop', done: 'dropped', reason: true, danger: true, title: 'Give it up?',
		says: 'The vendor is not told of it. Later changes of the record go on.' },
};

export default function Outbox() {
	const [chosen, setChosen] = useState<Set<string>>(new Set());
	const filter = { status: param('status'), connection: param('connection'), q: param('q') };
	const r = useResource<ChangeList>('/api/outbox', { query: { ...filter, page: param('page'), limit: LIMIT }, live: ['outbox'] });
	const open = param('change');
	const set = Object.fromEntries(Object.entries(filter).filter(([, v]) => v !== ''));
	const stuck = ['pending', 'failed', 'unknown'].includes(filter.status);

	return (
		<Page title="Outbox" says="Changes of your own tables on their way to a vendor">
			<Tiles name="status" label="Changes by state" tiles={STATUSES.map((s) => ({
				value: s, count: r.data.value?.counts[s] ?? null, ...(s === 'unknown' ? { label: 'Unknown' } : {}),
			}))} />
			<Filters names={NAMES}>
				<SearchFilter label={may('admin') ? 'In the error or the key' : 'In the error'} />
				<SelectFilter name="connection" label="Connection"
					choices={[['', 'All'], ...connections.value.map((c): [string, string] => [c.name, c.name])]} />
			</Filters>
			{may('admin') && <Bulk path="/api/outbox/bulk" noun={['change', 'changes']} chosen={chosen} deeds={Object.values(DEEDS).map((d) => ({
				...d, unless: chosen.size > 0 || filter.status === 'unknown' || (d.action === 'retry' && filter.status === 'failed') ||
					(d.action === 'drop' && stuck) ? '' : 'The state above does not allow it',
			}))}
				onDone={() => {
					setChosen(new Set());
					r.reload();
				}} filter={stuck ? set : null} why="Choose pending, failed or unknown above first" />}
			<Of resource={r} lines={6}>{(d) => (
				<>
					<Table caption="Changes" rows={d.changes} keyOf={(c) => c.id} chosen={chosen} onChoose={may('admin') ? setChosen : undefined}
						onOpen={(c) => setQuery({ change: c.id }, { push: true })}
						empty={NAMES.some((n) => param(n) !== '')
							? <Empty title="No change matches" icon="filter">Clear a filter, or look at all states.</Empty>
							: <Empty title="Nothing is on its way" icon="send" command="lockstep outbox">
								A <code>watch</code> in the plan sends changes of your tables to the vendor; they show here.
							</Empty>}
						columns={[
							{ id: 'status', head: 'State', cell: (c) => <Status value={c.status} /> },
							{ id: 'what', head: 'Change', cell: (c) => (
								<span class="two-lines">
									<a href={addressWith({ change: c.id })}>{c.op} in {c.table}</a>
									<small>{c.id} · {c.connection} · {c.watch}{c.key ? ` · ${c.key}` : ''}</small>
								</span>
							) },
							{ id: 'error', head: 'Why', grow: true, cell: (c) => c.error && <span class={c.status === 'failed' ? 'error-text' : ''} title={c.error}>{c.error}</span> },
							{ id: 'attempts', head: 'Attempts', number: true, cell: (c) => c.attempts },
							{ id: 'made', head: 'Made', cell: (c) => <When at={c.made_at} /> },
						]} />
					<Pager total={d.total} limit={LIMIT} capped={d.more} />
				</>
			)}</Of>
			{open && <ChangeDrawer id={open} onClose={() => setQuery({ change: '' })} onDone={r.reload} />}
		</Page>
	);
}

function ChangeDrawer({ id, onClose, onDone }: { id: string; onClose: () => void; onDone: () => void }) {
	const r = useResource<Change>(at`/api/outbox/${id}`, { live: ['outbox'] });
	const decide = useAction(async (name: string) => {
		const d = DEEDS[name];
		const reason = d && await ask({ title: d.title, text: d.says, yes: d.verb, danger: !!d.danger, reason: true });
		if (reason === null || reason === undefined)
			return;
		await send('POST', at`/api/outbox/${id}/${name}`, reason ? { reason } : {});
		r.reload();
		onDone();
	});
	const choices = may('admin') ? r.data.value?.choices ?? [] : [];

	return (
		<Drawer title={`Change ${id}`} onClose={onClose} actions={choices.length > 0 && choices.map((c) => {
			const d = DEEDS[c];
			return d && <Button key={c} kind={d.danger ? 'danger' : 'normal'} busy={decide.busy} onClick={() => decide.run(c)}>{d.verb}</Button>;
		})}>
			<Of resource={r}>{(c) => (
				<>
					<p><Status value={c.status} />{c.in_doubt && <span class="tone-warn"> A request may have reached the vendor.</span>}</p>
					{c.error && <pre class="error" tabIndex={0}>{c.error}</pre>}
					<Facts rows={[
						['What', `${c.op} in ${c.table}`],
						!!c.key && ['Record', c.key],
						['Goes to', `${c.connection}, by the watch ${c.watch}`],
						!!c.action && ['Action', c.action],
						['Attempts', String(c.attempts)],
						c.answer !== null && ['Vendor answered', String(c.answer)],
						!!c.changed && ['Columns', c.changed.join(', ')],
						['Made', <When at={c.made_at} full />],
						!!c.sent_at && ['Sent', <When at={c.sent_at} full />],
						!!c.not_before && ['Not before', <When at={c.not_before} full />],
						!!c.job && ['Sent by', <a href={`/jobs/${c.job}`}>job {c.job}</a>],
					]} />
					<Contents change={c} />
				</>
			)}</Of>
		</Drawer>
	);
}

function cellText(v: unknown): string {
	return v === null || v === undefined ? '(nothing)' : typeof v === 'string' ? v : JSON.stringify(v);
}

/** The record before and after, column by column; what differs stands out. */
function Contents({ change: c }: { change: Change }) {
	const names = [...new Set([...Object.keys(c.before ?? {}), ...Object.keys(c.after ?? {})])];

	if (!may('admin'))
		return <p class="quiet">An administrator sees what it holds: it may be a person's.</p>;
	return (
		<>
			{names.length === 0
				? <p class="quiet">Its contents are erased: it is over.</p>
				: (
					<div class="sides" role="group" aria-label="Before and after">
						<span class="head">Column</span><span class="head">Before</span><span class="head">After</span>
						{names.flatMap((n) => {
							const [before, after] = [c.before?.[n], c.after?.[n]];
							const differs = !!c.before && !!c.after && cellText(before) !== cellText(after);
							return [
								<span key={n} class="quiet">{n}</span>,
								<span key={`${n}b`}>{c.before ? cellText(before) : '–'}</span>,
								<span key={`${n}a`} class={differs ? 'differs' : ''}>{c.after ? cellText(after) : '–'}</span>,
							];
						})}
					</div>
				)}
			{c.args && <div><h3>Arguments</h3><Json value={c.args} label="the arguments" /></div>}
			{c.result && <div><h3>What the answer gave</h3><Json value={c.result} label="the result" /></div>}
		</>
	);
}
