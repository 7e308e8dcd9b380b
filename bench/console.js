// SPDX-License-Identifier: Apache-2.0
// console.js - how soon the console shows something, how soon it answers a hand, and whether it grows.
//
//     node bench/console.js [sqlite]                       after make build
//     tests/with_postgres node bench/console.js postgres
//
// Headless Chromium beside the real server, over loopback, in a firm with so many runs behind it:
//
//   BENCH_CONSOLE_RUNS    runs in the database (default 100000)
//   BENCH_CONSOLE_ROUNDS  first views of each page, each in a browser context of its own (default 15)
//   BENCH_CONSOLE_ROWS    rows in the list that is worked with (default 10000)
//   BENCH_CONSOLE_BURSTS  syncs and cycles of the week that is streamed (default 1100)
//   BENCH_BUILD           the folder below build/ (default release)
//
// Numbers are medians with the worst beside them; times are never judged.
'use strict';

const http = require('node:http');
const os = require('node:os');
const path = require('node:path');

const TOP = path.dirname(__dirname);
const BUILD = path.join(TOP, 'build', process.env.BENCH_BUILD || 'release');
const STORE = process.argv[2] || 'sqlite';
process.argv = [...process.argv.slice(0, 2), path.join(BUILD, 'sandbox/lockstep-sandbox'), path.join(BUILD, 'lockstep'), STORE];

const { browsing } = require('../tests/console/browser.js');
const { three } = require('../tests/console/three.js');
const { pages, nameOf } = require('../tests/console/registry.js');
const { weight } = require('../tests/console/weight.js');

const number = (name, otherwise) => Number(process.env[`BENCH_CONSOLE_${name}`] || otherwise);
const RUNS = number('RUNS', 100000), ROUNDS = number('ROUNDS', 15), ROWS = number('ROWS', 10000), BURSTS = number('BURSTS', 1100);
const HINTS_EACH = 20;
// What is looked at first; those of them that there are.
const FIRST = ['/', '/connections', '/runs', '/jobs', '/schedules', '/practicepanther', '/game-platform', '/audit'];
// What the browser and the machine need for a page without a program.
const FLOOR = '/livez';
// Lists, and what answers them: the first that there is becomes the long one.
const LISTS = [['/runs', /\/api\/(runs|sync\/logs)\b/], ['/jobs', /\/api\/jobs\b/], ['/audit', /\/api\/audit\b/]];
// The pages that hear a week.
const WATCHED = ['/', '/runs'];
// Timers of the page run so much faster while a week goes by, and a burst comes so often.  The first of them fill
// what a browser keeps of its own about requests (250 of them).
const WARP = 10, BURST_EVERY_MS = 110, WARM_BURSTS = 300;

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const worst = (list) => Math.max(...list);
const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const ms = (list) => (list.length ? `${median(list).toFixed(0)} ms, worst ${worst(list).toFixed(0)}` : 'none');

function print(title, rows) {
	const wide = rows[0].map((_, i) => Math.max(...rows.map((r) => r[i].length)));
	console.log(`\n${title}`);
	for (const r of rows) console.log(`  ${r.map((cell, i) => cell.padEnd(wide[i])).join('  ').trimEnd()}`);
}

// ---- what comes over the wire ----

function fetched(url, coding) {
	return new Promise((resolve, reject) => http.get(url, { headers: { 'accept-encoding': coding, accept: 'text/html,*/*' } }, (answer) => {
		const parts = [];
		answer.on('data', (p) => parts.push(p));
		answer.on('end', () => resolve(Buffer.concat(parts)));
	}).on('error', reject));
}

async function sizes(s) {
	const page = (await fetched(`${s.url}/`, 'identity')).toString();
	const files = [...new Set([...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1]))];
	const groups = [['page', ['/']], ['scripts', files.filter((f) => f.endsWith('.js'))], ['style', files.filter((f) => f.endsWith('.css'))],
		['PTI card for other sites', ['/embed/sync-link-card.js']]];
	const rows = [['first view', 'files', 'gzip', 'brotli', 'plain']];
	for (const [name, list] of groups) {
		const sum = {};
		for (const coding of ['gzip', 'br', 'identity']) {
			const all = await Promise.all(list.map((f) => fetched(s.url + f, coding)));
			sum[coding] = all.reduce((n, b) => n + b.length, 0);
		}
		rows.push([name, String(list.length), kib(sum.gzip), kib(sum.br), kib(sum.identity)]);
	}
	print('What comes over the wire', rows);
}

// ---- the first view ----

