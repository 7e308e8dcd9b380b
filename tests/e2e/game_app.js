// SPDX-License-Identifier: Apache-2.0
// game_app.js - coaches at work with competitors and teams over the API, and what they may not see.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs, until, STORE } = require('./firm.js');
const { ONE_STREAM } = require('./game_platform.js');
const { jwt: sign } = require('./jwt.js');
const { serving } = require('./service.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SECRET = 'an hs256 secret of this test, long enough';
const plan = (enabled) => `database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
  metactf:
    connector: metactf
    config: { base_url: "http://127.0.0.1:1", enabled: "${enabled}" }
    tables:
      assignments:
        from: assignments
        key: { syned_user_id: "{{ record.syned_user_id }}" }
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
`;

const ANA = '11111111-1111-4111-8111-111111111111', BEN = '22222222-2222-4222-8222-222222222222';
const NOBODY = '33333333-3333-4333-8333-333333333333';

const jwt = (claims) => sign(SECRET, claims);
const of = (sub, role = 'coach', more = {}) => jwt({ sub, app_metadata: { role }, ...more });
const ana = of(ANA), ben = of(BEN);

// A server with two coaches; `s.as(token)` asks as somebody.
function club(work, enabled = 'false', args = []) {
	return async () => {
		const f = new Firm(null, { PP_BASE_URL: 'http://127.0.0.1:1', PP_TOKEN_URL: 'http://127.0.0.1:1' }, plan(enabled));
		f.write('connectors/metactf.yaml', ONE_STREAM);
		try {
			await serving(f, async (s) => {
				s.as = (token, method, path, body, status) => s.call(path, { method, body, token }).then((answer) => {
					assert.strictEqual(answer.status, status, `${method} ${path}: ${answer.text}`);
					return answer.body;
				});
				s.admin = await s.token();
				for (const [id, name] of [[ANA, 'Ana'], [BEN, 'Ben']])
					await s.as(s.admin, 'POST', '/api/coaches', { id, email: `${name}@club.example`, first_name: name,
						last_name: 'Coach', school_name: `${name} High`, is_approved: true }, 201);
				await work(s, f);
				assert.ok(!/Personname|club\.example/.test(f.said), 'somebody was named in a log');
			}, { args });
		} finally {
			f.remove();
		}
	};
}

const person = (n, more = {}) => ({ first_name: `Personname${n}`, last_name: 'Tester', ...more });
const WHOLE = { grade: '9', gender: 'x', race: 'x', ethnicity: 'x', level_of_technology: 'high', years_competing: 0,
	parent_name: 'P', parent_email: 'p@q.example', media_release_date: '2026-01-02T03:04:05Z' };
const add = (s, token, body) => s.as(token, 'POST', '/api/competitors', body, 201);
const NO = '00000000-0000-4000-8000-000000000000';

test('a competitor comes, follows the steps, and goes', club(async (s, f) => {
	const one = await add(s, ana, person(1));
	assert.deepStrictEqual([one.coach_id, one.status, one.is_active, one.is_18_or_over, one.team, one.platform_status],
		[ANA, 'pending', true, false, null, null]);
	assert.deepStrictEqual([one.can_register, one.register_reason], [false, 'Complete compliance steps before registering']);
	const put = (body, status = 200) => s.as(ana, 'PUT', `/api/competitors/${one.id}`, body, status);
	assert.strictEqual((await put({ ...WHOLE, media_release_date: null })).status, 'profile');
	const ready = await put({ media_release_date: WHOLE.media_release_date });
	assert.deepStrictEqual([ready.status, ready.can_register, ready.register_reason, ready.media_release_date],
		['compliance', true, null, '2026-01-02T03:04:05Z']);
	assert.ok(Date.parse(ready.updated_at) >= Date.parse(one.updated_at));
	assert.strictEqual((await put({ is_active: false })).register_reason, 'Competitor is inactive');
	await put({ is_active: true });
	f.change(`UPDATE competitors SET game_platform_id = 'remote-1' WHERE id = '${one.id}'`);
	f.change(`INSERT INTO game_platform_profiles (competitor_id, metactf_role, metactf_username, status) VALUES ('${one.id}', 'user', 'u.one', 'approved')`);
	f.change("INSERT INTO game_platform_sync_state (syned_user_id, needs_totals_refresh) VALUES ('remote-1', true)");
	const done = await s.as(ana, 'GET', `/api/competitors/${one.id}`, undefined, 200);
	assert.deepStrictEqual([done.status, done.can_register, done.register_reason, done.platform_status, done.metactf_username],
		['complete', false, 'Already on the Game Platform', 'approved', 'u.one']);
	assert.strictEqual((await put({ grade: '  ' })).status, 'pending');
	await s.as(ana, 'DELETE', `/api/competitors/${one.id}`, undefined, 204);
	await s.as(ana, 'GET', `/api/competitors/${one.id}`, undefined, 404);
	assert.strictEqual(f.value('SELECT count(*) AS n FROM game_platform_sync_state'), 0);
}));

test('what makes no sense is refused with the reason', club(async (s) => {
	const one = await add(s, ana, person(1));
	for (const [body, words] of [
		[{ first_name: ' ' }, /first_name must not be blank/],
		[{ email_school: 'nobody' }, /email_school is no e-mail address/],
		[{ email_personal: 'a@b' }, /email_personal/],
		[{ parent_email: 'a b@c.example' }, /parent_email/],
		[{ division: 'kindergarten' }, null],
		[{ media_release_date: '2026-01-02' }, null],
		[{ years_competing: 101 }, null],
		[{ grade: 'x'.repeat(51) }, null],
		[{ first_name: null }, null],
		[{ status: 'complete' }, null],
		[{ game_platform_id: 'mine' }, null],
		[{ coach_id: BEN }, null],
	]) {
		const said = await s.as(ana, 'PUT', `/api/competitors/${one.id}`, body, 400);
		if (words) assert.match(said.detail, words);
	}
	await s.as(ana, 'POST', '/api/competitors', { first_name: 'only' }, 400);
	await s.as(s.admin, 'POST', '/api/competitors', person(2), 400);
	await s.as(s.admin, 'POST', '/api/competitors', person(2, { coach_id: NOBODY }), 400);
	await s.as(ana, 'POST', '/api/teams', { name: ' a ' }, 400);
	await s.as(ana, 'POST', '/api/teams', { name: 'Images', image_url: 'javascript:alert(1)' }, 400);
	await s.as(ana, 'GET', '/api/competitors/17', undefined, 400);
}));

test('a coach has their own, an administrator all, others nothing', club(async (s) => {
	const mine = await add(s, ana, person(1, { division: 'college' })), theirs = await add(s, ben, person(2));
	const team = await s.as(ben, 'POST', '/api/teams', { name: 'Theirs' }, 201);
	for (const [method, path, body] of [
		['GET', `/api/competitors/${theirs.id}`],
		['PUT', `/api/competitors/${theirs.id}`, { grade: '9' }],
		['DELETE', `/api/competitors/${theirs.id}`],
		['GET', `/api/teams/${team.id}`],
		['PUT', `/api/teams/${team.id}`, { name: 'Mine now' }],
		['DELETE', `/api/teams/${team.id}`],
		['GET', `/api/teams/${team.id}/members`],
		['POST', `/api/teams/${team.id}/members`, { competitor_id: mine.id }],
		['DELETE', `/api/teams/${team.id}/members/${theirs.id}`],
	]) {
		const answer = await s.as(ana, method, path, body, 404);
		assert.match(answer.detail, /not found or access denied/, `${method} ${path}`);
	}
	const ids = async (token, query = '') =>
		(await s.as(token, 'GET', `/api/competitors${query}`, undefined, 200)).competitors.map((c) => c.id);
	assert.deepStrictEqual(await ids(ana), [mine.id]);
	assert.deepStrictEqual(await ids(s.admin), [mine.id, theirs.id]);
	assert.deepStrictEqual(await ids(s.admin, `?coach=${BEN}`), [theirs.id]);
	assert.deepStrictEqual(await ids(ana, `?coach=${ANA}`), [mine.id]);
	await s.as(ana, 'GET', `/api/competitors?coach=${BEN}`, undefined, 403);
	await s.as(ana, 'POST', '/api/competitors', person(3, { coach_id: BEN }), 403);
	await s.as(ana, 'POST', '/api/teams', { name: 'For Ben', coach_id: BEN }, 403);
	for (const token of [of(ANA, 'player'), of(ANA, 'viewer'), of(NOBODY), await s.token('coach')])
		for (const path of ['/api/competitors', '/api/teams', '/api/coaches/me', `/api/competitors/${mine.id}`])
			await s.as(token, 'GET', path, undefined, 403);
	for (const path of ['/api/coaches', `/api/coaches/${ANA}`]) await s.as(ana, 'GET', path, undefined, 403);
	await s.as(ana, 'POST', '/api/competitors/recompute-status', undefined, 403);
	// Known by the address alone; not when two have it.
	const byAddress = of('auth0|7', 'coach', { email: 'ANA@club.example' });
	assert.deepStrictEqual(await ids(byAddress), [mine.id]);
	await s.as(s.admin, 'PUT', `/api/coaches/${BEN}`, { email: 'ana@CLUB.example' }, 409);
}));

test('lists are found, cut and counted', club(async (s) => {
	for (let i = 0; i < 5; i++) await add(s, ana, person(i, { last_name: `L${i}`, division: i < 2 ? 'college' : 'high_school', ...(i === 4 ? WHOLE : {}) }));
	const list = (query) => s.as(ana, 'GET', `/api/competitors?${query}`, undefined, 200);
	const page = await list('limit=2&page=2');
	assert.deepStrictEqual([page.page, page.limit, page.total, page.competitors.map((c) => c.last_name)], [2, 2, 5, ['L2', 'L3']]);
	assert.strictEqual((await list('division=college')).total, 2);
	assert.strictEqual((await list('status=compliance')).total, 1);
	assert.strictEqual((await list('q=personNAME3%20l')).total, 1);
	assert.strictEqual((await list('q=%25')).total, 0);
	assert.strictEqual((await list('team=none')).total, 5);
	const team = await s.as(ana, 'POST', '/api/teams', { name: 'The Team', affiliation: 'A', division: 'college' }, 201);
	const [first] = (await list('division=college')).competitors;
	await s.as(ana, 'POST', `/api/teams/${team.id}/members`, { competitor_id: first.id }, 201);
	assert.deepStrictEqual((await list(`team=${team.id}`)).competitors[0].team, { id: team.id, name: 'The Team', position: 1 });
	assert.strictEqual((await list('team=none')).total, 4);
	const teams = await s.as(ana, 'GET', '/api/teams?q=team&division=college&status=forming', undefined, 200);
	assert.deepStrictEqual([teams.total, teams.teams[0].members_count, teams.teams[0].members_not_on_platform], [1, 1, 1]);
}));

test('a team has six places and one division, and each competitor one team', club(async (s, f) => {
	const team = await s.as(ana, 'POST', '/api/teams', { name: 'One', division: 'high_school' }, 201);
	const other = await s.as(ana, 'POST', '/api/teams', { name: 'Two' }, 201);
	assert.deepStrictEqual([team.status, team.members, team.members_count], ['forming', [], 0]);
	const taken = await s.as(ana, 'POST', '/api/teams', { name: ' One' }, 409);
	assert.match(taken.detail, /already have a team with this name/);
	await s.as(ben, 'POST', '/api/teams', { name: 'One' }, 201);
	await s.as(ana, 'PUT', `/api/teams/${other.id}`, { name: 'One' }, 409);
	await s.as(ana, 'PUT', `/api/teams/${other.id}`, { name: 'Two', description: 'same name' }, 200);

	const who = [];
	for (let i = 0; i < 7; i++) who.push((await add(s, ana, person(i))).id);
	const join = (id, competitor, status, more = {}) =>
		s.as(ana, 'POST', `/api/teams/${id}/members`, { competitor_id: competitor, ...more }, status);
	assert.strictEqual((await join(team.id, who[0], 201, { position: 2 })).position, 2);
	assert.match((await join(team.id, who[1], 409, { position: 2 })).detail, /Position 2 is taken/);
	await join(team.id, who[1], 400, { position: 7 });
	assert.deepStrictEqual([(await join(team.id, who[1], 201)).position, (await join(team.id, who[2], 201)).position], [1, 3]);
	assert.match((await join(team.id, who[0], 409)).detail, /already a member of this team/);
	assert.match((await join(other.id, who[0], 409)).detail, /another team/);
	assert.strictEqual((await join(other.id, who[0], 201, { move: true })).sync, 'not_on_platform');
	await join(team.id, who[0], 201, { move: true });
	for (let i = 3; i < 6; i++) await join(team.id, who[i], 201);
	assert.strictEqual((await join(team.id, who[6], 400)).detail, 'Team cannot have more than 6 members');
	await join(team.id, NO, 404);
	// Places of one team: who is there takes the other's.
	const places = () => s.as(ana, 'GET', `/api/teams/${team.id}/members`, undefined, 200).then((said) => said.members.map((m) => m.competitor_id));
	const order = await places();
	assert.strictEqual((await join(team.id, order[5], 201, { move: true, position: 1 })).position, 1);
	assert.deepStrictEqual(await places(), [order[5], ...order.slice(1, 5), order[0]]);
	await join(team.id, order[5], 201, { move: true, position: 6 });
	assert.deepStrictEqual(await places(), order);
	await join(team.id, order[0], 409, { move: true });

	await s.as(ana, 'PUT', `/api/competitors/${who[6]}`, { division: 'college' }, 200);
	await s.as(ana, 'DELETE', `/api/teams/${team.id}/members/${who[0]}`, undefined, 204);
	await s.as(ana, 'DELETE', `/api/teams/${team.id}/members/${who[0]}`, undefined, 404);
	const rule = 'Competitor division must match team division';
	assert.strictEqual((await join(team.id, who[6], 400)).detail, rule);
	assert.strictEqual((await s.as(ana, 'PUT', `/api/competitors/${who[1]}`, { division: 'college' }, 400)).detail, rule);
	await s.as(ana, 'PUT', `/api/competitors/${who[1]}`, { division: 'high_school' }, 200);
	assert.strictEqual((await s.as(ana, 'PUT', `/api/teams/${team.id}`, { division: 'college' }, 400)).detail, rule);

	// The badges.
	f.change(`UPDATE competitors SET game_platform_id = 'r' || id WHERE id IN ('${who[1]}', '${who[2]}', '${who[3]}')`.replace('|| id', '|| CAST(id AS text)'));
	f.change(`UPDATE team_members SET game_platform_synced_at = '2026-01-01T00:00:00Z' WHERE competitor_id = '${who[1]}'`);
	f.change(`UPDATE team_members SET game_platform_sync_error = 'refused' WHERE competitor_id = '${who[2]}'`);
	const shown = await s.as(ana, 'GET', `/api/teams/${team.id}`, undefined, 200);
	assert.deepStrictEqual(shown.members.map((m) => m.sync), ['synced', 'error', 'pending', 'not_on_platform', 'not_on_platform']);
	assert.deepStrictEqual(['count', 'synced', 'pending', 'error', 'not_on_platform'].map((n) => shown[`members_${n}`]), [5, 1, 1, 1, 2]);
	const alone = await s.as(ana, 'GET', `/api/teams/${team.id}/members`, undefined, 200);
	assert.deepStrictEqual(alone.members, shown.members);
	const mixed = await add(s, ben, person(9));
	assert.match((await s.as(s.admin, 'POST', `/api/teams/${team.id}/members`, { competitor_id: mixed.id }, 400)).detail, /different coaches/);
}));

test('of two that want the last place at once, one gets it', club(async (s, f) => {
	const team = await s.as(ana, 'POST', '/api/teams', { name: 'Full soon' }, 201);
	const who = [];
	for (let i = 0; i < 10; i++) who.push((await add(s, ana, person(i))).id);
	const join = (id) => s.call(`/api/teams/${team.id}/members`, { method: 'POST', body: { competitor_id: id }, token: ana });
	for (const id of who.slice(0, 4)) assert.strictEqual((await join(id)).status, 201);
	const answers = await Promise.all(who.slice(4).map(join));
	assert.deepStrictEqual(answers.map((a) => a.status).sort(), [201, 201, 400, 400, 400, 400]);
	for (const a of answers.filter((x) => x.status === 400)) assert.strictEqual(a.body.detail, 'Team cannot have more than 6 members');
	assert.strictEqual(f.value(`SELECT count(DISTINCT position) AS n FROM team_members WHERE team_id = '${team.id}'`), 6);
	const names = await Promise.all(Array.from({ length: 4 }, () =>
		s.call('/api/teams', { method: 'POST', body: { name: 'Same' }, token: ana })));
	assert.deepStrictEqual(names.map((a) => a.status).sort(), [201, 409, 409, 409]);
}));

test('a team is deleted when nobody is on it', club(async (s, f) => {
	const team = await s.as(ana, 'POST', '/api/teams', { name: 'Short lived' }, 201);
	const one = await add(s, ana, person(1));
	await s.as(ana, 'POST', `/api/teams/${team.id}/members`, { competitor_id: one.id }, 201);
	assert.strictEqual((await s.as(ana, 'DELETE', `/api/teams/${team.id}`, undefined, 400)).detail,
		'Cannot delete team with members. Remove all members first.');
	await s.as(ana, 'DELETE', `/api/teams/${team.id}/members/${one.id}`, undefined, 204);
	assert.deepStrictEqual(await s.as(ana, 'DELETE', `/api/teams/${team.id}`, undefined, 200),
		{ message: 'Team deleted successfully', gamePlatformSync: { status: 'skipped_not_synced' } });
	assert.deepStrictEqual(f.rows(`SELECT action, entity_type, CAST(entity_id AS text) AS id, CAST(user_id AS text) AS by FROM activity_logs`),
		[{ action: 'team_deleted', entity_type: 'team', id: team.id, by: ANA }]);
	const synced = await s.as(ana, 'POST', '/api/teams', { name: 'Synced' }, 201);
	f.change(`UPDATE teams SET game_platform_id = 'r1' WHERE id = '${synced.id}'`);
	assert.deepStrictEqual((await s.as(ana, 'DELETE', `/api/teams/${synced.id}`, undefined, 200)).gamePlatformSync, { status: 'dry_run' });
	const audit = await s.get('/api/audit?limit=100');
	assert.ok(audit.text.includes('team.delete') && audit.text.includes('competitor.add') && audit.text.includes('team.member_remove'));
	assert.ok(!/Personname|Short lived|club\.example/.test(audit.text), 'the audit log names somebody');
}));

test('a deletion tells how it went at the platform', club(async (s, f) => {
	const team = await s.as(ana, 'POST', '/api/teams', { name: 'Synced' }, 201);
	f.change(`UPDATE teams SET game_platform_id = 'r1' WHERE id = '${team.id}'`);
	const deleting = s.as(ana, 'DELETE', `/api/teams/${team.id}`, undefined, 200);
	await until(() => f.value(`SELECT count(*) AS n FROM teams WHERE id = '${team.id}'`) === 0, 'the deletion');
	// What the watch on the table does, by hand: nobody works in this server.
	for (const args of ['{}', `{"team":"${team.id}","remote":"r1"}`, '{"remote":null}'])
		f.change(`INSERT INTO lockstep_jobs (task, args, lane) VALUES ('game_platform_team', '${args}', 'game_platform:team:${team.id}')`);
	const job = f.value("SELECT id FROM lockstep_jobs WHERE args LIKE '%r1%'");
	await s.post(`/api/jobs/${job}/cancel`, {});
	assert.strictEqual((await deleting).gamePlatformSync.status, 'api_error_continued');
}, 'true', ['--workers', '0']));

test('profiles are kept by administrators, and coaches see their own', club(async (s, f) => {
	const me = await s.as(ana, 'GET', '/api/coaches/me', undefined, 200);
	assert.deepStrictEqual([me.id, me.role, me.school_name, me.is_approved, me.competitors_count, me.teams_count],
		[ANA, 'coach', 'Ana High', true, 0, 0]);
	const changed = await s.as(ana, 'PUT', '/api/coaches/me', { school_name: 'New High', region: null }, 200);
	assert.strictEqual(changed.school_name, 'New High');
	for (const body of [{ is_approved: false }, { role: 'admin' }, { email: 'x@y.example' }])
		await s.as(ana, 'PUT', '/api/coaches/me', body, 400);
	await s.as(s.admin, 'PUT', `/api/coaches/${BEN}`, { is_approved: false }, 200);
	const list = await s.as(s.admin, 'GET', '/api/coaches?q=new%20high', undefined, 200);
	assert.deepStrictEqual([list.total, list.coaches[0].id], [1, ANA]);
	await s.as(s.admin, 'POST', '/api/coaches', { email: 'new@club.example' }, 201);
	await s.as(s.admin, 'POST', '/api/coaches', { email: 'NEW@club.example' }, 409);
	await s.as(s.admin, 'POST', '/api/coaches', { id: ANA, email: 'other@club.example' }, 409);
	await s.as(s.admin, 'POST', '/api/coaches', { email: 'no address' }, 400);
	await s.as(s.admin, 'GET', `/api/coaches/${NOBODY}`, undefined, 404);
	assert.deepStrictEqual(await s.as(s.admin, 'POST', '/api/competitors/recompute-status', undefined, 200), { updated: 0 });
}));
