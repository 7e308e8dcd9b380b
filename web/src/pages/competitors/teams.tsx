// SPDX-License-Identifier: Apache-2.0
// teams.tsx - the list of teams with what the platform has of them, and where both differ.
import { useState } from 'preact/hooks';
import { navigate, param, paramInt } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { words } from '../../parts/format.ts';
import { currentTab, Page, Tabs } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { CoachFilter, useCoaches } from './choices.tsx';
import { Drift } from './drift.tsx';
import { TeamForm } from './team_form.tsx';
import { DIVISIONS, divisionText, PLACES, type Team } from './types.ts';

const LIMIT = 50;
const TABS = [{ id: 'teams', label: 'Teams' }, { id: 'drift', label: 'Compare with the platform' }];

export default function Teams() {
	const [adding, setAdding] = useState(false);
	const coaches = useCoaches();

	return (
		<Page title="Teams" says="Who plays with whom; the Game Platform follows by itself" actions={
			<Button kind="main" icon="plus" onClick={() => setAdding(true)}>Add a team</Button>
		}>
			<Tabs tabs={TABS} label="Views of teams" />
			{currentTab(TABS) === 'drift' ? <Drift /> : <List coaches={coaches} onAdd={() => setAdding(true)} />}
			{adding && <TeamForm of={null} coaches={coaches} onClose={() => setAdding(false)} onSaved={(t) => navigate(`/teams/${t.id}`)} />}
		</Page>
	);
}

function List({ coaches, onAdd }: { coaches: [string, string][]; onAdd: () => void }) {
	const r = useResource<{ teams: Team[]; total: number }>('/api/teams', {
		query: { division: param('division'), status: param('status'), q: param('q'), coach: param('coach'), page: paramInt('page', 1), limit: LIMIT },
		live: ['team', 'competitor', 'game_platform'],
	});

	return (
		<>
			<Filters names={['division', 'status', 'q', 'coach']}>
				<SearchFilter label="Search teams" />
				<SelectFilter name="division" label="Division" choices={[['', 'All'], ...DIVISIONS]} />
				<SelectFilter name="status" label="Status" choices={[['', 'All'], ['forming', 'Forming'], ['active', 'Active'], ['archived', 'Archived']]} />
				<CoachFilter coaches={coaches} />
			</Filters>
			<Of resource={r}>{(d) => (
				<Table caption="Teams" rows={d.teams} keyOf={(t) => t.id} hrefOf={(t) => `/teams/${t.id}`}
					empty={['division', 'status', 'q', 'coach'].some((n) => param(n))
						? <Empty title="No team matches" icon="search">Take a filter away.</Empty>
						: <Empty title="No teams yet" icon="trophy" action={<Button kind="main" icon="plus" onClick={onAdd}>Add a team</Button>}>
							A team has up to six members; it is made at the Game Platform by itself.
						</Empty>}
					columns={[
						{ id: 'name', head: 'Team', cell: (t) => <a href={`/teams/${t.id}`}>{t.name}</a> },
						{ id: 'division', head: 'Division', cell: (t) => <span class="nowrap">{divisionText(t.division)}</span> },
						{ id: 'affiliation', head: 'Affiliation', wideOnly: true, cell: (t) => t.affiliation ?? '–' },
						{ id: 'status', head: 'Status', wideOnly: true, cell: (t) => <Status value={t.status === 'forming' ? 'pending' : t.status === 'archived' ? 'disabled' : 'active'} label={words(t.status)} /> },
						{ id: 'members', head: 'Members', cell: (t) => <span class="nowrap">{t.members_count} of {PLACES}</span> },
						{ id: 'there', head: 'Of them', cell: (t) => <MemberCounts t={t} /> },
						{ id: 'platform', head: 'Platform', cell: (t) => <TeamPlatform t={t} /> },
					]} />
			)}</Of>
			<Pager total={r.data.value?.total ?? 0} limit={LIMIT} />
		</>
	);
}

function MemberCounts({ t }: { t: Team }) {
	if (t.members_count === 0)
		return <span class="quiet">–</span>;
	return (
		<span class="row tight">
			{t.members_synced > 0 && <Badge tone="good">{t.members_synced} synced</Badge>}
			{t.members_pending > 0 && <Badge tone="busy">{t.members_pending} pending</Badge>}
			{t.members_error > 0 && <Badge tone="bad">{t.members_error} with an error</Badge>}
			{t.members_not_on_platform > 0 && <Badge>{t.members_not_on_platform} not on platform</Badge>}
		</span>
	);
}

/** Whether the platform has the team, and what it said where it has not. */
export function TeamPlatform({ t }: { t: Team }) {
	const value = t.game_platform_sync_error ? 'error' : t.game_platform_id ? 'synced' : 'pending';

	return (
		<span class="platform">
			<Status value={value} label={value === 'synced' ? 'On the platform' : value === 'error' ? 'Error' : 'Not there yet'} />
			{t.game_platform_sync_error && <small class="tone-bad">{t.game_platform_sync_error}</small>}
		</span>
	);
}
