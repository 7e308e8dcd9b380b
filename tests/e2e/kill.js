// SPDX-License-Identifier: Apache-2.0
// kill.js - the process ends at every system call; the next run makes good what is missing.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { execFileSync, execSync } = require('node:child_process');
const fs = require('node:fs');
const { Firm, firm, start, needs, run, sleep, until, apiLog, LOCKSTEP, STORE } = require('./firm.js');
const { equalsTruth } = require('./oracle.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql');

const TINY = ['--contacts', 12, '--matters', 8, '--tasks', 6, '--users', 2];
const KEYS = { users: 'pp_user_id', pp_accounts: 'pp_account_id', contacts: 'pp_contact_id',
	exchanges: 'pp_matter_id', tasks: 'pp_task_id' };
const COLLECTIONS = { users: 'users', pp_accounts: 'accounts', contacts: 'contacts', exchanges: 'matters',
	tasks: 'tasks' };
// Nine in ten calls are these two: all of them are tried with LOCKSTEP_KILL_EVERY=1 (suite slow).
const EVERY = Boolean(process.env.LOCKSTEP_KILL_EVERY);
const MANY = new Set(['pwrite64', 'openat']);
const CALLS = 'openat,write,pwrite64,fdatasync,fsync,sendto,recvfrom,unlink,ftruncate,rename,link,connect,fchmod';

// Asks the tables as a process that died left them: in a copy, so that no reader repairs the original.
function left_behind(f) {
	if (STORE !== 'sqlite') return (...questions) => f.ask(questions);
	const copy = f.path('copy.db');
	for (const end of ['', '-wal', '-journal']) {
		fs.rmSync(copy + end, { force: true });
		if (fs.existsSync(f.path('lockstep.db') + end)) fs.copyFileSync(f.path('lockstep.db') + end, copy + end);
	}
	fs.rmSync(copy + '-shm', { force: true });
	return (...questions) => f.ask(questions, copy);
}

const exists = (ask, table) => ask(STORE === 'sqlite'
	? `SELECT name FROM sqlite_master WHERE name = '${table}'`
	: `SELECT tablename FROM pg_tables WHERE tablename = '${table}'`)[0].length > 0;
const STATES = "SELECT stream, state FROM lockstep_state WHERE slice = ''";

// A cursor that moved says that every record up to it is here.  `fresh` are the records that this run had to bring.
async function cursorNotAhead(f, before, fresh) {
	if (STORE === 'sqlite' && !fs.existsSync(f.path('lockstep.db'))) return;
	const ask = left_behind(f);
	if (!exists(ask, 'lockstep_state')) return;
	const moved = ask(STATES)[0].map(({ stream, state }) => ({ stream, ...JSON.parse(state) }))
		.filter((s) => (!s.pass || s.pass.done === true) && s.cursor && s.cursor !== before[s.stream]);
	if (moved.length === 0) return;
	const rows = ask(...moved.map(({ stream }) => `SELECT ${KEYS[stream]} AS k, CAST(pp_data AS text) AS d FROM ${stream}`));
	moved.forEach(({ stream, cursor }, i) => {
		const here = new Map(rows[i].map((row) => [row.k, JSON.parse(row.d)]));
		for (const record of fresh[stream])
			assert.ok(!covers(cursor, record) || (here.has(record.id) && same(here.get(record.id), record)),
				`${stream}: the cursor is ahead of ${record.id}`);
	});
}

// A pass that was gone on with may be older than the last edits, and its cursor then is, too.
function covers(cursor, record) {
	if (STORE === 'sqlite') return true;
	return record.updated_at !== undefined && Date.parse(record.updated_at + 'Z') < Date.parse(cursor) - 1000;
}

const clean = (v) => JSON.parse(JSON.stringify(v).replace(/\\u0000/g, ''));
function same(a, b) {
	try {
		assert.deepStrictEqual(a, clean(b));
		return true;
	} catch {
		return false;
	}
}

