// SPDX-License-Identifier: Apache-2.0
// quarantine.tsx - all records that could not become rows, by reason; mended one by one or together.
import { addressWith, param } from '../../app/router.ts';
import { connections, may } from '../../app/session.ts';
import { newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { count, plural, words } from '../../parts/format.ts';
import { Page } from '../../parts/page.tsx';
import { toast } from '../../parts/toast.tsx';
import { QuarantineTable, type Items } from './quarantine-table.tsx';

const FILTERS = ['connection', 'table', 'reason', 'q', 'run'];
const REASONS = ['required', 'type', 'unique', 'not_null', 'unknown_value', 'missing_reference', 'foreign_key', 'check', 'too_long', 'other'];

export default function QuarantinePage() {
	const names = Object.fromEntries(FILTERS.map((n) => [n, param(n)]));

	return (
		<Page title="Quarantine" says="Records that could not become rows. Every run of their stream tries them again; here you need not wait."
			actions={may('admin') && <RetryAll />}>
			<Filters names={FILTERS}>
				<SearchFilter label="Key, field or sentence" />
				<SelectFilter name="connection" label="Connection"
					choices={[['', 'All'], ...connections.value.map((c): [string, string] => [c.name, c.name])]} />
				<SelectFilter name="reason" label="Reason" choices={[['', 'All'], ...REASONS.map((r): [string, string] => [r, words(r)])]} />
				{param('table') && <a class="button" href={addressWith({ table: '', page: '' })} title="Show all tables">Table {param('table')} ×</a>}
				{param('run') && <a class="button" href={addressWith({ run: '', page: '' })} title="Show those of all runs">Of one run ×</a>}
			</Filters>
			<QuarantineTable paged narrowed={FILTERS.some((n) => param(n))} query={{ ...names, page: param('page'), limit: 50 }}
				onData={(d) => <Groups d={d} />} />
		</Page>
	);
}

function Groups({ d }: { d: Items }) {
	if (d.groups.length < 2)
		return null;
	return (
		<ul class="row" aria-label="By table and reason">
			{d.groups.map((g) => (
				<li key={`${g.connection} ${g.table} ${g.reason}`}>
					<a class="button" href={addressWith({ connection: g.connection, table: g.table, reason: g.reason, page: '' })}>
						{g.table}: {words(g.reason).toLowerCase()} <strong>{count(g.count)}</strong>
					</a>
				</li>
			))}
		</ul>
	);
}

/** Counted first, then asked, then begun as a job. */
function RetryAll() {
	const all = useAction(async () => {
		const body = { connection: param('connection') || (connections.value.length === 1 ? connections.value[0]?.name ?? '' : ''),
			...(param('table') ? { table: param('table') } : {}), ...(param('reason') ? { reason: param('reason') } : {}) };
		const { data } = await send<{ matched: number }>('POST', '/api/quarantine/retry', { ...body, dry_run: true });

		if (data.matched === 0) {
			toast.say('Nothing to try again');
			return;
		}
		if (!await confirm({ title: `Try ${plural(data.matched, 'record')} again?`, yes: 'Try again',
			text: 'Each is read again from the vendor where that is possible, a call each, and written when it fits now. Those that do not fit stay.' }))
			return;
		const started = await send<{ job: string }>('POST', '/api/quarantine/retry', { ...body, dry_run: false }, { idempotencyKey: newKey() });
		toast.good(`Job ${started.data.job} tries them again`);
	});
	const one = param('connection') || connections.value.length === 1;

	return (
		<Button icon="refresh" busy={all.busy} why={one ? undefined : 'Choose a connection first'} onClick={() => all.run()}>
			Try all again…
		</Button>
	);
}
