// SPDX-License-Identifier: Apache-2.0
// t_metactf.js - each operation of the game platform: every status that its OpenAPI file declares, a
// malformed variant of every field, and what the file leaves open.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { withinOf } = require('./stand_in.js');

const API = '/integrations/syned/v1';
const ARGS = ['--dataset', 'baseline', '--clock', 'virtual'];
const MISSING = 'User not found or not approved';
const within = (args, work) => withinOf('metactf', [...ARGS, ...args], work);

// A second judge, which knows the file as well and shares nothing with the one under test.
function complaints(spec, schema, value, where = '$') {
	if (schema.$ref) return complaints(spec, spec.components.schemas[schema.$ref.split('/').pop()],
		value, where);
	if (schema.anyOf) {
		const each = schema.anyOf.map((s) => complaints(spec, s, value, where));
		return each.some((c) => c.length === 0) ? [] : each[0];
	}
	const is = { string: (v) => typeof v === 'string', integer: Number.isInteger, null: (v) => v === null,
		boolean: (v) => typeof v === 'boolean', array: Array.isArray,
		object: (v) => v !== null && typeof v === 'object' && !Array.isArray(v) };
	if (schema.type && !is[schema.type](value)) return [`${where} is no ${schema.type}`];
	if (schema.enum && !schema.enum.includes(value)) return [`${where} is none of ${schema.enum}`];
	if (schema.type === 'array')
		return value.flatMap((v, i) => complaints(spec, schema.items, v, `${where}[${i}]`));
	if (schema.type !== 'object') return [];
	const lost = (schema.required || []).filter((name) => !(name in value));
	return lost.map((name) => `${where}.${name} is missing`).concat(
		Object.entries(value).flatMap(([name, v]) => {
			const inner = schema.properties?.[name] || schema.additionalProperties;
			return inner ? complaints(spec, inner, v, `${where}.${name}`) : [];
		}));
}

function declared(spec, method, path, { status, text }) {
	const response = spec.paths[API + path][method].responses[status];
	assert.ok(response, `${method} ${path}: ${status} is not declared: ${text}`);
	const schema = response.content['application/json'].schema;
	if (Object.keys(schema).length === 0) return;
	assert.deepStrictEqual(complaints(spec, schema, JSON.parse(text)), [], `${method} ${path}`);
}

// Asks, and returns status and body.
async function call(it, method, path, body, headers = {}) {
	const answer = await it.ask(API + path, {
		method, headers: body === undefined ? headers : { 'content-type': 'application/json',
			...headers },
		body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
	});
	return { ...answer, body: answer.text && JSON.parse(answer.text) };
}

async function people(it) {
	const users = await it.truth('users');
	return {
		coaches: users.filter((u) => u.role === 'coach'),
		approved: users.filter((u) => u.role === 'user' &&
			['approved', 'user_created'].includes(u.metactf_user_status)),
		pending: users.find((u) => u.metactf_user_status === 'pending_approval'),
		denied: users.find((u) => u.metactf_user_status === 'denied'),
		teams: await it.truth('teams'),
	};
}

const newUser = (coach, more) => ({ first_name: 'Ada', last_name: 'Test', email: 'ada@example.org',
	role: 'user',
	syned_user_id: 'new-user', syned_coach_user_id: coach, ...more });
const newTeam = (coach, more) => ({ syned_coach_user_id: coach, syned_team_id: 'new-team',
	team_name: 'Team',
	affiliation: 'School', division: 'college', ...more });

// One good request for each operation, in an order in which they all work.
const GOOD = [
	['get', '/', () => ({})],
	['post', '/users', (p) => ({ body: newUser(p.coaches[0].syned_user_id) })],
	['get', '/users', () => ({ query: { syned_user_id: 'new-user' } })],
	['post', '/teams', (p) => ({ body: newTeam(p.coaches[0].syned_user_id) })],
	['post', '/users/assign_team', () => ({ body: { syned_team_id: 'new-team',
		syned_user_id: 'new-user' } })],
	['get', '/users/get_team_assignments', () => ({ query: { syned_team_id: 'new-team' } })],
	['get', '/scores/get_odl_scores', (p) => ({
		query: { syned_user_id: p.approved[4].syned_user_id, after_time_unix: 1 } })],
	['get', '/scores/get_flash_ctf_progress',
		(p) => ({ query: { syned_user_id: p.approved[2].syned_user_id } })],
	['post', '/users/delete_assignment', () => ({ body: { syned_user_id: 'new-user' } })],
	['post', '/teams/delete', () => ({ body: { syned_team_id: 'new-team' } })],
];
const target = (path, query) => path + (query ? '?' + new URLSearchParams(query) : '');
const success = (operation) => Number(Object.keys(operation.responses).find((s) => s[0] === '2'));

