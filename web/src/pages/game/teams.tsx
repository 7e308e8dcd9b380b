// SPDX-License-Identifier: Apache-2.0
// teams.tsx - teams as tiles; one opens with its members.
import { addressWith, param } from '../../app/router.ts';
import { LinkButton } from '../../parts/button.tsx';
import { count, plural } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status } from '../../parts/status.tsx';
import { When } from '../../parts/time.tsx';
import { division, pageOf, useFigures } from './figures.ts';
import { TeamDrawer } from './team.tsx';
import type { Tile } from './types.ts';

export function Teams() {
	const r = useFigures<{ teams: Tile[] }>('teams');
	const open = param('team');
	const list = pageOf('/teams');

	return (
		<div id="teams" class="anchor">
			<Section title="Teams" says="By points; a tile opens the team." actions={list && <LinkButton href={list} icon="people">Manage teams</LinkButton>}>
				<Of resource={r} lines={6}>{(d) => (
					<>
						{d.teams.length === 0
							? <Empty title="No team here" icon="people" action={list && <LinkButton href={list}>Add a team</LinkButton>}>
								Add one, or choose another coach or division above.
							</Empty>
							: <ul class="team-tiles">{d.teams.map((t) => <li key={t.teamId}><TeamTile team={t} /></li>)}</ul>}
						{open && <TeamDrawer key={open} id={open} team={d.teams.find((t) => t.teamId === open)} reload={r.reload} />}
					</>
				)}</Of>
			</Section>
		</div>
	);
}

/** How a team is at the platform, in one word. */
export function teamState(t: Tile): string {
	return t.syncError ? 'error' : t.onPlatform ? 'synced' : 'pending';
}

function TeamTile({ team: t }: { team: Tile }) {
	const of = `${division(t.division)}, ${t.affiliation ?? 'affiliation unknown'}`;

	return (
		<a class="card team-tile" href={addressWith({ team: t.teamId, roster: '' })} aria-haspopup="dialog">
			<span class="team-tile-head"><strong class="clip" title={t.name}>{t.name}</strong><Status value={teamState(t)} {...(t.syncError ? { title: t.syncError } : {})} /></span>
			<span class="quiet clip" title={of}>{of}</span>
			<span class="team-tile-figures">
				<span><b>{count(t.avgScore)}</b><small class="quiet">average score</small></span>
				<span><b>{count(t.totalChallenges)}</b><small class="quiet">solved</small></span>
				<span><b>{count(t.syncedMembers)} / {count(t.totalMembers)}</b><small class="quiet">on platform</small></span>
			</span>
			<span class="team-tile-foot">
				<span class="quiet">Last sync <When at={t.lastSync} none="never" /></span>
				{t.pendingMembers > 0 && <Badge tone="warn" title={`${plural(t.pendingMembers, 'member')} not on the platform`}>{count(t.pendingMembers)} awaiting add</Badge>}
			</span>
		</a>
	);
}
