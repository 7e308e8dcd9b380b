// SPDX-License-Identifier: Apache-2.0
// competitor.tsx - one competitor's report card: totals, strengths, what was solved when; printable.
import { useState } from 'preact/hooks';
import { navigate, type PageProps } from '../../app/router.ts';
import { may } from '../../app/session.ts';
import { useAction } from '../../data/action.ts';
import { at, newKey, send } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Chart } from '../../parts/chart.tsx';
import { confirm } from '../../parts/dialog.tsx';
import { Stat, Stats } from '../../parts/figure.tsx';
import { count, dayText, now, plural, timeOf, words } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Menu } from '../../parts/menu.tsx';
import { Facts, Page, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Badge, Status, type Tone } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { toast } from '../../parts/toast.tsx';
import { useCoaches } from './choices.tsx';
import { Step, useRemoval } from './competitors.tsx';
import { CompetitorForm } from './competitor_form.tsx';
import { insights, lastDays, type Report } from './report.ts';
import { AddButton, PlatformBadge, useRegistering, type Registering } from './register.tsx';
import { divisionText, missingFor, nameOf, type Competitor } from './types.ts';

const STRENGTHS: Record<string, [string, Tone]> = { strong: ['Strong', 'good'], developing: ['Developing', 'busy'], growth_area: ['Growth area', 'warn'] };

export default function CompetitorPage({ params }: PageProps) {
	const id = params.id ?? '';
	const r = useResource<Competitor>(at`/api/competitors/${id}`, { live: ['competitor', 'team', 'game_platform'] });
	const c = r.data.value;
	const [editing, setEditing] = useState(false);
	const registering = useRegistering(r.reload);
	const coaches = useCoaches();
	const remove = useRemoval(() => navigate('/competitors'));
	const reset = usePasswordReset(c);

	return (
		<Page title={c ? nameOf(c) : 'Competitor'} crumbs={[['Competitors', '/competitors']]}
			says={c && <span class="row"><Status value={registering.shown(c).status} /><PlatformBadge c={registering.shown(c)} waits={registering.waits(c)} />
				{c.is_active === false && <Badge>inactive</Badge>}</span>}
			actions={c && <>
				{!c.game_platform_id && <AddButton c={c} registering={registering} />}
				<Button icon="pencil" onClick={() => setEditing(true)}>Change</Button>
				<Button icon="download" onClick={() => print()}>Print</Button>
				<Menu label={`More about ${nameOf(c)}`} icon="more" iconOnly items={[
					{ label: 'Reset the password', icon: 'key', onChoose: reset, why: c.game_platform_id ? undefined : 'Not on the Game Platform yet' },
					{ label: 'Delete', icon: 'trash', danger: true, onChoose: () => remove(c) },
				]} />
			</>}>
			<Of resource={r}>{(found) => (
				<>
					{found.game_platform_id ? <Card id={id} /> : <NotThere c={found} registering={registering} />}
					<div class="columns">
						<Person c={found} coach={coaches.find(([x]) => x === found.coach_id)?.[1]} />
						{found.game_platform_id && <SyncState c={found} />}
					</div>
					{editing && <CompetitorForm of={found} coaches={coaches} onClose={() => setEditing(false)} onSaved={r.reload} />}
				</>
			)}</Of>
		</Page>
	);
}

function NotThere({ c, registering }: { c: Competitor; registering: Registering }) {
	const { missing } = missingFor(c);

	return (
		<Empty title="No report yet" icon="game" action={c.can_register ? <AddButton c={c} registering={registering} /> : undefined}>
			{c.can_register ? 'The report card begins when they are on the Game Platform.'
				: missing.length ? `They can be added to the Game Platform when nothing is missing: ${missing.join(', ')}.` : c.register_reason}
		</Empty>
	);
}

function usePasswordReset(c: Competitor | null): () => Promise<void> {
	const reset = useAction(async () => {
		const { data } = await send<{ status: string }>('POST', at`/api/game-platform/competitors/${c?.id ?? ''}/password-reset`, undefined,
			{ idempotencyKey: newKey() });
		if (data.status === 'sent')
			toast.good('The Game Platform sends them a mail to set a new password.');
		else
			toast.say(data.status === 'dry_run' ? 'The integration is off, so no mail was asked for.'
				: 'The Game Platform has no such call. They can ask for it on its sign-in page.');
	});

	return async () => {
		if (c && await confirm({ title: `Reset the password of ${nameOf(c)}`, yes: 'Send the mail', text: 'The Game Platform sends them a mail to set a new one.' }))
			await reset.run();
	};
}

// ---- the card ----

