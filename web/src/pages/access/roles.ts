// SPDX-License-Identifier: Apache-2.0
// roles.ts - the four roles, and what each may, as a person chooses among them.

export const ROLES: readonly [string, string][] = [
	['admin', 'Admin: everything'],
	['viewer', 'Viewer: looks at all of the engine'],
	['coach', 'Coach: their part of the game platform'],
	['player', 'Player: their own rating'],
];

/** With a first row that chooses nothing, so that nobody becomes an administrator by haste. */
export const ROLE_CHOICES: [string, string][] = [['', 'Choose a role'], ...ROLES];
