// SPDX-License-Identifier: Apache-2.0
// firm.js - a folder with a plan and a database of its own, beside a stand-in of the vendor.
'use strict';

const { spawn, execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { start } = require('../sandbox/stand_in.js');

const LOCKSTEP = path.resolve(process.argv[3]);
const STORE = process.argv[4] || 'sqlite';
const TOP = path.resolve(__dirname, '../..');
const CONNECTORS = path.join(TOP, 'connectors');
// Its full sync comes at one hour of every day: not in the middle of a test.
const HOUR = new Intl.DateTimeFormat('en', { timeZone: 'America/New_York', hour: 'numeric', hourCycle: 'h23' }).format();
const PLAN = fs.readFileSync(path.join(CONNECTORS, 'practicepanther.plan.yaml'), 'utf8')
	.replace('cron: "0 2 * * *"', `cron: "0 ${(Number(HOUR) + 12) % 24} * * *"`);
const SECRET = 'sandbox-secret';
const OUTPUT_MAX = 1 << 28;
const BETWEEN = 'the next answer';
let databases = 0;

// Ends the whole file as "skipped" where a program is missing.
function needs(...programs) {
	for (const program of programs) {
		try {
			execFileSync('sh', ['-c', `command -v ${program}`]);
		} catch {
			console.log(`1..0 # SKIP ${program} is not installed`);
			process.exit(77);
		}
	}
}

function run(program, args, options = {}) {
	return new Promise((resolve) => execFile(program, args, { maxBuffer: OUTPUT_MAX, ...options },
		(error, out, err) => resolve({ code: error ? error.code : 0, signal: error ? error.signal : null, out, err })));
}

function postgres(url, sql) {
	return execFileSync('psql', [url, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', sql],
		{ encoding: 'utf8', maxBuffer: OUTPUT_MAX });
}

// A database that nobody else uses, as a plan names it.
function database(folder) {
	const server = process.env.LOCKSTEP_TEST_POSTGRES;
	if (STORE === 'sqlite') return `sqlite:${path.join(folder, 'lockstep.db')}`;
	const name = `firm_${process.pid}_${databases++}`;
	postgres(server, `CREATE DATABASE ${name}`);
	return server.replace(/\/postgres\?/, `/${name}?`);
}

class Firm {
	constructor(it, env = {}, plan = PLAN) {
		this.it = it;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-e2e-'));
		this.database = database(this.folder);
		this.said = '';
		this.env = {
			PATH: process.env.PATH,
			HOME: this.folder,
			LOCKSTEP_DATABASE: this.database,
			LOCKSTEP_CONNECTORS: CONNECTORS,
			PP_CLIENT_ID: 'sandbox-client',
			PP_CLIENT_SECRET: SECRET,
			PP_REFRESH_TOKEN: 'sandbox-refresh-0',
			PP_BASE_URL: it ? it.url + '/api/v2' : undefined,
			PP_TOKEN_URL: it ? it.url + '/OAuth/Token' : undefined,
			PP_AUTHORIZE_URL: it ? it.url + '/OAuth/Authorize' : undefined,
			PP_ALLOW_HTTP: 'true',
			PP_ALLOW_PRIVATE: 'true',
			PP_PAGES_MAX: '0',
			...env,
		};
		this.write('lockstep.yaml', plan);
	}

	path(name) {
		return path.join(this.folder, name);
	}

	write(name, text) {
		fs.mkdirSync(path.dirname(this.path(name)), { recursive: true });
		fs.writeFileSync(this.path(name), text);
	}

	// The connector with another rate limit, in the folder that is looked into first.
	budget(limit, interval) {
		const manifest = fs.readFileSync(path.join(CONNECTORS, 'practicepanther.yaml'), 'utf8');
		this.write('connectors/practicepanther.yaml',
			manifest.replace(/limit: 300\n(\s+)interval: PT5M/, `limit: ${limit}\n$1interval: ${interval}`));
	}

	// Everything that any command of this firm ever printed is kept, for a search for secrets.
	async lockstep(...args) {
		const done = await run(LOCKSTEP, args, { cwd: this.folder, env: this.env });
		this.said += done.out + done.err;
		return done;
	}

	// A command under way: `ended` resolves as lockstep() does.
	begin(args, wrap = []) {
		const all = [...wrap, LOCKSTEP, ...args];
		const child = spawn(all[0], all.slice(1), { cwd: this.folder, env: this.env });
		const done = { out: '', err: '' };
		for (const [name, stream] of [['out', child.stdout], ['err', child.stderr]])
			stream.on('data', (data) => { done[name] += data; this.said += data; });
		child.ended = new Promise((resolve) =>
			child.on('close', (code, signal) => resolve({ ...done, code, signal })));
		child.so_far = done;
		return child;
	}

	async sync(...args) {
		const done = await this.lockstep('sync', '--json', ...args);
		let result = null;
		try {
			result = JSON.parse(done.out);
		} catch { /* the test that needs it fails on null */ }
		return { ...done, result };
	}

	// Rows as objects; texts and whole numbers are told apart, decimals have to be cast to text.
	rows(sql) {
		return this.ask([sql])[0];
	}

	// The rows of each of several questions, by one process for them all.
	ask(questions, file = this.path('lockstep.db')) {
		if (STORE !== 'sqlite')
			return JSON.parse(postgres(this.database, `SELECT json_build_array(${
				questions.map((sql) => `(SELECT coalesce(json_agg(t), '[]') FROM (${sql}) AS t)`)})`));
		// No rows are no text: a row of our own is between two answers.
		return execFileSync('sqlite3', ['-json', '-cmd', '.timeout 60000', file, questions.join(`; SELECT '${BETWEEN}' AS here; `)],
			{ encoding: 'utf8', maxBuffer: OUTPUT_MAX }).split(`[{"here":"${BETWEEN}"}]\n`)
			.map((text) => (text.trim() === '' ? [] : JSON.parse(text)));
	}

	value(sql) {
		return Object.values(this.rows(sql)[0])[0];
	}

	// By standard input: statements may be longer than an argument can be.
	change(sql) {
		if (STORE === 'sqlite')
			execFileSync('sqlite3', ['-bail', '-cmd', '.timeout 60000', this.path('lockstep.db')], { input: sql });
		else execFileSync('psql', [this.database, '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: sql });
	}

	remove() {
		if (STORE !== 'sqlite')
			postgres(process.env.LOCKSTEP_TEST_POSTGRES,
				`DROP DATABASE ${this.database.match(/\/(firm_\w+)\?/)[1]} WITH (FORCE)`);
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

// Runs `work` with a stand-in and a firm beside it, both gone whatever happens.
function firm(args, work, { env, plan } = {}) {
	return async () => {
		const it = await start(...args);
		const f = new Firm(it, env, plan);
		try {
			await work(f, it);
		} finally {
			f.remove();
			await it.stop();
		}
	};
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Tells what comes from what never does: nothing is about time, and a machine with many tests under way is slow.
const PATIENCE_MS = 180000;

// A server tells who asks it more than fifty times a second to ask less often.
const PAUSE_MS = 25;

// Waits until `test` says something true; `what` for, as text or as what tells it then.  Looking takes no more than
// half of the time: it is often a process. Where several wait side by side, one's timer may be due whenever another has
// asked, and Node goes from timer to timer: it hears what programs and servers said meanwhile only before the immediate.
async function until(test, what) {
	const end = Date.now() + PATIENCE_MS;
	for (;;) {
		const began = Date.now(), found = await test();
		if (found) return found;
		if (Date.now() > end) throw new Error(`waited in vain for ${typeof what === 'function' ? what() : what}`);
		await sleep(Math.max(PAUSE_MS, Date.now() - began));
		await new Promise(setImmediate);
	}
}

const apiLog = async (it, list = '') =>
	(await it.log()).filter((entry) => entry.path.startsWith('/api/v2/' + list));

const skipOf = (entry) => Number(new URLSearchParams(entry.query).get('$skip') || 0);

module.exports = { Firm, firm, start, needs, run, until, sleep, apiLog, skipOf,
	LOCKSTEP, STORE, CONNECTORS, PLAN, SECRET, TOP };
