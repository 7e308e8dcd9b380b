// SPDX-License-Identifier: Apache-2.0
// game_mirror.js - competitors, teams and rosters at the game platform are what they are here, whoever
// writes the rows and whatever breaks. The vendor's truth and its log are the judges.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const crypto = require('node:crypto');
const { Firm, needs, until, STORE, CONNECTORS } = require('./firm.js');
const { reaching } = require('./game_platform.js');
const { jwt: sign } = require('./jwt.js');
const { startOf } = require('../sandbox/stand_in.js');
const { Service } = require('./service.js');
const { lanes } = require('./lanes.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));
const test = lanes(4);

const PLAN = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8');
const API = '/integrations/syned/v1';
const COACH = 'c0000000-0000-4000-8000-000000000001';
const NO = '00000000-0000-4000-8000-000000000000';
const uuid = () => crypto.randomUUID();
const quote = (s) => (s === null ? 'NULL' : `'${s}'`);

// The application's side: rows by plain SQL, as an application would write them.
class Club {
	constructor(f, it, s) {
		Object.assign(this, { f, it, s, n: 0 });
	}

	coach(id = COACH, more = {}) {
		const row = { id, email: `coach${this.n++}@school.example.org`, role: 'coach', full_name: 'Casey Coach',
			school_name: 'Oak Academy', is_approved: true, ...more };
		this.f.change(`INSERT INTO profiles (${Object.keys(row)}) VALUES (${Object.values(row).map((v) => (v === true || v === false ? v : quote(v)))})`);
		return id;
	}

	// A competitor who may be registered, or is already.
	competitor(remote = null, more = {}) {
		const id = more.id || uuid(), n = this.n++;
		const row = { id, coach_id: COACH, first_name: `Pat${n}`, last_name: 'Player', email_school: `pat${n}@students.example.org`,
			grade: '9', gender: 'x', race: 'x', ethnicity: 'x', level_of_technology: 'high', parent_name: 'P',
			parent_email: 'p@home.example.org', media_release_date: '2026-01-02T03:04:05Z', game_platform_id: remote, ...more };
		this.f.change(`INSERT INTO competitors (${Object.keys(row)}, years_competing) VALUES (${Object.values(row).map(quote)}, 1)`);
		return id;
	}

	team(name = `Team ${this.n++}`, members = []) {
		const id = uuid();
		const sql = [`INSERT INTO teams (id, coach_id, name, division) VALUES ('${id}', '${COACH}', '${name}', 'high_school')`,
			...members.map((m, i) => `INSERT INTO team_members (team_id, competitor_id, position) VALUES ('${id}', '${m}', ${i + 1})`)];
		this.f.change(`BEGIN; ${sql.join('; ')}; COMMIT`);
		return id;
	}

	// Registered at the vendor through the API.
	async registered() {
		const id = this.competitor();
		const answer = await this.s.post(`/api/game-platform/competitors/${id}`, undefined);
		assert.strictEqual(answer.status, 200, answer.text);
		assert.strictEqual(answer.body.status, 'synced', answer.text);
		return id;
	}

	// One whom the vendor knows already: its routes are not ours to wear out.
	async known() {
		const id = uuid(), n = this.n++;
		const answer = await this.it.ask(`${API}/users`, { method: 'POST', headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ first_name: `Pat${n}`, last_name: 'Player', email: `pat${n}@known.example.org`, role: 'user', syned_user_id: id }) });
		assert.strictEqual(answer.status, 201, answer.text);
		return this.competitor(id, { id });
	}

	async admin(what) {
		return (await (await fetch(`${this.it.url}/sandbox/${what}`)).text()).split('\n').filter(Boolean).map((line) => JSON.parse(line));
	}

	async plan(...rules) {
		const answer = await fetch(`${this.it.url}/sandbox/plan`, { method: 'POST', body: JSON.stringify({ rules }) });
		assert.ok(answer.ok, await answer.text());
	}

	async edit(what, body) {
		const answer = await fetch(`${this.it.url}/sandbox/${what}`, { method: 'POST', body: JSON.stringify(body) });
		assert.ok(answer.ok, await answer.text());
	}

	// {team: [users, sorted]}; of two readings the second may know a team that came after the first.
	async rosters() {
		const out = {};
		for (const team of await this.admin('truth/teams')) out[team.syned_team_id] = [];
		for (const one of await this.admin('truth/assignments')) (out[one.syned_team_id] = out[one.syned_team_id] || []).push(one.syned_user_id);
		for (const users of Object.values(out)) users.sort();
		return out;
	}

	local() {
		const out = {};
		for (const t of this.f.rows('SELECT id FROM teams')) out[t.id] = [];
		for (const m of this.f.rows(`SELECT k.team_id AS team, c.game_platform_id AS who FROM team_members k JOIN competitors c
			ON c.id = k.competitor_id WHERE c.game_platform_id IS NOT NULL`)) (out[m.team] = out[m.team] || []).push(m.who);
		for (const users of Object.values(out)) users.sort();
		return out;
	}

	async equal(what) {
		let there;
		await until(async () => {
			there = await this.rosters();
			try {
				assert.deepStrictEqual(there, this.local());
				return true;
			} catch {
				return false;
			}
		}, what).catch((e) => assert.deepStrictEqual(there, this.local(), e.message));
	}

	// A member's own change may still be on its way when the team's job has done all there was to do.
	async idle() {
		await until(() => this.f.value(`SELECT (SELECT count(*) FROM lockstep_jobs WHERE task IN ('game_platform_team', 'game_platform_onboard',
			'game_platform_rosters')) + (SELECT count(*) FROM lockstep_outbox WHERE state NOT IN ('done', 'cancelled')) AS n`) === 0, 'idleness');
	}

	async posts(where) {
		return (await this.it.log()).filter((entry) => entry.method === 'POST' && entry.path === `${API}/${where}`);
	}
}

