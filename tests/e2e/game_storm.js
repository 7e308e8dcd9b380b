// SPDX-License-Identifier: Apache-2.0
// game_storm.js - rosters in a storm: three writers at once, a vendor that fails, processes that are
// killed; afterwards the vendor's teams, members and users are ours, and nothing is left unexplained.
//
// LOCKSTEP_GAME_STORM=1000 for the whole; LOCKSTEP_GAME_SEED for other wishes.
'use strict';

const assert = require('node:assert');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { until, STORE } = require('./firm.js');
const { API, COACHES, playing, uuid } = require('./game_field.js');
const { Session, dice, write, sqlActor, apiActor } = require('./game_pen.js');
const { lanes } = require('./lanes.js');

const test = lanes(2);

const EDITS = Number(process.env.LOCKSTEP_GAME_STORM || 150);
const SEED = Number(process.env.LOCKSTEP_GAME_SEED || 1);
const PACE_MS = 200;
const LATENCY_EDITS = EDITS >= 1000 ? 60 : 30;

// What the vendor does to requests; the first rule that takes one has it.
const FAULTS = [['503', 0.03], ['500', 0.02], ['502', 0.01], ['drop', 0.05], ['refuse', 0.02], ['hold', 0.01],
	['429', 0.02, { seconds: 1 }], ['reset', 0.02], ['truncated_json', 0.01],
	// The first longer than whoever asks has patience.
	['delay', 0.02, { delay_ms: 3000 }], ['delay', 0.05, { delay_ms: 200 }],
	// Carried out when nobody waits for it any more, behind what came later.
	['late', 0.02, { delay_ms: 4000 }]];

