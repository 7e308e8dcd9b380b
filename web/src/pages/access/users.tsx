// SPDX-License-Identifier: Apache-2.0
// users.tsx - local users: who sign in here by name and password.
import { useState } from 'preact/hooks';
import { me } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import type { Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm, Dialog } from '../../parts/dialog.tsx';
import { complaintOf, FormProblem, SelectField, TextField } from '../../parts/form.tsx';
import { words } from '../../parts/format.ts';
import { Menu } from '../../parts/menu.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { ROLE_CHOICES } from './roles.ts';

export interface User {
	id: string;
	name: string;
	role: string;
	disabled: boolean;
	made_at: string;
	seen_at: string | null;
}

const PASSWORD_MIN = 12;
const OWN = 'Somebody else must do this to your own account';

type Open = { what: 'add' } | { what: 'role' | 'password'; user: User } | null;

const isOwn = (u: User): boolean => me.value?.name === `user:${u.name}`;

export function Users({ users }: { users: Resource<{ items: User[] }> }) {
	const [open, setOpen] = useState<Open>(null);
	const close = (changed: boolean): void => {
		setOpen(null);
		if (changed)
			users.reload();
	};
	const add = <Button kind="main" icon="plus" onClick={() => setOpen({ what: 'add' })}>Add a user</Button>;

	return (
		<Section title="Users" says="They sign in here with name and password." actions={add}>
			<Of resource={users}>{(d) => (
				<Table caption="Users" rows={d.items} keyOf={(u) => u.name} columns={[
					{ id: 'name', head: 'Name', grow: true, cell: (u) => <span class="row"><strong>{u.name}</strong>{isOwn(u) && <Badge tone="busy">you</Badge>}</span> },
					{ id: 'role', head: 'Role', cell: (u) => words(u.role) },
					{ id: 'status', head: 'Status', cell: (u) => <Status value={u.disabled ? 'disabled' : 'active'} /> },
					{ id: 'seen', head: 'Last sign-in', cell: (u) => <When at={u.seen_at} none="never" /> },
					{ id: 'made', head: 'Added', wideOnly: true, cell: (u) => <When at={u.made_at} /> },
					{ id: 'more', head: 'Actions', cell: (u) => <UserMenu user={u} users={users} open={setOpen} /> },
				]} empty={<Empty title="No users" icon="person" command="lockstep user add NAME --role admin" action={add}>
					You came in by a token. Add a user for whoever signs in with a password.
				</Empty>} />
			)}</Of>
			{open?.what === 'add' && <AddUser onClose={close} />}
			{open?.what === 'role' && <ChangeRole user={open.user} onClose={close} />}
			{open?.what === 'password' && <SetPassword user={open.user} onClose={close} />}
		</Section>
	);
}

function UserMenu({ user: u, users, open }: {
	user: User;
	users: Resource<{ items: User[] }>;
	open: (o: Open) => void;
}) {
	const why = isOwn(u) ? OWN : undefined;
	const disable = useAction(async () => {
		await send('PATCH', at`/api/users/${u.name}`, { disabled: !u.disabled });
		users.reload();
	}, { done: () => (u.disabled ? `${u.name} can sign in again` : `${u.name} is disabled and signed out`) });
	const remove = useAction(async () => {
		await send('DELETE', at`/api/users/${u.name}`);
		users.reload();
	}, { done: `${u.name} is deleted` });

	return (
		<Menu label={`Actions of ${u.name}`} icon="more" kind="plain" iconOnly items={[
			{ label: 'Change role', icon: 'key', why, onChoose: () => open({ what: 'role', user: u }) },
			{ label: 'Set password', icon: 'pencil', onChoose: () => open({ what: 'password', user: u }) },
			{ label: u.disabled ? 'Enable' : 'Disable', icon: u.disabled ? 'play' : 'pause', why, onChoose: async () => {
				if (u.disabled || await confirm({ title: `Disable ${u.name}?`, yes: 'Disable',
					text: 'They are signed out everywhere and cannot sign in until you enable them again.' }))
					await disable.run();
			} },
			{ label: 'Delete', icon: 'trash', danger: true, why, onChoose: async () => {
				if (await confirm({ title: `Delete ${u.name}?`, yes: 'Delete', danger: true, type: u.name,
					text: 'They are signed out everywhere. What they did stays in the audit log.' }))
					await remove.run();
			} },
		]} />
	);
}

