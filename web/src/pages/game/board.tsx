// SPDX-License-Identifier: Apache-2.0
// board.tsx - who has solved how much, and of one competitor by topic.
import { addressWith, param, paramInt, setQuery } from '../../app/router.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { SearchFilter } from '../../parts/filter.tsx';
import { count } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/time.tsx';
import { useFigures } from './figures.ts';
import type { Entry, Topic } from './types.ts';

const EACH = 10;

export function Board() {
	const sort = { by: param('sort', 'challenges'), down: param('order', param('sort') ? 'asc' : 'desc') === 'desc' };
	const topics = param('topics');
	const r = useFigures<{ leaderboard: Entry[]; total: number }>('leaderboard', {
		search: param('q'), sort: sort.by, order: sort.down ? 'desc' : 'asc', page: Math.max(1, paramInt('page', 1)), limit: EACH,
	});

	return (
		<div id="board" class="anchor">
			<Section title="Challenges Done" actions={<SearchFilter label="Name or team" />}>
				<Of resource={r} lines={18}>{(d) => (
					<>
						<Table caption="Challenges done, by competitor" rows={d.leaderboard} keyOf={(e) => e.competitorId} sort={sort}
							onSort={(s) => setQuery({ sort: s.by, order: s.down ? 'desc' : 'asc', page: '' })}
							empty={param('q')
								? <Empty title={`Nobody is called like “${param('q')}”`} icon="search">Try a part of the name or of the team's name.</Empty>
								: <Empty title="Nobody has figures yet" icon="trophy" command="lockstep schedules run game_platform_sync_incremental">
									They come with the first sync of scores, for competitors who are on the platform.
								</Empty>}
							columns={[
								{ id: 'rank', head: '#', number: true, cell: (e) => count(e.rank) },
								{ id: 'name', head: 'Competitor', sort: true, cell: (e) => (e.challenges > 0
									? <a href={addressWith({ topics: e.competitorId })} aria-haspopup="dialog" title={e.name}>{e.name}</a> : e.name) },
								{ id: 'team', head: 'Team', sort: true, wideOnly: true, cell: (e) => e.teamName && <span title={e.teamName}>{e.teamName}</span> },
								{ id: 'challenges', head: 'Challenges', number: true, sort: true, cell: (e) => count(e.challenges) },
								{ id: 'points', head: 'Points', number: true, sort: true, cell: (e) => count(e.totalPoints) },
								{ id: 'activity', head: 'Last active', sort: true, wideOnly: true, cell: (e) => <When at={e.lastActivity} none="Never" /> },
							]} />
						{d.total > 0 && <Pager total={d.total} limit={EACH} label="Parts of the leaderboard" />}
						{topics && <Topics competitor={topics} name={d.leaderboard.find((e) => e.competitorId === topics)?.name} />}
					</>
				)}</Of>
			</Section>
		</div>
	);
}

function Topics({ competitor, name }: { competitor: string; name: string | undefined }) {
	const r = useFigures<{ topics: Topic[] }>(`leaderboard/${encodeURIComponent(competitor)}/topics`);

	return (
		<Dialog title="Challenge totals by topic" wide onClose={() => setQuery({ topics: '' })}>
			<div class="flow">
				{name && <p><strong>{name}</strong></p>}
				<Of resource={r}>{(d) => (
					<Table caption="Challenge totals by topic" rows={d.topics} keyOf={(t) => t.topic} columns={[
						{ id: 'topic', head: 'Topic', cell: (t) => t.topic },
						{ id: 'score', head: 'Score', number: true, cell: (t) => count(t.score) },
						{ id: 'challenges', head: 'Challenges', number: true, cell: (t) => count(t.challenges) },
						{ id: 'latest', head: 'Latest', wideOnly: true, cell: (t) => <When at={t.latest} /> },
					]} empty={<Empty title="The single challenges have not been read yet" icon="clock">They come with the next sync of scores.</Empty>} />
				)}</Of>
			</div>
		</Dialog>
	);
}
