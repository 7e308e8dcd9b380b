// SPDX-License-Identifier: Apache-2.0
// t_faults.js - every fault, as it shows on the wire, and when a plan lets it happen.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const zlib = require('node:zlib');
const { within } = require('./stand_in.js');

// Plain data is ASCII, so that characters are bytes.
const SMALL = ['--contacts', 300, '--matters', 5, '--tasks', 5, '--clock', 'virtual', '--plain', '--no-gzip'];
const PATH = '/api/v2/contacts?$top=100&$skip=100';
const json = (answer) => JSON.parse(answer.body.toString());
// Without printing either when they differ.
const same = (a, b) => assert.ok(a.toString() === b.toString(), 'not the same text');
const status = (n) => (a) => assert.strictEqual(a.status, n);

function throttled(form) {
	return (a) => {
		assert.strictEqual(a.status, 429);
		if (form === undefined) assert.ok(!('retry-after' in a.headers));
		else assert.match(a.headers['retry-after'], form);
	};
}

function exactly(text) {
	return (a) => {
		assert.strictEqual(a.status, 200);
		assert.strictEqual(a.body.toString(), text);
	};
}

function half(error) {
	return (a, good) => {
		assert.strictEqual(a.status, 200);
		assert.strictEqual(Number(a.headers['content-length']), good.length);
		same(a.body, good.slice(0, a.body.length));
		assert.ok(a.body.length < good.length);
		assert.strictEqual(a.error, error);
	};
}

function noAnswer(a) {
	assert.strictEqual(a.all.length, 0);
	assert.strictEqual(a.error, 'ECONNRESET');
}

function redirect(test) {
	return (a, good, it) => {
		assert.strictEqual(a.status, 302);
		test(a.headers.location, it);
	};
}

// Name of a fault (with arguments): what must be true of the answer.
const FAULTS = {
	401: (a) => assert.deepStrictEqual([a.status, json(a)],
		[401, { message: 'Authorization has been denied for this request.' }]),
	invalid_grant: (a) => assert.deepStrictEqual([a.status, json(a)], [400, { error: 'invalid_grant' }]),
	invalid_client: (a) => assert.deepStrictEqual([a.status, json(a)], [400, { error: 'invalid_client' }]),
	400: (a) => assert.ok(a.status === 400 && json(a).modelState),
	403: status(403),
	404: status(404),
	'429;seconds=12': throttled(/^12$/),
	'429_date;seconds=90': throttled(/^Sun, 01 Nov 2026 00:01:30 GMT$/),
	'429_fraction': throttled(/^0\.493$/),
	'429_bare': throttled(undefined),
	500: (a) => assert.ok(a.status === 500 && json(a).message),
	502: (a) => assert.ok(a.status === 502 && a.headers['content-type'] === 'text/html'),
	503: (a) => assert.deepStrictEqual([a.status, a.body.length], [503, 0]),
	'status;status=451': status(451),
	object: (a) => assert.ok(a.status === 200 && !Array.isArray(json(a))),
	empty: exactly(''),
	null: exactly('null'),
	empty_list: exactly('[]'),
	scalars: exactly('[null,1,"two",[3],{}]'),
	html: (a) => assert.deepStrictEqual([a.status, a.headers['content-type']], [200, 'text/html']),
	two_values: exactly('[][]'),
	deep: (a) => assert.ok(a.status === 200 && a.body.toString().startsWith('['.repeat(200000))),
	'oversized;bytes=3000000': (a) => assert.ok(a.body.length > 3000000 && json(a).length === 0),
	'gzip_bomb;bytes=9000000': (a) => {
		assert.strictEqual(a.headers['content-encoding'], 'gzip');
		assert.ok(a.body.length < 100000 && zlib.gunzipSync(a.body).length > 9000000);
	},
	garbage: (a) => assert.throws(() => json(a)),
	noise: (a) => assert.ok(a.status === 0 && a.all.length > 0),
	redirect_same: redirect((to) => assert.strictEqual(to, '/api/v2/contacts?$top=100&$skip=100&sandbox_redirected=1')),
	redirect_host: redirect((to, it) => assert.ok(to.startsWith(`http://localhost:${it.port}/api/v2/contacts?`))),
	'redirect_host;location=http://10.0.0.1/x': redirect((to) => assert.strictEqual(to, 'http://10.0.0.1/x')),
	redirect_loop: redirect((to) => assert.ok(to.includes('sandbox_fault=redirect_loop'))),
	refuse: noAnswer,
	drop: noAnswer,
	reset: half('ECONNRESET'),
	cut: half(null),
	truncated_json: (a, good) => {
		assert.strictEqual(Number(a.headers['content-length']), a.body.length);
		same(a.body, good.slice(0, a.body.length));
		assert.throws(() => json(a));
	},
	bad_utf8: (a) => {
		assert.strictEqual(a.status, 200);
		assert.throws(() => new TextDecoder('utf-8', { fatal: true }).decode(a.body));
	},
	gzip: (a, good) => same(zlib.gunzipSync(a.body), good),
	gzip_broken: (a) => {
		assert.strictEqual(a.headers['content-encoding'], 'gzip');
		assert.throws(() => zlib.gunzipSync(a.body));
	},
	'drip;bytes=2000;every_ms=5': (a, good) => {
		same(a.body, good);
		assert.ok(a.pieces >= 4, `${a.pieces} pieces`);
	},
	'delay;delay_ms=20': (a, good) => same(a.body, good),
	'late;delay_ms=20': (a, good) => same(a.body, good),
	hold: (a, good) => same(a.body, good),
	overdue: (a, good) => same(a.body, good),
};

