// SPDX-License-Identifier: Apache-2.0
// game_edges.js - what a storm seldom meets: an answer lost while the application changes its mind, an
// error that outlives its cause, a flag that was off, people at the vendor who are none of ours.
'use strict';

const assert = require('node:assert');
const { until } = require('./firm.js');
const { API, COACHES, playing, uuid } = require('./game_field.js');
const { lanes } = require('./lanes.js');

const test = lanes(5);

const one = (f, sql) => f.rows(sql)[0];
const edge = (work, options) => () => playing([], work, options);

// A creation of a user arrives at the vendor, and its answer does not; `meanwhile` happens, and then
// the job goes on.
async function doubtful(s, meanwhile) {
	const id = await s.competitor(false);
	await s.it.post('plan', { rules: [{ match: { path_prefix: `${API}/users`, method: 'POST', nth: 1 }, fault: 'drip', args: { bytes: 1, every_ms: 500 } }] });
	const asked = s.call(COACHES[0], 'POST', `/api/game-platform/competitors/${id}`);
	await until(async () => (await s.it.truth('users')).some((u) => u.syned_user_id === id), 'the user at the vendor');
	await meanwhile(id);
	await asked.catch(() => null);
	await until(() => s.waiting().length === 0, 'the jobs to end');
	return id;
}

test('a user whose creation was in doubt is known here, also when the release was taken back meanwhile', edge(async (s) => {
	const id = await doubtful(s, async (who) => {
		await s.session.run(`UPDATE competitors SET media_release_date = NULL WHERE id = '${who}'`);
		s.over = true; // nobody waits for the next server
		await s.s.restart('SIGKILL');
		s.over = false;
	});
	const row = one(s, `SELECT game_platform_id AS remote, status FROM competitors WHERE id = '${id}'`);
	assert.deepStrictEqual(row, { remote: id, status: 'profile' });
	assert.strictEqual(one(s, "SELECT count(*) AS n FROM activity_logs WHERE action = 'data_disclosed_game_platform'").n, 1);
	assert.strictEqual((await s.it.truth('users')).filter((u) => u.syned_user_id === id).length, 1);
}));

test('who is put on a team while being registered gets on it', edge(async (s) => {
	const id = await s.competitor(false), team = uuid();
	await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${team}', '${COACHES[0]}', 'Red')`);
	await s.equal();
	await s.it.post('plan', { rules: [{ match: { path_prefix: `${API}/users`, method: 'POST', nth: 1 }, fault: 'hold' }] });
	const asked = s.call(COACHES[0], 'POST', `/api/game-platform/competitors/${id}`);
	await until(async () => (await s.it.log()).some((e) => e.method === 'POST' && e.path === `${API}/users` && e.fault === 'hold'), 'the request');
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${team}', '${id}')`);
	await s.it.post('plan', { rules: [] });
	assert.strictEqual((await asked).body.status, 'synced');
	await until(async () => (await s.rosters())[team].includes(id), 'the member');
}));

test('a team that the vendor has after all, with a member on it, is taken over', edge(async (s) => {
	const member = await s.competitor(true), team = uuid();
	await s.it.post('plan', { rules: [{ match: { path_prefix: `${API}/teams`, method: 'POST', nth: 1 }, fault: 'drop' }] });
	await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${team}', '${COACHES[0]}', 'Red')`);
	await until(async () => (await s.it.truth('teams')).length === 1, 'the team');
	await s.it.post('assignments', { syned_user_id: member, syned_team_id: team });
	await until(() => one(s, `SELECT game_platform_id AS id FROM teams WHERE id = '${team}'`).id === team, 'the id');
	await s.equal();
	assert.strictEqual((await s.it.log()).filter((e) => e.method === 'POST' && e.path === `${API}/teams`).length, 1);
}));

test('who has moved is pending until the vendor has it', edge(async (s) => {
	const who = await s.competitor(true), [red, blue] = [uuid(), uuid()];
	for (const [id, name] of [[red, 'Red'], [blue, 'Blue']])
		await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${id}', '${COACHES[0]}', '${name}')`);
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${red}', '${who}')`);
	const badge = async (team) => (await s.call(COACHES[0], 'GET', `/api/teams/${team}/members`)).body.members.map((m) => m.sync);
	await until(async () => (await badge(red))[0] === 'synced', 'the badge');
	await s.it.post('plan', { rules: [{ match: { path_prefix: API }, fault: '503' }] });
	await s.session.run(`UPDATE team_members SET team_id = '${blue}' WHERE competitor_id = '${who}'`);
	assert.deepStrictEqual(await badge(blue), ['pending']);
	await s.it.post('plan', { rules: [] });
	await until(async () => (await badge(blue))[0] === 'synced', 'the badge');
	await s.session.run(`UPDATE team_members SET position = 4 WHERE competitor_id = '${who}'`);
	assert.deepStrictEqual(await badge(blue), ['synced'], 'another place is not another team');
}));

test('an error that stands on a team is drift, and a repair ends it', edge(async (s) => {
	const team = uuid();
	await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${team}', '${COACHES[0]}', 'Red')`);
	await s.equal();
	const error = () => one(s, `SELECT game_platform_sync_error AS e FROM teams WHERE id = '${team}'`).e;
	await s.it.post('token', { token: 'another' });
	assert.strictEqual((await s.call(COACHES[0], 'POST', `/api/game-platform/teams/${team}/sync`)).status, 502);
	assert.notStrictEqual(error(), null);
	await s.it.post('token', { token: 'sandbox-token' });
	const seen = await s.s.get('/api/game-platform/drift');
	assert.deepStrictEqual(seen.body.staleErrors.map((d) => d.teamId), [team], seen.text);
	assert.strictEqual((await s.s.post('/api/game-platform/drift/repair')).status, 202);
	await until(() => error() === null, 'the error to go');
}));

