// SPDX-License-Identifier: Apache-2.0
// team.tsx - one team in a drawer: who is on the platform, who is not, and what can be done about it.
//
// What a deed came to is told here and not by a toast: the drawer lies above those.
import { useState } from 'preact/hooks';
import { setQuery } from '../../app/router.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useAction } from '../../data/action.ts';
import { useResource } from '../../data/resource.ts';
import { Button, LinkButton } from '../../parts/button.tsx';
import { confirm, Dialog, Drawer } from '../../parts/dialog.tsx';
import { SelectField } from '../../parts/form.tsx';
import { count, plural } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Menu } from '../../parts/menu.tsx';
import { currentTab, Facts, Tabs } from '../../parts/page.tsx';
import { Empty, Failed, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import type { TeamSync } from '../competitors/types.ts';
import { division, pageOf, useFigures } from './figures.ts';
import { teamState } from './teams.tsx';
import type { Member, Roster, Team, Tile } from './types.ts';

interface Outcome {
	tone: 'good' | 'warn';
	text: string;
}

const DRY: Outcome = { tone: 'warn', text: 'The integration is switched off: nothing was sent to the platform.' };

function syncOutcome(s: TeamSync): Outcome {
	const did = [`${count(s.assigned?.length ?? 0)} assigned`, `${count(s.unassigned?.length ?? 0)} taken off`,
		...(s.skipped?.length ? [`${count(s.skipped.length)} not on the platform yet`] : [])].join(', ');

	if (s.status === 'dry_run')
		return DRY;
	if (s.status === 'pending')
		return { tone: 'warn', text: `Not done yet, it goes on by itself.${s.lastError ? ` ${s.lastError}` : ''}` };
	if (s.status === 'skipped_missing_coach_mapping')
		return { tone: 'warn', text: 'The coach is not on the platform yet: register a competitor first.' };
	if (s.failed?.length)
		return { tone: 'warn', text: `${plural(s.failed.length, 'member')} failed: ${s.failed[0]?.error ?? ''}. ${did}.` };
	return { tone: 'good', text: `${s.status === 'created_team' ? 'Made at the platform' : 'Synced'}: ${did}.` };
}

const RESETS: Record<string, Outcome> = {
	sent: { tone: 'good', text: 'The platform sends a mail to set a new password.' },
	not_offered: { tone: 'warn', text: 'The platform offers this to nobody but the competitor: they choose “Forgot password” where they sign in.' },
	dry_run: DRY,
};

export function TeamDrawer({ id, team, reload }: { id: string; team: Tile | undefined; reload: () => void }) {
	const [moving, setMoving] = useState<Member | null>(null);
	const [outcome, setOutcome] = useState<Outcome | null>(null);
	const r = useFigures<Roster>(`teams/${encodeURIComponent(id)}`);
	const name = team?.name ?? 'this team';
	const page = pageOf(`/teams/${id}`);
	const ended = (o: Outcome): void => {
		setOutcome(o);
		r.reload();
		reload();
	};
	const sync = useAction(async () => {
		setOutcome(null);
		ended(syncOutcome((await send<TeamSync>('POST', at`/api/game-platform/teams/${id}/sync`, undefined, { idempotencyKey: newKey() })).data));
	}, { quiet: true });
	const reset = useAction(async (m: Member) => {
		setOutcome(null);
		const said = (await send<{ status: string }>('POST', at`/api/game-platform/competitors/${m.competitorId}/password-reset`, undefined,
			{ idempotencyKey: newKey() })).data.status;
		const o = RESETS[said] ?? { tone: 'warn', text: said };
		ended({ ...o, text: `${m.name}: ${o.text}` });
	}, { quiet: true });
	const problem = sync.problem.value ?? reset.problem.value;

	const askSync = async (): Promise<void> => {
		if (await confirm({ title: `Sync ${name}`, yes: 'Sync',
			text: 'The team and who is on it become at the platform what they are here. Who is on it there only is taken off.' }))
			await sync.run();
	};
	const askReset = async (m: Member): Promise<void> => {
		if (await confirm({ title: 'Reset the password', yes: 'Send the mail',
			text: `The platform sends ${m.name} a mail to set a new password. The old one stays until then.` }))
			await reset.run(m);
	};

	return (
		<Drawer title={team?.name ?? 'Team'} wide onClose={() => setQuery({ team: '', roster: '' })}
			actions={<>
				{page && <LinkButton href={page}>Open the team</LinkButton>}
				<Button kind="main" icon="refresh" busy={sync.busy} onClick={askSync}>Sync this team</Button>
			</>}>
			{team && <Facts rows={[
				['At the platform', <><Status value={teamState(team)} />{team.syncError && <p class="complaint">{team.syncError}</p>}</>],
				['Division', division(team.division)],
				['Affiliation', team.affiliation ?? 'Affiliation unknown'],
				['Average score', count(team.avgScore)],
				['Challenges solved', count(team.totalChallenges)],
				['Last sync', <When at={team.lastSync} none="Never" />],
			]} />}
			<div role="status" class="outcome">
				{reset.busy.value && <p class="note"><Icon name="spinner" /> Asking the platform</p>}
				{outcome && !problem && (
					<p class={`note tone-${outcome.tone}`}><Icon name={outcome.tone === 'good' ? 'check' : 'info'} /><span>{outcome.text}</span></p>
				)}
			</div>
			{problem && <Failed problem={problem} />}
			<Of resource={r}>{(d) => <Members roster={d} onMove={setMoving} onReset={askReset} />}</Of>
			{moving && <Move member={moving} from={id} name={name} onClose={() => setMoving(null)} onDone={(text) => {
				setMoving(null);
				ended({ tone: 'good', text });
			}} />}
		</Drawer>
	);
}

const NOBODY: Record<string, string> = {
	on: 'Nobody of this team is on the platform yet',
	awaiting: 'Nobody waits to be added',
	all: 'Nobody is on this team',
};

function Members({ roster: d, onMove, onReset }: {
	roster: Roster;
	onMove: (m: Member) => void;
	onReset: (m: Member) => Promise<void>;
}) {
	const tabs = [
		{ id: 'on', label: 'On Game Platform', count: d.onPlatform.length },
		{ id: 'awaiting', label: 'Awaiting Add', count: d.awaiting.length },
		{ id: 'all', label: 'Full Roster', count: d.roster.length },
	];
	const tab = currentTab(tabs, 'roster');
	const rows = tab === 'on' ? d.onPlatform : tab === 'awaiting' ? d.awaiting : d.roster;
	const who = (m: Member) => {
		const href = pageOf(`/competitors/${m.competitorId}`);
		return href ? <a href={href}>{m.name}</a> : m.name;
	};
	const quick = { id: 'deeds', head: 'More', cell: (m: Member) => (
		<Menu label={`What to do with ${m.name}`} icon="more" kind="plain" iconOnly items={[
			{ label: 'Move to another team', icon: 'split', onChoose: () => onMove(m) },
			{ label: 'Reset password', icon: 'key', onChoose: () => onReset(m), why: m.platformId ? undefined : 'Not on the Game Platform yet' },
		]} />
	) };

	return (
		<div class="flow">
			<Tabs tabs={tabs} name="roster" label="Members" />
			<Table caption={`Members: ${tabs.find((t) => t.id === tab)?.label}`} rows={rows} keyOf={(m) => m.competitorId}
				empty={<Empty title={NOBODY[tab] ?? ''} icon="people" />}
				columns={tab === 'on' ? [
					{ id: 'name', head: 'Name', cell: who },
					{ id: 'challenges', head: 'Challenges', number: true, cell: (m) => count(m.challenges) },
					{ id: 'ctf', head: 'In CTFs', number: true, cell: (m) => count(m.ctfChallenges) },
					{ id: 'points', head: 'Points', number: true, wideOnly: true, cell: (m) => count(m.points) },
					{ id: 'sync', head: 'On the team there', cell: (m) => <Status value={m.sync} {...(m.syncError ? { title: m.syncError } : {})} /> },
					quick,
				] : tab === 'awaiting' ? [
					{ id: 'name', head: 'Name', cell: who },
					{ id: 'status', head: 'Status', cell: (m) => <Status value={m.status} /> },
					quick,
				] : [
					{ id: 'place', head: 'Place', number: true, cell: (m) => count(m.position) },
					{ id: 'name', head: 'Name', cell: who },
					{ id: 'state', head: 'State', cell: (m) => (m.platformId ? <Status value="active" /> : <Status value="pending" label="Waiting for Add" />) },
					quick,
				]} />
		</div>
	);
}

// ---- to another team ----

const TEAM_MAX = 6;

function Move({ member: m, from, name, onClose, onDone }: {
	member: Member;
	from: string;
	name: string;
	onClose: () => void;
	onDone: (text: string) => void;
}) {
	const [to, setTo] = useState('');
	const mine = useResource<Team>(`/api/teams/${encodeURIComponent(from)}`);
	const coach = mine.data.value?.coach_id;
	const r = useResource<{ teams: Team[] }>(coach ? '/api/teams' : null, { query: { coach, limit: 200 } });
	const own = mine.data.value?.division;
	const others = (r.data.value?.teams ?? []).filter((t) => t.id !== from && (!t.division || !own || t.division === own));
	const chosen = others.find((t) => t.id === to);
	const full = chosen && chosen.members_count >= TEAM_MAX;
	const move = useAction(async () => {
		await send('POST', at`/api/teams/${to}/members`, { competitor_id: m.competitorId, move: true });
		onDone(`${m.name} is on ${chosen?.name} now. The platform follows by itself.`);
	}, { quiet: true });

	return (
		<Dialog title={`Move ${m.name}`} onClose={onClose} actions={<>
			<Button onClick={onClose}>Cancel</Button>
			<Button kind="main" busy={move.busy} why={!to ? 'Choose a team first' : full ? 'That team has six members' : undefined} onClick={() => move.run()}>Move</Button>
		</>}>
			<div class="flow">
				<p>{m.name} leaves {name}{m.platformId ? ', here and at the platform' : ''}. Their solves stay theirs.</p>
				<Of resource={mine} lines={2}>{() => (
					<Of resource={r} lines={2}>{() => (others.length === 0
						? <Empty title="There is no other team" icon="people">The coach has no other team of this division.</Empty>
						: <SelectField label="To the team" value={to} onChange={setTo} choices={[['', 'Choose a team'],
							...others.map((t): [string, string] => [t.id, `${t.name} (${t.members_count} of ${TEAM_MAX})`])]} />
					)}</Of>
				)}</Of>
				{move.problem.value && <Failed problem={move.problem.value} />}
			</div>
		</Dialog>
	);
}