function Card({ id }: { id: string }) {
	const r = useResource<Report>(at`/api/game-platform/competitors/${id}/report`, { live: ['game_platform', 'run', 'competitor'] });

	return (
		<Of resource={r} lines={40}>{(d) => (
			<>
				<Stats>
					<Stat label="Challenges" value={count(d.challenges)} says="outside of Flash CTFs" />
					<Stat label="Points" value={count(d.points)} />
					<Stat label="Challenges in Flash CTFs" value={count(d.ctfChallenges)} says={plural(d.flashEvents.length, 'event')} />
					<Stat label="Last there" value={<When at={d.lastActivity} none="never" />} />
				</Stats>
				<Insights d={d} />
				<Section title="Last 90 days"><Days d={d} /></Section>
				<div class="columns wide-left">
					<Domains d={d} />
					<Roles d={d} />
				</div>
				<Events d={d} />
				<Solves d={d} />
			</>
		)}</Of>
	);
}

function Insights({ d }: { d: Report }) {
	const found = insights(d, now.peek());

	return found.length > 0 && (
		<Section title="What stands out">
			<ul class="insights">
				{found.map((x) => <li key={x.text}><span class={`tone-${x.tone}`}><Icon name={x.icon} /></span><span>{x.text}</span></li>)}
			</ul>
		</Section>
	);
}

function Days({ d }: { d: Report }) {
	const days = lastDays(d.timeline, now.peek());
	const solved = days.reduce((n, x) => n + x.challenges, 0);

	if (solved === 0)
		return <Empty title="Nothing in 90 days" icon="chart">Each day with a solved challenge appears here.</Empty>;
	return <Chart label="Challenges solved by day" summary={`${solved} in 90 days`} x={days.map((x) => x.at)} xHead="Day" height={160}
		series={[{ name: 'Challenges', kind: 'bars', values: days.map((x) => x.challenges) }]} />;
}

function Domains({ d }: { d: Report }) {
	const most = Math.max(1, ...d.domains.map((x) => x.points));

	return (
		<Section title="Domains" says="Strong is more than a fifth of all points; a growth area has fewer than three challenges.">
			<Table caption="Points by domain" rows={d.domains} keyOf={(x) => x.topic} empty={<Empty title="No domain yet" icon="grid">The first solved challenge opens one.</Empty>}
				columns={[
					{ id: 'topic', head: 'Domain', cell: (x) => words(x.topic) },
					{ id: 'strength', head: 'Strength', cell: (x) => <Status value={x.strength} label={STRENGTHS[x.strength]?.[0] ?? x.strength} tone={STRENGTHS[x.strength]?.[1] ?? 'quiet'} /> },
					{ id: 'difficulty', head: 'Hardest', cell: (x) => <Badge>{x.difficulty}</Badge> },
					{ id: 'challenges', head: 'Solved', number: true, cell: (x) => count(x.challenges) },
					{ id: 'points', head: 'Points', number: true, cell: (x) => count(x.points) },
					{ id: 'share', head: 'Share', wideOnly: true, cell: (x) => <span class="share" aria-hidden="true"><span style={{ width: `${(x.points / most) * 100}%` }} /></span> },
				]} />
		</Section>
	);
}

function Roles({ d }: { d: Report }) {
	const most = Math.max(1, ...d.workRoles.map((x) => x.challenges));

	return (
		<Section title="NIST NICE work roles" says="Which roles the solved challenges belong to, as the platform says.">
			<Table caption="Work roles" rows={d.workRoles} keyOf={(x) => x.role} empty={<Empty title="No work role yet" icon="person">The platform names them for some challenges only.</Empty>}
				columns={[
					{ id: 'role', head: 'Role', cell: (x) => x.role },
					{ id: 'challenges', head: 'Challenges', number: true, cell: (x) => count(x.challenges) },
					{ id: 'share', head: 'Share', wideOnly: true, cell: (x) => <span class="share" aria-hidden="true"><span style={{ width: `${(x.challenges / most) * 100}%` }} /></span> },
				]} />
		</Section>
	);
}

function Events({ d }: { d: Report }) {
	return (
		<Section title="Flash CTFs">
			<Table caption="Results in Flash CTFs" rows={d.flashEvents} keyOf={(x) => x.eventId} empty={<Empty title="No Flash CTF yet" icon="trophy">Events in which they took part appear here.</Empty>}
				columns={[
					{ id: 'name', head: 'Event', cell: (x) => x.name ?? x.eventId },
					{ id: 'at', head: 'When', cell: (x) => <span class="nowrap">{x.startedAt ? dayText(timeOf(x.startedAt) ?? 0) : '–'}</span> },
					{ id: 'rank', head: 'Rank', number: true, cell: (x) => count(x.rank) },
					{ id: 'solved', head: 'Solved', number: true, cell: (x) => count(x.challengesSolved) },
					{ id: 'score', head: 'Points', number: true, cell: (x) => `${count(x.score)}${x.maxPoints ? ` of ${count(x.maxPoints)}` : ''}` },
					...(d.flashEvents.some((x) => x.maxPoints) ? [{ id: 'share', head: 'Share', wideOnly: true, cell: (x: Report['flashEvents'][number]) => (x.maxPoints
						? <span class="share" title={`${x.score ?? 0} of ${x.maxPoints} points`}><span style={{ width: `${Math.min(1, (x.score ?? 0) / x.maxPoints) * 100}%` }} /></span> : '') }] : []),
				]} />
		</Section>
	);
}