// What is held waits until the plan is another.
async function released(it, before) {
	while ((await it.log()).length === before);
	assert.strictEqual((await it.log())[before].took_ms, -1);
	await it.post('plan', []);
}

for (const [wish, check] of Object.entries(FAULTS)) {
	test(`fault ${wish}`, within(SMALL, async (it) => {
		const name = wish.split(';')[0];
		const good = (await it.ask(PATH)).text;
		const asked = async (path, options) => {
			const before = (await it.log()).length, answer = it.raw(path, options);
			if (['hold', 'overdue'].includes(name)) await released(it, before);
			return answer;
		};
		check(await asked(PATH, { headers: { 'x-sandbox-fault': wish } }), good, it);
		check(await asked(`${PATH}&sandbox_fault=${encodeURIComponent(wish)}`), good, it);
		const entries = await it.log();
		assert.strictEqual(entries[1].fault, name);
		assert.strictEqual(entries[1].authorised, true);
	}));
}

test('no fault is without a test', within(SMALL, async (it) => {
	const names = (await it.ask('/sandbox/faults')).text.split('\n').filter(Boolean).map((l) => l.trim().split(' ')[0]);
	const tested = new Set(Object.keys(FAULTS).map((wish) => wish.split(';')[0]));
	assert.deepStrictEqual(names.filter((n) => !tested.has(n)), []);
	assert.ok(names.length >= 30);
}));

test('a followed redirect arrives, and shows who followed', within(SMALL, async (it) => {
	const { headers } = await it.ask(PATH, { headers: { 'x-sandbox-fault': 'redirect_same' } });
	const again = await it.ask(headers.get('location'), { headers: { 'x-sandbox-fault': 'redirect_same' } });
	assert.strictEqual(again.status, 200);
	same(again.text, (await it.ask(PATH)).text);
	assert.strictEqual((await it.log())[0].host, `127.0.0.1:${it.port}`);
}));

test('unknown faults and arguments are refused', within(SMALL, async (it) => {
	for (const wish of ['sneeze', '429;colour=7', '429;seconds=x', 'oversized;bytes=99999999999'])
		assert.strictEqual((await it.ask(PATH, { headers: { 'x-sandbox-fault': wish } })).status, 400);
}));

async function statuses(it, rules, n, path = PATH) {
	await it.post('plan', rules);
	const all = [];
	for (let i = 0; i < n; i++) all.push((await it.ask(path)).status);
	await it.post('plan', []);
	return all.join(' ');
}

test('rules count the requests they match', within(SMALL, async (it) => {
	const rule = (match, fault = '503', args = undefined) => [{ match, fault, ...(args && { args }) }];
	assert.strictEqual(await statuses(it, rule({ nth: 2 }), 4), '200 503 200 200');
	assert.strictEqual(await statuses(it, rule({ every: 2 }), 4), '200 503 200 503');
	assert.strictEqual(await statuses(it, rule({ from: 2, to: 3 }), 4), '200 503 503 200');
	assert.strictEqual(await statuses(it, rule({ path_prefix: '/api/v2/matters' }), 2), '200 200');
	assert.strictEqual(await statuses(it, rule({ path_prefix: '/api/v2/contacts', method: 'GET' }), 1), '503');
	assert.strictEqual(await statuses(it, rule({ query: 'skip=100' }), 1), '503');
	assert.strictEqual(await statuses(it, rule({}, 'status', { status: 499 }), 1), '499');
	const odds = rule({ probability: 0.5, seed: 3 });
	const chance = await statuses(it, odds, 40);
	const hits = chance.split('503').length - 1;
	assert.ok(hits > 8 && hits < 32);
	assert.strictEqual(await statuses(it, odds, 40), chance);
}));

test('a bad plan is refused and changes nothing', within(SMALL, async (it) => {
	await it.post('plan', [{ match: {}, fault: '503' }]);
	for (const plan of [[{ fault: 'sneeze' }], [{ match: { nht: 1 }, fault: '503' }], [{}], { rules: {} },
		{ modes: { fly: 1 } }, { mutations: [{ collection: 'cats' }] }, [{ fault: '429', args: { x: 1 } }]])
		await assert.rejects(it.post('plan', plan), /400/);
	assert.strictEqual((await it.ask(PATH)).status, 503);
}));

test('bodies are compressed for those who ask', within(SMALL.slice(0, -1), async (it) => {
	const plain = await it.raw(PATH, { headers: { 'accept-encoding': 'identity' } });
	const packed = await it.raw(PATH, { headers: { 'accept-encoding': 'gzip, deflate' } });
	assert.ok(!('content-encoding' in plain.headers));
	assert.strictEqual(packed.headers['content-encoding'], 'gzip');
	same(zlib.gunzipSync(packed.body), plain.body);
}));
