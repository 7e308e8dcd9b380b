// SPDX-License-Identifier: Apache-2.0
// drift.tsx - where rosters at the platform differ from those here, and the repair.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { get, newKey, send } from '../../data/api.ts';
import { Button } from '../../parts/button.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { CheckField } from '../../parts/form.tsx';
import { plural } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Empty } from '../../parts/state.tsx';
import { Badge } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { nameOf, type CompetitorList, type Team } from './types.ts';

interface Item {
	competitorId?: string | null;
	synedUserId?: string | null;
	teamId?: string | null;
	remoteTeamId?: string | null;
}

interface Names {
	teams: Map<string, string>;
	people: Map<string, string>;
}

interface Found {
	lists: Partial<Record<string, Item[]>>;
	names: Names;
}

const LISTS: [string, string, string][] = [
	['notThere', 'Team not there', 'The platform does not have the team yet'],
	['missing', 'Not on the team there', 'On a team here, on none there'],
	['wrongTeam', 'On another team there', 'The platform has them on another team'],
	['extra', 'To be taken off', 'On a team there, on none here'],
	['staleErrors', 'Old error', 'All is as it should be, but an old error still stands'],
	['unknownTeams', "Nobody's team", 'A team of the platform that is none of yours; it is let be'],
];

/** Names stand here; the platform's answer has ids only. */
async function namesOf(): Promise<Names> {
	const [teams, people] = await Promise.all([get<{ teams: Team[] }>('/api/teams', { limit: 200 }),
		get<CompetitorList>('/api/competitors', { limit: 200 })]);

	return { teams: new Map(teams.data.teams.map((t) => [t.id, t.name])),
		people: new Map(people.data.competitors.map((c) => [c.id, nameOf(c)])) };
}

export function Drift() {
	const [found, setFound] = useState<Found | null>(null);
	const [unknown, setUnknown] = useState(false);
	const look = useAction(async () => {
		const [answer, names] = await Promise.all([get<Found['lists']>('/api/game-platform/drift'), namesOf()]);
		setFound({ lists: answer.data, names });
	});
	const repair = useAction(async () => {
		const { data } = await send<{ status: string; teams: string[]; unassigned?: number }>('POST', '/api/game-platform/drift/repair', undefined,
			{ query: { delete_unknown: unknown || undefined }, idempotencyKey: newKey() });
		setFound(null);
		done.current = data.status === 'dry_run'
			? `The integration is off: ${plural(data.teams.length, 'team')} would have been synced.`
			: `${plural(data.teams.length, 'team')} ${data.teams.length === 1 ? 'is' : 'are'} being synced${data.unassigned ? `, ${plural(data.unassigned, 'member')} taken off` : ''}.`;
	}, { done: () => done.current });
	const done = useState({ current: '' })[0];
	const rows = found ? LISTS.flatMap(([list, what, says]) => (found.lists[list] ?? []).map((item, i) => ({ key: `${list}${i}`, what, says, item }))) : [];
	const deed = async (): Promise<void> => {
		if (await confirm({ title: 'Repair the platform', yes: 'Repair', danger: unknown,
			text: `The teams that differ are synced, and who is on no team here is taken off there.${unknown ? " Teams there that are none of yours are deleted." : " Teams there that are none of yours are let be."}` }))
			await repair.run();
	};

	return (
		<Section title="Compare with the platform" says="Asks the Game Platform who is on which team. It changes nothing." actions={<>
			<Button icon="scales" kind={found ? 'normal' : 'main'} busy={look.busy} onClick={() => look.run()}>{found ? 'Compare again' : 'Compare now'}</Button>
			{may('admin') && found && rows.length > 0 && <Button kind="main" icon="undo" busy={repair.busy} onClick={deed}>Repair</Button>}
		</>}>
			{!found && <Empty title="Not compared yet" icon="scales">Rosters are compared by themselves every six hours; look now when you are in doubt.</Empty>}
			{found && (
				<Table caption="Differences" rows={rows} keyOf={(x) => x.key}
					empty={<Empty title="Both are the same" icon="check">Every team and member at the platform is as it is here.</Empty>}
					columns={[
						{ id: 'what', head: 'What', cell: (x) => <span class="stacked"><Badge tone={x.what === "Nobody's team" ? 'quiet' : 'warn'}>{x.what}</Badge></span> },
						{ id: 'who', head: 'Who', cell: (x) => (x.item.competitorId
							? <a class="nowrap" href={`/competitors/${x.item.competitorId}`}>{found.names.people.get(x.item.competitorId) ?? <code>{x.item.competitorId}</code>}</a>
							: x.item.synedUserId ? <code>{x.item.synedUserId}</code> : '–') },
						{ id: 'here', head: 'Team here', cell: (x) => (x.item.teamId
							? <a class="nowrap" href={`/teams/${x.item.teamId}`}>{found.names.teams.get(x.item.teamId) ?? <code>{x.item.teamId}</code>}</a> : '–') },
						{ id: 'there', head: 'Team there', cell: (x) => (x.item.remoteTeamId
							? found.names.teams.get(x.item.remoteTeamId) ?? <code class="breaks">{x.item.remoteTeamId}</code> : '–') },
						{ id: 'says', head: 'Meaning', grow: true, wideOnly: true, cell: (x) => x.says },
					]} />
			)}
			{may('admin') && found && (found.lists.unknownTeams ?? []).length > 0 && (
				<CheckField label="Also delete the platform's teams that are none of yours" checked={unknown} onChange={setUnknown} />
			)}
		</Section>
	);
}
