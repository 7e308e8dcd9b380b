// SPDX-License-Identifier: Apache-2.0
// competitor_form.tsx - adding and changing a competitor; what is missing for the next status is told
// while one types.
import { useState } from 'preact/hooks';
import { navigate } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import { CheckField, complaintOf, FormProblem, SelectField, TextField, type TextFieldProps } from '../../parts/form.tsx';
import { FormDrawer } from '../../parts/form_drawer.tsx';
import { Icon } from '../../parts/icon.tsx';
import { toast } from '../../parts/toast.tsx';
import { useKeyOf } from './key.ts';
import { DIVISIONS, missingFor, nameOf, STEPS, type Competitor } from './types.ts';

const TEXTS = ['first_name', 'last_name', 'email_personal', 'email_school', 'grade', 'parent_name', 'parent_email', 'gender', 'race',
	'ethnicity', 'level_of_technology', 'division', 'syned_school_id', 'syned_region_id'] as const;
const DAYS = ['media_release_date', 'participation_agreement_date'] as const;

type Texts = Record<typeof TEXTS[number] | typeof DAYS[number] | 'years_competing' | 'coach_id', string>;
interface Written { texts: Texts; adult: boolean; active: boolean }

function written(c: Competitor | null): Written {
	const texts = Object.fromEntries(TEXTS.map((n) => [n, c?.[n] ?? '']));
	const days = Object.fromEntries(DAYS.map((n) => [n, c?.[n]?.slice(0, 10) ?? '']));

	return {
		texts: { ...texts, ...days, years_competing: c?.years_competing === null || !c ? '' : String(c.years_competing), coach_id: c?.coach_id ?? '' } as Texts,
		adult: c?.is_18_or_over ?? false,
		active: c?.is_active ?? true,
	};
}

/** Only what was changed: what the form does not show stays as it is. */
function bodyOf(now: Written, before: Written, adding: boolean): Record<string, unknown> {
	const body: Record<string, unknown> = {};

	for (const n of [...TEXTS, ...DAYS, 'years_competing', ...(adding ? ['coach_id'] : [])] as (keyof Texts)[]) {
		const v = now.texts[n].trim();
		if (v === before.texts[n])
			continue;
		body[n] = v === '' ? null : n === 'years_competing' ? Number(v) : (DAYS as readonly string[]).includes(n) ? `${v}T00:00:00Z` : v;
	}
	if (adding || now.adult !== before.adult)
		body.is_18_or_over = now.adult;
	if (adding || now.active !== before.active)
		body.is_active = now.active;
	return body;
}

export function CompetitorForm({ of, coaches, onClose, onSaved }: {
	/** Null: a new one. */
	of: Competitor | null;
	coaches: [string, string][];
	onClose: () => void;
	onSaved: () => void;
}) {
	const before = useState(() => written(of))[0];
	const keyOf = useKeyOf();
	const [now, setNow] = useState(before);
	const save = useAction(async () => {
		const body = bodyOf(now, before, !of);
		if (of)
			await send('PUT', at`/api/competitors/${of.id}`, body);
		else
			await send('POST', '/api/competitors', body, { idempotencyKey: keyOf(body) });
		onSaved();
		onClose();
		toast.good(of ? 'Saved' : `${now.texts.first_name} ${now.texts.last_name} was added.`);
	}, { quiet: true });
	const p = save.problem.value;
	const text = (name: keyof Texts, label: string, more: Partial<TextFieldProps> = {}) => (
		<TextField label={label} value={now.texts[name]} complaint={complaintOf(p, name)}
			onChange={(v) => setNow({ ...now, texts: { ...now.texts, [name]: v } })} {...more} />
	);
	const whose = may('admin') && !of;

	return (
		<FormDrawer title={of ? `Change ${nameOf(of)}` : 'Add a competitor'} yes={of ? 'Save' : 'Add'} busy={save.busy} wide class="competitor-form"
			head={<Missing now={now} registered={!!of?.game_platform_id} />} onSubmit={() => save.run()} onClose={onClose}>
			<FormProblem problem={p} fields={[...TEXTS, ...DAYS, 'years_competing', 'coach_id']} />
			{whose && (
				<SelectField label="Coach" value={now.texts.coach_id} choices={[['', 'Choose a coach'], ...coaches]} complaint={complaintOf(p, 'coach_id')}
					onChange={(v) => setNow({ ...now, texts: { ...now.texts, coach_id: v } })}
					hint={coaches.length === 0 ? <>There is no coach yet. <a href="/coaches" onClick={() => navigate('/coaches')}>Add one</a> first.</> : undefined} />
			)}
			<fieldset>
				<legend>Who</legend>
				{text('first_name', 'First name', { required: true, maxLength: 100 })}
				{text('last_name', 'Last name', { required: true, maxLength: 100 })}
				{text('email_school', 'School e-mail', { type: 'email', hint: 'The platform writes to it first' })}
				{text('email_personal', 'Personal e-mail', { type: 'email' })}
				<CheckField label="18 or over" checked={now.adult} onChange={(v) => setNow({ ...now, adult: v })} />
				<CheckField label="Active" checked={now.active} onChange={(v) => setNow({ ...now, active: v })}
					hint="Inactive competitors cannot be added to the platform" />
			</fieldset>
			<fieldset>
				<legend>Profile</legend>
				<SelectField label="Division" value={now.texts.division} choices={[['', 'Not known']].concat(DIVISIONS) as [string, string][]}
					complaint={complaintOf(p, 'division')} onChange={(v) => setNow({ ...now, texts: { ...now.texts, division: v } })} />
				{text('grade', 'Grade', { maxLength: 50 })}
				{text('gender', 'Gender', { maxLength: 100 })}
				{text('race', 'Race', { maxLength: 100 })}
				{text('ethnicity', 'Ethnicity', { maxLength: 100 })}
				{text('level_of_technology', 'Level of technology', { maxLength: 100 })}
				{text('years_competing', 'Years competing', { type: 'number', min: 0, max: 100 })}
			</fieldset>
			<fieldset>
				<legend>Consent</legend>
				{!now.adult && text('parent_name', "A parent's name", { maxLength: 200 })}
				{!now.adult && text('parent_email', "A parent's e-mail", { type: 'email' })}
				{now.adult ? text('participation_agreement_date', 'Participation agreement', { type: 'date' })
					: text('media_release_date', 'Media release', { type: 'date' })}
			</fieldset>
			<fieldset>
				<legend>At SynED</legend>
				{text('syned_school_id', 'School id', { maxLength: 200, mono: true })}
				{text('syned_region_id', 'Region id', { maxLength: 200, mono: true })}
			</fieldset>
		</FormDrawer>
	);
}

function Missing({ now, registered }: { now: Written; registered: boolean }) {
	const years = now.texts.years_competing.trim();
	const { next, missing } = missingFor({ ...now.texts, is_18_or_over: now.adult, years_competing: years === '' ? null : Number(years) });
	const name = STEPS.find(([value]) => value === next)?.[1];

	return (
		<p class="missing" role="status">
			<Icon name={missing.length ? 'info' : 'check'} />
			<span>{missing.length ? <>For <strong>{name}</strong>, this is missing: {missing.join(', ')}.</>
				: registered ? 'Nothing is missing.' : 'Nothing is missing: they can be added to the Game Platform.'}</span>
		</p>
	);
}
