// SPDX-License-Identifier: Apache-2.0
// types.ts - competitors, teams and coaches as the server tells of them, and their words.

export interface Competitor {
	id: string;
	coach_id: string;
	first_name: string;
	last_name: string;
	email_personal: string | null;
	email_school: string | null;
	is_18_or_over: boolean | null;
	grade: string | null;
	parent_name: string | null;
	parent_email: string | null;
	gender: string | null;
	race: string | null;
	ethnicity: string | null;
	level_of_technology: string | null;
	years_competing: number | null;
	media_release_date: string | null;
	participation_agreement_date: string | null;
	division: string | null;
	is_active: boolean | null;
	status: string;
	syned_school_id: string | null;
	syned_region_id: string | null;
	game_platform_id: string | null;
	game_platform_synced_at: string | null;
	game_platform_sync_error: string | null;
	platform_status: string | null;
	metactf_username: string | null;
	team: { id: string; name: string; position: number | null } | null;
	can_register: boolean;
	register_reason: string | null;
}

export interface CompetitorList {
	competitors: Competitor[];
	total: number;
}

export interface Member {
	competitor_id: string;
	first_name: string;
	last_name: string;
	status: string;
	is_active: boolean | null;
	division: string | null;
	game_platform_id: string | null;
	sync: string;
	position: number | null;
	game_platform_synced_at: string | null;
	game_platform_sync_error: string | null;
}

export interface Team {
	id: string;
	coach_id: string;
	name: string;
	description: string | null;
	division: string | null;
	affiliation: string | null;
	status: string;
	image_url: string | null;
	game_platform_id: string | null;
	game_platform_synced_at: string | null;
	game_platform_sync_error: string | null;
	platform_status: string | null;
	members_count: number;
	members_synced: number;
	members_pending: number;
	members_error: number;
	members_not_on_platform: number;
	members?: Member[];
}

/** How the roster of a team at the platform was made to be as it is here. */
export interface TeamSync {
	status: string;
	assigned?: string[];
	unassigned?: string[];
	skipped?: unknown[];
	failed?: { error: string }[];
	lastError?: string | null;
}

export interface Coach {
	id: string;
	email: string | null;
	full_name: string | null;
	first_name: string | null;
	last_name: string | null;
	school_name: string | null;
	division: string | null;
	region: string | null;
	role: string;
	is_approved: boolean | null;
}

export const PLACES = 6;

/** The platform's enum values, and what a person reads. */
export const DIVISIONS: [string, string][] = [
	['middle_school', 'Middle school'], ['high_school', 'High school'], ['college', 'College'],
];
export const STEPS: [string, string][] = [
	['pending', 'Pending'], ['profile', 'Profile'], ['compliance', 'Compliance'], ['complete', 'Complete'],
];

export function divisionText(division: string | null | undefined): string {
	return DIVISIONS.find(([value]) => value === division)?.[1] ?? division ?? '–';
}

export function nameOf(who: { first_name: string; last_name: string }): string {
	return `${who.first_name} ${who.last_name}`;
}

export function coachName(c: Coach): string {
	return c.full_name || [c.first_name, c.last_name].filter(Boolean).join(' ') || c.email || c.id;
}

/** What the status asks for, of whoever has not given it. */
type Wanted = Pick<Competitor, 'is_18_or_over' | 'grade' | 'gender' | 'race' | 'ethnicity' | 'level_of_technology' |
	'years_competing' | 'email_school' | 'parent_name' | 'parent_email' | 'participation_agreement_date' | 'media_release_date'>;

/** The next status, and what is missing for it; the server decides, by the same rules (docs/game-platform.md). */
export function missingFor(c: Wanted): { next: string; missing: string[] } {
	const of = (rows: [string, unknown][]): string[] =>
		rows.filter(([, v]) => v === null || v === undefined || v === '').map(([name]) => name);
	const profile = of([['grade', c.grade], ['gender', c.gender], ['race', c.race], ['ethnicity', c.ethnicity],
		['level of technology', c.level_of_technology], ['years competing', c.years_competing],
		...(c.is_18_or_over ? [['school e-mail', c.email_school]] : [["a parent's name", c.parent_name],
			["a parent's e-mail", c.parent_email]]) as [string, unknown][]]);

	if (profile.length > 0)
		return { next: 'profile', missing: profile };
	const release = of(c.is_18_or_over ? [['the day of the participation agreement', c.participation_agreement_date]]
		: [['the day of the media release', c.media_release_date]]);
	return release.length > 0 ? { next: 'compliance', missing: release } : { next: 'complete', missing: [] };
}
