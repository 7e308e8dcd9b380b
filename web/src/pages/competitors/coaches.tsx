// SPDX-License-Identifier: Apache-2.0
// coaches.tsx - coaches and administrators of the application, kept by administrators.
import { useState } from 'preact/hooks';
import { param, paramInt } from '../../app/router.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { CheckField, complaintOf, FormProblem, SelectField, TextField } from '../../parts/form.tsx';
import { FormDrawer } from '../../parts/form_drawer.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { useKeyOf } from './key.ts';
import { coachName, DIVISIONS, divisionText, type Coach } from './types.ts';

const LIMIT = 50;

export default function Coaches() {
	const [editing, setEditing] = useState<Coach | 'new' | null>(null);
	const r = useResource<{ coaches: Coach[]; total: number }>('/api/coaches',
		{ query: { q: param('q'), role: param('role'), page: paramInt('page', 1), limit: LIMIT }, live: ['competitor'] });

	return (
		<Page title="Coaches" says="Each sees their own competitors and teams, and nobody else's" crumbs={[['Competitors', '/competitors']]}
			actions={<Button kind="main" icon="plus" onClick={() => setEditing('new')}>Add a coach</Button>}>
			<Filters names={['q', 'role']}>
				<SearchFilter label="Search names and schools" />
				<SelectFilter name="role" label="Role" choices={[['', 'All'], ['coach', 'Coaches'], ['admin', 'Administrators']]} />
			</Filters>
			<Of resource={r}>{(d) => (
				<Table caption="Coaches" rows={d.coaches} keyOf={(c) => c.id} onOpen={setEditing}
					empty={<Empty title={param('q') || param('role') ? 'Nobody matches' : 'No coaches yet'} icon="person">
						Add one with the id that your identity provider gives them, so that they are known when they sign in.
					</Empty>}
					columns={[
						{ id: 'name', head: 'Name', cell: (c) => <button type="button" class="as-link" onClick={() => setEditing(c)}>{coachName(c)}</button> },
						{ id: 'email', head: 'E-mail', cell: (c) => c.email ?? '–' },
						{ id: 'school', head: 'School', cell: (c) => c.school_name ?? '–' },
						{ id: 'division', head: 'Division', wideOnly: true, cell: (c) => <span class="nowrap">{divisionText(c.division)}</span> },
						{ id: 'role', head: 'Role', cell: (c) => (c.role === 'admin' ? 'Administrator' : 'Coach') },
						{ id: 'approved', head: 'Approved', cell: (c) => (c.is_approved ? <Status value="approved" label="Approved" /> : <Status value="pending" label="Not approved" />) },
						{ id: 'whose', head: 'Whose', cell: (c) => c.role === 'coach' && <a class="nowrap" href={`/competitors?coach=${c.id}`}>Competitors</a> },
					]} />
			)}</Of>
			<Pager total={r.data.value?.total ?? 0} limit={LIMIT} />
			{editing && <CoachForm of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} onSaved={r.reload} />}
		</Page>
	);
}

const NAMES = ['email', 'full_name', 'first_name', 'last_name', 'school_name', 'division', 'region'] as const;

function CoachForm({ of, onClose, onSaved }: { of: Coach | null; onClose: () => void; onSaved: () => void }) {
	const keyOf = useKeyOf();
	const [id, setId] = useState('');
	const [texts, setTexts] = useState(() => Object.fromEntries(NAMES.map((n) => [n, of?.[n] ?? ''])) as Record<typeof NAMES[number], string>);
	const [role, setRole] = useState(of?.role ?? 'coach');
	const [approved, setApproved] = useState(of?.is_approved ?? true);
	const save = useAction(async () => {
		const said = NAMES.filter((n) => texts[n].trim() !== (of?.[n] ?? '')).map((n) => [n, texts[n].trim() || null]);
		const body = { ...Object.fromEntries(said) as Record<string, unknown>, role, is_approved: approved };

		if (of)
			await send('PUT', at`/api/coaches/${of.id}`, body);
		else
			await send('POST', '/api/coaches', id.trim() ? { id: id.trim(), ...body } : body, { idempotencyKey: keyOf([id, body]) });
		onSaved();
		onClose();
	}, { quiet: true, done: 'Saved' });
	const p = save.problem.value;
	const text = (name: typeof NAMES[number], label: string, more: { type?: 'email'; required?: boolean } = {}) => (
		<TextField label={label} value={texts[name]} complaint={complaintOf(p, name)} onChange={(v) => setTexts({ ...texts, [name]: v })} {...more} />
	);

	return (
		<FormDrawer title={of ? coachName(of) : 'Add a coach'} yes={of ? 'Save' : 'Add'} busy={save.busy} onSubmit={() => save.run()} onClose={onClose}>
			<FormProblem problem={p} fields={[...NAMES, 'id']} />
			{!of && <TextField label="Id" mono value={id} onChange={setId} complaint={complaintOf(p, 'id')}
				hint="Of your identity provider; without one a new id is made, and the coach is known by the e-mail" />}
			{text('email', 'E-mail', { type: 'email', required: true })}
			{text('full_name', 'Full name')}
			{text('first_name', 'First name')}
			{text('last_name', 'Last name')}
			{text('school_name', 'School')}
			<SelectField label="Division" value={texts.division} choices={[['', 'Not known'], ...DIVISIONS]}
				onChange={(v) => setTexts({ ...texts, division: v })} />
			{text('region', 'Region')}
			<SelectField label="Role" value={role} onChange={setRole} choices={[['coach', 'Coach'], ['admin', 'Administrator']]} />
			<CheckField label="Approved" checked={approved} onChange={setApproved} hint="Teams of a coach who is not approved do not go to the platform" />
		</FormDrawer>
	);
}
