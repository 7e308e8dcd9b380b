// SPDX-License-Identifier: Apache-2.0
// t_metactf_admin.js - a test's hands and eyes on the game platform: what it adds, approves, moves, counts
// and spoils.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { startOf, withinOf } = require('./stand_in.js');

const API = '/integrations/syned/v1';
const EPOCH = 1793491200;
const within = (args, work) => withinOf('metactf', ['--clock', 'virtual', ...args], work);
const odl = (it, id, after = 0) => it.get(`/scores/get_odl_scores?syned_user_id=${id}&after_time_unix=${after}`);
const flash = (it, id) => it.get(`/scores/get_flash_ctf_progress?syned_user_id=${id}`);
const ids = async (it) => (await it.truth('users')).filter((u) => u.role === 'user' &&
	['approved', 'user_created'].includes(u.metactf_user_status)).map((u) => u.syned_user_id);
const send = (it, path, body, headers = {}) => it.ask(API + path,
	{ method: 'POST', body: JSON.stringify(body),
	headers: { 'content-type': 'application/json', ...headers } });
const user = (id, more) => ({ first_name: 'Ada', last_name: 'Test', email: `${id}@example.org`,
	role: 'user',
	syned_user_id: id, ...more });

test('solves are added, one or many, for one or many', within([], async (it) => {
	const [ada, ben] = await ids(it), before = await odl(it, ada);
	const { added } = await it.post('solves', { syned_user_id: ada });
	assert.deepStrictEqual(added, [{ syned_user_id: ada,
		challenge_solve_id: added[0].challenge_solve_id, timestamp_unix: EPOCH }]);
	assert.deepStrictEqual((await odl(it, ada, EPOCH - 1)).challenge_solves.map((s) =>
		s.challenge_solve_id),
		[added[0].challenge_solve_id]);
	const after = await odl(it, ada);
	assert.strictEqual(after.total_challenges_solved, before.total_challenges_solved + 1);
	assert.strictEqual(after.last_accessed_unix_timestamp, EPOCH);
	assert.strictEqual((await it.post('solves', { users: 3, count: 2 })).added.length, 6);
	assert.strictEqual((await it.post('solves', { syned_user_ids: [ada, ben] })).added.length, 2);
	assert.strictEqual((await odl(it, ben, EPOCH - 1)).challenge_solves.length, 3);
}));

test('a solve is as it was told', within([], async (it) => {
	const [ada] = await ids(it);
	const solve = { challenge_solve_id: 1819, challenge_id: 7, challenge_title: 'Say "hi" \\ \u00e9',
		challenge_points: 150,
		challenge_category: 'web', timestamp_unix: EPOCH - 5, challenge_retired: true,
			nist_nice_work_roles: ['A', 'B"'] };
	await it.post('solves', { syned_user_id: ada, solves: [solve, { ...solve, challenge_solve_id: 0 }] });
	assert.deepStrictEqual((await odl(it, ada, EPOCH - 6)).challenge_solves,
		[{ ...solve, challenge_solve_id: 0 }, solve]);
	assert.deepStrictEqual((await odl(it, ada, EPOCH - 5)).challenge_solves, []);
}));

test('a late commit shows later than it happened', within([], async (it) => {
	const [ada] = await ids(it);
	await it.post('solves', { syned_user_id: ada, timestamp_unix: EPOCH - 60, visible_in: 90 });
	const shown = async () => (await odl(it, ada, EPOCH - 61)).challenge_solves.length;
	assert.strictEqual(await shown(), 0);
	await it.post('clock/advance', { seconds: 89 });
	assert.strictEqual(await shown(), 0);
	await it.post('clock/advance', { seconds: 1 });
	assert.strictEqual(await shown(), 1);
	await it.post('solves', { syned_user_id: ada, timestamp_unix: EPOCH + 1000 });
	assert.strictEqual(await shown(), 1);
	await it.post('clock/advance', { to_unix: EPOCH + 999 });
	assert.strictEqual(await shown(), 1);
	await it.post('clock/advance', { to_unix: EPOCH + 1000 });
	assert.strictEqual(await shown(), 2);
	await assert.rejects(it.post('clock/advance', { to_unix: EPOCH }));
}));