// What the application's identity provider gives its coaches.
const SECRET = 'an hs256 secret of this test, long enough';
const AUTH = `server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
`;
const jwt = (sub, role) => sign(SECRET, { sub, app_metadata: { role } });

// A server beside a vendor; `enabled` false: the flag is off.
const club = (work, { args = [], enabled = true } = {}) => async () => {
	const it = await startOf('metactf', '--dataset', 'empty', ...args);
	const f = new Firm(null, {
		...reaching(it),
		GAME_PLATFORM_INTEGRATION_ENABLED: String(enabled),
	}, PLAN + AUTH);
	const s = new Service(f, []);
	try {
		await s.start();
		const c = new Club(f, it, s);
		c.coach();
		await work(c, s, f, it);
		assert.ok(!/Pat\d|Player|example\.org|sandbox-token/.test(f.said), 'somebody or the token was named in a log');
	} finally {
		if (s.child && s.child.exitCode === null && s.child.signalCode === null) await s.stop('SIGKILL');
		f.remove();
		await it.stop();
	}
};

test('a competitor who is ready is registered, once', club(async (c, s, f) => {
	const id = c.competitor();
	const first = await s.post(`/api/game-platform/competitors/${id}`, undefined);
	assert.deepStrictEqual([first.status, first.body.status, first.body.created], [200, 'synced', true], first.text);
	assert.strictEqual(first.body.competitor.status, 'complete');
	const users = await c.admin('truth/users');
	assert.deepStrictEqual(users.map((u) => u.syned_user_id).sort(), [COACH, id].sort());
	const row = f.rows(`SELECT game_platform_id, status, game_platform_sync_error FROM competitors WHERE id = '${id}'`)[0];
	assert.deepStrictEqual(row, { game_platform_id: id, status: 'complete', game_platform_sync_error: null });
	assert.strictEqual(f.value(`SELECT count(*) AS n FROM game_platform_stats WHERE competitor_id = '${id}'`), 1);
	assert.strictEqual(f.value("SELECT count(*) AS n FROM activity_logs WHERE action = 'data_disclosed_game_platform'"), 1);
	const again = await s.post(`/api/game-platform/competitors/${id}`, undefined);
	assert.deepStrictEqual([again.status, again.body.status], [200, 'skipped_requires_compliance']);
	assert.strictEqual((await c.posts('users')).length, 2);
	const nobody = await s.post(`/api/game-platform/competitors/${NO}`, undefined);
	assert.deepStrictEqual([nobody.status, nobody.body.detail], [404, 'Competitor not found or access denied']);
}));

