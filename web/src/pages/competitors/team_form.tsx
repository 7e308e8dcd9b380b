// SPDX-License-Identifier: Apache-2.0
// team_form.tsx - adding and changing a team, with the platform's own divisions.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { complaintOf, FormProblem, SelectField, TextField } from '../../parts/form.tsx';
import { FormDrawer } from '../../parts/form_drawer.tsx';
import { useKeyOf } from './key.ts';
import { DIVISIONS, type Team } from './types.ts';

const TEXTS = ['name', 'division', 'affiliation', 'description', 'image_url', 'status'] as const;

export function TeamForm({ of, coaches, onClose, onSaved }: {
	of: Team | null;
	coaches: [string, string][];
	onClose: () => void;
	onSaved: (t: Team) => void;
}) {
	const keyOf = useKeyOf();
	const [coach, setCoach] = useState('');
	const [texts, setTexts] = useState(() => Object.fromEntries(TEXTS.map((n) =>
		[n, of ? of[n] ?? '' : n === 'division' ? 'high_school' : n === 'status' ? 'forming' : ''])) as Record<typeof TEXTS[number], string>);
	const save = useAction(async () => {
		const said = TEXTS.filter((n) => texts[n].trim() !== (of?.[n] ?? '')).map((n) => [n, texts[n].trim() || null]);
		const body = { ...Object.fromEntries(said) as Record<string, unknown>, ...(coach ? { coach_id: coach } : {}) };
		const { data } = of ? await send<Team>('PUT', at`/api/teams/${of.id}`, body)
			: await send<Team>('POST', '/api/teams', body, { idempotencyKey: keyOf(body) });

		onClose();
		onSaved(data);
	}, { quiet: true, done: of ? 'Saved' : 'The team was added, and goes to the platform by itself.' });
	const p = save.problem.value;
	const set = (name: typeof TEXTS[number]) => (v: string) => setTexts({ ...texts, [name]: v });
	const fixed = of?.game_platform_id ? 'The platform keeps what it was when the team was made there' : undefined;

	return (
		<FormDrawer title={of ? `Change ${of.name}` : 'Add a team'} yes={of ? 'Save' : 'Add'} busy={save.busy} onSubmit={() => save.run()} onClose={onClose}>
			<FormProblem problem={p} fields={[...TEXTS, 'coach_id']} />
			{!of && may('admin') && <SelectField label="Coach" value={coach} onChange={setCoach} choices={[['', 'Choose a coach'], ...coaches]}
				complaint={complaintOf(p, 'coach_id')} />}
			<TextField label="Name" value={texts.name} onChange={set('name')} complaint={complaintOf(p, 'name')} required maxLength={200} hint={fixed} />
			<SelectField label="Division" value={texts.division} onChange={set('division')} complaint={complaintOf(p, 'division')}
				choices={[['', 'Any'], ...DIVISIONS]} hint="Members and team are of one division where both have one" />
			<TextField label="Affiliation" value={texts.affiliation} onChange={set('affiliation')} complaint={complaintOf(p, 'affiliation')} maxLength={200}
				hint={fixed ?? 'The school or club, as the platform shows it'} />
			<TextField label="Description" value={texts.description} onChange={set('description')} lines={3} maxLength={2000} />
			<TextField label="Picture" type="url" value={texts.image_url} onChange={set('image_url')} complaint={complaintOf(p, 'image_url')} placeholder="https://" />
			<SelectField label="Status" value={texts.status} onChange={set('status')} choices={[['forming', 'Forming'], ['active', 'Active'], ['archived', 'Archived']]} />
		</FormDrawer>
	);
}
