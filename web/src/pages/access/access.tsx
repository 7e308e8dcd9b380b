// SPDX-License-Identifier: Apache-2.0
// access.tsx - who may call: local users, API tokens, what is said of a provider's users, and sessions.
import { useResource, type Resource } from '../../data/resource.ts';
import { currentTab, Page, Tabs, type TabRow } from '../../parts/page.tsx';
import { Grants, type GrantList } from './grants.tsx';
import { Sessions, type Session } from './sessions.tsx';
import { Tokens, type Token } from './tokens.tsx';
import { Users, type User } from './users.tsx';

// Every deed of these pages is an entry of the audit log, wherever it was done but at the command line.
const LIVE = { live: ['audit', 'access', 'token'] };

function countOf(r: Pick<Resource<{ items: unknown[] }>, 'data'>): number | null {
	return r.data.value?.items.length ?? null;
}

export default function Access() {
	const users = useResource<{ items: User[] }>('/api/users', LIVE);
	const tokens = useResource<{ items: Token[] }>('/api/tokens', LIVE);
	const grants = useResource<GrantList>('/api/grants', LIVE);
	const sessions = useResource<{ items: Session[] }>('/api/sessions', LIVE);
	const tabs: TabRow[] = [
		{ id: 'users', label: 'Users', count: countOf(users) },
		{ id: 'tokens', label: 'API tokens', count: countOf(tokens) },
		{ id: 'grants', label: 'Grants', count: countOf(grants) },
		{ id: 'sessions', label: 'Signed in', count: countOf(sessions) },
	];
	const tab = currentTab(tabs);

	return (
		<Page title="Access" says="Who may call, and what they may">
			<Tabs tabs={tabs} label="Kinds of access" />
			{tab === 'users' && <Users users={users} />}
			{tab === 'tokens' && <Tokens tokens={tokens} />}
			{tab === 'grants' && <Grants grants={grants} />}
			{tab === 'sessions' && <Sessions sessions={sessions} />}
		</Page>
	);
}
