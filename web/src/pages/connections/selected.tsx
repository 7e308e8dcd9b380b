// SPDX-License-Identifier: Apache-2.0
// selected.tsx - a sync of some records only, by their keys at the vendor.
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { plural } from '../../parts/format.ts';
import { SelectField, TextField } from '../../parts/form.tsx';
import type { Connection } from './types.ts';

const MOST = 1000;

export function SelectedRecords({ c, onClose, sync }: {
	c: Connection;
	onClose: () => void;
	sync: (body: { only: string[]; records: string[] }) => Promise<boolean>;
}) {
	const [table, setTable] = useState(c.tables[0]?.table ?? '');
	const [text, setText] = useState('');
	const keys = [...new Set(text.split(/[\s,]+/).filter(Boolean))];
	const why = keys.length === 0 ? 'Give at least one key' : keys.length > MOST ? `At most ${MOST} keys` : undefined;

	return (
		<Dialog title="Sync selected records" onClose={onClose} actions={<>
			<Button onClick={onClose}>Cancel</Button>
			<Button kind="main" why={why} onClick={async () => {
				if (await sync({ only: [table], records: keys }))
					onClose();
			}}>{keys.length ? `Sync ${plural(keys.length, 'record')}` : 'Sync'}</Button>
		</>}>
			<form onSubmit={(e) => e.preventDefault()}>
				<p class="quiet">Only these records are read. No cursor moves, and nothing is taken for gone.</p>
				<SelectField label="Table" value={table} onChange={setTable} choices={c.tables.map((t) => [t.table, t.table])} />
				<TextField label="Keys at the vendor" value={text} onChange={setText} lines={5} mono hint="One a line, or with commas between." />
			</form>
		</Dialog>
	);
}