test('what the vendor refuses is told with its code, and cleared by the next success', club(async (c, s, f) => {
	const one = c.competitor(null, { email_school: 'same@students.example.org' });
	const two = c.competitor(null, { email_school: 'same@students.example.org' });
	await s.post(`/api/game-platform/competitors/${one}`, undefined);
	const refused = await s.post(`/api/game-platform/competitors/${two}`, undefined);
	assert.deepStrictEqual([refused.status, refused.body.code], [409, 'conflict'], refused.text);
	assert.strictEqual(refused.body.detail, 'User with this email already exists');
	const error = () => f.value(`SELECT game_platform_sync_error AS e FROM competitors WHERE id = '${two}'`);
	assert.strictEqual(error(), 'User with this email already exists');
	assert.strictEqual(f.value(`SELECT status AS s FROM game_platform_profiles WHERE competitor_id = '${two}'`), 'error');
	f.change(`UPDATE competitors SET email_school = 'other@students.example.org' WHERE id = '${two}'`);
	const good = await s.post(`/api/game-platform/competitors/${two}`, undefined);
	assert.deepStrictEqual([good.status, good.body.status], [200, 'synced'], good.text);
	assert.strictEqual(error(), null);
	const none = c.competitor(null, { email_school: null });
	const mute = await s.post(`/api/game-platform/competitors/${none}`, undefined);
	assert.deepStrictEqual([mute.status, mute.body.detail], [422, 'Missing email for Game Platform onboarding'], mute.text);
}));

test('a coach who waits for approval stops everybody, until approved', club(async (c, s, f) => {
	const id = c.competitor();
	const stopped = await s.post(`/api/game-platform/competitors/${id}`, undefined);
	assert.deepStrictEqual([stopped.status, stopped.body.code], [422, 'refused_here'], stopped.text);
	assert.match(stopped.body.detail, /^Coach user on MetaCTF has status "pending" and must be "approved"/);
	await c.edit('users/status', { syned_user_id: COACH, status: 'approved' });
	const good = await s.post(`/api/game-platform/competitors/${id}`, undefined);
	assert.deepStrictEqual([good.status, good.body.status], [200, 'synced'], good.text);
	assert.strictEqual(f.value("SELECT sync_error AS e FROM game_platform_profiles WHERE coach_id IS NOT NULL"), null);
	assert.strictEqual((await c.posts('users')).length, 2);
}, { args: ['--coach-approval', 'pending'] }));

test('rows by plain SQL become teams and rosters, move and go', club(async (c, s, f) => {
	const [a, b, d] = [await c.registered(), await c.registered(), await c.registered()];
	const red = c.team('Red', [a, b]), blue = c.team('Blue');
	await c.equal('both teams');
	assert.deepStrictEqual((await c.rosters())[red], [a, b].sort());
	await until(() => f.value('SELECT count(*) AS n FROM team_members WHERE game_platform_synced_at IS NOT NULL') === 2, 'the badges');
	assert.strictEqual(f.value(`SELECT game_platform_id AS id FROM teams WHERE id = '${red}'`), red);
	f.change(`UPDATE team_members SET team_id = '${blue}' WHERE competitor_id = '${a}'`);
	await c.equal('who has moved');
	f.change(`INSERT INTO team_members (team_id, competitor_id, position) VALUES ('${red}', '${d}', 3)`);
	f.change(`DELETE FROM team_members WHERE competitor_id = '${b}'`);
	await c.equal('who came and who went');
	f.change(`DELETE FROM team_members WHERE team_id = '${red}'; DELETE FROM teams WHERE id = '${red}'`);
	await c.equal('the deletion of a team with a member');
	assert.strictEqual((await c.posts('teams')).length, 2, 'each team was made once');
	assert.strictEqual(f.value("SELECT count(*) AS n FROM game_platform_sync_events WHERE event_type = 'team_deleted'"), 1);
}));

test('swaps of many members between many teams end equal', club(async (c) => {
	const people = [];
	for (let i = 0; i < 12; i++) people.push(await c.known());
	const teams = [0, 1, 2].map((i) => c.team(`T${i}`, people.slice(4 * i, 4 * i + 4)));
	const at = people.map((_, i) => teams[Math.floor(i / 4)]);
	const pick = () => Math.floor(Math.random() * people.length);
	for (let round = 0; round < 30; round++) {
		const [i, k] = [pick(), pick()];
		[at[i], at[k]] = [at[k], at[i]];
		c.f.change([i, k].map((n) => `UPDATE team_members SET team_id = '${at[n]}' WHERE competitor_id = '${people[n]}'`).join(';'));
	}
	c.f.change(`DELETE FROM team_members WHERE competitor_id = '${people[0]}'`);
	await c.equal('the rosters');
}));

