// SPDX-License-Identifier: Apache-2.0
// t_journal.js - the log, the judge of rates, the enforced limit, the clock, the command line.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { execFile } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { within, start } = require('./stand_in.js');

const SMALL = ['--contacts', 200, '--matters', 20, '--tasks', 5];
const STANDING = [...SMALL, '--clock', 'virtual'];
const PATH = '/api/v2/contacts?$top=2';

async function asks(it, n) {
	const all = [];
	for (let i = 0; i < n; i++) all.push(await it.ask(PATH));
	return all;
}

// The same question, answered by trying every window.
function fullest(times, ms) {
	return Math.max(0, ...times.map((from) => times.filter((t) => t >= from && t < from + ms).length));
}

test('the judge finds the fullest window', within(STANDING, async (it) => {
	const times = [];
	let now = 0;
	for (const [n, pause] of [[3, 100], [5, 199], [4, 1], [2, 98], [7, 300], [1, 1], [6, 2]]) {
		await asks(it, n);
		times.push(...Array(n).fill(now));
		await it.post('clock/advance', { seconds: pause });
		now += pause * 1000;
	}
	for (const seconds of [1, 2, 99, 100, 200, 300, 301, 5000]) {
		const { max, requests } = await it.admin('window?seconds=' + seconds);
		assert.strictEqual(max, fullest(times, seconds * 1000), `${seconds} s`);
		assert.strictEqual(requests, 28);
	}
	assert.strictEqual((await it.admin('window?seconds=5&clock=steady')).max, 28);
}));

test('only requests to the API count, all are told', within(STANDING, async (it) => {
	await asks(it, 3);
	await it.ask('/OAuth/Token');
	await it.admin('stats');
	const told = await it.admin('window');
	assert.deepStrictEqual([told.max, told.max_all, told.seconds], [3, 4, 300]);
	assert.strictEqual((await it.admin('window?path=/OAuth')).max, 1);
	assert.strictEqual((await it.admin('stats')).requests, 4);
}));

test('an enforced limit answers 429 until the window has moved on',
	within([...STANDING, '--rate-limit', '5/60'], async (it) => {
		const statuses = async (n) => (await asks(it, n)).map((a) => a.status).join(' ');
		assert.strictEqual(await statuses(3), '200 200 200');
		await it.post('clock/advance', { seconds: 20 });
		assert.strictEqual(await statuses(3), '200 200 429');
		await it.post('clock/advance', { ms: 39500 });
		const [refused] = await asks(it, 1);
		assert.strictEqual(refused.headers.get('retry-after'), '1');
		await it.post('clock/advance', { ms: 500 });
		assert.strictEqual(await statuses(4), '200 200 200 429');
		assert.strictEqual((await it.log())[6].retry_after, '1');
	}));

test('the log tells each request, to the file as to the asker', async () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stand-in-'));
	const file = path.join(folder, 'log.ndjson');
	const it = await start(...STANDING, '--log', file);
	try {
		const { text } = await it.ask(PATH);
		await it.ask('/api/v2/contacts?a="\\', { headers: { authorization: 'Bearer wrong' } });
		await it.ask(PATH, { headers: { 'x-sandbox-fault': '429;seconds=3' } });
		await assert.rejects(it.ask(PATH, { headers: { 'x-sandbox-fault': 'drop' } }));
		const log = await it.log();
		assert.deepStrictEqual(log.map((e) => [e.n, e.status, e.authorised, e.fault, e.retry_after]), [
			[1, 200, true, '', ''], [2, 401, false, '', ''], [3, 429, true, '429', '3'],
			[4, 0, true, 'drop', '']]);
		assert.strictEqual(log[0].bytes, Buffer.byteLength(text));
		assert.deepStrictEqual([log[0].method, log[0].path, log[0].query], ['GET', '/api/v2/contacts', '$top=2']);
		assert.strictEqual(log[0].at, '2026-11-01T00:00:00Z');
		assert.ok(log.every((e, i) => e.took_ms >= 0 && (i === 0 || e.t_ms >= log[i - 1].t_ms)));
		assert.strictEqual(fs.readFileSync(file, 'utf8'), (await it.ask('/sandbox/log')).text);
		await it.post('reset-log');
		assert.deepStrictEqual(await it.log(), []);
		await asks(it, 1);
		assert.strictEqual((await it.log())[0].n, 1);
	} finally {
		await it.stop();
		fs.rmSync(folder, { recursive: true });
	}
});