function Solves({ d }: { d: Report }) {
	return (
		<Section title="Solved lately" says={d.recentSolves.length >= 50 ? 'The last 50.' : undefined}>
			<Table caption="Challenges solved lately" rows={d.recentSolves} keyOf={(x) => `${x.source}${x.solvedAt}${x.name}`}
				empty={<Empty title="Nothing solved yet" icon="check">What they solve on the platform appears here within half an hour.</Empty>}
				columns={[
					{ id: 'name', head: 'Challenge', cell: (x) => x.name ?? '–' },
					{ id: 'category', head: 'Domain', cell: (x) => (x.category ? words(x.category) : '–') },
					{ id: 'points', head: 'Points', number: true, cell: (x) => count(x.points) },
					{ id: 'source', head: 'Where', wideOnly: true, cell: (x) => (x.source === 'flash_ctf' ? 'Flash CTF' : 'Practice') },
					{ id: 'at', head: 'When', cell: (x) => <When at={x.solvedAt} /> },
				]} />
		</Section>
	);
}

// ---- beside it ----

function Person({ c, coach }: { c: Competitor; coach: string | undefined }) {
	return (
		<Section title="Details">
			<Facts rows={[
				['Status', <Step c={c} />],
				['Team', c.team ? <a href={`/teams/${c.team.id}`}>{c.team.name}</a> : 'none'],
				coach ? ['Coach', coach] : null,
				['Division', divisionText(c.division)],
				['Grade', c.grade ?? '–'],
				['School e-mail', c.email_school ?? '–'],
				['Personal e-mail', c.email_personal ?? '–'],
				c.is_18_or_over ? ['Participation agreement', <When at={c.participation_agreement_date} none="not yet" full />]
					: ['Media release', <When at={c.media_release_date} none="not yet" full />],
				['On the platform since', <When at={c.game_platform_synced_at} none={c.game_platform_id ? 'a time that nobody noted' : 'not yet'} />],
				c.metactf_username ? ['Name there', <code>{c.metactf_username}</code>] : null,
				c.game_platform_sync_error ? ['The platform said', <span class="tone-bad">{c.game_platform_sync_error}</span>] : null,
			]} />
		</Section>
	);
}

interface State {
	last_odl_synced_at: string | null;
	last_flash_ctf_synced_at: string | null;
	last_remote_accessed_at: string | null;
	last_attempt_at: string | null;
	last_result: string | null;
	error_message: string | null;
	needs_totals_refresh: boolean | null;
	activity_score: number;
}

/** How far their scores were read; coaches see less of it, and may ask all the same. */
function SyncState({ c }: { c: Competitor }) {
	const r = useResource<{ states: State[] }>(may('admin') ? '/api/game-platform/sync-state' : null,
		{ query: { competitor: c.id }, live: ['game_platform', 'run', 'job', 'competitor'] });
	const s = r.data.value?.states[0];
	const ask = useAction(() => (may('admin')
		? send('POST', at`/api/game-platform/sync-state/${c.id}/retry`, undefined, { idempotencyKey: newKey() })
		: send('POST', '/api/game-platform/scores/sync', { competitor_id: c.id }, { idempotencyKey: newKey() })),
	{ done: 'Their scores are being asked for; they appear here by themselves.' });

	return (
		<Section title="Scores" says="Read by themselves, the more often the more active somebody is." actions={
			<Button icon="refresh" busy={ask.busy} onClick={() => ask.run()}>{s?.last_result === 'failure' ? 'Try again' : 'Ask now'}</Button>
		}>
			{s && <Facts rows={[
				['Last attempt', <When at={s.last_attempt_at} none="never" />],
				['It went', s.last_result ? <Status value={s.last_result === 'failure' ? 'failed' : s.last_result} /> : '–'],
				s.error_message ? ['Because', <span class="tone-bad">{s.error_message}</span>] : null,
				['Scores of', <When at={s.last_odl_synced_at} none="never" />],
				['Flash CTFs of', <When at={s.last_flash_ctf_synced_at} none="never" />],
				['Last seen there', <When at={s.last_remote_accessed_at} none="never" />],
				['Activity', `${s.activity_score} of 100`],
				['Totals', s.needs_totals_refresh ? 'are asked for in the next sweep' : 'are up to date'],
			]} />}
		</Section>
	);
}
