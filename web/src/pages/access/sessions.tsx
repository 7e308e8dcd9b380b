// SPDX-License-Identifier: Apache-2.0
// sessions.tsx - who is signed in at this console, and how to end that.
import { signOut } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, send } from '../../data/api.ts';
import type { Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';

export interface Session {
	id: string;
	name: string;
	provider: string | null;
	made_at: string;
	seen_at: string;
	expires_at: string;
	own: boolean;
}

function wayOf(s: Session): string {
	const kind = s.name.split(':', 1)[0];
	return s.provider ? `Provider ${s.provider}` : kind === 'token' ? 'API token' : 'Password';
}

export function Sessions({ sessions }: { sessions: Resource<{ items: Session[] }> }) {
	return (
		<Section title="Signed in" says="A session ends after 12 hours without use, after a week, and with its token.">
			<Of resource={sessions}>{(d) => (
				<Table caption="Sessions" rows={d.items} keyOf={(s) => s.id} columns={[
					{ id: 'name', head: 'Who', grow: true, cell: (s) => <span class="row"><strong>{s.name.replace(/^user:/, '')}</strong>{s.own && <Badge tone="busy">this browser</Badge>}</span> },
					{ id: 'way', head: 'By', cell: (s) => <span class="nowrap">{wayOf(s)}</span> },
					{ id: 'made', head: 'Signed in', cell: (s) => <When at={s.made_at} /> },
					{ id: 'seen', head: 'Last used', cell: (s) => <When at={s.seen_at} /> },
					{ id: 'ends', head: 'Ends', wideOnly: true, cell: (s) => <When at={s.expires_at} /> },
					{ id: 'more', head: 'Actions', cell: (s) => <span><End session={s} sessions={sessions} /></span> },
				]} empty={<Empty title="Nobody is signed in" icon="people">Scripts that use API tokens have no session.</Empty>} />
			)}</Of>
		</Section>
	);
}

function End({ session: s, sessions }: { session: Session; sessions: Resource<{ items: Session[] }> }) {
	const end = useAction(async () => {
		await send('DELETE', at`/api/sessions/${s.id}`);
		sessions.reload();
	}, { done: `${s.name} is signed out` });

	return (
		<Button kind="plain" icon="door" busy={end.busy} label={s.own ? 'Sign out' : `End the session of ${s.name}`} onClick={async () => {
			if (s.own)
				await signOut();
			else if (await confirm({ title: 'End this session?', yes: 'End it', danger: true,
				text: `${s.name} is signed out in that browser. They can sign in again unless you disable or deny them.` }))
				await end.run();
		}} />
	);
}