test('teams of the vendor that are none of ours, and who is on them, are no drift', edge(async (s) => {
	const [user, team] = [uuid(), uuid()];
	await s.atVendor(user, 'user');
	const made = await s.it.ask(`${API}/teams`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({
		syned_coach_user_id: COACHES[0], syned_team_id: team, team_name: 'Others', affiliation: 'Others', division: 'college' }) });
	assert.strictEqual(made.status, 201, made.text);
	await s.it.post('assignments', { syned_user_id: user, syned_team_id: team });
	const { summary, extra, unknownTeams } = (await s.s.get('/api/game-platform/drift')).body;
	assert.deepStrictEqual([summary.drifted, extra, unknownTeams], [0, [], [{ remoteTeamId: team }]]);
	const stray = await s.competitor(true);
	await s.it.post('assignments', { syned_user_id: stray, syned_team_id: team });
	const again = (await s.s.get('/api/game-platform/drift')).body;
	assert.deepStrictEqual(again.extra.map((d) => d.synedUserId), [stray], 'one of ours there is');
}));

test('what was changed while the flag was off is caught up with by a cycle once it is on', edge(async (s) => {
	const who = await s.competitor(true), team = uuid();
	await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${team}', '${COACHES[0]}', 'Red')`);
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${team}', '${who}')`);
	await until(() => s.waiting().length === 0, 'the dry runs');
	assert.deepStrictEqual(await s.it.truth('teams'), []);
	s.f.env.GAME_PLATFORM_INTEGRATION_ENABLED = 'true';
	await s.s.restart();
	assert.strictEqual((await s.s.post('/api/game-platform/scores/sync', {})).status, 202);
	await s.equal();
}, { env: { GAME_PLATFORM_INTEGRATION_ENABLED: 'false' }, alone: true }));

// The vendor carries a request out when nobody waits for it any more, behind those that came later.
const lateness = (s, who) => {
	const asked = async (call) => (await s.it.log()).filter((e) => e.path === `${API}/users/${call}`);
	return {
		at: async (team) => (await s.rosters())[team].includes(who),
		late: (call) => s.it.post('plan', { rules: [{ match: { path_prefix: `${API}/users/${call}`, nth: 1 }, fault: 'overdue' }] }),
		asked: (call, n) => until(async () => (await asked(call)).length >= n, call),
		// Then it is carried out, behind all others.
		carried: async (call) => {
			await s.it.post('plan', { rules: [] });
			await until(async () => (await asked(call)).some((e) => e.fault === 'overdue' && e.took_ms >= 0), 'the late request');
		},
	};
};

test('what a late request undoes is done again', edge(async (s) => {
	const who = await s.competitor(true), [red, blue] = [uuid(), uuid()];
	for (const [id, name] of [[red, 'Red'], [blue, 'Blue']])
		await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${id}', '${COACHES[0]}', '${name}')`);
	await s.equal();
	const { at, late, asked, carried } = lateness(s, who);
	await late('assign_team');
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${red}', '${who}')`);
	await asked('assign_team', 2);
	await s.session.run(`UPDATE team_members SET team_id = '${blue}' WHERE competitor_id = '${who}'`);
	await until(() => at(blue), 'the move');
	await carried('assign_team');
	await until(() => at(blue), 'the repair');
}));

test('also where it takes away what has come back', edge(async (s) => {
	const who = await s.competitor(true), red = uuid();
	const { at, late, asked, carried } = lateness(s, who);
	await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${red}', '${COACHES[0]}', 'Red')`);
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${red}', '${who}')`);
	await s.equal();
	await until(() => s.waiting().length === 0, 'idleness');
	await late('delete_assignment');
	await s.session.run(`DELETE FROM team_members WHERE competitor_id = '${who}'`);
	await asked('delete_assignment', 2);
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${red}', '${who}')`);
	await until(() => at(red), 'who is back');
	await carried('delete_assignment');
	await until(() => at(red), 'the repair');
}));

test('a damaged answer about a member is looked into, also while a team\'s creation is in doubt', edge(async (s) => {
	const [one_, two] = [await s.competitor(true), await s.competitor(true)], [red, blue] = [uuid(), uuid()];
	const damage = (nth) => ({ match: { path_prefix: `${API}/users/assign_team`, nth }, fault: 'truncated_json' });
	await s.session.run(`INSERT INTO teams (id, coach_id, name) VALUES ('${red}', '${COACHES[0]}', 'Red')`);
	await s.equal();
	await until(() => s.waiting().length === 0, 'idleness');
	await s.it.post('plan', { rules: [damage(1)] });
	await s.session.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${red}', '${one_}')`);
	const said = (table, what, id) => one(s, `SELECT game_platform_sync_error AS e FROM ${table} WHERE ${what} = '${id}'`).e;
	const settled = (team, who) => until(async () => one(s, `SELECT game_platform_synced_at AS moment FROM team_members WHERE competitor_id = '${who}'`).moment &&
		said('teams', 'id', team) === null && said('team_members', 'competitor_id', who) === null && s.waiting().length === 0, 'what stands here');
	await settled(red, one_);
	await s.it.post('plan', { rules: [damage(1), { match: { path_prefix: `${API}/teams`, method: 'POST', nth: 1 }, fault: 'drop' }] });
	await s.session.transact(`INSERT INTO teams (id, coach_id, name) VALUES ('${blue}', '${COACHES[0]}', 'Blue')`,
		`INSERT INTO team_members (team_id, competitor_id) VALUES ('${blue}', '${two}')`);
	await until(() => one(s, `SELECT game_platform_id AS id FROM teams WHERE id = '${blue}'`).id === blue, 'the team');
	await settled(blue, two);
	await s.equal();
}));
