// SPDX-License-Identifier: Apache-2.0
// game_day.js - a day of the game platform's scores on a virtual clock: 300 competitors, 48 cycles, 5 % of
// all requests failing, ten processes killed.  The judge is the stand-in's own log, and its truth.
//
// LOCKSTEP_GAME_DAY=full also measures other plans and a day with an event, and prints the table.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile, execFileSync } = require('node:child_process');
const { reaching } = require('./game_platform.js');
const { startOf } = require('../sandbox/stand_in.js');

const DAY_PROCESS = path.resolve(process.argv[3]);
const CONNECTORS = path.resolve(__dirname, '../../connectors');
const FULL = process.env.LOCKSTEP_GAME_DAY === 'full';
const PEOPLE = 300, CYCLES = 48, EACH = 1800, HOUR = 3600, DAY = 86400, CRASH = 60;
const COACH = '00000000-0000-4000-8000-00000000c001';

let seed = 20261101;
function random(n) {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return Math.floor((seed / 2147483648) * n);
}

// Who they are when the day begins: 1 % were there this week, 3 % this month, 9 % this quarter.
const GROUPS = [
	{ name: 'high', n: 3, days: [0, 5], every: EACH },
	{ name: 'medium', n: 10, days: [10, 25], every: 2 * HOUR },
	{ name: 'low', n: 28, days: [35, 80], every: 8 * HOUR },
	{ name: 'dormant', n: PEOPLE - 41, days: [100, 300], every: DAY },
];
// Three come back during the day; the others of their groups stay away.
const RETURNS = { medium: 1, low: 1, dormant: 1 };

// The shipped plan, or with other tiers: null for none.
const SHIPPED = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8');
const THREE = SHIPPED.replace(/low: \{ at_least: 1, every: 8h \}.*\n.*dormant: .*\n/, 'low: { every: 8h }\n');
assert.notStrictEqual(THREE, SHIPPED);

const idOf = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

class Day {
	constructor(it, plan, env) {
		this.it = it;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-day-'));
		this.plan = path.join(this.folder, 'lockstep.yaml');
		fs.writeFileSync(this.plan, plan);
		this.env = {
			PATH: process.env.PATH,
			LOCKSTEP_CONNECTORS: CONNECTORS,
			LOCKSTEP_DATABASE: `sqlite:${path.join(this.folder, 'day.db')}`,
			LOCKSTEP_KEY_FILE: path.join(this.folder, 'day.key'),
			...reaching(it),
			...env,
		};
		this.kills = 0;
		this.solve = 1;
	}

	async open() {
		this.now = Math.floor(Date.parse((await this.it.post('clock/advance', { ms: 0 })).now) / 1000);
		await this.process('migrate');
		await this.people();
	}

	async pass(seconds) {
		await this.it.post('clock/advance', { seconds });
		this.now += seconds;
	}

	// A process of its own.  Killed: null.
	process(what, ...death) {
		return new Promise((resolve, reject) => execFile(DAY_PROCESS,
			[this.plan, String(this.now), what, ...death.map(String)], { env: this.env }, (error, out, err) => {
				if (error && error.signal === 'SIGKILL') resolve(null);
				else if (error) reject(new Error(`${what}: ${err}`));
				else resolve(JSON.parse(out));
			}));
	}

	// As the queue does it: whoever was killed is begun anew, a minute later.
	async work(what, ...death) {
		const done = await this.process(what, ...death);
		if (done) return done;
		this.kills++;
		await this.pass(CRASH);
		return this.process(what);
	}

	sql(text) {
		execFileSync('sqlite3', ['-cmd', '.timeout 10000', path.join(this.folder, 'day.db')], { input: text });
	}

	rows(text) {
		const out = execFileSync('sqlite3', ['-json', '-cmd', '.timeout 10000', path.join(this.folder, 'day.db'), text],
			{ encoding: 'utf8', maxBuffer: 1 << 28 });
		return out.trim() ? JSON.parse(out) : [];
	}