test('a standing clock moves when told, and Date with it', within(STANDING, async (it) => {
	const date = async () => (await it.ask(PATH)).headers.get('date');
	assert.strictEqual(await date(), 'Sun, 01 Nov 2026 00:00:00 GMT');
	assert.deepStrictEqual(await it.post('clock/advance', { seconds: 86461 }), { now: '2026-11-02T00:01:01Z' });
	assert.strictEqual(await date(), 'Mon, 02 Nov 2026 00:01:01 GMT');
	await assert.rejects(it.post('clock/advance', { seconds: -1 }), /400/);
}));

test('a real clock can be pushed ahead', within(SMALL, async (it) => {
	const ahead = async () => Date.parse((await it.ask(PATH)).headers.get('date')) - Date.now();
	assert.ok(Math.abs(await ahead()) < 60000);
	await it.post('clock/advance', { seconds: 7200 });
	assert.ok(Math.abs(await ahead() - 7200000) < 60000);
}));

test('SIGTERM ends it cleanly, even while somebody is held', async () => {
	for (const signal of ['SIGTERM', 'SIGINT']) {
		const it = await start(...SMALL);
		const held = it.raw(PATH, { headers: { 'x-sandbox-fault': 'hold' } });
		while ((await it.log()).length === 0);
		assert.strictEqual((await it.log())[0].took_ms, -1);
		assert.deepStrictEqual(await it.stop(signal), { code: 0, signal: null });
		assert.strictEqual((await held).all.length, 0);
	}
});

test('a held client that leaves is let go', within(SMALL, async (it) => {
	const leaving = new AbortController();
	const held = it.ask(PATH, { headers: { 'x-sandbox-fault': 'hold' }, signal: leaving.signal }).catch(() => undefined);
	while ((await it.log()).length === 0);
	leaving.abort();
	await held;
	while ((await it.log())[0].took_ms < 0);
	assert.strictEqual((await it.log())[0].status, 0);
}));

test('a plan file and modes can be given at the start', async () => {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'stand-in-'));
	const file = path.join(folder, 'plan.json');
	fs.writeFileSync(file, JSON.stringify({ rules: [{ match: { nth: 2 }, fault: '500' }], modes: { cap: 1 } }));
	const it = await start(...SMALL, '--plan', file, '--mode=top_max=50');
	assert.strictEqual((await it.get('/contacts')).length, 1);
	assert.strictEqual((await it.ask(PATH)).status, 500);
	assert.strictEqual((await it.ask('/api/v2/contacts?$top=51')).status, 400);
	await it.stop();
	fs.writeFileSync(file, '[{"fault":"sneeze"}]');
	await assert.rejects(start('--plan', file), /rule 1: there is no fault 'sneeze'/);
	fs.rmSync(folder, { recursive: true });
});

test('wrong options are named', async () => {
	for (const [args, words] of [[['--colour'], /no option '--colour'/], [['--port', 'x'], /--port needs a number/],
		[['--clock', 'cuckoo'], /virtual or real/], [['--rate-limit', '5'], /like 300\/300/],
		[['--mode', 'fly'], /no mode 'fly'/], [['--users', 0], /at least 1/], [['--seed'], /needs a value/]])
		await assert.rejects(start(...args), (e) => words.test(e.message) && e.code !== 0);
});

test('--help explains options, modes and faults, with examples', async () => {
	const text = await new Promise((resolve, reject) => execFile(process.argv[2], ['practicepanther', '--help'],
		(e, stdout) => (e ? reject(e) : resolve(stdout))));
	for (const word of ['--rate-limit N/SECONDS', 'duplicate_rows', 'gzip_bomb', 'Examples:', '/sandbox/mutate'])
		assert.ok(text.includes(word), word);
});
