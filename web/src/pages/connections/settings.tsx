// SPDX-License-Identifier: Apache-2.0
// settings.tsx - what is in force for a connection, and where it comes from; of secrets, whether they are set.
import { param } from '../../app/router.ts';
import { at } from '../../data/api.ts';
import { useResource } from '../../data/resource.ts';
import { Filters, SearchFilter, SelectFilter } from '../../parts/filter.tsx';
import { words } from '../../parts/format.ts';
import { Section } from '../../parts/page.tsx';
import { Empty, Of } from '../../parts/state.tsx';
import { Status } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';

interface Setting {
	section: string;
	name: string;
	value: unknown;
	from: string | null;
	secret: boolean;
}

export function Settings({ name }: { name: string }) {
	const r = useResource<{ plan: string; settings: Setting[] }>(at`/api/connections/${name}/settings`, { live: ['connection'] });
	const q = param('q').toLowerCase();
	const all = param('show') === 'all';

	return (
		<Section title="Settings" plain says={r.data.value ? `From ${r.data.value.plan}; change them there, then reload the server` : undefined}>
			<Filters names={['q', 'show']}>
				<SearchFilter label="Search settings" />
				<SelectFilter name="show" label="Show" choices={[['', 'What is set'], ['all', 'Also what is built in']]} />
			</Filters>
			<Of resource={r}>{(d) => (
				<Table caption="Settings" keyOf={(s) => `${s.section}.${s.name}`}
					rows={d.settings.filter((s) => all || s.secret || s.value !== null).filter((s) => !q || `${s.section} ${s.name} ${String(s.value ?? '')}`.toLowerCase().includes(q))} columns={[
						{ id: 'section', head: 'Part', cell: (s) => <span class="quiet">{words(s.section)}</span> },
						{ id: 'name', head: 'Setting', cell: (s) => <code>{s.name}</code> },
						{ id: 'value', head: 'Value', cell: (s) => (s.secret
							? <Status value={s.value === 'set' ? 'ok' : 'disabled'} label={`${String(s.value)} (secret)`} />
							: s.value === null ? <span class="quiet">built in</span> : <span class="breaks">{String(s.value)}</span>) },
						{ id: 'from', head: 'From', cell: (s) => (s.from ? words(s.from) : <span class="quiet">–</span>) },
					]} empty={<Empty title="No setting matches" icon="filter">Change the search above.</Empty>} />
			)}</Of>
		</Section>
	);
}