test('every operation of the file answers as the file declares',
	within(['--mode', 'check_answers'], async (it) => {
	const spec = await it.admin('openapi.json'), p = await people(it);
	const listed = Object.entries(spec.paths).flatMap(([path, item]) =>
		Object.keys(item).map((method) => `${method} ${path.slice(API.length)}`));
	assert.deepStrictEqual(GOOD.map(([method, path]) => `${method} ${path}`).sort(), listed.sort());
	for (const [method, path, request] of GOOD) {
		const { body, query } = request(p);
		const answer = await call(it, method.toUpperCase(), target(path, query), body);
		assert.strictEqual(answer.status, success(spec.paths[API + path][method]),
			`${method} ${path}: ${answer.text}`);
		declared(spec, method, path, answer);
	}
}));

// Every way in which one value can be wrong for its schema, with the type that is said of it.
function wrongs(spec, schema, required) {
	const all = required ? [[undefined, 'missing']] : [];
	const inner = schema.anyOf ? schema.anyOf[0] : schema;
	all.push([7, 'string_type'], [{ a: 1 }, 'string_type'], [[], 'string_type'], [true, 'string_type']);
	if (!schema.anyOf) all.push([null, 'string_type']);
	if (inner.minLength) all.push(['', 'string_too_short']);
	if (inner.enum) all.push(['elsewhere', 'literal_error'], ['', 'literal_error']);
	if (inner.format === 'email') all.push(['ada', 'value_error'], ['a@b', 'value_error'],
		['', 'value_error']);
	return all;
}

test('a body with one wrong member is 422 and says which', within([], async (it) => {
	const spec = await it.admin('openapi.json'), p = await people(it);
	let tried = 0;
	for (const [method, path, request] of GOOD.filter(([, , r]) => r(p).body)) {
		const whole = request(p).body;
		const ref = spec.paths[API + path].post.requestBody.content['application/json'].schema.$ref;
		const schema = spec.components.schemas[ref.split('/').pop()];
		for (const [name, property] of Object.entries(schema.properties)) {
			for (const [value, type] of wrongs(spec, property, schema.required.includes(name))) {
				const answer = await call(it, method.toUpperCase(), path, { ...whole, [name]: value });
				assert.strictEqual(answer.status, 422, `${path} ${name}=${JSON.stringify(value)}: ${answer.text}`);
				declared(spec, method, path, answer);
				assert.deepStrictEqual(answer.body.detail.map((d) => [d.loc, d.type]),
					[[['body', name], type]]);
				tried++;
			}
		}
	}
	assert.ok(tried > 80, `${tried}`);
}));

test('a body that is none is 422', within([], async (it) => {
	const spec = await it.admin('openapi.json'), p = await people(it);
	const bad = [['', 'missing'], ['{"a":', 'json_invalid'], ['not json', 'json_invalid'],
		['[]', 'model_attributes_type'],
		['null', 'model_attributes_type'], ['"x"', 'model_attributes_type'],
			['12', 'model_attributes_type'],
		['{} {}', 'json_invalid']];
	for (const [method, path] of GOOD.filter(([, , r]) => r(p).body)) {
		for (const [text, type] of bad) {
			const answer = await call(it, 'POST', path, text);
			assert.strictEqual(answer.status, 422, `${path} ${text}: ${answer.text}`);
			declared(spec, method, path, answer);
			assert.strictEqual(answer.body.detail[0].type, type, text);
			assert.strictEqual(answer.body.detail[0].loc[0], 'body');
		}
		const called = await call(it, 'POST', path, '{}', { 'content-type': 'text/plain' });
		assert.strictEqual(called.body.detail[0].type, 'model_attributes_type');
		const spoilt = await it.ask(API + path, { method: 'POST',
			body: Buffer.from([0x7b, 0xff, 0x7d]) });
		assert.strictEqual(spoilt.status, 400);
	}
}));