// ---- dialogs ----

function passwordHint(password: string): string {
	if (!password)
		return 'At least 12 characters. Words that others try first are refused.';
	const left = PASSWORD_MIN - [...password].length;
	return left > 0 ? `${left} more ${left === 1 ? 'character' : 'characters'}` : 'Long enough';
}

const tooShort = (password: string): string | undefined =>
	([...password].length < PASSWORD_MIN ? 'The password has at least 12 characters' : undefined);

function AddUser({ onClose }: { onClose: (changed: boolean) => void }) {
	const [name, setName] = useState('');
	const [password, setPassword] = useState('');
	const [role, setRole] = useState('');
	const add = useAction(async () => {
		await send('POST', '/api/users', { name: name.trim(), password, role });
		onClose(true);
	}, { quiet: true, done: () => `${name.trim()} is added` });
	const why = !name.trim() ? 'Give a name first' : tooShort(password) ?? (role ? undefined : 'Choose a role first');
	const problem = add.problem.value;

	return (
		<Dialog title="Add a user" onClose={() => onClose(false)} actions={<>
			<Button onClick={() => onClose(false)}>Cancel</Button>
			<Button kind="main" busy={add.busy} why={why} onClick={() => add.run()}>Add</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				if (!why)
					void add.run();
			}}>
				<FormProblem problem={problem} fields={['name', 'password', 'role']} />
				<TextField label="Name" value={name} onChange={setName} maxLength={64} required complaint={complaintOf(problem, 'name')}
					hint="Letters, digits, '.', '_' and '-'; no email address, for names stand in logs." />
				<TextField label="Password" type="password" value={password} onChange={setPassword} maxLength={1024} required
					autocomplete="new-password" complaint={complaintOf(problem, 'password')} hint={passwordHint(password)} />
				<SelectField label="Role" value={role} onChange={setRole} choices={ROLE_CHOICES} />
				<button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">Add</button>
			</form>
		</Dialog>
	);
}

function ChangeRole({ user, onClose }: { user: User; onClose: (changed: boolean) => void }) {
	const [role, setRole] = useState(user.role);
	const change = useAction(async () => {
		await send('PATCH', at`/api/users/${user.name}`, { role });
		onClose(true);
	}, { quiet: true, done: () => `${user.name} is ${role} now` });

	return (
		<Dialog title={`Role of ${user.name}`} onClose={() => onClose(false)} actions={<>
			<Button onClick={() => onClose(false)}>Cancel</Button>
			<Button kind="main" busy={change.busy} why={role === user.role ? 'Choose another role first' : undefined}
				onClick={() => change.run()}>Change</Button>
		</>}>
			<FormProblem problem={change.problem.value} />
			<SelectField label="Role" value={role} onChange={setRole} choices={ROLE_CHOICES.slice(1)}
				hint="It counts from their next click on." />
		</Dialog>
	);
}

function SetPassword({ user, onClose }: { user: User; onClose: (changed: boolean) => void }) {
	const [password, setPassword] = useState('');
	const set = useAction(async () => {
		await send('PATCH', at`/api/users/${user.name}`, { password });
		onClose(true);
	}, { quiet: true, done: `${user.name} has a new password` });
	const problem = set.problem.value;
	const why = tooShort(password);

	return (
		<Dialog title={`New password for ${user.name}`} onClose={() => onClose(false)} actions={<>
			<Button onClick={() => onClose(false)}>Cancel</Button>
			<Button kind="main" busy={set.busy} why={why} onClick={() => set.run()}>Set password</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				if (!why)
					void set.run();
			}}>
				<FormProblem problem={problem} fields={['password']} />
				<TextField label="New password" type="password" value={password} onChange={setPassword} maxLength={1024}
					autocomplete="new-password" complaint={complaintOf(problem, 'password')} hint={passwordHint(password)} />
				<p class="hint">{isOwn(user) ? 'You are signed out and sign in again with it.' : 'They are signed out everywhere.'}</p>
			</form>
		</Dialog>
	);
}
