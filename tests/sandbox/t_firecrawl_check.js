// SPDX-License-Identifier: Apache-2.0
// t_firecrawl_check.js - what the scraper refuses: keys, bodies, options, addresses, garbage.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { withinOf, startOf } = require('./stand_in.js');

const within = (args, work) =>
	withinOf('firecrawl', ['--clock', 'virtual', '--mode', 'no_limits', ...args], work);
const URL = 'https://gbpta.tenniscores.com/';

async function scrape(it, version, body, headers = {}) {
	const answer = await it.ask(`/v${version}/scrape`, { method: 'POST', headers,
		body: typeof body === 'string' ? body : JSON.stringify(body) });
	return { status: answer.status, json: JSON.parse(answer.text) };
}

async function refused(it, version, body, pattern) {
	const { status, json } = await scrape(it, version, body);
	assert.strictEqual(status, 400, JSON.stringify(body));
	assert.strictEqual(json.success, false);
	assert.strictEqual(json.error, 'Bad Request');
	assert.ok(Array.isArray(json.details) && json.details.length > 0);
	for (const d of json.details) assert.ok(d.code && Array.isArray(d.path) && d.message);
	assert.match(JSON.stringify(json.details), pattern);
}

async function accepted(it, version, body) {
	const { status, json } = await scrape(it, version, body);
	assert.strictEqual(status, 200, JSON.stringify([body, json]));
}

test('keys', within([], async (it) => {
	const ask = async (authorization) =>
		(({ status, json }) => [status, json.error])(await scrape(it, 2, { url: URL }, { authorization }));
	const bare = await fetch(it.url + '/v2/scrape', { method: 'POST', body: '{}' });
	assert.deepStrictEqual([bare.status, await bare.json()], [401, { success: false, error: 'Unauthorized' }]);
	assert.deepStrictEqual(await ask('Basic abc'), [401, 'Unauthorized: Token missing']);
	assert.deepStrictEqual(await ask('Bearer fc-nothing'), [401, 'Unauthorized: Invalid token']);
	assert.deepStrictEqual(await ask('Bearer 00000000-0000-4000-8000-000000000001'),
		[401, 'Unauthorized: Invalid token']);
	assert.deepStrictEqual(await ask('Bearer fc-00000000-0000-4000-8000-000000000002'),
		[401, 'Unauthorized: Invalid token']);
	assert.strictEqual((await it.ask('/v2/team/credit-usage', { headers: { authorization: 'Bearer x' } })).status,
		401);
}));

test('a key nobody knows is refused, in each version its own', within([], async (it) => {
	for (const version of [1, 2]) {
		await refused(it, version, { url: URL, whatever: 1 },
			new RegExp(`unrecognized_keys.*whatever.*review the v${version} API`));
		await accepted(it, version, { url: URL, onlyMainContent: false, mobile: false, blockAds: true,
			includeTags: ['div'], excludeTags: [], location: { country: 'US' }, origin: 'test' });
	}
	await refused(it, 1, { url: URL, minAge: 1 }, /minAge/);
	await refused(it, 1, { url: URL, parsers: [] }, /parsers/);
	await accepted(it, 2, { url: URL, minAge: 1, parsers: [] });
	for (const key of ['extract', 'jsonOptions', 'systemPrompt', 'temperature', 'parsePDF'])
		await refused(it, 2, { url: URL, [key]: {} }, new RegExp(key));
}));

