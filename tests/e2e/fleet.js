// SPDX-License-Identifier: Apache-2.0
// fleet.js - several worker processes on one PostgreSQL, killed and stopped at random while they work.
//
// Judges: the database (every job finished once, no write of an overtaken attempt) and the vendor's
// own request log (its limit in every window, one token for each expiry).  LOCKSTEP_FLEET_JOBS says
// how many jobs.
'use strict';

const assert = require('node:assert');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { firm, needs, until, sleep, STORE, PLAN } = require('./firm.js');
const { lanes } = require('./lanes.js');

if (STORE !== 'postgres') throw new Error('a fleet needs PostgreSQL');
needs('psql');
const test = lanes(3);

const WORKER = path.resolve(process.argv[5]);
const JOBS = Number(process.env.LOCKSTEP_FLEET_JOBS || 900);
const PROCESSES = 4, THREADS = 8;
const LIMIT = 60, SECONDS = 1, TOKEN_SECONDS = 600;
const SMALL = ['--contacts', 5, '--matters', 2, '--tasks', 2, '--rate-limit', `${LIMIT}/${SECONDS}`,
	'--token-seconds', TOKEN_SECONDS];
// A request whose end nobody saw counts against the limit until its deadline: a short one, or every kill
// would take calls away for minutes.
const HASTY = PLAN.replace('    network:\n', '    network:\n      timeout: 3s\n');
const STOPPED_MS = 14000; // beyond the life of a session without a beat

let seed = Number(process.env.LOCKSTEP_FLEET_SEED || Date.now() % 100000);
function random(n) {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return Math.floor((seed / 2147483648) * n);
}

class Worker {
	constructor(f, ...more) {
		this.f = f;
		this.more = more;
		this.lines = [];
		this.start();
	}

	start() {
		this.child = spawn(WORKER, [this.f.path('lockstep.yaml'), 'practicepanther', String(THREADS), ...this.more],
			{ cwd: this.f.folder, env: this.f.env, stdio: ['ignore', 'pipe', 'pipe'] });
		this.child.stdout.on('data', (data) => this.lines.push(...String(data).split('\n').filter(Boolean)));
		this.child.stderr.on('data', (data) => { this.f.said += data; });
		this.ended = new Promise((resolve) => this.child.on('exit', (code, signal) => resolve({ code, signal })));
	}

	count(word) {
		return this.lines.filter((line) => line === word).length;
	}

	async kill() {
		this.child.kill('SIGKILL');
		assert.strictEqual((await this.ended).signal, 'SIGKILL', 'the kill must land');
		this.start();
	}

	async hold() {
		this.child.kill('SIGSTOP');
		await sleep(STOPPED_MS);
		this.child.kill('SIGCONT');
	}
}

const done = (f) => f.value("SELECT count(*) AS n FROM lockstep_job_history WHERE task = 'visit'");

async function enqueue(f, n) {
	f.change('CREATE TABLE fleet_effects (seq bigserial PRIMARY KEY, job bigint, session bigint, attempt bigint, claimed_ms bigint)');
	f.change(`SELECT count(*) FROM (SELECT job_queue_enqueue('visit', jsonb_build_object('n', n), now(), 100) FROM generate_series(1, ${n}) AS n) AS all_of_them`);
}

// Kills and holds workers at random until all jobs are done.
async function torment(f, workers) {
	// Not before they are at work.
	await until(() => Number(done(f)) > 0, 'the first job');
	const busy = new Set();
	let kills = 0, holds = 0;
	while (Number(done(f)) < JOBS) {
		await sleep(700 + random(1300));
		const free = workers.filter((w) => !busy.has(w));
		if (free.length < 2) continue;
		const w = free[random(free.length)];
		if ((kills + holds) % 3 === 1 && holds < 4) {
			holds++;
			busy.add(w);
			w.hold().then(() => busy.delete(w));
		} else {
			kills++;
			await w.kill();
		}
	}
	await until(() => busy.size === 0, 'held workers');
	return { kills, holds };
}