// When something was painted first, and when what was asked of the server stood there.
const WATCH = () => {
	window.shownAt = 0;
	const look = () => {
		if (document.querySelector('main [data-key], main .figure, main .card') && !document.querySelector('main .waiting')) window.shownAt = performance.now();
		else requestAnimationFrame(look);
	};
	addEventListener('DOMContentLoaded', look);
};

// `plain`: nothing will be asked for.
async function firstView(b, page, plain = false) {
	const v = await b.visit('admin');
	await v.page.addInitScript(WATCH);
	await v.go(page);
	await v.page.waitForFunction((p) => (p || window.shownAt > 0) && performance.getEntriesByName('first-contentful-paint').length > 0, plain);
	const got = await v.page.evaluate(() => ({ paint: performance.getEntriesByName('first-contentful-paint')[0].startTime, shown: window.shownAt }));
	await v.leave();
	return got;
}

async function firstViews(b, rows) {
	const table = [['page', 'first contentful paint', 'data shown']];
	const floor = [];
	for (let i = 0; i < ROUNDS; i++) floor.push((await firstView(b, FLOOR, true)).paint);
	table.push([`${FLOOR}, a line of text`, ms(floor), '']);
	for (const page of FIRST.filter((p) => rows.some((r) => r.path === p))) {
		const all = [];
		await firstView(b, page); // the server's and the browser's own first time
		for (let i = 0; i < ROUNDS; i++) all.push(await firstView(b, page));
		table.push([page, ms(all.map((a) => a.paint)), ms(all.map((a) => a.shown))]);
	}
	print(`First view, ${RUNS.toLocaleString('en')} runs in the database, nothing in the browser's cache`, table);
}

// ---- a long list ----

// The server's own answer, with its rows repeated until there are ROWS.
function lengthen(body) {
	const [name, items] = Object.entries(body).find(([, v]) => Array.isArray(v) && v.length > 0);
	const key = ['id', 'seq', 'number', 'name'].find((k) => items[0][k] !== undefined);
	const all = Array.from({ length: ROWS }, (_, i) => ({ ...items[i % items.length],
		[key]: typeof items[0][key] === 'number' ? i + 1 : `${i}-${items[i % items.length][key]}` }));
	return { ...body, [name]: all, total: ROWS };
}

// From an input to the paint that shows what came of it, as the browser itself measures it.
const MEASURE = () => {
	window.inputs = [];
	new PerformanceObserver((list) => {
		for (const e of list.getEntries()) if (e.interactionId) window.inputs.push([e.name, e.duration]);
	}).observe({ type: 'event', durationThreshold: 16, buffered: true });
};

// The next paint but one: what was scrolled to is there.
const SCROLL = (part) => {
	const box = document.querySelector('main .table');
	const began = performance.now();
	box.scrollTop = box.scrollHeight * part;
	return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began))));
};

async function measured(page, times, what) {
	const seen = [];
	for (let i = 0; i < times; i++) {
		await page.evaluate(() => { window.inputs.length = 0; });
		const began = await what(i);
		if (began === false) return [];
		await page.waitForTimeout(120);
		const all = await page.evaluate(() => window.inputs.map(([, d]) => d));
		seen.push(all.length ? worst(all) : 16); // shorter is not told
	}
	return seen;
}

async function longList(b, rows) {
	const [page, api] = LISTS.find(([p]) => rows.some((r) => r.path === p)) || [];
	if (!page) return;
	const v = await b.visit('admin');
	await v.page.addInitScript(MEASURE);
	await v.page.route(api, async (route) => {
		const answer = await route.fetch();
		const body = await answer.json();
		const long = Object.values(body).some((x) => Array.isArray(x) && x.length) ? lengthen(body) : body;
		await route.fulfill({ response: answer, json: long });
	});
	await v.go(page);
	await v.page.locator('main .table.windowed [data-key]').first().waitFor();
	await v.page.waitForTimeout(500);
	const table = [['interaction', 'from the input to its paint']];
	const add = (name, list) => table.push([name, ms(list)]);
	const scrolls = [];
	for (let i = 1; i <= 20; i++) scrolls.push(await v.page.evaluate(SCROLL, i / 20));
	add('scroll anywhere', scrolls);
	await v.page.evaluate(SCROLL, 0);
	add('next row (j)', await measured(v.page, 20, () => v.page.keyboard.press('j')));
	const box = v.page.locator('main .table [data-key] .choose input');
	if (await box.count()) {
		add('choose a row', await measured(v.page, 10, (i) => box.nth(i).click()));
		add('choose all rows', await measured(v.page, 6, () => v.page.locator('main .table thead .choose input').click()));
	}
	const sort = v.page.locator('main .table thead button.sort').first();
	if (await sort.count()) add('sort', await measured(v.page, 6, () => sort.click()));
	add('command palette', await measured(v.page, 6, (i) => v.page.keyboard.press(i % 2 ? 'Escape' : 'Control+k')));
	add('open another page', await measured(v.page, 6, async (i) => (i % 2 ? v.page.goBack() : v.page.locator('#nav a').first().click())));
	print(`A list of ${ROWS.toLocaleString('en')} rows (${page}); what took less than 16 ms counts as 16`, table);
	await v.page.unrouteAll({ behavior: 'ignoreErrors' });
	await v.leave();
}