test('a query that lacks what is required, or has a wrong number, is 422', within([], async (it) => {
	const spec = await it.admin('openapi.json'), p = await people(it);
	let tried = 0;
	for (const [method, path, request] of GOOD.filter(([, , r]) => r(p).query)) {
		const whole = request(p).query;
		for (const parameter of spec.paths[API + path][method].parameters) {
			const { [parameter.name]: _, ...rest } = whole;
			const without = await call(it, 'GET', target(path, rest));
			assert.strictEqual(without.status, parameter.required ? 422 : 200, without.text);
			declared(spec, method, path, without);
			if (parameter.required)
				assert.deepStrictEqual(without.body.detail, [{ loc: ['query', parameter.name],
					msg: 'Field required', type: 'missing' }]);
			tried++;
		}
	}
	assert.ok(tried >= 5);
	const [id] = p.approved.map((u) => u.syned_user_id);
	for (const after of ['x', '', '1.5', '1e3', 'null', '12,', ' ', '0x10']) {
		const answer = await call(it, 'GET', target('/scores/get_odl_scores',
			{ syned_user_id: id, after_time_unix: after }));
		assert.strictEqual(answer.status, 422, `'${after}': ${answer.text}`);
		assert.deepStrictEqual(answer.body.detail.map((d) => [d.loc, d.type]),
			[[['query', 'after_time_unix'], 'int_parsing']]);
	}
	for (const after of ['0', '-5', '12.0', ' 12 ']) {
		const answer = await call(it, 'GET', target('/scores/get_odl_scores',
			{ syned_user_id: id, after_time_unix: after }));
		assert.strictEqual(answer.status, 200, `'${after}': ${answer.text}`);
	}
}));

test('who has no token, or another, does not come in', within([], async (it) => {
	const p = await people(it);
	for (const [method, path, request] of GOOD) {
		const { body, query } = request(p);
		const asked = (authorization) => call(it, method.toUpperCase(), target(path, query), body,
			{ authorization });
		const open = path === '/';
		for (const none of ['', 'Basic c2FuZGJveA==', 'sandbox-token', 'Bearer ']) {
			const answer = await asked(none);
			assert.strictEqual(answer.status, open ? 200 : 403, `${path} '${none}'`);
			if (!open) assert.deepStrictEqual(answer.body, { detail: 'Not authenticated' });
		}
		const wrong = await asked('Bearer sandbox-tokem');
		assert.strictEqual(wrong.status, open ? 200 : 401);
		if (!open) assert.deepStrictEqual(wrong.body, { detail: 'Invalid authentication credentials' });
	}
	await it.post('plan', { modes: { auth_401: 1 } });
	assert.strictEqual((await call(it, 'GET', '/users', undefined, { authorization: '' })).status, 401);
	await it.post('token', { token: 'rotated' });
	assert.strictEqual((await call(it, 'GET', '/users')).status, 401);
	assert.strictEqual((await call(it, 'GET', '/users', undefined,
		{ authorization: 'Bearer rotated' })).status, 422);
}));

test('other methods are 405, other paths 404', within([], async (it) => {
	for (const [method, path] of [['PUT', '/users'], ['DELETE', '/teams'], ['GET', '/teams'],
		['GET', '/teams/delete'],
		['POST', '/users/get_team_assignments'], ['POST', '/'], ['PATCH', '/scores/get_odl_scores']]) {
		const answer = await call(it, method, path);
		assert.deepStrictEqual([answer.status, answer.body], [405, { detail: 'Method Not Allowed' }],
			path);
	}
	for (const path of ['/user', '/user/', '/scores', '/teams/x', '/auth/send_password_reset_email']) {
		const answer = await call(it, 'POST', path, { syned_user_id: 'x' });
		assert.deepStrictEqual([answer.status, answer.body], [404, { detail: 'Not Found' }], path);
	}
}));

