// SPDX-License-Identifier: Apache-2.0
// team.tsx - one team: six places, who is on them, and whether the platform has them there.
//
// Always: a change is seen at once and taken back when the server refuses; a badge turns when the
// job has told the platform.
import { useRef, useState } from 'preact/hooks';
import { navigate, type PageProps } from '../../app/router.ts';
import { useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { problemOf } from '../../data/problem.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { confirm, Dialog } from '../../parts/dialog.tsx';
import { Menu, type MenuItem } from '../../parts/menu.tsx';
import { Facts, Page, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { plural, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { When } from '../../parts/time.tsx';
import { toast } from '../../parts/toast.tsx';
import { useCoaches, useTeamNames } from './choices.tsx';
import { useRegistering, type Registering } from './register.tsx';
import { TeamForm } from './team_form.tsx';
import { TeamPlatform } from './teams.tsx';
import { divisionText, nameOf, PLACES, type Competitor, type CompetitorList, type Member, type Team, type TeamSync } from './types.ts';

const WORDS: Record<string, string> = { synced: 'Synced', pending: 'Pending', error: 'Error', not_on_platform: 'Not on platform' };

interface Deeds {
	add: (c: Competitor, place: number) => void;
	place: (m: Member, place: number) => void;
	toTeam: (m: Member, team: string, name: string) => void;
	remove: (m: Member) => void;
}

export default function TeamPage({ params }: PageProps) {
	const id = params.id ?? '';
	const r = useResource<Team>(at`/api/teams/${id}`, { live: ['team', 'competitor', 'game_platform'] });
	const t = r.data.value;
	const [editing, setEditing] = useState(false);
	const coaches = useCoaches();
	const sync = useSyncing(id, r.reload);
	const remove = useDeletion(t);

	return (
		<Page title={t?.name ?? 'Team'} crumbs={[['Teams', '/teams']]} says={t?.description ?? undefined} actions={t && <>
			<Button icon="refresh" busy={sync.busy} onClick={() => sync.run()}>Sync now</Button>
			<Button icon="pencil" onClick={() => setEditing(true)}>Change</Button>
			<Button icon="trash" busy={remove.busy} why={t.members_count > 0 ? 'Remove all members first' : undefined} onClick={remove.ask}>Delete</Button>
		</>}>
			<Of resource={r}>{(team) => (
				<>
					<Roster team={team} r={r} />
					<Section title="The team">
						<Facts rows={[
							['Game Platform', <TeamPlatform t={team} />],
							['Last synced', <When at={team.game_platform_synced_at} none="never" />],
							['Division', divisionText(team.division)],
							['Affiliation', team.affiliation ?? '–'],
							['Status', words(team.status)],
							coaches.length > 0 && ['Coach', coaches.find(([c]) => c === team.coach_id)?.[1] ?? <code>{team.coach_id}</code>],
							team.game_platform_id ? ['Id there', <code>{team.game_platform_id}</code>] : null,
						]} />
					</Section>
					{editing && <TeamForm of={team} coaches={coaches} onClose={() => setEditing(false)} onSaved={r.reload} />}
				</>
			)}</Of>
		</Page>
	);
}

// ---- deeds on the team ----

const SKIPPED: Record<string, string> = {
	skipped_missing_team: 'The team is not there any more.',
	skipped_missing_coach_mapping: 'Not synced: the platform does not know the coach yet.',
	dry_run: 'The integration is off, so this was a dry run: nothing was changed.',
};

function useSyncing(id: string, done: () => void) {
	return useAction(async () => {
		const { data: d } = await send<TeamSync>('POST', at`/api/game-platform/teams/${id}/sync`, undefined, { idempotencyKey: newKey() });
		const parts = ([[d.assigned, 'put on'], [d.unassigned, 'taken off'], [d.skipped, 'not on the platform'], [d.failed, 'failed']] as const)
			.map(([list, what]) => [list?.length ?? 0, what] as const).filter(([n]) => n > 0);

		done();
		if (d.status === 'pending')
			toast.say(`The platform has not answered yet${d.lastError ? `: ${d.lastError}` : ''}. It goes on by itself.`);
		else if (SKIPPED[d.status])
			toast.say(SKIPPED[d.status] as string);
		else
			toast.good(`${d.status === 'created_team' ? 'Made at the platform' : 'Synced'}${parts.length ? `: ${parts.map(([n, what]) => `${n} ${what}`).join(', ')}` : ''}.`);
	});
}

const GONE: Record<string, string> = {
	deleted: 'Deleted, here and at the Game Platform.',
	skipped_not_synced: 'Deleted. The Game Platform did not have it.',
	dry_run: 'Deleted here. The integration is off, so the Game Platform keeps it.',
	pending: 'Deleted here. The Game Platform has not answered yet; it goes on by itself.',
};

function useDeletion(t: Team | null) {
	const remove = useAction(async () => {
		const { data } = await send<{ gamePlatformSync: { status: string; error?: string } }>('DELETE', at`/api/teams/${t?.id ?? ''}`);
		const { status, error } = data.gamePlatformSync;

		navigate('/teams');
		if (GONE[status])
			toast.good(GONE[status] as string);
		else
			toast.bad(`Deleted here, but the Game Platform still has it${error ? `: ${error}` : '.'}`);
	});

	return {
		busy: remove.busy,
		ask: async () => {
			if (await confirm({ title: `Delete ${t?.name}`, yes: 'Delete', danger: true,
				text: 'The team is deleted here, and then at the Game Platform. Its members stay competitors.' }))
				await remove.run();
		},
	};
}

// ---- the places ----

/** Everybody at a place; who has none in the table gets one that is free. */
function seats(members: readonly Member[]): (Member | null)[] {
	const all: (Member | null)[] = Array.from({ length: PLACES }, (_, i) => members.find((m) => m.position === i + 1) ?? null);

	for (const m of members)
		if (!all.includes(m)) {
			const free = all.indexOf(null);
			if (free >= 0)
				all[free] = m;
			else
				all.push(m);
		}
	return all;
}

function newMember(c: Competitor, position: number): Member {
	return { ...c, competitor_id: c.id, sync: c.game_platform_id ? 'pending' : 'not_on_platform', position,
		game_platform_synced_at: null, game_platform_sync_error: null };
}

/** Each deed is shown at once; they are sent one after the other, in the order in which they were done. */
function useDeeds(team: Team, r: Resource<Team>): Deeds {
	const last = useRef(Promise.resolve());
	const path = at`/api/teams/${team.id}/members`;
	const change = (next: (members: Member[]) => Member[], deed: () => Promise<unknown>): void => {
		const now = r.data.peek() ?? team;
		const members = next(now.members ?? []);
		const takeBack = r.patch({ ...now, members, members_count: members.length });

		last.current = last.current.then(deed).then(() => undefined, (e: unknown) => {
			takeBack();
			toast.bad(problemOf(e));
		}).then(r.reload);
	};
	const without = (m: Member) => (all: Member[]) => all.filter((x) => x.competitor_id !== m.competitor_id);
	const swap = (m: Member, place: number) => (all: Member[]) => all.map((x) => (x.competitor_id === m.competitor_id
		? { ...x, position: place } : x.position === place ? { ...x, position: m.position } : x));
	const post = (to: string, body: Record<string, unknown>) => send('POST', to, body, { idempotencyKey: newKey() });

	return {
		add: (c, place) => change((all) => [...all, newMember(c, place)], () => post(path, { competitor_id: c.id, position: place })),
		place: (m, place) => change(swap(m, place), () => post(path, { competitor_id: m.competitor_id, position: place, move: true })),
		toTeam: (m, to, name) => change(without(m), async () => {
			await post(at`/api/teams/${to}/members`, { competitor_id: m.competitor_id, move: true });
			toast.good(`${nameOf(m)} is on ${name} now.`);
		}),
		remove: (m) => change(without(m), () => send('DELETE', at`/api/teams/${team.id}/members/${m.competitor_id}`)),
	};
}

function Roster({ team, r }: { team: Team; r: Resource<Team> }) {
	const [choosing, setChoosing] = useState<number | null>(null);
	const [dragged, setDragged] = useState<Member | null>(null);
	const teams = useTeamNames(team.coach_id).filter(([id]) => id !== team.id);
	const deeds = useDeeds(team, r);
	const registering = useRegistering(r.reload);

	return (
		<Section title="Members" plain says={`${plural(team.members_count, 'member')} of ${PLACES}. The platform follows by itself; a badge turns when it has.`}>
			<ol class="seats">
				{seats(team.members ?? []).map((m, i) => (
					<li key={i} class={`seat card ${m ? '' : 'free'}`} data-place={i + 1}
						draggable={!!m} onDragStart={() => setDragged(m)} onDragEnd={() => setDragged(null)}
						onDragOver={(e) => dragged && dragged !== m && e.preventDefault()}
						onDrop={() => dragged && deeds.place(dragged, i + 1)}>
						<span class="seat-number" aria-label={`Place ${i + 1}`}>{i + 1}</span>
						{m ? <Seat m={m} place={i + 1} teams={teams} deeds={deeds} registering={registering} />
							: <Button kind="plain" icon="plus" label={`Add a competitor at place ${i + 1}`} onClick={() => setChoosing(i + 1)}>Add a competitor</Button>}
					</li>
				))}
			</ol>
			{choosing !== null && <Choose team={team} place={choosing} onClose={() => setChoosing(null)} onChoose={(c) => deeds.add(c, choosing)} />}
		</Section>
	);
}

function Seat({ m, place, teams, deeds, registering }: {
	m: Member;
	place: number;
	teams: [string, string][];
	deeds: Deeds;
	registering: Registering;
}) {
	const items: (MenuItem | null)[] = [
		...Array.from({ length: PLACES }, (_, i): MenuItem | null => (i + 1 === place ? null
			: { label: `To place ${i + 1}`, icon: i + 1 < place ? 'up' : 'down', onChoose: () => deeds.place(m, i + 1) })),
		...teams.map(([id, name]): MenuItem => ({ label: `To ${name}`, icon: 'right', onChoose: () => deeds.toTeam(m, id, name) })),
		{ label: 'Take off the team', icon: 'trash', danger: true, onChoose: () => deeds.remove(m) },
	];
	const who = { ...m, id: m.competitor_id };

	return (
		<>
			<span class="stacked grow">
				<span class="row">
					<a href={`/competitors/${m.competitor_id}`}>{nameOf(m)}</a>
					{m.is_active === false && <Badge>inactive</Badge>}
				</span>
				<MemberBadge m={m} />
				{m.sync === 'not_on_platform' && m.status === 'compliance' && m.is_active !== false && (
					<Button icon="game" busy={registering.busy(who)} onClick={() => registering.run(who)}>Add to Game Platform</Button>
				)}
			</span>
			<Menu label={`Move or remove ${nameOf(m)}`} icon="more" iconOnly kind="plain" items={items} />
		</>
	);
}

function MemberBadge({ m }: { m: Member }) {
	return (
		<>
			<span class="member-sync" data-sync={m.sync}>
				<Status value={m.sync === 'pending' ? 'pending' : m.sync} label={WORDS[m.sync] ?? m.sync} />
				{m.sync === 'synced' && <small class="quiet"><When at={m.game_platform_synced_at} /></small>}
			</span>
			{m.sync === 'error' && <small class="tone-bad">{m.game_platform_sync_error}</small>}
		</>
	);
}

/** Who is on no team and of the same coach and division. */
function Choose({ team, place, onClose, onChoose }: {
	team: Team;
	place: number;
	onClose: () => void;
	onChoose: (c: Competitor) => void;
}) {
	const [q, setQ] = useState('');
	const r = useResource<CompetitorList>('/api/competitors', { query: { team: 'none', coach: team.coach_id, q, limit: 200 }, live: ['competitor', 'team', 'game_platform'] });
	const fits = (c: Competitor): boolean => !team.division || !c.division || c.division === team.division;

	return (
		<Dialog title={`Who is at place ${place}`} onClose={onClose}>
			<label class="filter search chooser">
				<Icon name="search" /><span class="unseen">Search names</span>
				<input type="search" value={q} placeholder="Search names" maxLength={100} onInput={(e) => setQ(e.currentTarget.value)} />
			</label>
			<Of resource={r}>{(d) => (d.competitors.length === 0
				? <Empty title={q ? 'Nobody matches' : 'Everybody is on a team'} icon="people">
					{q ? 'Search for less of the name.' : <>Add <a href="/competitors">competitors</a>, or move somebody here from their team.</>}
				</Empty>
				: (
					<ul class="chooser-list">
						{d.competitors.map((c) => (
							<li key={c.id}>
								<Button kind="plain" why={fits(c) ? undefined : 'Of another division than the team'} onClick={() => {
									onChoose(c);
									onClose();
								}}>{nameOf(c)}</Button>
								<small class="quiet">{fits(c) ? (c.game_platform_id ? 'on the platform' : 'not on the platform') : divisionText(c.division)}</small>
							</li>
						))}
					</ul>
				))}</Of>
		</Dialog>
	);
}
