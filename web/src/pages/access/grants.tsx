// SPDX-License-Identifier: Apache-2.0
// grants.tsx - what is said here of an identity provider's users, before what their tokens claim.
import { useState } from 'preact/hooks';
import { me } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { send } from '../../data/api.ts';
import type { Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm, Dialog } from '../../parts/dialog.tsx';
import { complaintOf, FormProblem, SelectField, TextField } from '../../parts/form.tsx';
import { words } from '../../parts/format.ts';
import { Menu } from '../../parts/menu.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { ROLES } from './roles.ts';

interface Grant {
	issuer: string;
	subject: string;
	access: string;
}

export interface GrantList {
	items: Grant[];
	issuers: { name: string; issuer: string }[];
}

const OWN = 'Somebody else must say what you may do';
const CHOICES: [string, string][] = [...ROLES, ['none', 'None: signed in, without a role'], ['denied', 'Denied: out, at once']];

function issuerName(list: GrantList, issuer: string): string {
	return list.issuers.find((i) => i.issuer === issuer)?.name ?? issuer;
}

const isOwn = (g: Grant): boolean => me.value?.kind === 'jwt' && me.value.subject === g.subject;

export function Grants({ grants }: { grants: Resource<GrantList> }) {
	const [open, setOpen] = useState<Partial<Grant> | null>(null);
	const issuers = grants.data.value?.issuers ?? [];
	const add = (
		<Button kind="main" icon="plus" onClick={() => setOpen({})}
			why={issuers.length ? undefined : 'The plan names no identity provider (server.auth)'}>Add a grant</Button>
	);

	return (
		<Section title="Grants" says="What users of your identity provider may do here, whatever their tokens claim." actions={add}>
			<Of resource={grants}>{(d) => (
				<Table caption="Grants" rows={d.items} keyOf={(g) => `${g.issuer} ${g.subject}`} columns={[
					{ id: 'subject', head: 'Subject', grow: true, cell: (g) => <code title={g.subject}>{g.subject}</code> },
					{ id: 'issuer', head: 'Provider', cell: (g) => <span title={g.issuer}>{issuerName(d, g.issuer)}</span> },
					{ id: 'access', head: 'May', cell: (g) => (g.access === 'denied' ? <Status value="denied" />
						: g.access === 'none' ? <Status value="none" tone="quiet" label="No role" /> : words(g.access)) },
					{ id: 'more', head: 'Actions', cell: (g) => <GrantMenu grant={g} grants={grants} change={() => setOpen(g)} /> },
				]} empty={<Empty title="What tokens claim counts" icon="key" command="lockstep grant set SUBJECT --role coach"
					action={issuers.length ? add : undefined}>
					{issuers.length ? 'Nothing is said here of anybody. Give somebody another role, or keep them out at once.'
						: 'The plan names no identity provider. Add one below server.auth to let your application\'s users in.'}
				</Empty>} />
			)}</Of>
			{open && <PutGrant grant={open} issuers={issuers} onClose={(changed) => {
				setOpen(null);
				if (changed)
					grants.reload();
			}} />}
		</Section>
	);
}

function GrantMenu({ grant: g, grants, change }: { grant: Grant; grants: Resource<GrantList>; change: () => void }) {
	const why = isOwn(g) ? OWN : undefined;
	const remove = useAction(async () => {
		await send('DELETE', '/api/grants', undefined, { query: { issuer: g.issuer, subject: g.subject } });
		grants.reload();
	}, { done: 'What the token claims counts again' });

	return (
		<Menu label={`Actions of ${g.subject}`} icon="more" kind="plain" iconOnly items={[
			{ label: 'Change', icon: 'pencil', why, onChoose: change },
			{ label: 'Remove', icon: 'trash', danger: true, why, onChoose: async () => {
				if (await confirm({ title: 'Remove this grant?', yes: 'Remove', danger: true,
					text: g.access === 'denied' ? 'They can come in again with what their token claims.' : 'What their token claims counts again.' }))
					await remove.run();
			} },
		]} />
	);
}

function PutGrant({ grant, issuers, onClose }: {
	grant: Partial<Grant>;
	issuers: GrantList['issuers'];
	onClose: (changed: boolean) => void;
}) {
	const known = !!grant.subject;
	const [issuer, setIssuer] = useState(grant.issuer ?? issuers[0]?.issuer ?? '');
	const [subject, setSubject] = useState(grant.subject ?? '');
	const [access, setAccess] = useState(grant.access ?? '');
	const put = useAction(async () => {
		await send('PUT', '/api/grants', { issuer, subject: subject.trim(), access });
		onClose(true);
	}, { quiet: true, done: 'It counts from now on' });
	const problem = put.problem.value;
	const why = !subject.trim() ? 'Give the subject first' : access ? undefined : 'Choose what they may first';

	return (
		<Dialog title={known ? 'Change the grant' : 'Add a grant'} onClose={() => onClose(false)} actions={<>
			<Button onClick={() => onClose(false)}>Cancel</Button>
			<Button kind="main" busy={put.busy} why={why} onClick={() => put.run()}>{known ? 'Change' : 'Add'}</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				if (!why)
					void put.run();
			}}>
				<FormProblem problem={problem} fields={['subject', 'access']} />
				{known
					? <p class="flow">Of <code>{subject}</code></p>
					: <>
						<SelectField label="Provider" value={issuer} onChange={setIssuer} choices={issuers.map((i) => [i.issuer, i.name])} />
						<TextField label="Subject" value={subject} onChange={setSubject} maxLength={255} required mono
							complaint={complaintOf(problem, 'subject')} hint="The user's id at the provider: a token's sub." />
					</>}
				<SelectField label="May" value={access} onChange={setAccess} choices={[['', 'Choose'], ...CHOICES]}
					complaint={complaintOf(problem, 'access')} />
				<button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">Save</button>
			</form>
		</Dialog>
	);
}
