// SPDX-License-Identifier: Apache-2.0
// tokens.tsx - API tokens: for scripts and other services.
//
// A token is shown once, in the dialog that made it, and is nowhere after that.
import { useState } from 'preact/hooks';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import type { Resource } from '../../data/resource.ts';
import { Button, Copy } from '../../parts/button.tsx';
import { confirm, Dialog } from '../../parts/dialog.tsx';
import { complaintOf, FormProblem, SelectField, TextField } from '../../parts/form.tsx';
import { now, timeOf, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { ROLE_CHOICES } from './roles.ts';

export interface Token {
	id: string;
	name: string;
	role: string;
	prefix: string;
	made_by: string;
	made_at: string;
	used_at: string | null;
	expires_at: string | null;
}

const DAY_MS = 86400000;
const SOON_MS = 7 * DAY_MS;
const LIVES: [string, string][] = [['7', '7 days'], ['30', '30 days'], ['90', '90 days'], ['365', '1 year'], ['', 'Never']];

function Ends({ at: end }: { at: string | null }) {
	const ms = timeOf(end);

	if (ms !== null && ms <= now.value)
		return <Status value="expired" />;
	return ms !== null && ms - now.value < SOON_MS
		? <span class="tone-warn"><Icon name="clock" /> <When at={end} /></span> : <When at={end} none="never" />;
}

export function Tokens({ tokens }: { tokens: Resource<{ items: Token[] }> }) {
	const [adding, setAdding] = useState(false);
	const add = <Button kind="main" icon="plus" onClick={() => setAdding(true)}>Add a token</Button>;

	return (
		<Section title="API tokens" says="For scripts and other services. Only a hash of each is kept." actions={add}>
			<Of resource={tokens}>{(d) => (
				<Table caption="API tokens" rows={d.items} keyOf={(t) => t.id} columns={[
					{ id: 'name', head: 'Name', grow: true, cell: (t) => <strong>{t.name}</strong> },
					{ id: 'role', head: 'Role', cell: (t) => words(t.role) },
					{ id: 'prefix', head: 'Begins with', wideOnly: true, cell: (t) => <code>{t.prefix}…</code> },
					{ id: 'used', head: 'Last used', cell: (t) => <When at={t.used_at} none="never" /> },
					{ id: 'ends', head: 'Ends', cell: (t) => <Ends at={t.expires_at} /> },
					{ id: 'made', head: 'Made', wideOnly: true, cell: (t) => <When at={t.made_at} /> },
					{ id: 'by', head: 'Made by', wideOnly: true, cell: (t) => <span class="nowrap">{t.made_by}</span> },
					{ id: 'more', head: 'Actions', cell: (t) => <span><Revoke token={t} tokens={tokens} /></span> },
				]} empty={<Empty title="No API tokens" icon="key" command="lockstep token add NAME --role viewer --expires 90d" action={add}>
					A script that calls the API needs one.
				</Empty>} />
			)}</Of>
			{adding && <AddToken onClose={() => {
				setAdding(false);
				tokens.reload();
			}} />}
		</Section>
	);
}

function Revoke({ token: t, tokens }: { token: Token; tokens: Resource<{ items: Token[] }> }) {
	const revoke = useAction(async () => {
		await send('DELETE', at`/api/tokens/${t.id}`);
		tokens.reload();
	}, { done: `${t.name} is revoked` });

	return (
		<Button kind="plain" icon="trash" busy={revoke.busy} label={`Revoke ${t.name}`} onClick={async () => {
			if (await confirm({ title: `Revoke ${t.name}?`, yes: 'Revoke', danger: true,
				text: 'Whatever uses it is refused from now on, and sessions that were begun with it end. This cannot be taken back.' }))
				await revoke.run();
		}} />
	);
}

function AddToken({ onClose }: { onClose: () => void }) {
	const [name, setName] = useState('');
	const [role, setRole] = useState('');
	const [days, setDays] = useState('90');
	const [secret, setSecret] = useState('');
	const add = useAction(async () => {
		const expires_at = days ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null;
		const answer = await send<{ token: string }>('POST', '/api/tokens', { name: name.trim(), role, expires_at });
		setSecret(answer.data.token);
	}, { quiet: true });
	const problem = add.problem.value;
	const why = !name.trim() ? 'Give a name first' : role ? undefined : 'Choose a role first';

	if (secret)
		return <Made name={name.trim()} secret={secret} onClose={onClose} />;
	return (
		<Dialog title="Add an API token" onClose={onClose} actions={<>
			<Button onClick={onClose}>Cancel</Button>
			<Button kind="main" busy={add.busy} why={why} onClick={() => add.run()}>Make the token</Button>
		</>}>
			<form onSubmit={(e) => {
				e.preventDefault();
				if (!why)
					void add.run();
			}}>
				<FormProblem problem={problem} fields={['name', 'role']} />
				<TextField label="Name" value={name} onChange={setName} maxLength={64} required complaint={complaintOf(problem, 'name')}
					hint="What uses it: the audit log shows this name." />
				<SelectField label="Role" value={role} onChange={setRole} choices={ROLE_CHOICES} />
				<SelectField label="Ends after" value={days} onChange={setDays} choices={LIVES} />
				<button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">Make the token</button>
			</form>
		</Dialog>
	);
}

function Made({ name, secret, onClose }: { name: string; secret: string; onClose: () => void }) {
	return (
		<Dialog title={`Token ${name} is made`} onClose={onClose} actions={<Button kind="main" onClick={onClose}>I have stored it</Button>}>
			<div class="flow">
				<p class="command"><code class="secret" data-secret>{secret}</code><Copy text={secret} label="Copy the token" /></p>
				<p>Store it now: it is not shown again. Send it as <code>Authorization: Bearer lsk_…</code></p>
			</div>
		</Dialog>
	);
}
