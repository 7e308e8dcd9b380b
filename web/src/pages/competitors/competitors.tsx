// SPDX-License-Identifier: Apache-2.0
// competitors.tsx - the list of competitors: how far each is, and the way onto the platform.
import { useState } from 'preact/hooks';
import { addressWith, param, paramInt, setQuery } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { at, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Page } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { CompetitorForm } from './competitor_form.tsx';
import { AddButton, PlatformBadge, useRegisterAll, useRegistering } from './register.tsx';
import { CoachFilter, useCoaches, useTeamNames } from './choices.tsx';
import { DIVISIONS, divisionText, missingFor, nameOf, STEPS, type Competitor, type CompetitorList } from './types.ts';

const LIMIT = 50;

export default function Competitors() {
	const [editing, setEditing] = useState<Competitor | 'new' | null>(null);
	const coach = param('coach');
	const r = useResource<CompetitorList>('/api/competitors', {
		query: { status: param('status'), division: param('division'), team: param('team'), q: param('q'), coach,
			page: paramInt('page', 1), limit: LIMIT },
		live: ['competitor', 'team', 'game_platform'],
	});
	const registering = useRegistering(r.reload);
	const all = useRegisterAll(coach);
	const teams = useTeamNames(coach);
	const coaches = useCoaches();
	const remove = useRemoval(r.reload);
	const filtered = ['status', 'division', 'team', 'q', 'coach'].some((n) => param(n));

	return (
		<Page title="Competitors" says="Who they are, how far they are, and whether the Game Platform has them" actions={<>
			{may('admin') && <LinkButton href="/coaches" icon="person">Coaches</LinkButton>}
			{all.button}
			<Button kind="main" icon="plus" onClick={() => setEditing('new')}>Add a competitor</Button>
		</>}>
			{all.progress}
			<Filters names={['status', 'division', 'team', 'q', 'coach']}>
				<SearchFilter label="Search names" />
				<SelectFilter name="status" label="Status" choices={[['', 'All'], ...STEPS]} />
				<SelectFilter name="division" label="Division" choices={[['', 'All'], ...DIVISIONS]} />
				<SelectFilter name="team" label="Team" choices={[['', 'All'], ['none', 'On no team'], ...teams]} />
				<CoachFilter coaches={coaches} />
			</Filters>
			<Of resource={r}>{(d) => (
				<Table caption="Competitors" rows={d.competitors} keyOf={(c) => c.id} hrefOf={(c) => `/competitors/${c.id}`}
					empty={filtered
						? <Empty title="Nobody matches" icon="search" action={<Button onClick={() => setQuery({ status: '', division: '', team: '', q: '', coach: '', page: '' })}>Show all</Button>}>
							Take a filter away, or search for less of the name.
						</Empty>
						: <Empty title="No competitors yet" icon="people" action={<Button kind="main" icon="plus" onClick={() => setEditing('new')}>Add a competitor</Button>}>
							Add the first one here, or let your application write them into the table competitors.
						</Empty>}
					columns={[
						{ id: 'name', head: 'Name', cell: (c) => <Name c={c} coach={coaches.find(([id]) => id === c.coach_id)?.[1]} /> },
						{ id: 'status', head: 'Status', cell: (c) => <Step c={registering.shown(c)} /> },
						{ id: 'platform', head: 'Platform', cell: (c) => <PlatformBadge c={registering.shown(c)} waits={registering.waits(c)} /> },
						{ id: 'division', head: 'Division', wideOnly: true, cell: (c) => <span class="nowrap">{divisionText(c.division)}</span> },
						{ id: 'team', head: 'Team', cell: (c) => (c.team ? <a href={`/teams/${c.team.id}`}>{c.team.name}</a>
							: <a class="quiet" href={addressWith({ team: 'none', page: '' })}>none</a>) },
						{ id: 'add', head: 'Action', cell: (c) => (
							<span class="row deeds-of-row">
								<AddButton c={c} registering={registering} />
								<Menu label={`More about ${nameOf(c)}`} icon="more" iconOnly kind="plain" items={[
									{ label: 'Report card', icon: 'chart', href: `/competitors/${c.id}` },
									{ label: 'Change', icon: 'pencil', onChoose: () => setEditing(c) },
									{ label: 'Delete', icon: 'trash', danger: true, onChoose: () => remove(c) },
								]} />
							</span>
						) },
					]} />
			)}</Of>
			<Pager total={r.data.value?.total ?? 0} limit={LIMIT} />
			{editing && <CompetitorForm of={editing === 'new' ? null : editing} coaches={coaches} onClose={() => setEditing(null)} onSaved={r.reload} />}
		</Page>
	);
}

function Name({ c, coach }: { c: Competitor; coach: string | undefined }) {
	return (
		<span class="stacked">
			<span class="row">
				<a href={`/competitors/${c.id}`}>{nameOf(c)}</a>
				{c.is_active === false && <Badge>inactive</Badge>}
			</span>
			{coach && <small class="quiet">{coach}</small>}
		</span>
	);
}

/** The status, and what it waits for. */
export function Step({ c }: { c: Competitor }) {
	const { missing } = missingFor(c);

	return (
		<span class="stacked">
			<Status value={c.status} title={missing.length ? `Missing: ${missing.join(', ')}` : ''} />
			{missing.length > 0 && c.status !== 'complete' && (
				<small class="quiet">{missing.length > 2 ? `${missing.length} things are missing` : `missing: ${missing.join(', ')}`}</small>
			)}
		</span>
	);
}

/** Asks, and deletes here; the platform has no way to forget somebody. */
export function useRemoval(done: () => void): (c: Competitor) => Promise<void> {
	const remove = useAction((c: Competitor) => send('DELETE', at`/api/competitors/${c.id}`), { done: 'Deleted' });

	return async (c) => {
		if (await confirm({ title: `Delete ${nameOf(c)}`, yes: 'Delete', danger: true,
			text: c.game_platform_id
				? 'They are taken off their team, and their row is deleted here. The Game Platform keeps its user: it has no way to delete one.'
				: 'They are taken off their team, and their row is deleted here. The Game Platform does not know them.' })
			&& await remove.run(c))
			done();
	};
}
