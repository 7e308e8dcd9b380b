// SPDX-License-Identifier: Apache-2.0
// netns.js - a worker on another host, whose network is cut while it works.
//
// The other host is a network namespace of this machine, joined by a veth pair; PostgreSQL and the
// vendor are reached through it.  Cut means that packets vanish: no connection is closed.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const net = require('node:net');
const path = require('node:path');
const { spawn, execFileSync } = require('node:child_process');
const { firm, needs, until, sleep, STORE, PLAN } = require('./firm.js');

if (STORE !== 'postgres') throw new Error('several hosts need PostgreSQL');
needs('psql', 'ip');

const WORKER = path.resolve(process.argv[5]);
const NAME = `ls${process.pid}`;
// A network of its own for each process: several may run side by side.
const PLACE = process.pid % 16384;
const [HERE, THERE] = [1, 2].map((n) => `10.213.${PLACE >> 6}.${(PLACE & 63) * 4 + n}`);
const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });

function link() {
	ip('netns', 'add', NAME);
	ip('link', 'add', `${NAME}a`, 'type', 'veth', 'peer', 'name', `${NAME}b`);
	ip('link', 'set', `${NAME}b`, 'netns', NAME);
	ip('addr', 'add', `${HERE}/30`, 'dev', `${NAME}a`);
	ip('link', 'set', `${NAME}a`, 'up');
	ip('-n', NAME, 'addr', 'add', `${THERE}/30`, 'dev', `${NAME}b`);
	ip('-n', NAME, 'link', 'set', `${NAME}b`, 'up');
	ip('-n', NAME, 'link', 'set', 'lo', 'up');
}

function unlink() {
	for (const args of [['link', 'del', `${NAME}a`], ['netns', 'del', NAME]]) {
		try {
			ip(...args);
		} catch { /* was never made */ }
	}
}

// Only root may make a host; elsewhere the file is skipped, visibly.
try {
	link();
} catch (error) {
	unlink();
	console.log(`1..0 # SKIP no network namespaces here: ${String(error.stderr || error.message).trim()}`);
	process.exit(77);
}
process.on('exit', unlink);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(1));

// Carries bytes from the other host to something on this one.
function bridge(target) {
	return new Promise((resolve) => {
		const server = net.createServer((from) => {
			const to = net.connect(target);
			from.pipe(to).pipe(from);
			for (const end of [from, to]) end.on('error', () => { from.destroy(); to.destroy(); });
		}).listen(0, HERE, () => resolve(server));
	});
}

function begin(f, env, wrap = []) {
	const all = [...wrap, WORKER, f.path('lockstep.yaml'), 'practicepanther', '4'];
	const child = spawn(all[0], all.slice(1), { cwd: f.folder, env: { ...f.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
	const worker = { child, lines: [], said: '' };
	child.stdout.on('data', (data) => worker.lines.push(...String(data).split('\n').filter(Boolean)));
	child.stderr.on('data', (data) => { worker.said += data; });
	worker.ended = new Promise((resolve) => child.on('exit', resolve));
	return worker;
}

const HASTY = PLAN.replace('    network:\n', '    network:\n      timeout: 3s\n');
// At 100 a second: enough for the other host to be in the middle of them when it is cut off.
const JOBS = 800, MORE = 200;
const SMALL = ['--contacts', 5, '--matters', 2, '--tasks', 2];

test('a host that is cut off loses its jobs, cannot write, and rejoins', firm(SMALL, async (f, it) => {
	f.budget(100, 'PT1S');
	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	f.change('CREATE TABLE fleet_effects (seq bigserial PRIMARY KEY, job bigint, session bigint, attempt bigint, claimed_ms bigint)');
	assert.strictEqual((await f.lockstep('check')).code, 0);
	const host = f.database.match(/host=([^&]+)/)[1];
	const database = await bridge(path.join(decodeURIComponent(host), '.s.PGSQL.5432'));
	const vendor = await bridge({ port: it.port, host: '127.0.0.1' });
	const name = f.database.match(/\/(firm_\w+)\?/)[1];
	const far = begin(f, {
		LOCKSTEP_DATABASE: `postgresql://postgres@${HERE}:${database.address().port}/${name}`,
		PP_BASE_URL: `http://${HERE}:${vendor.address().port}/api/v2`,
		PP_TOKEN_URL: `http://${HERE}:${vendor.address().port}/OAuth/Token`,
	}, ['ip', 'netns', 'exec', NAME]);
	const near = begin(f, {});
	const number = (sql) => Number(f.value(sql));
	const sessions = () => number('SELECT count(*) AS n FROM lockstep_sessions');
	const enqueue = (n) => f.change(`SELECT count(*) FROM (SELECT job_queue_enqueue('visit', '{}', now(), 100) FROM generate_series(1, ${n})) AS all_of_them`);
	const finished = () => number("SELECT count(*) AS n FROM lockstep_job_history WHERE task = 'visit' AND outcome = 0");
	try {
		await until(() => sessions() === 2, 'both hosts');
		const there = number(`SELECT id AS n FROM lockstep_sessions WHERE pid = ${far.child.pid}`);
		enqueue(JOBS);
		await until(() => number(`SELECT count(*) AS n FROM fleet_effects WHERE session = ${there}`) > 0, 'work over there');

		ip('link', 'set', `${NAME}a`, 'down');
		const cut = Date.now();
		await until(() => number(`SELECT count(*) AS n FROM lockstep_sessions WHERE id = ${there}`) === 0, 'the cut to be noticed');
		console.log(`# noticed after ${Date.now() - cut} ms`);
		await until(() => finished() === JOBS, 'the other host to do it all');

		ip('link', 'set', `${NAME}a`, 'up');
		await until(() => sessions() === 2, 'the host to rejoin');
		assert.ok(far.lines.includes('lost'), 'it never knew that it was cut off');
		const before = number(`SELECT count(*) AS n FROM fleet_effects`);
		enqueue(MORE);
		await until(() => finished() === JOBS + MORE, 'more work');
		assert.ok(number(`SELECT count(DISTINCT session) AS n FROM fleet_effects WHERE seq > ${before}`) >= 1);
		assert.strictEqual(number(`SELECT count(*) AS n FROM fleet_effects AS late JOIN fleet_effects AS early
			ON early.job = late.job AND early.seq < late.seq AND early.claimed_ms >= late.claimed_ms`), 0, 'a late write went through');
		assert.strictEqual(number('SELECT count(DISTINCT job) AS n FROM fleet_effects'), JOBS + MORE);
	} finally {
		for (const w of [far, near]) w.child.kill('SIGKILL');
		await Promise.all([far.ended, near.ended]);
		database.close();
		vendor.close();
		await sleep(0);
	}
}, { plan: HASTY }));