test('a vendor who is away is waited for', club(async (c, s, f) => {
	const one = await c.registered();
	await c.plan({ match: { path_prefix: API }, fault: '503' });
	const red = c.team('Red', [one]);
	await until(async () => (await c.it.log()).filter((entry) => entry.status === 503).length >= 3, 'the first attempts');
	const waiting = await s.post(`/api/game-platform/competitors/${c.competitor()}`, undefined);
	assert.deepStrictEqual([waiting.status, waiting.body.status, waiting.body.lastError],
		[202, 'pending', 'get_user: HTTP 503 (server)'], waiting.text);
	await until(() => /failed with status 503/.test(f.value(`SELECT game_platform_sync_error AS e FROM teams WHERE id = '${red}'`)),
		'the error to show');
	await c.plan();
	await c.equal('the team');
	await until(() => f.value("SELECT count(*) AS n FROM competitors WHERE status = 'complete'") === 2, 'the competitor');
	await until(() => f.value(`SELECT game_platform_sync_error AS e FROM teams WHERE id = '${red}'`) === null, 'the error to go');
}));

test('an answer that is lost, or a process that dies before it comes, makes nobody twice', club(async (c, s, f) => {
	const who = c.competitor();
	await c.plan({ match: { path_prefix: `${API}/users`, method: 'POST', nth: 2 }, fault: 'drop' },
		{ match: { path_prefix: `${API}/teams`, method: 'POST', nth: 1 }, fault: 'drop' });
	const asked = s.post(`/api/game-platform/competitors/${who}`, undefined).catch(() => null);
	await until(async () => (await c.posts('users')).length === 2, 'the creation');
	await s.restart('SIGKILL');
	await asked;
	await until(() => f.value(`SELECT status AS s FROM competitors WHERE id = '${who}'`) === 'complete', 'the competitor');
	const red = c.team('Red', [who]);
	await until(async () => (await c.posts('teams')).length === 1, 'the team');
	await s.restart('SIGKILL');
	await c.equal('the team');
	assert.strictEqual((await c.admin('truth/users')).filter((u) => u.syned_user_id === who).length, 1);
	assert.strictEqual((await c.posts('teams')).length, 1, 'the team was made by the request whose answer was lost');
	await until(() => f.value(`SELECT game_platform_id AS id FROM teams WHERE id = '${red}'`) === red, 'the id');
}));

test('a team without members whose creation is in doubt is deleted before it is made again', club(async (c, s, f) => {
	await c.registered();
	await c.plan({ match: { path_prefix: `${API}/teams`, method: 'POST', nth: 1 }, fault: 'drop' });
	const red = c.team('Red');
	await until(() => f.value(`SELECT game_platform_id AS id FROM teams WHERE id = '${red}'`) === red, 'the team');
	assert.deepStrictEqual((await c.admin('truth/teams')).map((t) => t.syned_team_id), [red]);
	assert.deepStrictEqual((await c.it.log()).filter((e) => e.method === 'POST' && e.path.startsWith(`${API}/teams`)).map((e) => e.path.slice(API.length)),
		['/teams', '/teams/delete', '/teams']);
}));