// ---- a week ----

// The server behind it, but for the stream of hints, which is ours.
async function relay(s) {
	const at = new URL(s.url);
	const streams = new Set();
	const server = http.createServer((req, res) => {
		if (req.url === '/api/events') {
			res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
			res.write('retry: 3000\n\n');
			streams.add(res);
			res.on('close', () => streams.delete(res));
			return;
		}
		const there = http.request({ host: at.hostname, port: at.port, path: req.url, method: req.method, headers: req.headers }, (back) => {
			res.writeHead(back.statusCode, back.headers);
			back.pipe(res);
		});
		there.on('error', () => res.destroy());
		req.pipe(there);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { url: `http://127.0.0.1:${server.address().port}`, streams, close: () => { server.closeAllConnections(); server.close(); } };
}

// What a sync publishes: its job and run as they go on, and its progress.
function burst(id) {
	const run = `70000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
	const kinds = ['job', 'run', ...Array(HINTS_EACH - 5).fill('progress'), 'run', 'job', 'schedule'];
	return kinds.map((kind, i) => `id: ${id * HINTS_EACH + i}\nevent: ${kind}\ndata: ${JSON.stringify({ id: run, run, connection: 'practicepanther',
		stream: 'contacts', records: i * 100 })}\n\n`).join('');
}

const FASTER = (warp) => {
	const now = performance.now.bind(performance), later = setTimeout, every = setInterval;
	performance.now = () => now() * warp;
	window.setTimeout = (f, wait, ...a) => later(f, wait / warp, ...a);
	window.setInterval = (f, wait, ...a) => every(f, wait / warp, ...a);
};

// A page that hears all of it.
async function listener(b, wire, page) {
	const v = await b.visit('admin');
	const one = { v, page, asked: 0, cdp: await v.context.newCDPSession(v.page) };
	v.page.on('request', (r) => { one.asked += /\/api\//.test(r.url()); });
	await v.page.addInitScript(FASTER, WARP);
	await v.page.goto(wire.url + page);
	await v.page.locator('main [data-key], main .card').first().waitFor();
	return one;
}

async function weigh(all, when) {
	for (const one of all) one[when] = await weight(one.cdp);
}

async function week(b, s, rows) {
	const wire = await relay(s);
	const all = [];
	try {
		for (const page of WATCHED.filter((p) => rows.some((r) => r.path === p))) all.push(await listener(b, wire, page));
		for (let i = 0; i < WARM_BURSTS + BURSTS; i++) {
			if (i === WARM_BURSTS) {
				await weigh(all, 'before');
				for (const one of all) one.asked = 0;
			}
			for (const stream of wire.streams) stream.write(burst(i));
			await new Promise((resolve) => setTimeout(resolve, BURST_EVERY_MS));
		}
		await weigh(all, 'after');
		for (const one of all) await one.v.leave();
	} finally {
		wire.close();
	}
	const table = [['page', 'hints', 'asked again', 'heap before', 'after', 'objects before', 'after', 'nodes before', 'after',
		'listeners before', 'after']];
	for (const { page, asked, before, after } of all)
		table.push([page, String(BURSTS * HINTS_EACH), String(asked), kib(before.heap), kib(after.heap),
			...['objects', 'nodes', 'listeners'].flatMap((what) => [String(before[what]), String(after[what])])]);
	print(`A week: ${BURSTS} syncs and cycles, streamed; weighed after garbage was collected`, table);
}

three(async (it) => {
	const rows = await pages();
	console.log(`console bench: ${STORE}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}, pages ${rows.map(nameOf).join(' ')}`);
	await browsing(it.s, async (b) => {
		await sizes(it.s);
		await firstViews(b, rows);
		await longList(b, rows);
		await week(b, it.s, rows);
	});
}, { runs: RUNS }).catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