	async create(body) {
		const answer = await this.it.ask(`${this.it.api}/users`, { method: 'POST',
			headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
		assert.strictEqual(answer.status, 201, answer.text);
	}

	async people() {
		const lines = [`INSERT INTO profiles (id, role) VALUES ('${COACH}', 'coach');`];
		await this.create({ first_name: 'Test', last_name: 'Coach', email: 'coach@example.com', role: 'coach', syned_user_id: COACH });
		this.groupOf = new Map();
		let n = 0;
		for (const group of GROUPS) {
			group.members = [];
			for (let i = 0; i < group.n; i++) {
				const id = idOf(++n);
				group.members.push(id);
				this.groupOf.set(id, group);
				await this.create({ first_name: 'Test', last_name: String(n), email: `c${n}@example.com`, role: 'user',
					syned_user_id: id, syned_coach_user_id: COACH });
				await this.history(id, group);
				lines.push(`INSERT INTO competitors (id, coach_id, first_name, last_name, game_platform_id, created_at)
					VALUES ('${id}', '${COACH}', 'Test', '${n}', '${id}', '2026-01-01T00:00:00.${String(n).padStart(3, '0')}Z');`);
			}
		}
		this.sql(`BEGIN;\n${lines.join('\n')}\nCOMMIT;`);
	}

	history(id, group) {
		const last = this.now - (group.days[0] * DAY + random((group.days[1] - group.days[0]) * DAY)) - 60;
		const solves = Array.from({ length: 1 + random(5) }, (_, i) =>
			({ challenge_solve_id: this.solve++, timestamp_unix: last - i * 7 * DAY }));
		return this.it.post('solves', { syned_user_id: id, solves });
	}

	// One or two, sometimes of the same second, sometimes shown minutes late.
	solves(id, ago) {
		const at = this.now - ago;
		const solves = Array.from({ length: 1 + random(2) }, () => ({ challenge_solve_id: this.solve++, timestamp_unix: at,
			...(random(4) === 0 ? { visible_in: random(300) } : {}) }));
		return this.it.post('solves', { syned_user_id: id, solves });
	}

	async doings(cycle) {
		for (const id of this.group('high').members) if (random(3) === 0) await this.solves(id, random(EACH));
		for (const back of this.returning.filter((r) => r.cycle <= cycle && (r.cycle === cycle || random(6) === 0)))
			await this.solves(back.id, random(EACH));
	}

	group(name) {
		return GROUPS.find((g) => g.name === name);
	}

	async event(cycle) {
		if (cycle < 24 || cycle > 28) return;
		const start = this.eventStart = this.eventStart || this.now - 600;
		const some = [...this.group('high').members, ...this.group('medium').members.slice(0, 5), ...this.group('low').members.slice(0, 6),
			...this.group('dormant').members.slice(0, 6)];
		const participants = some.filter((_, i) => i % 5 === cycle - 24).map((id, i) => ({ syned_user_id: id, joined_unix: this.now - 300,
			solves: Array.from({ length: 2 + random(4) }, (__, k) => ({ challenge_solve_id: 1 + k + i, timestamp_unix: this.now - 200 + k })) }));
		await this.it.post('events', { flash_ctf_name: 'Winter Warfare', flash_ctf_time_start_unix: start, participants });
		await this.it.post('users/login', { syned_user_ids: participants.map((p) => p.syned_user_id), last_accessed_unix_timestamp: this.now - 100 });
	}

	// Everybody's history, as the first cycles find it; then the log begins.
	async warm() {
		await this.work('cycle');
		for (let cycle = 0; cycle < 2; cycle++) {
			await this.pass(EACH);
			await this.work('cycle');
		}
		await this.work('sweep');
		this.returning = Object.entries(RETURNS).flatMap(([name, n]) =>
			this.group(name).members.slice(-n).map((id) => ({ id, cycle: 6 + random(30) })));
		await this.it.post('reset-log');
	}

	async run({ faults = true, kills = 0, event = false } = {}) {
		const deaths = new Map(Array.from({ length: kills }, (_, i) => [2 + Math.floor(i * (CYCLES - 4) / kills), i]));
		if (faults) await this.it.post('plan', FAULTS);
		this.began = this.now;
		for (let cycle = 1; cycle <= CYCLES; cycle++) {
			await this.pass(EACH - (this.now - this.began) % EACH);
			await this.doings(cycle);
			if (event) await this.event(cycle);
			const death = deaths.get(cycle);
			await this.work('cycle', ...(death === undefined ? [] : [death % 2 ? 'written' : 'answered', 1 + random(3)]));
			if (cycle % 2 === 0) await this.work('sweep');
		}
		return this.calls();
	}

	async calls() {
		return (await this.it.log()).filter((entry) => entry.path.startsWith(this.it.api));
	}

	// A cycle over everybody from all time, until nobody failed, and what it leaves to the sweep.
	async close() {
		for (let i = 0; i < 5; i++) {
			await this.pass(EACH);
			const { failed } = await this.process('full');
			if (failed === 0) break;
		}
		for (let i = 0; i < 5; i++) {
			await this.pass(HOUR);
			const { total } = await this.process('sweep');
			if (total === 0) return;
		}
	}

	remove() {
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

// More than 5 % in all: busy, broken, cut off before and after the request was looked at.
const FAULTS = { rules: [['503', 0.022, 3], ['500', 0.012, 5], ['refuse', 0.012, 7], ['drop', 0.012, 11]].map(([fault, probability, n]) =>
	({ match: { path_prefix: '/integrations/', probability, seed: n }, fault })) };

// ---- the judge ----

const isScores = (entry) => entry.path.endsWith('/get_odl_scores') && !entry.query.includes('nothing');
const isFull = (entry) => !entry.query.includes('after_time_unix');
const atOf = (entry) => Math.floor(Date.parse(entry.at) / 1000);

// The longest time, for each, between two answers (or the day's ends).
function gaps(log, day) {
	const last = new Map(), worst = new Map(), failures = new Map();
	for (const id of day.groupOf.keys()) last.set(id, day.began);
	for (const entry of log.filter(isScores)) {
		const id = entry.subject;
		if (entry.status !== 200 || entry.fault) {
			failures.set(id, (failures.get(id) || 0) + 1);
			continue;
		}
		worst.set(id, Math.max(worst.get(id) || 0, atOf(entry) - last.get(id)));
		last.set(id, atOf(entry));
	}
	for (const [id, at] of last) worst.set(id, Math.max(worst.get(id) || 0, day.now - at));
	return worst;
}

// The worst of each group, those left out who came back.
function freshness(log, day) {
	const worst = gaps(log, day), back = new Set(day.returning.map((r) => r.id));
	return Object.fromEntries(GROUPS.map((g) =>
		[g.name, Math.max(...g.members.filter((id) => !back.has(id)).map((id) => worst.get(id)))]));
}

const sorted = (list) => list.slice().sort();

async function truthOf(it) {
	const solves = [], events = [], totals = [];
	for (const user of await it.truth('odl')) {
		totals.push(`${user.syned_user_id} ${user.total_challenges_solved} ${user.total_points}`);
		for (const s of user.challenge_solves) solves.push(`${user.syned_user_id} odl  ${s.challenge_solve_id} ${s.timestamp_unix}`);
	}
	for (const user of await it.truth('flash'))
		for (const e of user.flash_ctfs) {
			const id = `${e.flash_ctf_name}:${e.flash_ctf_time_start_unix}`;
			events.push(`${user.syned_user_id} ${id} ${e.challenges_solved} ${e.points_earned}`);
			for (const s of e.challenge_solves) solves.push(`${user.syned_user_id} flash_ctf ${id} ${s.challenge_solve_id} ${s.timestamp_unix}`);
		}
	return { solves: sorted(solves), events: sorted(events), totals: sorted(totals) };
}

function rowsOf(day) {
	return {
		solves: sorted(day.rows('SELECT * FROM game_platform_challenge_solves').map((r) =>
			`${r.syned_user_id} ${r.source} ${r.event_id} ${r.challenge_solve_id} ${Date.parse(r.solved_at) / 1000}`)),
		events: sorted(day.rows('SELECT * FROM game_platform_flash_ctf_events').map((r) =>
			`${r.syned_user_id} ${r.event_id} ${r.challenges_solved} ${r.score}`)),
		totals: sorted(day.rows(`SELECT c.game_platform_id AS id, s.challenges_completed AS n, s.total_score AS p
			FROM game_platform_stats s JOIN competitors c ON c.id = s.competitor_id`).map((r) => `${r.id} ${r.n} ${r.p}`)),
	};
}

function within(plan, env, work) {
	return async () => {
		const it = await startOf('metactf', '--dataset', 'empty', '--clock', 'virtual', '--approval', 'auto');
		const day = new Day(it, plan, env);
		try {
			await day.open();
			await day.warm();
			await work(day, it);
		} finally {
			day.remove();
			await it.stop();
		}
	};
}

const PER_CENT_3 = PEOPLE * CYCLES * 2 * 0.03;
const minutes = (s) => `${Math.round(s / 60)} min`;

function tell(what, log, fresh) {
	const share = 100 * (1 - log.length / (PEOPLE * CYCLES * 2));
	console.log(`# | ${what} | ${log.length} | ${share.toFixed(1)} % | ${GROUPS.map((g) => minutes(fresh[g.name])).join(' | ')} |`);
}

test(`a day of ${PEOPLE} competitors and ${CYCLES} cycles: 97 % fewer calls, every tier's promise, nothing lost`,
	within(SHIPPED, {}, async (day, it) => {
		const log = await day.run({ kills: 10 });
		const fresh = freshness(log, day);
		const failed = log.filter((entry) => entry.fault).length;
		tell('shipped plan', log, fresh);
		console.log(`# ${failed} requests failed (${(100 * failed / log.length).toFixed(1)} %), ${day.kills} processes killed`);
		assert.strictEqual(day.kills, 10, 'the kills must land');
		assert.ok(failed / log.length > 0.045, 'requests must fail');
		assert.ok(log.length <= PER_CENT_3, `${log.length} calls`);
		// A job whose process died is begun anew within the minute.
		for (const group of GROUPS)
			assert.ok(fresh[group.name] <= group.every + CRASH, `${group.name}: ${fresh[group.name]} s`);
		const early = rowsOf(day), late = await truthOf(it);
		await day.close();
		const closing = (await day.calls()).length - log.length;
		const truth = await truthOf(it), rows = rowsOf(day);
		console.log(`# at midnight ${early.solves.length} of ${late.solves.length} solves, after ${closing} closing calls ${rows.solves.length} of ${truth.solves.length}`);
		assert.deepStrictEqual(rows.solves, truth.solves);
		assert.deepStrictEqual(rows.events, truth.events);
		assert.deepStrictEqual(rows.totals, truth.totals);
		assert.strictEqual(new Set(rows.solves).size, rows.solves.length, 'each once');
		assert.deepStrictEqual(day.rows('SELECT 1 FROM game_platform_sync_state WHERE needs_totals_refresh'), []);
		assert.deepStrictEqual(day.rows("SELECT 1 FROM game_platform_sync_runs WHERE status = 'running'"), []);
	}));

if (FULL) {
	test('a day with an event', within(SHIPPED, {}, async (day, it) => {
		const log = await day.run({ kills: 10, event: true });
		tell('shipped plan, an event', log, freshness(log, day));
		const early = rowsOf(day), late = await truthOf(it);
		assert.strictEqual(early.events.length, late.events.length, 'every event is there before the day is closed');
		await day.close();
		const truth = await truthOf(it), rows = rowsOf(day);
		assert.deepStrictEqual(rows.events, truth.events);
		assert.deepStrictEqual(rows.solves, truth.solves);
		assert.deepStrictEqual(rows.totals, truth.totals);
	}));

	for (const [what, plan, env] of [['the three tiers alone', THREE, {}],
		['sync all', SHIPPED, { GAME_PLATFORM_PRIORITIZATION_ENABLED: 'false' }]])
		test(what, within(plan, env, async (day) => {
			const log = await day.run({});
			tell(what, log, freshness(log, day));
			assert.ok(log.length > PER_CENT_3, 'three tiers alone cannot do it');
		}));
}