test('formats and their options', within([], async (it) => {
	const schema = { type: 'object', properties: { a: { type: 'string' } } };
	await accepted(it, 1, { url: URL, formats: ['extract'], extract: { mode: 'llm', schema, systemPrompt: 's',
		prompt: 'p', temperature: 0 } });
	await accepted(it, 1, { url: URL, formats: ['json', 'rawHtml'], jsonOptions: { prompt: 'x' } });
	await refused(it, 1, { url: URL, formats: ['extract'] }, /and vice versa/);
	await refused(it, 1, { url: URL, extract: { schema } }, /and vice versa/);
	await refused(it, 1, { url: URL, formats: ['json'], extract: { schema } }, /and vice versa/);
	await refused(it, 1, { url: URL, formats: ['extract'], extract: { other: 1 } }, /other/);
	await refused(it, 1, { url: URL, formats: [{ type: 'json', schema }] }, /invalid_enum_value/);
	await refused(it, 1, { url: URL, formats: ['nothing'] }, /invalid_enum_value/);
	await accepted(it, 2, { url: URL, formats: [{ type: 'json', schema, prompt: 'p' }, 'rawHtml',
		{ type: 'markdown' }] });
	await refused(it, 2, { url: URL, formats: ['json'] }, /must be an object/);
	await refused(it, 2, { url: URL, formats: ['extract'] }, /invalid_enum_value/);
	await refused(it, 2, { url: URL, formats: [{ type: 'json', schema, mode: 'llm' }] }, /mode/);
	await refused(it, 2, { url: URL, formats: [7] }, /invalid_enum_value/);
	for (const bad of [{ type: 'thing' }, { type: 7 }, [], 'x', { properties: [] }, { required: 1 },
		{ type: 'object', properties: { a: { type: ['number', 'nil'] } } }, { type: [] }])
		await refused(it, 2, { url: URL, formats: [{ type: 'json', schema: bad }] }, /Invalid JSON schema\./);
	await accepted(it, 2, { url: URL, formats: [{ type: 'json',
		schema: { type: 'object', properties: { a: { type: ['number', 'null'] } } } }] });
	await refused(it, 2, { url: URL, formats: [{ type: 'json', prompt: 'x'.repeat(10001) }] }, /10000/);
	let deep = { type: 'object' };
	for (let i = 0; i < 60; i++) deep = { type: 'object', properties: { a: deep } };
	await refused(it, 2, { url: URL, formats: [{ type: 'json', schema: deep }] }, /Invalid JSON schema\./);
}));

test('timeouts and waits', within([], async (it) => {
	await accepted(it, 1, { url: URL, waitFor: 15000 });
	await refused(it, 1, { url: URL, waitFor: 15001 }, /waitFor must not exceed half of timeout/);
	await accepted(it, 1, { url: URL, waitFor: 60000, timeout: 120000 });
	await refused(it, 1, { url: URL, waitFor: 60001, timeout: 300000 }, /60000/);
	await accepted(it, 2, { url: URL, waitFor: 30000 });
	await refused(it, 2, { url: URL, waitFor: 30001 }, /half of timeout/);
	await refused(it, 2, { url: URL, timeout: 999 }, /1000/);
	await refused(it, 2, { url: URL, timeout: 300001 }, /300000/);
	await accepted(it, 2, { url: URL, timeout: 1000 });
	await refused(it, 2, { url: URL, maxAge: -1 }, /maxAge/);
	await refused(it, 1, { url: URL, timeout: '30000' }, /timeout/);
	await refused(it, 1, { url: URL, proxy: 'enhanced' }, /proxy/);
	await accepted(it, 2, { url: URL, proxy: 'enhanced' });
	// A page that takes a minute fits in 300 seconds, with the default it does not.
	const slow = (await it.admin('fixtures')).find((f) => f.name === 'slow_page');
	assert.strictEqual((await scrape(it, 2, { url: URL.slice(0, -1) + slow.path })).status, 408);
}));

