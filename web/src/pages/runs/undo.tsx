// SPDX-License-Identifier: Apache-2.0
// undo.tsx - putting back what rows held before a run: looked at first, then done.
import { useState } from 'preact/hooks';
import { navigate } from '../../app/router.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { count, plural } from '../../parts/format.ts';
import { CheckField, FormProblem, SelectField } from '../../parts/form.tsx';
import { Facts } from '../../parts/page.tsx';
import { Waiting } from '../../parts/state.tsx';
import type { RunDetail } from './data.ts';

interface Job {
	status: string;
	state: string;
	error: string | null;
	output: Record<string, number | string | null> | null;
}

const OUTCOMES: [string, string][] = [
	['restored', 'Put back to what they were'],
	['deleted', 'Deleted, for the run had created them'],
	['recreated', 'Made again'],
	['kept', 'Kept, though the run had created them'],
	['already', 'Already as before the run'],
	['conflict', 'Left alone, for they were changed since'],
];

export function UndoDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
	const [table, setTable] = useState('');
	const [force, setForce] = useState(false);
	const [deleteCreated, setDeleteCreated] = useState(false);
	const [job, setJob] = useState<string | null>(null);
	const options = { ...(table ? { table } : {}), force, delete_created: deleteCreated };
	const ask = (dry: boolean) => send<{ run: string; job: string }>('POST', at`/api/runs/${run.id}/undo`,
		{ ...options, dry_run: dry }, { idempotencyKey: newKey() });
	const look = useAction(async () => setJob((await ask(true)).data.job), { quiet: true });
	const undo = useAction(async () => {
		const { data } = await ask(false);
		navigate(`/jobs/${data.job}`);
	}, { quiet: true, done: 'The undo is on its way' });
	const r = useResource<Job>(job === null ? null : at`/api/jobs/${job}`, { live: ['job', 'run'], pollMs: 1000 });
	const found = r.data.value && /succeeded|failed|cancelled/.test(r.data.value.status) ? r.data.value : null;
	const change = <T,>(set: (v: T) => void) => (v: T): void => {
		set(v);
		setJob(null);
	};
	const rows = OUTCOMES.map(([name, says]): [string, string] => [says, count(Number(found?.output?.[name] ?? 0))])
		.filter(([, n]) => n !== '0');

	return (
		<Dialog title="Undo this run" onClose={onClose} wide actions={<>
			<Button onClick={onClose}>Close</Button>
			<Button icon="eye" busy={look.busy.value || (job !== null && !found)} onClick={() => look.run()}>Look what would happen</Button>
			<Button kind="danger" icon="undo" busy={undo.busy} why={found?.status === 'succeeded' ? undefined : 'Look first'}
				onClick={() => undo.run()}>Undo {plural(run.undo?.rows ?? 0, 'row')}</Button>
		</>}>
			<div class="flow">
				<p>
					Rows get back what they held before this run. A row that was changed since is left alone.
					Cursors stay where they are: the next full run brings the vendor’s state back.
				</p>
				{run.parts.length > 1 && (
					<SelectField label="Tables" value={table} onChange={change(setTable)}
						choices={[['', 'All'], ...run.parts.map((p): [string, string] => [p.table, p.table])]} />
				)}
				<CheckField label="Also rows that were changed since" checked={force} onChange={change(setForce)} />
				<CheckField label="Delete rows that this run created" checked={deleteCreated} onChange={change(setDeleteCreated)} />
				<FormProblem problem={look.problem.value ?? undo.problem.value} />
				{job !== null && !found && <Waiting lines={2} label="Looking" />}
				{found?.error && <p class="complaint" role="alert">{found.error}</p>}
				{found?.status === 'succeeded' && (
					<div role="status">
						<h3>This would happen</h3>
						{rows.length ? <Facts rows={rows} /> : <p>Nothing: all rows are as before the run.</p>}
					</div>
				)}
			</div>
		</Dialog>
	);
}
