// SPDX-License-Identifier: Apache-2.0
// player.tsx - one player's rating: the link card, how the rating moved, and the matches on the page.
import { useState } from 'preact/hooks';
import { may } from '../../app/session.ts';
import type { PageProps } from '../../app/router.ts';
import { useAction } from '../../data/action.ts';
import { at, get } from '../../data/api.ts';
import { useResource, type Resource } from '../../data/resource.ts';
import { Button } from '../../parts/button.tsx';
import { Chart } from '../../parts/chart.tsx';
import { timeOf } from '../../parts/format.ts';
import { Page, Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { LinkCard } from './card.tsx';
import { ratingText, type Change } from './types.ts';

interface Match {
	date: string | null;
	section: string | null;
	type: string | null;
	match: string | null;
	line: string | null;
	result: string | null;
	rating: number | null;
	partner: string | null;
	opponents?: string[];
}

interface Rated {
	name: string;
	linked: boolean;
	changes: Change[];
}

export default function PlayerPage({ params }: PageProps) {
	const player = params.player ?? '';
	const r = useRated(player);
	const admin = may('admin');

	return (
		<Page title={admin ? `Rating of ${r.data.value?.name || player}` : 'Your rating'} crumbs={admin ? [['Ratings', '/ratings']] : []}
			says={admin ? <>Read from the page that their league publishes. <code>{player}</code></> : YOURS}>
			<PlayerRating player={player} rated={r} />
		</Page>
	);
}

export const YOURS = 'Read from the page that your league publishes';

export function useRated(player: string): Resource<Rated> {
	return useResource<Rated>(at`/api/players/${player}/pti/changes`, { live: ['pti', 'job'] });
}

export function PlayerRating({ player, rated: r }: { player: string; rated: Resource<Rated> }) {
	return (
		<>
			<div class="columns">
				<LinkCard player={player} onUpdate={r.reload} />
				<Section title="How it moved">
					<Of resource={r}>{(d) => (d.changes.length === 0
						? <Empty title="No change yet" icon="chart">Each change of the rating appears here.</Empty>
						: <Moves changes={d.changes} />)}</Of>
				</Section>
			</div>
			<Matches player={player} linked={r.data.value?.linked ?? false} />
		</>
	);
}

function Moves({ changes }: { changes: Change[] }) {
	const old = [...changes].reverse();
	const last = changes[0];

	return (
		<>
			{old.length > 1 && (
				<Chart label="Rating over time" summary={`now ${ratingText(last?.after)}`} x={old.map((c) => timeOf(c.at) ?? 0)} height={160} free
					series={[{ name: 'PTI', values: old.map((c) => c.after), text: ratingText }]} />
			)}
			<Table caption="Changes of the rating" rows={changes} keyOf={(c) => c.at} columns={[
				{ id: 'at', head: 'When', cell: (c) => <When at={c.at} /> },
				{ id: 'before', head: 'Before', number: true, cell: (c) => ratingText(c.before) },
				{ id: 'after', head: 'After', number: true, cell: (c) => ratingText(c.after) },
				{ id: 'note', head: 'Note', cell: (c) => c.note ?? '' },
			]} />
		</>
	);
}

function Matches({ player, linked }: { player: string; linked: boolean }) {
	const [matches, setMatches] = useState<Match[] | null>(null);
	const read = useAction(async () => {
		const answer = await get<{ matches: Match[] }>(at`/api/players/${player}/pti/history`, { limit: 20 });
		setMatches(answer.data.matches);
	});

	return (
		<Section title="Matches" says="Read from the linked page when you ask; it shares the pause of a refresh."
			actions={<Button icon="book" busy={read.busy} why={linked ? undefined : 'Link a page first'} onClick={() => read.run()}>Read matches</Button>}>
			{matches && (
				<Table caption="Matches on the linked page" rows={matches} keyOf={(m) => `${matches.indexOf(m)}`}
					empty={<Empty title="The page lists no matches" icon="book">None this season, or the league does not show them.</Empty>}
					columns={[
						{ id: 'date', head: 'Day', cell: (m) => <span class="nowrap">{m.date ?? '–'}</span> },
						{ id: 'match', head: 'Match', grow: true, cell: (m) => m.match ?? m.section ?? '' },
						{ id: 'partner', head: 'Partner', wideOnly: true, cell: (m) => m.partner ?? '' },
						{ id: 'against', head: 'Opponents', wideOnly: true, cell: (m) => (m.opponents ?? []).join(', ') },
						{ id: 'result', head: 'Result', cell: (m) => m.result ?? '' },
						{ id: 'rating', head: 'PTI then', number: true, cell: (m) => ratingText(m.rating) },
					]} />
			)}
		</Section>
	);
}
