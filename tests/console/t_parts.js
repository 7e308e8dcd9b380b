// SPDX-License-Identifier: Apache-2.0
// t_parts.js - what of the console needs no browser: how numbers and times are told, which page an
// address is, what the palette finds, what an address with filters becomes.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const path = require('node:path');
const { createRequire } = require('node:module');

const WEB = path.resolve(__dirname, '../../web');
const fromWeb = createRequire(path.join(WEB, 'package.json'));

// A module of the console, bundled as the console is, with as much of a browser as it asks for.
async function load(file) {
	globalThis.location = { pathname: '/', search: '', origin: 'http://here' };
	globalThis.history = { pushState: () => undefined, replaceState: () => undefined };
	globalThis.document = { addEventListener: () => undefined, visibilityState: 'visible' };
	globalThis.addEventListener = () => undefined;
	// The console's clock never ends, and so would this.
	globalThis.setInterval = () => 0;
	const made = await fromWeb('esbuild').build({ entryPoints: [path.join(WEB, 'src', file)], bundle: true, write: false,
		format: 'esm', jsx: 'automatic', jsxImportSource: 'preact', absWorkingDir: WEB, loader: { '.css': 'empty' } });
	return import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].contents).toString('base64')}`);
}

test('numbers and times', async () => {
	const f = await load('parts/format.ts');
	assert.deepStrictEqual([f.count(1234567), f.count(0), f.count(null), f.short(12345)], ['1,234,567', '0', '–', '12.3K']);
	assert.deepStrictEqual([f.percent(0.975), f.percent(1), f.percent(NaN), f.percent(0.12345, 2)], ['97.5 %', '100 %', '–', '12.35 %']);
	assert.deepStrictEqual([f.bytes(0), f.bytes(999), f.bytes(1500), f.bytes(250e6), f.bytes(undefined)],
		['0 B', '999 B', '1.5 kB', '250 MB', '–']);
	assert.deepStrictEqual([0, 850, 9400, 59400, 60000, 185000, 7800000, 356400000, -5].map(f.duration),
		['0 ms', '850 ms', '9.4 s', '59 s', '1 min', '3 min 5 s', '2 h 10 min', '4 d 3 h', '0 ms']);
	const now = Date.UTC(2026, 10, 26, 12);
	assert.deepStrictEqual([0, -30e3, 300e3, -7200e3, -3 * 86400e3].map((d) => f.relative(now + d, now)),
		['just now', '30 s ago', 'in 5 min', '2 h ago', '3 d ago']);
	assert.deepStrictEqual([f.timeOf('2026-11-26T12:00:00Z'), f.timeOf('nonsense'), f.timeOf(null)], [now, null, null]);
	assert.deepStrictEqual([f.plural(1, 'job'), f.plural(1200, 'job'), f.plural(0, 'entry', 'entries')], ['1 job', '1,200 jobs', '0 entries']);
	assert.strictEqual(f.words('game_platform_sync'), 'Game platform sync');
});

test('addresses', async () => {
	const r = await load('app/router.ts');
	assert.deepStrictEqual(r.match('/connections/:name', '/connections/a%2Fb'), { name: 'a/b' });
	assert.deepStrictEqual(r.match('/connections/:name', '/connections/x/'), { name: 'x' });
	assert.strictEqual(r.match('/connections/:name', '/connections'), null);
	assert.strictEqual(r.match('/connections/:name', '/connections/%E0%A4%A'), null);
	assert.deepStrictEqual(r.match('/', '/'), {});
	assert.strictEqual(r.addressWith({ status: 'failed', page: '', q: 'a&b=c' }), '/?status=failed&q=a%26b%3Dc');
	const api = await load('data/api.ts');
	assert.strictEqual(api.withQuery('/api/jobs', { status: '', page: 2, x: null, on: false }), '/api/jobs?page=2&on=false');
	assert.strictEqual(api.at`/api/runs/${'a/b?c'}/undo`, '/api/runs/a%2Fb%3Fc/undo');
});

test('what the palette finds', async () => {
	const { rank } = await load('app/commands.ts');
	const one = { id: '', label: 'Rate budgets', kind: 'Page', icon: '' };
	assert.ok(rank(one, 'budg') >= 0 && rank(one, 'page rate') >= 0);
	assert.ok(rank(one, 'rate') < rank(one, 'udget'), 'the beginning of a word counts more');
	assert.strictEqual(rank(one, 'jobs'), -1);
});

test('every page has a place of its own', async () => {
	const { pages } = await load('app/pages.ts');
	const once = (list, what) => assert.strictEqual(new Set(list).size, list.length, `${what}: ${list}`);
	once(pages.map((p) => p.path), 'paths');
	once(pages.filter((p) => p.keys).map((p) => p.keys), 'letters');
	once(pages.filter((p) => p.nav).map((p) => `${p.nav.group} ${p.nav.order}`), 'places');
});

test('problems', async () => {
	const { Problem, remedyOf, problemOf } = await load('data/problem.ts');
	const p = new Problem(429, { detail: 'Too often', errors: [{ pointer: '/a', detail: 'b' }, 7] }, 12);
	assert.deepStrictEqual([p.message, remedyOf(p), p.errors.length], ['Too often', 'Wait 12 s and try again.', 2]);
	assert.strictEqual(remedyOf(new Problem(409, { code: 'sync_running', job: '211' }, null)), 'Wait for job 211, or cancel it first.');
	assert.deepStrictEqual(new Problem(400, { errors: [{ parameter: 'status', detail: 'b' }] }, null).errors, [{ pointer: 'status', detail: 'b' }]);
	assert.strictEqual(new Problem(500, {}, null).message, 'The server answered 500.');
	assert.strictEqual(problemOf(new Error('x')).status, 0);
});

// Every style sheet is in one file in the end: what one page calls a tile would be another's, too.
test('no class is laid out by two style sheets', () => {
	const fs = require('node:fs');
	const by = new Map();
	const sheets = fs.readdirSync(path.join(WEB, 'src'), { recursive: true }).filter((f) => f.endsWith('.css'));
	const twice = [];
	assert.ok(sheets.length > 4, `${sheets}`);
	for (const sheet of sheets) {
		const text = fs.readFileSync(path.join(WEB, 'src', sheet), 'utf8').replace(/\/\*.*?\*\//gs, '');
		// What a narrow screen or paper changes is nobody's own; so are lists of many selectors.
		const own = text.replace(/@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '');
		for (const [, name] of own.matchAll(/(?:^|\})\s*\.([a-z-]+)\s*\{/g)) {
			if (by.has(name) && by.get(name) !== sheet) twice.push(`${name}: ${by.get(name)}, ${sheet}`);
			by.set(name, sheet);
		}
	}
	assert.deepStrictEqual(twice, []);
});

test('a file for a spreadsheet holds no formula', async () => {
	const { csvText } = await load('parts/csv.ts');
	assert.strictEqual(csvText(['a', 'b'], [['=1', -1], ['a;=1', 'a\n@x'], ['\t+1', '\r\n'], ['a-b', 'a@b.example'], ['\uFF1D1', null]]),
		'a,b\r\n\'=1,-1\r\n"a;\'=1","a\n\'@x"\r\n"\'\t\'+1","\'\r\n"\r\na-b,a@b.example\r\n\'\uFF1D1,\r\n');
});