test('a slash too many or too few is redirected', within([], async (it) => {
	for (const [path, to] of [['', '/'], ['/users/?a=b', '/users?a=b'],
		['/teams/delete/', '/teams/delete']]) {
		const answer = await it.ask(API + path, { method: 'POST', body: '{}' });
		assert.deepStrictEqual([answer.status, answer.headers.get('location')], [307, API + to]);
	}
}));

test('users: unknown, created, created again', within([], async (it) => {
	const { coaches: [coach], pending } = await people(it);
	const create = (more) => call(it, 'POST', '/users', newUser(coach.syned_user_id, more));
	const refused = async (answer, status, detail) =>
		assert.deepStrictEqual([(await answer).status, (await answer).body], [status, { detail }]);
	await refused(call(it, 'GET', '/users?syned_user_id=new-user'), 404, MISSING);
	await refused(call(it, 'GET', '/users?syned_user_id='), 404, MISSING);
	const made = await create({ preferred_username: 'Ada_T' });
	assert.deepStrictEqual(made.body, { metactf_user_id: made.body.metactf_user_id,
		metactf_username: 'ada_t',
		syned_user_id: 'new-user', metactf_user_status: 'user_created' });
	assert.deepStrictEqual((await call(it, 'GET', '/users?syned_user_id=new-user')).body, made.body);
	await refused(create(), 409, 'User with this syned_user_id already exists');
	await refused(create({ syned_user_id: 'other', email: 'ADA@example.org' }), 409,
		'User with this email already exists');
	await refused(create({ syned_user_id: 'other', email: 'b@example.org',
		syned_coach_user_id: 'nobody' }), 404,
		'Coach not found or not approved');
	await refused(create({ syned_user_id: 'other', email: 'b@example.org',
		syned_coach_user_id: pending.syned_user_id }),
		404, 'Coach not found or not approved');
	const twin = await create({ syned_user_id: 'twin', email: 'c@example.org',
		preferred_username: 'ada_t' });
	assert.notStrictEqual(twin.body.metactf_username, 'ada_t');
	const bare = await create({ syned_user_id: 'bare', email: 'd@example.org',
		syned_coach_user_id: null });
	assert.strictEqual(bare.status, 201);
	await it.post('plan', { modes: { user_again_ok: 1 } });
	assert.deepStrictEqual((await create()).body, made.body);
	assert.strictEqual((await it.truth('users')).length, 14 + 3);
}));

test('teams: created, joined, left, deleted', within([], async (it) => {
	const { coaches: [coach], approved: [ada, ben], teams } = await people(it);
	const team = { syned_team_id: 'new-team' };
	const assign = (user, to = 'new-team') => call(it, 'POST', '/users/assign_team',
		{ syned_team_id: to, syned_user_id: user.syned_user_id });
	const members = async (id) => (await call(it, 'GET',
		`/users/get_team_assignments?syned_team_id=${id}`)).body;
	const said = async (answer) => [(await answer).status, (await answer).body.detail];
	assert.deepStrictEqual(await said(call(it, 'POST', '/teams', newTeam('nobody'))),
		[404, 'Coach not found or not approved']);
	const made = await call(it, 'POST', '/teams', newTeam(coach.syned_user_id));
	assert.deepStrictEqual(made.body, { metactf_team_id: 304,
		metactf_coach_id: String(coach.metactf_user_id),
		syned_team_id: 'new-team', team_name: 'Team', division: 'college', affiliation: 'School' });
	assert.deepStrictEqual(await said(call(it, 'POST', '/teams', newTeam(coach.syned_user_id))),
		[409, 'Team with this syned_team_id already exists']);
	assert.deepStrictEqual(await members('new-team'), { assignments: [], total_count: 0 });
	assert.deepStrictEqual(await members('no-team'), { assignments: [], total_count: 0 });
	assert.deepStrictEqual(await said(assign(ada, 'no-team')), [404, 'Team not found']);
	assert.deepStrictEqual(await said(assign({ syned_user_id: 'nobody' })), [404, MISSING]);
	const before = (await members(ada.syned_team_id)).total_count;
	for (let i = 0; i < 2; i++)
		assert.deepStrictEqual((await assign(ada)).body,
			{ syned_team_id: 'new-team', syned_user_id: ada.syned_user_id });
	assert.deepStrictEqual(await members('new-team'), { total_count: 1,
		assignments: [{ syned_team_id: 'new-team', syned_user_id: ada.syned_user_id }] });
	assert.strictEqual((await members(ada.syned_team_id)).total_count, before - 1);
	await assign(ben);
	const all = (await call(it, 'GET', '/users/get_team_assignments')).body;
	assert.strictEqual(all.total_count, all.assignments.length);
	assert.strictEqual(all.total_count, 9);
	const [status, detail] = await said(call(it, 'POST', '/teams/delete', team));
	assert.strictEqual(status, 400);
	assert.match(detail, /members/);
	for (const user of [ada, ben, ada])
		assert.deepStrictEqual((await call(it, 'POST', '/users/delete_assignment',
			{ syned_user_id: user.syned_user_id })).body,
			{ syned_user_id: user.syned_user_id });
	assert.deepStrictEqual(await said(call(it, 'POST', '/users/delete_assignment',
		{ syned_user_id: 'nobody' })), [404, MISSING]);
	assert.strictEqual((await call(it, 'POST', '/teams/delete', team)).status, 200);
	assert.deepStrictEqual(await said(call(it, 'POST', '/teams/delete', team)), [404, 'Team not found']);
	assert.strictEqual((await it.truth('teams')).length, teams.length);
	const again = await call(it, 'POST', '/teams', newTeam(coach.syned_user_id));
	assert.strictEqual(again.body.metactf_team_id, 305);
}));