function cursors(f) {
	return Object.fromEntries(left_behind(f)(STATES)[0].map((row) => [row.stream, JSON.parse(row.state).cursor]));
}

async function truth(it) {
	const all = {};
	for (const [table, name] of Object.entries(COLLECTIONS)) all[table] = await it.truth(name);
	return all;
}

// ---- SQLite: every system call ----

// A prepared folder: what a run begins with.
async function template(it, mutate) {
	const f = new Firm(it);
	assert.strictEqual((await f.lockstep('sync', '-q')).code, 0);
	// Long enough ago for the vendor's seconds to tell the two passes apart.
	await sleep(1100);
	await mutate();
	return f;
}

function copy(f, it) {
	const g = new Firm(it);
	for (const name of fs.readdirSync(f.folder)) fs.copyFileSync(f.path(name), g.path(name));
	g.env.LOCKSTEP_DATABASE = g.database;
	return g;
}

function strace(args) {
	return ['strace', '-f', '-qq', '-o', '/dev/null', ...args];
}

async function count(f, args) {
	const log = f.path('trace');
	const done = await run('strace', ['-f', '-qq', '-o', log, '-e', `trace=${CALLS}`, LOCKSTEP, ...args],
		{ cwd: f.folder, env: f.env });
	assert.strictEqual(done.code, 0, done.err);
	const names = fs.readFileSync(log, 'utf8').split('\n').map((line) => (line.match(/^\d+ +([a-z0-9]+)\(/) || [])[1]);
	const counts = {};
	for (const name of names) if (name) counts[name] = (counts[name] || 0) + 1;
	return counts;
}

async function killAt(f, it, args, call, n, known) {
	const child = f.begin(args, strace(['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${n}`]));
	const died = await child.ended;
	await cursorNotAhead(f, known.before, known.fresh);
	let again = await f.lockstep('sync', '-q', ...args.slice(2));
	// A token whose answer was lost with the process is gone for good: a person has to connect again.
	if (again.code === 5) {
		await f.lockstep('connect', '--token-stdin');
		again = { code: 5 };
	}
	return { died: died.signal === 'SIGKILL' || died.code === 137, code: again.code, err: again.err };
}

// Two at a time, as many as the machine has processors.
async function each(list, work) {
	let next = 0;
	const lane = async () => {
		while (next < list.length) await work(list[next++]);
	};
	await Promise.all([lane(), lane()]);
}

function ptraceWorks() {
	try {
		execFileSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=getpid:signal=KILL:when=9', 'true']);
		return true;
	} catch {
		return false;
	}
}

async function everyCall(it, begin, args) {
	const counts = await count(await begin.firm(), args);
	const places = Object.entries(counts).flatMap(([call, n]) => Array.from({ length: n }, (_, i) => [call, i + 1]))
		.filter(([call], i) => EVERY || !MANY.has(call) || i % 9 === begin.turn);
	let died = 0;
	await each(places, async ([call, n]) => {
		const f = await begin.firm();
		try {
			const end = await killAt(f, it, args, call, n, begin.known);
			died += end.died;
			assert.strictEqual(end.code, 0, `${call} number ${n}: ${end.err}`);
			await equalsTruth(f, it, begin.keep);
		} catch (e) {
			e.message = `killed at ${call} number ${n}: ${e.message}`;
			throw e;
		} finally {
			f.remove();
		}
	});
	console.log(`# ${places.length} places, ended at ${died} of them`);
	// Some calls come fewer times when the clock runs differently; nearly all must have been hit.
	assert.ok(died > places.length * 0.9, `${died} of ${places.length}`);
}

async function sqlite(mutation, args) {
	// A token that stays good, for a run whose refresh is interrupted has another test.
	const it = await start(...TINY, '--mode', 'keep_refresh_token');
	const prepared = await template(it, mutation ? () => mutation(it) : async () => {});
	try {
		const before = cursors(prepared), all = await truth(it);
		await everyCall(it, { firm: async () => copy(prepared, it), known: { before, fresh: all }, turn: args.length }, args);
	} finally {
		prepared.remove();
		await it.stop();
	}
}

async function edit(it) {
	for (const [collection, count] of [['accounts', 3], ['contacts', 4], ['matters', 3], ['tasks', 2]]) {
		await it.post('mutate', { collection, count });
		await it.post('mutate', { collection, op: 'add', count: 1 });
	}
}

if (STORE === 'sqlite') {
	needs('strace');
	const skip = ptraceWorks() ? false : 'this machine does not permit strace';
	if (skip) {
		console.log(`1..0 # SKIP ${skip}`);
		process.exit(77);
	}
	test('an incremental run killed at every system call', () => sqlite(edit, ['sync', '-q']));
	test('a full run killed at every system call', () => sqlite(edit, ['sync', '-q', '--full']));
	test('a first run killed at every system call', async () => {
		const it = await start(...TINY, '--mode', 'keep_refresh_token');
		try {
			await everyCall(it, { firm: async () => new Firm(it), known: { before: {}, fresh: await truth(it) }, turn: 0 },
				['sync', '-q']);
		} finally {
			await it.stop();
		}
	});
}

// ---- PostgreSQL: any moment ----

const KILLS = 40;
const MIDDLE = ['--contacts', 900, '--matters', 500, '--tasks', 300, '--mode', 'keep_refresh_token'];
const plan = { rules: [{ match: { path_prefix: '/api/' }, fault: 'delay', args: { delay_ms: 12 } }] };

// Small commits make more moments that matter.
const commits = (text) => text.replace(/^ {4}page_size: 100$/m, '    page_size: 50\n    batch_rows: 50');

if (STORE === 'postgres') {
	test('killed at any moment, forty times', firm(MIDDLE, async (f, it) => {
		f.budget(100000, 'PT5M');
		await it.post('plan', plan);
		f.write('lockstep.yaml', commits(fs.readFileSync(f.path('lockstep.yaml'), 'utf8')));
		let ended = 0, seed = 7;
		for (let i = 0; i < KILLS; i++) {
			const before = exists(left_behind(f), 'lockstep_state') ? cursors(f) : {};
			const fresh = await truth(it);
			const child = f.begin(['sync', '-q', ...(i % 3 ? [] : ['--full'])]);
			seed = (seed * 48271) % 2147483647;
			const timer = setTimeout(() => child.kill('SIGKILL'), seed % 700);
			const { signal, code, err } = await child.ended;
			clearTimeout(timer);
			ended += signal === 'SIGKILL';
			assert.ok(signal === 'SIGKILL' || code === 0, err);
			await cursorNotAhead(f, before, fresh);
			if (i % 8 === 7) await edit(it);
		}
		assert.ok(ended > KILLS / 2, `${ended} of ${KILLS}`);
		// The first may end a pass that began before the last edits; the second brings those.
		for (let i = 0; i < 2; i++) assert.strictEqual((await f.lockstep('sync', '-q')).code, 0);
		await equalsTruth(f, it);
	}));

	for (const how of ['immediate', 'fast'])
		test(`the server restarts (${how}) in the middle of a run`, firm(MIDDLE, async (f, it) => {
			const restart = process.env.LOCKSTEP_TEST_POSTGRES_RESTART.replace('-m immediate', `-m ${how}`);
			f.budget(100000, 'PT5M');
			await it.post('plan', plan);
			f.write('lockstep.yaml', commits(fs.readFileSync(f.path('lockstep.yaml'), 'utf8')));
			const child = f.begin(['sync', '-q']);
			await until(async () => (await apiLog(it, 'contacts')).length > 2, 'the run to be under way');
			execSync(restart, { stdio: 'ignore' });
			const first = await child.ended;
			if (first.code !== 0) {
				assert.ok([1, 6, 75].includes(first.code), `${first.code} ${first.err}`);
				const next = await f.lockstep('sync', '-q');
				assert.strictEqual(next.code, 0, next.err);
			}
			console.log(`# ${how}: the run itself ended with ${first.code}`);
			await equalsTruth(f, it);
		}));
}
