// SPDX-License-Identifier: Apache-2.0
// conflicts.tsx - values that a person and the vendor both changed: both are shown, a person decides.
import { useState } from 'preact/hooks';
import { param } from '../../app/router.ts';
import { connections, may } from '../../app/session.ts';
import { at, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Filters, SelectFilter } from '../../parts/filter.tsx';
import { CheckField, FormProblem, TextField } from '../../parts/form.tsx';
import { plural } from '../../parts/format.ts';
import { Page } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';

interface Conflict {
	id: string;
	connection: string;
	table: string;
	column: string;
	key: string | null;
	ours: string | null;
	theirs: string | null;
	problem: string | null;
	since: string | null;
}

const LIMIT = 200;

export default function Conflicts() {
	const [other, setOther] = useState<Conflict | null>(null);
	const r = useResource<{ conflicts: Conflict[]; total: number }>('/api/conflicts', {
		query: { connection: param('connection'), limit: LIMIT }, live: ['conflict', 'run'],
	});

	return (
		<Page title="Conflicts" says="Values that a person here and the vendor both changed; the row keeps its own until somebody decides">
			{connections.value.length > 1 && (
				<Filters names={['connection']}>
					<SelectFilter name="connection" label="Connection"
						choices={[['', 'All'], ...connections.value.map((c): [string, string] => [c.name, c.name])]} />
				</Filters>
			)}
			<Of resource={r}>{(d) => (
				<>
					<Table caption="Conflicts" rows={d.conflicts} keyOf={(c) => c.id}
						empty={<Empty title="Nothing to decide" icon="check" command="lockstep conflicts">
							A column with <code>conflict: hold</code> in the plan shows here when both sides changed it.
						</Empty>}
						columns={[
							{ id: 'what', head: 'Value', cell: (c) => (
								<span class="two-lines"><strong>{c.column}</strong><small>{c.table}{c.key ? ` · ${c.key}` : ''} · {c.connection}</small></span>
							) },
							{ id: 'ours', head: 'Ours', cell: (c) => (c.problem ? <span class="side clip tone-warn" title={c.problem}>{c.problem}</span> : <Side v={c.ours} />) },
							{ id: 'theirs', head: 'Theirs', cell: (c) => <Side v={c.theirs} /> },
							{ id: 'since', head: 'Since', cell: (c) => <When at={c.since} /> },
							...(may('admin') ? [{ id: 'decide', head: 'Decide', cell: (c: Conflict) => (
								<Decide conflict={c} onDone={r.reload} onOther={() => setOther(c)} />
							) }] : []),
						]} />
					{d.total > d.conflicts.length && <p class="quiet">{plural(d.total, 'conflict')} in all; the first {LIMIT} are shown.</p>}
				</>
			)}</Of>
			{other && <Other conflict={other} onClose={() => setOther(null)} onDone={r.reload} />}
		</Page>
	);
}

function Side({ v }: { v: string | null }) {
	if (!may('admin'))
		return <span class="quiet" title="An administrator sees values: they may be a person's">hidden</span>;
	return v === null || v === '' ? <span class="quiet">(nothing)</span> : <span class="side clip" title={v}>{v}</span>;
}

function Decide({ conflict: c, onDone, onOther }: { conflict: Conflict; onDone: () => void; onOther: () => void }) {
	const take = useAction(async (side: 'ours' | 'theirs') => {
		await send('POST', at`/api/conflicts/${c.id}/decide`, { take: side });
		onDone();
	}, { done: 'Decided' });

	return (
		<span class="deeds">
			<Button busy={take.busy} onClick={() => take.run('ours')}>Keep ours</Button>
			<Button busy={take.busy} onClick={() => take.run('theirs')}>Take theirs</Button>
			<Button kind="plain" icon="pencil" label={`Another value for ${c.column}`} onClick={onOther} />
		</span>
	);
}

function Other({ conflict: c, onClose, onDone }: { conflict: Conflict; onClose: () => void; onDone: () => void }) {
	const [value, setValue] = useState(c.ours ?? '');
	const [nothing, setNothing] = useState(false);
	const save = useAction(async () => {
		await send('POST', at`/api/conflicts/${c.id}/decide`, { take: 'value', value: nothing ? null : value });
		onClose();
		onDone();
	}, { done: 'Decided', quiet: true });

	return (
		<Dialog title={`Another value for ${c.column}`} onClose={onClose} actions={<>
			<Button onClick={onClose}>Close</Button>
			<Button kind="main" busy={save.busy} onClick={save.run}>Write it</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				void save.run();
			}}>
				<p class="quiet">It goes into the row of {c.table}; the conflict is over.</p>
				{!nothing && <TextField label="Value" value={value} onChange={setValue} hint={`Ours: ${c.ours ?? '(nothing)'}. Theirs: ${c.theirs ?? '(nothing)'}.`} />}
				<CheckField label="Empty the cell" checked={nothing} onChange={setNothing} />
				<FormProblem problem={save.problem.value} />
			</form>
		</Dialog>
	);
}
