// SPDX-License-Identifier: Apache-2.0
// tokens.js - single-use refresh tokens, and the secrets that must show nowhere.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const { firm, needs, until, sleep, apiLog, PLAN, SECRET } = require('./firm.js');
const { equalsTruth } = require('./oracle.js');

needs('sqlite3');

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
const TOKEN = /sandbox-(access|refresh|code)-/;

// In nothing that was printed, and in no file but those that the test itself wrote.
async function nothingLeaked(f) {
	// Once more with all its words.
	await f.lockstep('sync', '--full');
	assert.doesNotMatch(f.said, TOKEN);
	assert.ok(!f.said.includes(SECRET), 'the client secret was printed');
	for (const name of fs.readdirSync(f.folder)) {
		if (!name.startsWith('lockstep.db') && name !== 'lockstep.key') continue;
		const bytes = fs.readFileSync(f.path(name), 'latin1');
		assert.ok(!TOKEN.test(bytes) && !bytes.includes(SECRET), `${name} holds a secret`);
	}
}

const tokens = async (it) => (await it.admin('stats')).tokens;

async function good(f, ...args) {
	const done = await f.sync(...args);
	assert.strictEqual(done.code, 0, done.err);
	return done;
}

async function connect(f, text) {
	const child = f.begin(['connect', 'practicepanther', '--token-stdin']);
	child.stdin.end(text);
	return child.ended;
}

test('a token is renewed once, and the new one is used from then on', firm(SMALL, async (f, it) => {
	await good(f);
	await good(f);
	assert.deepStrictEqual(await tokens(it), { access_live: 2, refresh_live: 1, refreshes: 1, reuses: 0, refusals: 0 });
	assert.strictEqual(fs.statSync(f.path('lockstep.key')).mode & 0o777, 0o600);
	await nothingLeaked(f);
}));

test('each renewal uses the token of the last one', firm([...SMALL, '--token-seconds', 2], async (f, it) => {
	for (let i = 0; i < 4; i++) {
		await good(f);
		await sleep(2100); // each run finds it expired
	}
	const { refreshes, reuses } = await tokens(it);
	assert.ok(refreshes >= 4 && reuses === 0, `${refreshes} refreshes, ${reuses} reuses`);
	await nothingLeaked(f);
}));

test('an answer that is lost asks for a person', firm(SMALL, async (f, it) => {
	await it.post('rotate-drop');
	const done = await f.sync();
	assert.strictEqual(done.code, 5, done.err);
	assert.match(done.err, /lockstep connect practicepanther/);
	assert.strictEqual((await f.sync()).code, 5);
	const status = await f.lockstep('status');
	assert.match(status.out, /authorization required: lockstep connect/);
	await nothingLeaked(f);
}));

test('a dead refresh token is not tried again and again', firm(SMALL, async (f, it) => {
	await it.post('revoke?what=all');
	for (let i = 0; i < 3; i++) assert.strictEqual((await f.sync()).code, 5);
	assert.strictEqual((await it.log()).filter((e) => e.path === '/OAuth/Token').length, 1);
	await nothingLeaked(f);
}));

test('a refusal that passes does not kill the token', firm(SMALL, async (f, it) => {
	await it.post('plan', [{ match: { path_prefix: '/OAuth/Token', to: 2 }, fault: '503' }]);
	await good(f);
	await equalsTruth(f, it);
}));

test('a live token that is revoked costs one renewal', firm(SMALL, async (f, it) => {
	await good(f);
	await it.post('revoke?what=access');
	await good(f, '--full');
	assert.strictEqual((await tokens(it)).refreshes, 2);
	assert.strictEqual((await apiLog(it)).filter((e) => e.status === 401).length, 1);
	await equalsTruth(f, it);
	await nothingLeaked(f);
}));

// The first token request is held back, so that the other process meets it under way.
test('two processes renew it once', firm(SMALL, async (f, it) => {
	await f.lockstep('migrate');
	await it.post('plan', [{ match: { path_prefix: '/OAuth/Token' }, fault: 'delay', args: { delay_ms: 700 } }]);
	const both = await Promise.all([f.sync(), f.lockstep('check')]);
	assert.deepStrictEqual(both.map((done) => done.code), [0, 0], both.map((done) => done.err).join());
	const { refreshes, reuses } = await tokens(it);
	assert.deepStrictEqual([refreshes, reuses], [1, 0]);
}));

test('a token from standard input', firm(SMALL, async (f) => {
	assert.strictEqual((await f.sync()).code, 5);
	assert.strictEqual((await connect(f, '\n')).code, 2);
	assert.strictEqual((await connect(f, '')).code, 2);
	const done = await connect(f, 'sandbox-refresh-0\n');
	assert.strictEqual(done.code, 0, done.err);
	assert.match(done.out, /practicepanther is connected/);
	await good(f);
	await nothingLeaked(f);
}, { env: { PP_REFRESH_TOKEN: '' } }));

function freePort() {
	return new Promise((resolve) => {
		const server = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

async function browser(f) {
	f.env.PP_REFRESH_TOKEN = '';
	f.env.PP_REDIRECT_URI = `http://127.0.0.1:${await freePort()}/callback`;
	const child = f.begin(['connect']);
	const url = await until(() => (child.so_far.out.match(/^ +(http\S+)$/m) || [])[1], 'the page to open');
	return { child, url };
}

test('a person grants access in the browser', firm(SMALL, async (f, it) => {
	const { child, url } = await browser(f);
	assert.ok(!url.includes(SECRET));
	// What a browser also asks for changes nothing.
	const callback = new URL(f.env.PP_REDIRECT_URI);
	assert.strictEqual((await fetch(new URL('/favicon.ico', callback))).status, 404);
	const page = await fetch(url);
	assert.ok(page.ok, `${page.status}`);
	const done = await child.ended;
	assert.strictEqual(done.code, 0, done.err);
	await good(f);
	await equalsTruth(f, it);
	await nothingLeaked(f);
}));

test('an answer with another state is refused', firm(SMALL, async (f, it) => {
	const { child, url } = await browser(f);
	const away = await fetch(url, { redirect: 'manual' });
	const back = new URL(away.headers.get('location'));
	back.searchParams.set('state', 'another');
	assert.ok((await fetch(back)).status >= 400);
	child.kill('SIGINT');
	assert.notStrictEqual((await child.ended).code, 0);
	assert.strictEqual((await it.log()).filter((e) => e.path === '/OAuth/Token').length, 0);
}));

test('a person says no', firm(SMALL, async (f) => {
	const { child, url } = await browser(f);
	await fetch(url + '&sandbox_deny=1');
	const done = await child.ended;
	assert.strictEqual(done.code, 5, done.err);
	assert.match(done.err, /access_denied|denied/);
}));

test('a database is of no use without its key', firm(SMALL, async (f) => {
	await good(f);
	fs.renameSync(f.path('lockstep.key'), f.path('elsewhere'));
	const done = await f.sync();
	assert.notStrictEqual(done.code, 0);
	assert.match(done.err, /key/);
}, { plan: PLAN }));