test('scores are for those who are approved', within([], async (it) => {
	const { pending, denied, coaches } = await people(it);
	for (const path of ['/scores/get_odl_scores', '/scores/get_flash_ctf_progress']) {
		const of = (user) => call(it, 'GET', target(path, { syned_user_id: user.syned_user_id }));
		for (const user of [{ syned_user_id: 'nobody' }, pending, denied]) {
			const answer = await of(user);
			assert.deepStrictEqual([answer.status, answer.body], [404, { detail: MISSING }]);
		}
		await it.post('plan', { modes: { not_approved_403: 1 } });
		assert.deepStrictEqual([(await of(pending)).status,
			(await of({ syned_user_id: 'nobody' })).status], [403, 404]);
		await it.post('plan', { modes: { not_approved_403: 0 } });
		await it.post('users/status', { syned_user_id: pending.syned_user_id, status: 'approved' });
		assert.strictEqual((await of(pending)).status, 200);
		await it.post('users/status', { syned_user_id: pending.syned_user_id,
			status: 'pending_approval' });
		assert.strictEqual((await of(coaches[0])).status, 200);
	}
}));

test('the password reset is there when it is asked for', within(['--password-reset'], async (it) => {
	const { approved: [ada] } = await people(it), path = '/auth/send_password_reset_email';
	assert.strictEqual((await call(it, 'POST', path, { syned_user_id: ada.syned_user_id })).status, 200);
	assert.strictEqual((await call(it, 'POST', path, { syned_user_id: 'nobody' })).status, 404);
	assert.strictEqual((await call(it, 'POST', path, {}, { authorization: '' })).status, 403);
}));

// Repeatable: a failing run fails again.
function* randoms(seed) {
	for (let x = seed; ; x = (Math.imul(x, 1664525) + 1013904223) >>> 0) yield x >>> 8;
}

test('garbage is refused and breaks nothing', within(['--mode', 'check_answers'], async (it) => {
	const p = await people(it), random = randoms(7);
	const next = (n) => random.next().value % n;
	for (let i = 0; i < 1500; i++) {
		const [method, path, request] = GOOD[next(GOOD.length)];
		const { body, query } = request(p);
		const bytes = Buffer.from(body ? JSON.stringify(body) : '');
		for (let j = next(4); j >= 0 && bytes.length; j--) bytes[next(bytes.length)] = next(256);
		const cut = bytes.subarray(0, next(3) ? bytes.length : next(bytes.length + 1));
		const asked = target(path, query && { ...query,
			[Object.keys(query)[0]]: String.fromCharCode(next(0xd000)) });
		const answer = await it.ask(API + asked, method === 'post' ? { method: 'POST', body: cut } : {});
		assert.ok(answer.status < 500, `${answer.status} to ${method} ${asked} ${cut.toString('hex')}: ${answer.text}`);
		if (answer.text) JSON.parse(answer.text);
	}
}));