test('Flash CTFs are shared, and a user has one part in each', within([], async (it) => {
	const [ada, ben] = await ids(it);
	const event = { flash_ctf_name: 'Night Owl', flash_ctf_time_start_unix: EPOCH - 100 };
	await it.post('events', { ...event, participants: [{ syned_user_id: ada, rank: 2, count: 3 },
		{ syned_user_id: ben, rank: 1 }] });
	await it.post('events', { ...event, syned_user_id: ada,
		solves: [{ challenge_solve_id: 5, challenge_points: 500 }] });
	const part = async (id) => (await flash(it, id)).flash_ctfs.filter((c) =>
		c.flash_ctf_name === 'Night Owl');
	const [hers, ...more] = await part(ada), [his] = await part(ben);
	assert.deepStrictEqual(more, []);
	assert.deepStrictEqual([hers.challenges_solved, hers.challenge_solves.length, hers.rank], [4, 4, 2]);
	assert.strictEqual(hers.points_earned, hers.challenge_solves.reduce((n, s) =>
		n + s.challenge_points, 0));
	assert.deepStrictEqual([his.challenges_solved, his.rank, his.points_earned], [0, 1, 0]);
	await it.post('events', { flash_ctf_name: 'Tomorrow', flash_ctf_time_start_unix: EPOCH + 86400,
		users: 1 });
	assert.ok(!(await flash(it, ada)).flash_ctfs.some((c) => c.flash_ctf_name === 'Tomorrow'));
	await it.post('clock/advance', { seconds: 86400 });
	assert.ok((await flash(it, ada)).flash_ctfs.some((c) => c.flash_ctf_name === 'Tomorrow'));
}));

const APPROVALS = { created: 'user_created', auto: 'approved', pending: 'pending_approval',
	denied: 'denied' };
for (const [how, status] of Object.entries(APPROVALS))
	test(`--approval ${how}`, within(['--dataset', 'empty', '--approval', how], async (it) => {
		const made = await send(it, '/users', user('coach', { role: 'coach' }));
		assert.strictEqual(JSON.parse(made.text).metactf_user_status, status);
		const open = ['user_created', 'approved'].includes(status);
		assert.strictEqual((await send(it, '/users',
			user('ada', { syned_coach_user_id: 'coach' }))).status, open ? 201 : 404);
	}));

test('approval can differ, change, and be given',
	within(['--dataset', 'empty', '--coach-approval', 'auto',
	'--user-approval', 'pending'], async (it) => {
	const status = async (id, more) => JSON.parse((await send(it, '/users',
		user(id, more))).text).metactf_user_status;
	assert.strictEqual(await status('coach', { role: 'coach' }), 'approved');
	assert.strictEqual(await status('ada'), 'pending_approval');
	assert.deepStrictEqual(await it.post('approval', { coaches: 'denied' }),
		{ coaches: 'denied', users: 'pending_approval' });
	assert.strictEqual(await status('other', { role: 'coach' }), 'denied');
	assert.strictEqual(await status('ben'), 'pending_approval');
	assert.deepStrictEqual(await it.post('users/status',
		{ having_status: 'pending_approval', status: 'approved' }), { changed: 2 });
	assert.strictEqual((await it.get('/scores/get_odl_scores?syned_user_id=ben')).total_points, 0);
}));

test('log-ins, removals and moves happen at the vendor too',
	within(['--mode', 'newer_api'], async (it) => {
	const [ada, ben] = await ids(it);
	const seen = async () => JSON.parse((await it.ask(`${API}/users?syned_user_id=${ada}`)).text).last_login_unix_timestamp;
	await it.post('users/login', { syned_user_id: ada, last_login_unix_timestamp: EPOCH - 7 });
	assert.strictEqual(await seen(), EPOCH - 7);
	await it.post('users/login', { syned_user_id: ada });
	assert.strictEqual(await seen(), EPOCH);
	assert.strictEqual((await odl(it, ada)).last_accessed_unix_timestamp, EPOCH);
	const [, , { syned_team_id: team }] = await it.truth('teams');
	await it.post('assignments', { syned_user_ids: [ada, ben], syned_team_id: team });
	const on = async () => (await it.get(`/users/get_team_assignments?syned_team_id=${team}`)).assignments.map((a) => a.syned_user_id);
	assert.ok((await on()).includes(ada) && (await on()).includes(ben));
	await it.post('assignments', { syned_user_id: ben, syned_team_id: null });
	assert.ok(!(await on()).includes(ben));
	await it.post('users/remove', { syned_user_id: ada });
	assert.ok(!(await on()).includes(ada));
	assert.strictEqual((await it.ask(`${API}/users?syned_user_id=${ada}`)).status, 404);
	assert.strictEqual((await send(it, '/users', user(ada))).status, 201);
}));

