// SPDX-License-Identifier: Apache-2.0
// restart.js - PostgreSQL is killed under a service that works and answers, and comes back.
//
// Judges: the service recovers by itself, no job is lost or done twice, and clients hear 503 meanwhile,
// never nothing.  How long each part took is only said; LOCKSTEP_RESTART_DOWN_MS keeps the server away.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { execSync } = require('node:child_process');
const { firm, needs, until, sleep, apiLog, STORE, PLAN } = require('./firm.js');
const { serving } = require('./service.js');
const { equalsTruth } = require('./oracle.js');

const { LOCKSTEP_TEST_POSTGRES_KILL: KILL, LOCKSTEP_TEST_POSTGRES_START: START } = process.env;
if (STORE !== 'postgres') throw new Error('a restart needs PostgreSQL');
needs('psql');
if (!KILL) {
	console.log('1..0 # SKIP only a server of with_postgres may be killed');
	process.exit(77);
}

const SMALL = ['--contacts', 240, '--matters', 60, '--tasks', 40, '--users', 4, '--mode', 'keep_refresh_token'];
const SLOW = { rules: [{ match: { path_prefix: '/api/v2/' }, fault: 'delay', args: { delay_ms: 200 } }] };
const WITH_SERVER = `server:\n  listen: 127.0.0.1:0\n${PLAN.replace('page_size: 100', 'page_size: 20')}`;
const JOBS = 4000, CLIENTS = 20, PAUSE_MS = 800; // within what one token may ask
const DOWN_MS = Number(process.env.LOCKSTEP_RESTART_DOWN_MS || 3000);

const jobs = (f, where) => Number(f.value(`SELECT count(*) AS n FROM lockstep_job_history WHERE task = 'cleanup' ${where}`));
const finished = (f) => jobs(f, 'AND outcome = 0');

// Clients who ask all the time, until they are told to stop; what they got, and when.
class Crowd {
	constructor(s) {
		this.heard = [];
		this.loops = Array.from({ length: CLIENTS }, () => this.ask(s));
	}

	async ask(s) {
		while (!this.enough) {
			await sleep(PAUSE_MS);
			const began = Date.now();
			const status = await s.get('/api/runs').then((answer) => answer.status, (error) => `${error.cause || error}`);
			this.heard.push({ began, at: Date.now(), status });
		}
	}

	async stop() {
		this.enough = true;
		await Promise.all(this.loops);
	}
}

async function outage(f, s) {
	execSync(KILL);
	await until(async () => (await s.get('/readyz', { token: null })).status === 503, 'the service to say that it is not ready');
	await sleep(DOWN_MS); // an outage lasts, so that whoever waits longer each time has begun to
	execSync(START);
	return Date.now();
}

const fires = (f) => Number(f.value("SELECT count(*) AS n FROM lockstep_schedule_fires WHERE schedule = 'watch'"));

// Makes a schedule due, as if its time had come while the database was away.
function due(f) {
	const ms = Date.now() - 1;
	f.change(`UPDATE lockstep_schedules SET anchor_ms = ${ms}, next_ms = ${ms}, due_ms = ${ms} WHERE name = 'watch'`);
}

// Seconds from then until each part of the service works again.
async function recovery(f, s, crowd, back) {
	const before = finished(f), fired = fires(f);
	due(f);
	const since = (what, test) => until(test, what).then(() => (Date.now() - back) / 1000);
	const [ready, job, schedule] = await Promise.all([
		since('readiness', async () => (await s.get('/readyz', { token: null })).status === 200),
		since('the next job', () => finished(f) > before),
		since('the schedule to fire', () => fires(f) > fired),
	]);
	const read = await until(() => crowd.heard.find((one) => one.began >= back && one.status === 200), 'an answer');
	return { before, ready, job, schedule, read: (read.at - back) / 1000 };
}

test('PostgreSQL is killed under load and comes back: all goes on by itself', firm(SMALL, async (f, it) => {
	await serving(f, async (s) => {
		await it.post('plan', SLOW);
		assert.strictEqual((await s.post('/api/connections/practicepanther/sync', {})).status, 202);
		await until(async () => (await apiLog(it, 'contacts')).length > 2, 'a run under way');
		f.change(`SELECT count(*) FROM (SELECT job_queue_enqueue('cleanup', '{}'::jsonb, now(), 100) FROM generate_series(1, ${JOBS})) AS all_of_them`);
		const crowd = new Crowd(s);
		await until(() => finished(f) > 0, 'the first job');
		const back = await outage(f, s);
		const took = await recovery(f, s, crowd, back);
		assert.ok(took.before < JOBS, 'the load went on after the outage');
		await it.post('plan', { rules: [] });
		await until(() => finished(f) === JOBS, 'all jobs');
		await until(() => f.value("SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL AND status = 'success'") > 0, 'a whole run');
		const settled = Date.now();
		await until(() => crowd.heard.filter((one) => one.began > settled).length > CLIENTS, 'the crowd');
		await crowd.stop();
		assert.deepStrictEqual(f.rows("SELECT id FROM lockstep_jobs WHERE task IN ('cleanup', 'sync')"), []);
		assert.deepStrictEqual([jobs(f, ''), Number(f.value("SELECT count(DISTINCT id) AS n FROM lockstep_job_history WHERE task = 'cleanup'"))], [JOBS, JOBS]);
		await equalsTruth(f, it);
		const odd = crowd.heard.filter((one) => one.status !== 200 && one.status !== 503);
		assert.deepStrictEqual(odd, []);
		assert.ok(crowd.heard.every((one) => one.began <= settled || one.status === 200), 'and nobody hears of it later');
		console.log(`# after an outage of ${DOWN_MS} ms, seconds from the server's first answer: ready ${took.ready}, a read ${took.read}, a job ${took.job}, a schedule ${took.schedule}`);
	});
}, { plan: WITH_SERVER }));