// The writer that is a process of its own.
function stranger(storm, n, seed) {
	return new Promise((resolve, reject) => {
		const child = spawn(process.execPath, [path.join(__dirname, 'game_pen.js'), storm.f.database, STORE, n, PACE_MS, seed].map(String));
		let out = '', err = '';
		child.stdout.on('data', (data) => { out += data; });
		child.stderr.on('data', (data) => { err += data; });
		child.on('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(err))));
	});
}

const sum = (scores, what) => scores.reduce((n, score) => n + score[what], 0);
const tally = (list) => list.reduce((out, name) => ({ ...out, [name]: (out[name] || 0) + 1 }), {});

// Whom the vendor has and why: every user there is somebody's here.
async function judgeUsers(storm, gone) {
	const here = new Map(storm.rows('SELECT id, game_platform_id AS remote, status FROM competitors').map((c) => [c.id, c]));
	for (const user of await storm.it.truth('users')) {
		const c = here.get(user.syned_user_id);
		if (COACHES.includes(user.syned_user_id) || gone.has(user.syned_user_id)) continue;
		assert.ok(c, `the vendor has a user ${user.syned_user_id} of nobody here`);
		assert.strictEqual(c.remote, user.syned_user_id, `the vendor has ${c.id} (${c.status}), and here nobody knows: ${
			JSON.stringify(storm.rows(`SELECT status, sync_error FROM game_platform_profiles WHERE competitor_id = '${c.id}'`))}`);
	}
	for (const c of here.values())
		assert.ok(!c.remote || (await storm.it.truth('users')).some((u) => u.syned_user_id === c.remote), `${c.id} is not at the vendor`);
}

// Creations that were carried out, by the vendor's log: a user once; a team once until it is deleted.
function judgeCreations(log) {
	const users = log.filter((e) => e.method === 'POST' && e.path === `${API}/users` && e.status === 201).map((e) => e.subject);
	assert.deepStrictEqual(Object.entries(tally(users)).filter(([, n]) => n > 1), [], 'a user was made twice');
	const there = new Set();
	// The log is in order of arrival; what is carried out late is done when it ends.
	const done_ms = (e) => e.t_ms + (['late', 'delay', 'hold'].includes(e.fault) ? e.took_ms : 0);
	for (const e of [...log].sort((a, b) => done_ms(a) - done_ms(b) || a.n - b.n)) {
		if (e.method !== 'POST' || !e.subject) continue;
		if (e.path === `${API}/teams/delete` && e.status === 200) there.delete(e.subject);
		if (e.path !== `${API}/teams` || e.status !== 201) continue;
		assert.ok(!there.has(e.subject), `team ${e.subject} was made twice: ${JSON.stringify(log.filter((x) => x.subject === e.subject &&
			x.path.startsWith(`${API}/teams`)).map((x) => [x.path.slice(API.length), x.status, x.fault, x.t_ms, x.took_ms]))}`);
		there.add(e.subject);
	}
	return { users: users.length, teams: log.filter((e) => e.path === `${API}/teams` && e.status === 201).length };
}

// Jobs that failed for good, by what they said.
const EXPLAINED = [
	/^Competitor not found$/, // deleted while they waited
];
// Killed three times with it in hand: a dead letter, which people send again (the runbook says how).
const POISON = "error LIKE 'poison: its worker died%'";

function judgeJobs(storm) {
	const failed = storm.rows(`SELECT task, error, count(*) AS n FROM lockstep_job_history WHERE outcome <> 0
		AND task LIKE 'game_platform_%' GROUP BY task, error`);
	const unexplained = failed.filter((job) => !EXPLAINED.some((text) => text.test(job.error)));
	assert.deepStrictEqual(unexplained, [], 'jobs that failed');
	assert.deepStrictEqual(storm.rows("SELECT id, watch, state, last_error FROM lockstep_outbox WHERE state NOT IN ('done', 'cancelled')"), []);
	assert.deepStrictEqual(storm.rows('SELECT id, game_platform_sync_error FROM teams WHERE game_platform_sync_error IS NOT NULL'), [], 'errors of teams');
	assert.deepStrictEqual(storm.rows('SELECT id, game_platform_sync_error FROM team_members WHERE game_platform_sync_error IS NOT NULL'), [],
		'errors of members');
	return failed;
}

async function storm(s) {
	for (let i = 0; i < 22; i++) await s.competitor(true);
	for (let i = 0; i < 20; i++) await s.competitor(false, i % 4 !== 3);
	for (let i = 0; i < 6; i++)
		await s.session.run(`INSERT INTO teams (id, coach_id, name, division) VALUES ('${uuid()}', '${COACHES[i % 3]}', 'First ${i}', 'high_school')`);
	await s.equal();
	const before = new Set(s.rows('SELECT id FROM competitors').map((c) => c.id));
	await s.it.post('reset-log');
	await s.it.post('plan', { rules: FAULTS.map(([fault, probability, args], i) =>
		({ match: { path_prefix: API, probability, seed: SEED * 100 + i }, fault, ...(args ? { args } : {}) })) });

	const each = Math.ceil(EDITS / 3), began = Date.now();
	const pens = [new Session(STORE, s.f.database), new Session(STORE, s.f.database)];
	const killing = s.kill(dice(SEED + 7));
	const scores = await Promise.all([
		write(each, PACE_MS, dice(SEED + 1), pens[0], apiActor((...a) => s.call(...a))),
		write(each, PACE_MS, dice(SEED + 2), pens[1], sqlActor(pens[1])),
		stranger(s, each, SEED + 3),
	]);
	s.over = true;
	await killing;
	await Promise.all(pens.map((pen) => pen.end()));
	const written = Date.now();
	await s.it.post('plan', { rules: [] });
	const idle = (what) => until(() => s.waiting().length === 0, () => `${what}: ${JSON.stringify(s.waiting())}`);
	await idle('an idle queue');

	// What such a job was to do, nobody else does meanwhile.
	const poisoned = s.rows(`SELECT id FROM lockstep_job_history WHERE ${POISON} AND task LIKE 'game_platform_%'`).length;
	if (poisoned) {
		for (const task of ['game_platform_team', 'game_platform_onboard', 'game_platform_rosters', 'game_platform_sync'])
			await s.f.lockstep('jobs', 'redrive', '--all-failed', '--task', task);
		await idle('what was sent again');
	}
	await s.equal();
	const equal = Date.now();

	const log = (await s.it.log()).filter((e) => e.path.startsWith(API));
	const made = judgeCreations(log);
	const gone = new Set([...before].filter((id) => !s.rows(`SELECT id FROM competitors`).some((c) => c.id === id)));
	await judgeUsers(s, gone);
	const failed = judgeJobs(s);
	for (const line of [
		`${STORE}, seed ${SEED}: ${sum(scores, 'done')} edits done, ${sum(scores, 'refused')} refused by a rule, ${sum(scores, 'cut')} cut off by a kill`,
		`by API, SQL and another process: ${scores.map((score) => JSON.stringify(score.edits)).join(' ')}`,
		`refusals: ${scores.map((score) => JSON.stringify(score.refusals)).join(' ')}`,
		`${s.kills} kills, ${log.length} requests, ${log.filter((e) => e.fault).length} of them spoilt: ${JSON.stringify(tally(log.filter((e) => e.fault).map((e) => e.fault)))}`,
		`made at the vendor: ${made.users} users, ${made.teams} teams; ${poisoned} jobs died of kills and were sent again; others that failed, explained: ${JSON.stringify(failed)}`,
		`written in ${(written - began) / 1000} s, equal ${(equal - written) / 1000} s after the last edit`,
	]) console.log(`# ${line}`);
}

test('three writers, a failing vendor and kills leave rosters equal and nobody twice', () => playing([], storm));

test('a change by plain SQL shows at the vendor soon', () => playing([], async (s) => {
	const who = [];
	for (let i = 0; i < 6; i++) who.push(await s.competitor(true));
	const teams = [uuid(), uuid()];
	for (const id of teams)
		await s.session.run(`INSERT INTO teams (id, coach_id, name, division) VALUES ('${id}', '${COACHES[0]}', '${id}', NULL)`);
	await s.equal();
	const took = [];
	for (let i = 0; i < LATENCY_EDITS; i++) {
		const id = who[i % who.length], round = Math.floor(i / who.length) % 3;
		await s.it.post('reset-log');
		const sql = [`INSERT INTO team_members (team_id, competitor_id) VALUES ('${teams[0]}', '${id}')`,
			`UPDATE team_members SET team_id = '${teams[1]}' WHERE competitor_id = '${id}'`,
			`DELETE FROM team_members WHERE competitor_id = '${id}'`][round];
		const began = Date.now();
		await s.session.run(sql);
		const effect = await until(async () => (await s.it.log()).find((e) => e.method === 'POST' && e.subject === id &&
			/assign/.test(e.path) && e.status >= 200 && e.status < 300), 'the effect at the vendor');
		took.push(Date.parse(effect.at) - began);
		await s.equal();
	}
	took.sort((a, b) => a - b);
	console.log(`# ${STORE}: ${took.length} changes by SQL, from the statement to the vendor: median ${
		took[took.length >> 1]} ms, 95 % ${took[Math.floor(took.length * 0.95)]} ms, slowest ${took[took.length - 1]} ms`);
}));
