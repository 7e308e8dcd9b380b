// SPDX-License-Identifier: Apache-2.0
// cursor.tsx - sets where the reading of a table goes on, with a reason, or has it forgotten.
import { useState } from 'preact/hooks';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import type { Problem } from '../../data/problem.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/form.tsx';
import { Facts } from '../../parts/page.tsx';
import { Failed } from '../../parts/state.tsx';
import { When } from '../../parts/time.tsx';
import type { Stream } from './types.ts';

export function CursorDialog({ name, stream, reload, onClose }: {
	name: string;
	stream: Stream;
	reload: () => void;
	onClose: () => void;
}) {
	// What the person sees when they open it: a change by another shows as a conflict.
	const [seen, setSeen] = useState(stream);
	const [cursor, setCursor] = useState(stream.cursor ?? '');
	const [reason, setReason] = useState('');
	const settable = seen.mode !== 'full' && seen.cursor_field !== null;
	const put = useAction(async (value: string | null) => {
		try {
			await send('PUT', at`/api/connections/${name}/streams/${stream.table}/cursor`, { cursor: value, reason: reason.trim() },
				{ ifMatch: `"${seen.version}"` });
			onClose();
		} finally {
			reload();
		}
	}, { quiet: true, done: () => `The cursor of ${stream.table} is changed` });
	const [answered, setAnswered] = useState<Problem | null>(null);
	const problem = put.problem.value === answered ? null : put.problem.value;
	const stale = problem?.status === 412;
	const why = reason.trim().length < 3 ? 'Say why first' : stale ? 'Look at what it is now first' : undefined;

	return (
		<Dialog title={`Cursor of ${stream.table}`} onClose={onClose} actions={<>
			<Button onClick={onClose}>Cancel</Button>
			<Button kind="danger" busy={put.busy} why={why} onClick={() => put.run(null)}>Forget it, read all again</Button>
			{settable && <Button kind="main" busy={put.busy}
				why={why ?? (cursor.trim() === '' ? 'Give a time' : cursor.trim() === seen.cursor ? 'It is that already' : undefined)}
				onClick={() => put.run(cursor.trim())}>Set the cursor</Button>}
		</>}>
			<form class="flow" onSubmit={(e) => e.preventDefault()}>
				<Facts rows={[
					['Now', <span key="now">{seen.cursor ?? 'from the beginning'}</span>],
					seen.cursor_field ? ['Field', <code key="field">{seen.cursor_field}</code>] : null,
					seen.committed_at ? ['Committed', <When key="at" at={seen.committed_at} full />] : null,
				]} />
				<p class="quiet">The next sync reads what changed since. An earlier time reads more again, which is safe; a later one leaves
					out what changed before it.</p>
				{settable && <TextField label="Cursor" value={cursor} onChange={setCursor} mono placeholder="2026-11-01T00:00:00Z"
					hint="A time as the vendor writes it, or like 2026-11-01T00:00:00Z." />}
				<TextField label="Reason" value={reason} onChange={setReason} maxLength={300} hint="It stands in the audit log." />
			</form>
			{problem && <div class="answer"><Failed problem={problem} /></div>}
			{stale && (
				<div class="row answer">
					<span>It is <strong>{stream.cursor ?? 'from the beginning'}</strong> now.</span>
					<Button icon="refresh" onClick={() => {
						setSeen(stream);
						setCursor(stream.cursor ?? '');
						setAnswered(problem);
					}}>Go on with that</Button>
				</div>
			)}
		</Dialog>
	);
}