test('with the flag off nothing is written, and it says what would be', club(async (c, s, f) => {
	const who = c.competitor(), member = c.competitor('remote-1');
	const red = c.team('Red', [member]);
	const would = await s.post(`/api/game-platform/competitors/${who}`, undefined);
	assert.deepStrictEqual([would.status, would.body.status], [200, 'dry_run'], would.text);
	const team = await s.post(`/api/game-platform/teams/${red}/sync`, undefined);
	assert.deepStrictEqual([team.status, team.body.status, team.body.created, team.body.assigned], [200, 'dry_run', true, [member]], team.text);
	await until(() => f.value("SELECT count(*) AS n FROM lockstep_outbox WHERE state = 'pending'") === 0, 'the outbox');
	await until(() => f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task = 'game_platform_team'") === 0, 'the jobs');
	assert.strictEqual((await c.it.log()).length, 0, 'the vendor heard nothing');
	assert.deepStrictEqual(f.rows('SELECT * FROM game_platform_profiles'), []);
	assert.deepStrictEqual(f.rows('SELECT * FROM game_platform_teams'), []);
	assert.deepStrictEqual(f.rows('SELECT * FROM game_platform_sync_events'), []);
}, { enabled: false }));

test('drift is seen and repaired', club(async (c, s, f) => {
	const [a, b] = [await c.registered(), await c.registered()];
	const red = c.team('Red', [a]), blue = c.team('Blue', [b]);
	await c.equal('the beginning');
	await c.idle();
	const clean = await s.get('/api/game-platform/drift');
	assert.deepStrictEqual([clean.status, clean.body.summary.drifted], [200, 0], clean.text);
	await c.edit('assignments', { syned_user_id: a, syned_team_id: blue });
	await c.edit('assignments', { syned_user_id: b, syned_team_id: null });
	const seen = (await s.get('/api/game-platform/drift')).body;
	assert.deepStrictEqual(seen.wrongTeam.map((d) => [d.competitorId, d.teamId, d.remoteTeamId]), [[a, red, blue]]);
	assert.deepStrictEqual(seen.missing.map((d) => [d.competitorId, d.teamId]), [[b, blue]]);
	const dry = await s.post('/api/game-platform/drift/repair?dry_run=true', undefined);
	assert.deepStrictEqual([dry.status, dry.body.status, dry.body.teams.sort()], [200, 'dry_run', [red, blue].sort()], dry.text);
	const repair = await s.post('/api/game-platform/drift/repair', undefined);
	assert.strictEqual(repair.status, 202, repair.text);
	await c.equal('the repair');
	f.change(`DELETE FROM team_members WHERE competitor_id = '${b}'`);
	await c.equal('who is on none');
	await c.idle();
	await c.edit('assignments', { syned_user_id: b, syned_team_id: red });
	assert.deepStrictEqual((await s.get('/api/game-platform/drift')).body.extra.map((d) => [d.synedUserId, d.remoteTeamId]), [[b, red]]);
	await s.post('/api/game-platform/drift/repair', undefined);
	await c.equal('the second repair');
	await c.edit('users/remove', { syned_user_id: a });
	const gone = (await s.get('/api/game-platform/drift?users=true')).body;
	assert.deepStrictEqual(gone.unknownUsers.map((d) => d.synedUserId), [a]);
}));

test('a password reset is sent where the vendor has such a call, else that is said', club(async (c, s) => {
	const who = await c.registered();
	const none = await s.post(`/api/game-platform/competitors/${who}/password-reset`, undefined);
	assert.deepStrictEqual([none.status, none.body.status], [200, 'not_offered'], none.text);
	const early = await s.post(`/api/game-platform/competitors/${c.competitor()}/password-reset`, undefined);
	assert.strictEqual(early.status, 409, early.text);
}));

test('and where it has', club(async (c, s) => {
	const who = await c.registered();
	const sent = await s.post(`/api/game-platform/competitors/${who}/password-reset`, undefined);
	assert.deepStrictEqual([sent.status, sent.body.status], [200, 'sent'], sent.text);
}, { args: ['--password-reset'] }));

test('the status of it all', club(async (c, s) => {
	const one = await c.registered();
	c.team('Red', [one]);
	await c.equal('the team');
	// The member's own change may still be on its way when the team's job has done all there was to do.
	const now = await until(async () => {
		const { body } = await s.get('/api/game-platform/status');
		return body.pending.changes === 0 && body.teams.synced === 1 && body;
	}, 'the end of it');
	assert.deepStrictEqual([now.enabled, now.configured, now.competitors.registered], [true, true, 1]);
}));

test('a coach starts things for their own only, and repairs nothing', club(async (c, s) => {
	const other = c.coach('c0000000-0000-4000-8000-000000000002');
	const [own, foreign] = [c.competitor(), c.competitor(null, { coach_id: other })];
	const team = c.team('Red');
	const token = jwt(COACH, 'coach'), theirs = jwt(other, 'coach');
	const post = (path, by) => s.post(`/api/game-platform/${path}`, undefined, { token: by });
	assert.strictEqual((await post(`competitors/${own}`, token)).body.status, 'synced');
	assert.strictEqual((await post(`competitors/${foreign}`, token)).status, 404);
	assert.strictEqual((await post(`teams/${team}/sync`, token)).status, 200);
	assert.strictEqual((await post(`teams/${team}/sync`, theirs)).status, 404);
	assert.strictEqual((await post('drift/repair', token)).status, 403);
	const status = (await s.get('/api/game-platform/status', { token: theirs })).body;
	assert.deepStrictEqual([status.competitors.total, status.teams.total], [1, 0]);
	const drift = (await s.get('/api/game-platform/drift', { token: theirs })).body;
	assert.strictEqual(drift.summary.drifted, 0);
	const audit = (await s.get('/api/audit?limit=50')).body;
	assert.ok(JSON.stringify(audit).includes('game_platform.register'), 'who registered is in the audit log');
	await until(async () => (await post(`competitors/${own}`, token)).status === 429, 'the limit');
}));