test('what cannot be done is 400 or 404, and changes nothing', within([], async (it) => {
	const before = (await it.ask('/sandbox/state')).text, [ada] = await ids(it);
	for (const [path, body, status] of [['solves', {}, 400], ['solves', [], 400],
		['solves', { syned_user_id: 'nobody' }, 400],
		['solves', { syned_user_id: 5 }, 400], ['solves', { syned_user_id: ada, count: -1 }, 400],
			['events', { users: 1 }, 400],
		['users/status', { syned_user_id: ada, status: 'x' }, 400],
			['assignments', { syned_user_id: ada, syned_team_id: 'x' }, 400],
		['approval', { users: 'maybe' }, 400], ['token', {}, 400], ['seed', { dataset: 'x' }, 404],
			['seed', {}, 404],
		['seed/x', {}, 404], ['truth/x', {}, 404], ['nowhere', {}, 404], ['validate', {}, 400]]) {
		const answer = await it.ask('/sandbox/' + path, { method: 'POST', body: JSON.stringify(body) });
		assert.strictEqual(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
	}
	assert.strictEqual((await it.ask('/sandbox/solves', { method: 'POST', body: '{' })).status, 400);
	assert.strictEqual((await it.ask('/sandbox/state')).text, before);
}));

test('data sets are changed and reset while it runs, also below /__admin/',
	within(['--dataset', 'supabase-sync'], async (it) => {
	const state = async () => (await it.ask('/__admin/state')).text;
	const post = (path, body) => it.ask('/__admin/' + path,
		{ method: 'POST', body: body && JSON.stringify(body) });
	const before = await state(), dataset = async () => (await it.get('/')).dataset;
	assert.deepStrictEqual(JSON.parse((await it.ask('/__admin/datasets')).text),
		{ current: 'supabase-sync', datasets: ['empty', 'baseline', 'supabase-sync', 'population'] });
	await post('solves', { users: 18, count: 5 });
	assert.notStrictEqual(await state(), before);
	await post('seed', { dataset: 'baseline' });
	assert.strictEqual(await dataset(), 'baseline');
	await post('seed/empty');
	assert.deepStrictEqual([await dataset(), JSON.parse(await state()).users], ['empty', []]);
	await post('reset');
	assert.strictEqual(await state(), before);
}));

test('the log counts per operation, answer and person', within([], async (it) => {
	const [ada, ben] = await ids(it);
	for (const id of [ada, ada, ben]) await odl(it, id);
	await it.ask(`${API}/scores/get_odl_scores?syned_user_id=nobody`);
	await send(it, '/users/delete_assignment', { syned_user_id: ada });
	await send(it, '/users/delete_assignment', {});
	const { requests, operations } = await it.admin('counts?subjects=1');
	assert.strictEqual(requests, 6);
	assert.deepStrictEqual(operations, [
		{ method: 'GET', path: API + '/scores/get_odl_scores', requests: 4, answered: { 200: 3, 404: 1 },
			subjects: { [ada]: 2, [ben]: 1, nobody: 1 } },
		{ method: 'POST', path: API + '/users/delete_assignment', requests: 2,
			answered: { 200: 1, 422: 1 }, subjects: { [ada]: 1 } },
	]);
	assert.deepStrictEqual((await it.log()).map((l) => l.subject),
		[ada, ada, ben, 'nobody', ada, undefined]);
	await it.ask(`${API}/scores/get_odl_scores?syned_user_id=${ben}`,
		{ headers: { 'x-sandbox-fault': '503' } });
	await send(it, '/users', user('spoilt'), { 'x-sandbox-fault': '500' });
	assert.deepStrictEqual((await it.log()).slice(-2).map((l) => [l.subject, l.status]),
		[[ben, 503], ['spoilt', 500]]);
	assert.ok(!('subjects' in (await it.admin('counts')).operations[0]));
	await it.post('reset-log');
	assert.strictEqual((await it.admin('counts')).requests, 0);
}));

test('faults speak as the vendor does', within([], async (it) => {
	const [ada] = await ids(it), path = `${API}/scores/get_odl_scores?syned_user_id=${ada}`;
	const ask = (fault) => it.ask(path, { headers: { 'x-sandbox-fault': fault } });
	const said = async (fault) => JSON.parse((await ask(fault)).text).detail;
	for (const fault of ['401', '403', '404', '429', '429_bare', '500', 'status;status=409'])
		assert.strictEqual(typeof await said(fault), 'string', fault);
	assert.strictEqual((await ask('429;seconds=3')).headers.get('retry-after'), '3');
	assert.strictEqual((await ask('502')).headers.get('content-type'), 'text/html');
	await it.post('plan', { rules: [{ match: { path_prefix: API + '/scores', nth: 2 }, fault: '503' }] });
	assert.deepStrictEqual([(await it.ask(path)).status, (await it.ask(path)).status,
		(await it.ask(path)).status], [200, 503, 200]);
	await it.post('plan', { rules: [] });
}));

test('a POST whose answer is lost has been done', within([], async (it) => {
	await assert.rejects(send(it, '/users', user('lost'), { 'x-sandbox-fault': 'drop' }));
	assert.strictEqual((await it.ask(`${API}/users?syned_user_id=lost`)).status, 201);
	await assert.rejects(send(it, '/users', user('never'), { 'x-sandbox-fault': 'refuse' }));
	assert.strictEqual((await it.ask(`${API}/users?syned_user_id=never`)).status, 404);
	for (const fault of ['reset', 'cut'])
		await assert.rejects(send(it, '/users', user(fault), { 'x-sandbox-fault': fault }));
	assert.strictEqual((await it.ask(`${API}/users?syned_user_id=reset`)).status, 201);
}));

test('past its rate the vendor says when', within(['--rate-limit', '2/60'], async (it) => {
	const ask = () => it.ask(API + '/');
	assert.deepStrictEqual([(await ask()).status, (await ask()).status], [200, 200]);
	await it.post('clock/advance', { seconds: 18 });
	const refused = await ask();
	assert.strictEqual(refused.status, 429);
	assert.strictEqual(refused.headers.get('retry-after'), '42');
	assert.strictEqual(typeof JSON.parse(refused.text).detail, 'string');
	await it.post('clock/advance', { seconds: 42 });
	assert.strictEqual((await ask()).status, 200);
	assert.deepStrictEqual([(await it.admin('window?seconds=60')).max,
		(await it.admin('window?seconds=61')).max], [3, 4]);
}));

test('answers can be judged from outside', within([], async (it) => {
	const judge = (status, body) => it.post(`validate?method=GET&path=${API}/users&status=${status}`,
		body);
	const good = JSON.parse((await it.ask(`${API}/users?syned_user_id=${(await ids(it))[0]}`)).text);
	assert.deepStrictEqual(await judge(201, good), { detail: [] });
	assert.strictEqual((await judge(200, good)).detail[0].type, 'status');
	assert.deepStrictEqual((await judge(201, { ...good, metactf_user_status: 'x' })).detail[0].loc,
		['response', 'metactf_user_status']);
}));

test('an option that is none is refused with a word', async () => {
	for (const args of [['--dataset', 'x'], ['--population', '2000000'],
		['--active', 60, '--moderate', 60], ['--event-days', 0],
		['--daily', 25], ['--approval', 'x'], ['--nothing'], ['--port'], ['--port', 70000],
			['--clock', 'x'], ['--rate-limit', 'x'],
		['--mode', 'x'], ['--token']])
		await assert.rejects(startOf('metactf', ...args),
			(e) => e.code > 0 && e.message.startsWith('lockstep-sandbox: '), args.join(' '));
});

test('a late request is carried out though nobody waits for it any more', within(['--dataset', 'baseline'], async (it) => {
	const [{ syned_user_id: id }] = await it.truth('assignments');
	const on = async () => (await it.truth('assignments')).some((a) => a.syned_user_id === id);
	const leaving = new AbortController();
	const asked = it.ask(`${API}/users/delete_assignment`, { method: 'POST', body: JSON.stringify({ syned_user_id: id }), signal: leaving.signal,
		headers: { 'content-type': 'application/json', 'x-sandbox-fault': 'overdue' } });
	while ((await it.log()).length === 0);
	leaving.abort();
	await assert.rejects(asked);
	assert.strictEqual(await on(), true);
	await it.post('plan', []);
	while (await on());
	assert.deepStrictEqual((await it.log()).map((e) => e.fault), ['overdue']);
}));