function judgeDatabase(f) {
	const outcomes = f.rows("SELECT outcome, error, count(*) AS n FROM lockstep_job_history WHERE task = 'visit' GROUP BY outcome, error");
	assert.deepStrictEqual(outcomes, [{ outcome: 0, error: null, n: JOBS }], 'lost or failed');
	assert.strictEqual(Number(f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task = 'visit'")), 0);
	assert.strictEqual(Number(f.value('SELECT count(DISTINCT job) AS n FROM fleet_effects')), JOBS);
	// Whoever was overtaken would have written under an older claim after a newer one.  (Attempts do not
	// tell: one whose verdict was lost with its session is given back uncounted.)
	assert.strictEqual(Number(f.value(`SELECT count(*) AS n FROM fleet_effects AS late JOIN fleet_effects AS early
		ON early.job = late.job AND early.seq < late.seq AND early.claimed_ms >= late.claimed_ms`)), 0, 'a late write went through');
}

async function judgeVendor(it) {
	const window = await it.admin(`window?seconds=${SECONDS}`);
	assert.ok(window.max <= LIMIT, `${window.max} requests in ${SECONDS} s`);
	const log = await it.log();
	assert.deepStrictEqual(log.filter((entry) => entry.status === 429), []);
	const { reuses } = (await it.admin('stats')).tokens;
	assert.strictEqual(reuses, 0, 'a refresh token was used twice');
	const asked = log.filter((entry) => entry.path === '/OAuth/Token').length;
	assert.strictEqual(asked, 1, 'one token was enough');
	return { requests: log.length, window: window.max, tokens: asked };
}

test(`${JOBS} jobs on ${PROCESSES} processes of ${THREADS}, killed and stopped: none lost, none twice, no late write`,
	firm(SMALL, async (f, it) => {
		f.budget(LIMIT, `PT${SECONDS}S`);
		assert.strictEqual((await f.lockstep('migrate')).code, 0);
		// The vendor's answer to a renewal is lost when its process is killed just then; nothing can bring
		// a refresh token back that works once.  So the one of this test is renewed before.
		assert.strictEqual((await f.lockstep('check')).code, 0);
		await enqueue(f, JOBS);
		const workers = Array.from({ length: PROCESSES }, () => new Worker(f));
		try {
			const { kills, holds } = await torment(f, workers);
			// A job whose worker died three times is set aside, not lost: a person redrives it.
			const poison = Number(f.value("SELECT count(*) AS n FROM lockstep_job_history WHERE outcome = 1 AND error LIKE 'poison%'"));
			if (poison) assert.strictEqual((await f.lockstep('jobs', 'redrive', '--all-failed', '--task', 'visit')).code, 0, f.said.slice(-500));
			await until(() => Number(f.value("SELECT count(*) AS n FROM lockstep_job_history WHERE task = 'visit' AND outcome = 0")) === JOBS, 'the redriven');
			judgeDatabase(f);
			const seen = await judgeVendor(it);
			const refused = workers.reduce((n, w) => n + w.count('refused') + w.count('fenced') + w.count('lost'), 0);
			console.log(`# ${kills} kills, ${holds} stops, ${refused} refusals, ${poison} set aside; vendor: ${JSON.stringify(seen)}`);
			assert.ok(kills > 0 && holds > 0, 'nothing was broken');
			assert.ok(refused > 0, 'nobody was ever overtaken: the test had no teeth');
		} finally {
			for (const w of workers) w.child.kill('SIGKILL');
			await Promise.all(workers.map((w) => w.ended));
		}
	}, { plan: HASTY }));

// Lives of a token that the jobs last, at that many a second: two and more.
const LIFE_SECONDS = 4, RENEWING = 600;

test('a token that expires is renewed once, whoever needs it', firm(['--contacts', 5, '--matters', 2, '--tasks', 2,
	'--token-seconds', LIFE_SECONDS], async (f, it) => {
	f.budget(60, 'PT1S');
	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	await enqueue(f, RENEWING);
	const workers = Array.from({ length: PROCESSES }, () => new Worker(f));
	try {
		await until(() => Number(done(f)) === RENEWING, 'all jobs');
		const { reuses, refusals } = (await it.admin('stats')).tokens;
		assert.deepStrictEqual([reuses, refusals], [0, 0]);
		const log = await it.log();
		const asked = log.filter((entry) => entry.path === '/OAuth/Token');
		const seconds = (log[log.length - 1].t_ms - log[0].t_ms) / 1000;
		console.log(`# ${asked.length} renewals in ${seconds} s of tokens that live ${LIFE_SECONDS} s`);
		assert.ok(asked.every((entry) => entry.status === 200));
		assert.ok(asked.length >= 2, 'none expired');
		assert.ok(asked.length <= 1 + Math.ceil(seconds / (LIFE_SECONDS / 2)), 'more renewals than expiries');
	} finally {
		for (const w of workers) w.child.kill('SIGKILL');
		await Promise.all(workers.map((w) => w.ended));
	}
}));

test('a worker that slept while another took its job over is refused when it wakes and writes', firm(SMALL, async (f) => {
	f.budget(LIMIT, `PT${SECONDS}S`);
	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	await enqueue(f, 1);
	const workers = [new Worker(f, 'nap')];
	const [sleeper] = workers;
	const effects = () => Number(f.value('SELECT count(*) AS n FROM fleet_effects'));
	try {
		await until(() => sleeper.count('asleep') === 1, 'the nap');
		workers.push(new Worker(f));
		await until(() => Number(done(f)) === 1, 'the other to do it');
		assert.strictEqual(effects(), 1);
		sleeper.child.kill('SIGCONT');
		await until(() => sleeper.count('refused') === 1 || effects() > 1, 'the sleeper to write');
		assert.strictEqual(effects(), 1, 'a late write went through');
	} finally {
		for (const w of workers) w.child.kill('SIGKILL');
		await Promise.all(workers.map((w) => w.ended));
	}
}));

test('a worker that is killed is noticed within 15 seconds, one whose connection drops within 3', firm(SMALL, async (f) => {
	f.budget(LIMIT, `PT${SECONDS}S`);
	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	f.change('CREATE TABLE fleet_effects (seq bigserial PRIMARY KEY, job bigint, session bigint, attempt bigint, claimed_ms bigint)');
	const [one, two] = [new Worker(f), new Worker(f)];
	try {
		const sessions = () => Number(f.value('SELECT count(*) AS n FROM lockstep_sessions'));
		await until(() => sessions() === 2, 'two sessions');
		const began = Date.now();
		one.child.kill('SIGKILL');
		await one.ended;
		await until(() => sessions() === 1, 'the death to be noticed');
		console.log(`# noticed after ${Date.now() - began} ms`);
	} finally {
		for (const w of [one, two]) w.child.kill('SIGKILL');
		await Promise.all([one.ended, two.ended]);
	}
}));