test('addresses', within([], async (it) => {
	for (const good of [URL, 'gbpta.tenniscores.com', 'http://gbpta.tenniscores.com', 'HTTPS://GBPTA.TENNISCORES.COM/',
		' https://gbpta.tenniscores.com ', 'https://www.example.com/a?b#c'])
		await accepted(it, 2, { url: good });
	for (const bad of ['http://localhost:3002', 'https://gbpta', 'ftp://a.com/', 'https://127.0.0.1/', '',
		'https://.com', 'https://a.c', 'https://a b.com/', 'https://user@a.com/', 'javascript:1'])
		await refused(it, 2, { url: bad }, /url/);
	for (const bad of [{}, { url: 7 }, { url: null }, { url: [URL] }])
		await refused(it, 1, bad, /url/);
	// The query is kept as it is.
	const url = 'https://gbpta.tenniscores.com/?print&mod=x&all&p=nndz-AAAA%3D';
	assert.strictEqual((await scrape(it, 2, { url })).json.data.metadata.sourceURL, url);
}));

test('bodies that are no request', within([], async (it) => {
	for (const body of ['', '{', 'x', '{"url":', '\u0000', '{"url":"a"}}'])
		assert.deepStrictEqual(await scrape(it, 2, body), { status: 400, json: { success: false,
			code: 'BAD_REQUEST_INVALID_JSON', error: 'Bad request, malformed JSON' } });
	for (const body of ['[]', '7', 'null', '"x"'])
		await refused(it, 1, body, /Expected object/);
	await refused(it, 1, '{"url":"' + URL + '","a\\"b\\u0001":1}', /unrecognized_keys/);
	assert.strictEqual((await it.admin('credits')).months[0].spent, 0);
}));

test('garbage is refused and the stand-in lives on', within([], async (it) => {
	let seed = 7;
	const next = (n) => {
		seed = (seed * 48271) % 2147483647;
		return seed % n;
	};
	const good = JSON.stringify({ url: URL, formats: ['extract'], extract: { schema: { type: 'object',
		properties: { pti: { type: 'number' } } } }, timeout: 45000 });
	for (let i = 0; i < 400; i++) {
		const bytes = Buffer.from(good);
		for (let j = next(4); j >= 0; j--) bytes[next(bytes.length)] = next(256);
		const body = next(3) ? bytes : bytes.subarray(0, next(bytes.length));
		const answer = await it.ask('/v1/scrape', { method: 'POST', body });
		assert.ok([200, 400, 500].includes(answer.status), `${answer.status} ${body}`);
		JSON.parse(answer.text);
	}
}));

test('a key that was used is not used again', within([], async (it) => {
	const ask = (key) => scrape(it, 2, { url: URL }, { 'x-idempotency-key': key });
	assert.strictEqual((await ask('a')).status, 200);
	assert.deepStrictEqual(await ask('a'),
		{ status: 409, json: { success: false, error: 'Idempotency key already used' } });
	assert.strictEqual((await ask('b')).status, 200);
}));

test('extract is gone from the day on which it ends', within([], async (it) => {
	const ask = async (path, method) => (await it.ask(path, { method, body: method === 'POST' ? '{}' : undefined })).status;
	assert.strictEqual(await ask('/v1/extract', 'POST'), 403);
	await it.post('clock/advance', { to_unix: Date.parse('2026-12-10T14:59:59Z') / 1000 });
	assert.strictEqual(await ask('/v1/extract', 'POST'), 403);
	await it.post('clock/advance', { seconds: 1 });
	assert.strictEqual(await ask('/v1/extract', 'POST'), 410);
	assert.strictEqual(await ask('/v2/extract', 'POST'), 410);
	assert.strictEqual(await ask('/v1/extract/some-id', 'GET'), 410);
}));

test('other paths and options', within([], async (it) => {
	for (const path of ['/', '/v0/scrape', '/v3/scrape', '/v1', '/v2/', '/v2/nothing', '/v1/crawl', '/v1x/scrape'])
		assert.strictEqual((await it.ask(path, { method: 'POST', body: '{}' })).status, 404, path);
	assert.strictEqual((await it.ask('/v2/scrape')).status, 404);
	for (const args of [['--tier', 'gold'], ['--leagues', 0], ['--nothing']])
		await assert.rejects(startOf('firecrawl', ...args), { code: 2 });
}));
