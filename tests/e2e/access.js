// SPDX-License-Identifier: Apache-2.0
// access.js - users, tokens and the audit log, as an administrator keeps them from the command line.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const { Firm, needs, PLAN } = require('./firm.js');
const { serving } = require('./service.js');

needs('sqlite3');

const PASSWORD = 'a long walk by the river';
const URLS = { PP_BASE_URL: 'http://127.0.0.1:1/api/v2', PP_TOKEN_URL: 'http://127.0.0.1:1/t' };

// A folder without any vendor; `type` runs a command with something on its standard input.
function desk(work, env = {}, plan = PLAN) {
	return async () => {
		const f = new Firm(null, { ...URLS, ...env }, plan);
		f.type = (text, ...args) => {
			const child = f.begin(args);
			child.stdin.on('error', () => {}); // it may have ended before it read anything
			child.stdin.end(text);
			return child.ended;
		};
		try {
			await work(f);
			assert.ok(!f.said.includes(PASSWORD), 'a password was printed');
		} finally {
			f.remove();
		}
	};
}

async function json(f, ...args) {
	const done = await f.lockstep(...args, '--json');
	assert.strictEqual(done.code, 0, done.err);
	return JSON.parse(done.out);
}

test('users come, change and go', desk(async (f) => {
	assert.match((await f.lockstep('user')).out, /no users; `lockstep user add/);
	const added = await f.type(PASSWORD + '\n', 'user', 'add', 'ana', '--role', 'admin');
	assert.deepStrictEqual([added.code, added.err], [0, '']);
	const [ana] = await json(f, 'user', 'list');
	assert.deepStrictEqual([ana.name, ana.role, ana.disabled, ana.seen_at], ['ana', 'admin', false, null]);
	assert.strictEqual((await f.type(PASSWORD, 'user', 'add', 'ana', '--role', 'admin')).code, 4);
	assert.strictEqual((await f.lockstep('user', 'role', 'ana', '--role', 'coach')).code, 0);
	assert.strictEqual((await f.lockstep('user', 'disable', 'ana')).code, 0);
	assert.deepStrictEqual((await json(f, 'user', 'list')).map((u) => [u.role, u.disabled]), [['coach', true]]);
	assert.strictEqual((await f.lockstep('user', 'enable', 'ana')).code, 0);
	assert.strictEqual((await f.type(PASSWORD + ' again', 'user', 'password', 'ana')).code, 0);
	assert.strictEqual((await f.lockstep('user', 'delete', 'ana')).code, 0);
	assert.strictEqual((await f.lockstep('user', 'delete', 'ana')).code, 3);
	assert.deepStrictEqual((await json(f, 'audit')).map((e) => [e.number, e.action, e.target]), [
		[6, 'user.delete', 'user:ana'], [5, 'user.change', 'user:ana'], [4, 'user.change', 'user:ana'],
		[3, 'user.change', 'user:ana'], [2, 'user.change', 'user:ana'], [1, 'user.add', 'user:ana']]);
}));

test('what is wrong is said', desk(async (f) => {
	const cases = [
		[['user', 'add', 'ana'], PASSWORD, 2, /--role is admin, coach, player or viewer/],
		[['user', 'add', 'ana', '--role', 'king'], PASSWORD, 2, /--role is admin/],
		[['user', 'add', 'ana', '--role', 'admin'], 'short', 2, /at least 12 characters/],
		[['user', 'add', 'ana', '--role', 'admin'], 'password1234', 2, /tried first/],
		[['user', 'add', 'ana', '--role', 'admin'], '', 2, /no password on standard input/],
		[['user', 'add', 'ana', '--role', 'admin'], 'x'.repeat(1025), 2, /longer than 1024 bytes/],
		[['user', 'add', 'ana@club.example', '--role', 'admin'], PASSWORD, 2, /a name has/],
		[['user', 'add'], PASSWORD, 2, /needs a name/],
		[['user', 'ad', 'ana'], '', 2, /did you mean 'add'/],
		[['user', 'list', 'ana'], '', 2, /what is 'ana'/],
		[['user', 'role', 'nobody', '--role', 'admin'], '', 3, /no user 'nobody'/],
		[['token', 'add', 'ci', '--role', 'viewer', '--expires', 'soon'], '', 2, /90d/],
		[['token', 'add', 'ci', '--role', 'viewer', '--expires', '2001-01-01'], '', 2, /expired already/],
		[['token', 'revoke', 'ci'], '', 3, /no token 'ci'/],
	];
	for (const [args, typed, code, words] of cases) {
		const done = await f.type(typed, ...args);
		assert.strictEqual(done.code, code, args.join(' ') + done.err);
		assert.match(done.err, words);
	}
	assert.deepStrictEqual(await json(f, 'audit'), []);
}));

const ISSUER = 'https://shop.example.org';
const JWT_SECRET = crypto.randomBytes(32).toString('hex');
const SHOP = `server:
  auth:
    - { name: shop, algorithm: HS256, secret: '\${SHOP_SECRET}', issuer: '${ISSUER}', audience: lockstep, roles_claim: role }
`;

function jwt(sub, role) {
	const part = (v) => Buffer.from(JSON.stringify(v)).toString('base64url');
	const now = Math.floor(Date.now() / 1000);
	const text = part({ alg: 'HS256', typ: 'JWT' }) + '.' + part({ iss: ISSUER, aud: 'lockstep', sub, role, iat: now, exp: now + 600 });
	return text + '.' + crypto.createHmac('sha256', JWT_SECRET).update(text).digest('base64url');
}

test('what a person says of an identity provider\'s user counts at once, whatever the token claims', desk((f) => serving(f, async (s) => {
	const who = 'somebody@club.example', other = '5d0e77c4-0000-4000-8000-000000000002';
	const may = async () => (await s.get('/api/users', { token: jwt(who, 'admin') })).status;
	const grant = async (...args) => {
		const done = await f.lockstep('grant', ...args);
		assert.strictEqual(done.code, 0, done.err);
	};
	assert.match((await f.lockstep('grant')).out, /what tokens claim counts/);
	assert.strictEqual(await may(), 200);
	await grant('set', who, '--role', 'coach');
	assert.strictEqual(await may(), 403);
	await grant('deny', who, '--issuer', 'shop');
	assert.strictEqual(await may(), 401);
	assert.deepStrictEqual(await json(f, 'grant'), [{ issuer: ISSUER, subject: who, access: 'denied' }]);
	await grant('remove', who, '--issuer', ISSUER);
	assert.strictEqual(await may(), 200);
	assert.strictEqual((await f.lockstep('grant', 'remove', who)).code, 3);
	for (const [args, words] of [[['set', who], /--role is/], [['set', who, '--role', 'king'], /--role is/],
		[['deny', who, '--issuer', 'other'], /server\.auth/], [['deny'], /needs a name/]]) {
		const done = await f.lockstep('grant', ...args);
		assert.deepStrictEqual([done.code, words.test(done.err)], [2, true], done.err);
	}

	const put = (subject, access, token) => s.call('/api/grants', { method: 'PUT', body: { issuer: ISSUER, subject, access }, token });
	assert.strictEqual((await put(who, 'denied', jwt(who, 'admin'))).body.code, 'own_account');
	assert.strictEqual((await put(other, 'admin', jwt(who, 'admin'))).status, 200);
	assert.strictEqual((await s.get('/api/users', { token: jwt(other, 'viewer') })).status, 200);
	const log = await json(f, 'audit', '--action', 'grant.*');
	assert.deepStrictEqual(log.map((e) => [e.action, e.details.access]).reverse(), [['grant.set', 'coach'], ['grant.set', 'denied'],
		['grant.remove', undefined], ['grant.set', 'admin']]);
	assert.strictEqual(log[0].target, 'jwt:5d0e77c4');
	assert.ok(!JSON.stringify(log).includes(who), 'an address is in the log');
}), { SHOP_SECRET: JWT_SECRET }, PLAN + SHOP));

test('a token is shown once', desk(async (f) => {
	const made = await f.lockstep('token', 'add', 'ci', '--role', 'viewer', '--expires', '90d');
	assert.match(made.out, /^lsk_[\w-]{43}\n$/);
	assert.match(made.err, /not shown again/);
	const token = made.out.trim();
	const [row] = await json(f, 'token', 'list');
	assert.deepStrictEqual([row.name, row.role, row.prefix, row.used_at], ['ci', 'viewer', token.slice(0, 12), null]);
	const days = (Date.parse(row.expires_at) - Date.parse(row.made_at)) / 86400e3;
	assert.ok(Math.abs(days - 90) < 0.01);
	assert.ok(!(await f.lockstep('audit')).out.includes(token.slice(4)));
	assert.strictEqual(f.value("SELECT count(*) FROM lockstep_api_tokens WHERE hash LIKE '%" + token.slice(4) + "%'"), 0);
	assert.strictEqual((await f.lockstep('token', 'revoke', 'ci')).code, 0);
	assert.deepStrictEqual(await json(f, 'token', 'list'), []);
	assert.deepStrictEqual((await json(f, 'audit', '--action', 'token.*')).map((e) => e.action),
		['token.revoke', 'token.add']);
}));

test('the audit log tells who, and whether it is whole', desk(async (f) => {
	for (const name of ['a1', 'b2', 'c3'])
		await f.lockstep('token', 'add', name, '--role', 'viewer');
	const [last] = await json(f, 'audit', '--limit', '1');
	assert.match(last.actor, /^cli:\S+$/);
	assert.deepStrictEqual([last.number, last.target, last.details.role], [3, 'token:c3', 'viewer']);
	assert.deepStrictEqual((await json(f, 'audit', '--before', '3')).map((e) => e.number), [2, 1]);
	assert.deepStrictEqual(await json(f, 'audit', 'verify'), { whole: true, rows: 3 });
	f.change('DROP TRIGGER lockstep_audit_no_update');
	f.change("UPDATE lockstep_audit SET actor = 'cli:eve' WHERE number = 2");
	const broken = await f.lockstep('audit', 'verify');
	assert.strictEqual(broken.code, 1);
	assert.match(broken.err, /tampered with: entry 2 /);
}));

// A stream of events: `heard` grows, `ended` resolves when the server ends it.
async function listen(s, headers) {
	const answer = await fetch(s.url + '/api/events', { headers });
	assert.strictEqual(answer.status, 200);
	const it = { heard: '' };
	it.ended = (async () => {
		for await (const piece of answer.body) it.heard += Buffer.from(piece).toString();
	})();
	return it;
}

test('who is turned out hears no more, whoever turned them out', desk((f) => serving(f, async (s) => {
	assert.strictEqual((await f.type(PASSWORD, 'user', 'add', 'ana', '--role', 'viewer')).code, 0);
	const login = await s.post('/api/login', { name: 'ana', password: PASSWORD }, { token: null });
	const cookie = login.headers.get('set-cookie').split(';')[0];
	const made = await s.post('/api/tokens', { name: 'wall', role: 'viewer' });
	const ana = await listen(s, { cookie });
	const wall = await listen(s, { authorization: `Bearer ${made.body.token}` });
	// Both are heard of within seconds, long before a stream would end by itself.
	assert.strictEqual((await f.lockstep('user', 'disable', 'ana')).code, 0);
	await ana.ended;
	assert.match(ana.heard, /retry: 3000/);
	f.change("DELETE FROM lockstep_api_tokens WHERE name = 'wall'");
	await wall.ended;
})));
