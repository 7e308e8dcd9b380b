// SPDX-License-Identifier: Apache-2.0
// choices.tsx - coaches and teams to choose from.
import { may } from '../../app/session.ts';
import { useResource } from '../../data/resource.ts';
import { SelectFilter } from '../../parts/filter.tsx';
import { coachName, type Coach, type Team } from './types.ts';

/** [id, name] of coaches, for administrators; nobody else has a choice. */
export function useCoaches(): [string, string][] {
	const r = useResource<{ coaches: Coach[] }>(may('admin') ? '/api/coaches' : null, { query: { role: 'coach', limit: 200 }, live: ['competitor'] });

	return (r.data.value?.coaches ?? []).map((c) => [c.id, coachName(c)]);
}

/** [id, name] of teams: of one coach, or of all whom one sees. */
export function useTeamNames(coach = ''): [string, string][] {
	const r = useResource<{ teams: Team[] }>('/api/teams', { query: { coach, limit: 200 }, live: ['team'] });

	return (r.data.value?.teams ?? []).map((t) => [t.id, t.name]);
}

export function CoachFilter({ coaches }: { coaches: [string, string][] }) {
	return may('admin') && coaches.length > 0 ? <SelectFilter name="coach" label="Coach" choices={[['', 'All'], ...coaches]} /> : null;
}
