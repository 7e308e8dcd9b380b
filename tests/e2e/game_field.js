// SPDX-License-Identifier: Apache-2.0
// game_field.js - the game platform's stand-in, a firm's database and the processes between them, for
// tests that write rows as an application does and look at what became of them at the vendor.
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Firm, needs, until, sleep, STORE, CONNECTORS } = require('./firm.js');
const { reaching } = require('./game_platform.js');
const { jwt: sign } = require('./jwt.js');
const { Service } = require('./service.js');
const { startOf } = require('../sandbox/stand_in.js');
const { Session } = require('./game_pen.js');

needs(...(STORE === 'sqlite' ? ['sqlite3', 'stdbuf'] : ['psql']));

const API = '/integrations/syned/v1';
const SECRET = 'an hs256 secret of this field, long enough';
const COACHES = [1, 2, 3].map((n) => `c0000000-0000-4000-8000-00000000000${n}`);
const uuid = () => crypto.randomUUID();

// The shipped plan; a vendor who hangs costs less of everybody's time, and coaches may come in.
const PLAN = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8').replace('timeout: 15s', 'timeout: 2s') + `
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
`;

const jwt = (sub) => sign(SECRET, { sub, app_metadata: { role: 'coach' } }, 3600);

// The application's side by plain SQL, the vendor's by its truth, and the processes between.
class Field {
	constructor(f, it) {
		Object.assign(this, { f, it, kills: 0, n: 0, servers: [new Service(f, [])] });
		this.tokens = Object.fromEntries(COACHES.map((id) => [id, jwt(id)]));
	}

	get s() {
		return this.servers[0];
	}

	async begin(alone) {
		await this.s.start();
		if (STORE !== 'sqlite' && !alone) this.work();
		this.session = new Session(STORE, this.f.database);
		await this.session.first;
		for (const id of COACHES) {
			await this.atVendor(id, 'coach');
			await this.session.run(`INSERT INTO profiles (id, email, role, full_name, school_name, is_approved)
				VALUES ('${id}', '${id.slice(-1)}@school.example.org', 'coach', 'Casey Coach', 'Oak Academy', true)`.replace(/\s+/g, ' '));
		}
	}

	// The second process on the same database.
	work() {
		this.worker = this.f.begin(['work']);
	}

	// Somebody whom the vendor has known since before.
	async atVendor(id, role) {
		const body = { first_name: 'Pat', last_name: 'Player', email: `${id}@students.example.org`, role, syned_user_id: id,
			...(role === 'user' ? { syned_coach_user_id: COACHES[0] } : {}) };
		const answer = await this.it.ask(`${API}/users`, { method: 'POST', body: JSON.stringify(body),
			headers: { 'content-type': 'application/json' } });
		assert.strictEqual(answer.status, 201, answer.text);
		await this.it.post('users/status', { syned_user_id: id, status: 'approved' });
	}

	// `known`: on the platform already.  Else ready to be, or without a release.
	async competitor(known, released = true) {
		const id = uuid(), n = this.n++;
		if (known) await this.atVendor(id, 'user');
		const row = { id, coach_id: COACHES[n % COACHES.length], first_name: `Pat${n}`, last_name: 'Player',
			email_school: `${id}@students.example.org`, grade: '9', gender: 'x', race: 'x', ethnicity: 'x', level_of_technology: 'high',
			parent_name: 'P', parent_email: 'p@home.example.org', division: n % 11 === 10 ? 'college' : 'high_school',
			media_release_date: released ? '2026-01-02T03:04:05Z' : null, game_platform_id: known ? id : null };
		await this.session.run(`INSERT INTO competitors (${Object.keys(row)}, years_competing) VALUES
			(${Object.values(row).map((v) => (v === null ? 'NULL' : `'${v}'`))}, 1)`.replace(/\s+/g, ' '));
		return id;
	}

	// One request of a coach; null: nobody can know what became of it.
	async call(coach, method, where, body) {
		for (;;) {
			const url = this.s.url;
			try {
				return await this.s.call(where, { method, body, token: this.tokens[coach] });
			} catch (e) {
				const refused = e.cause && e.cause.code === 'ECONNREFUSED';
				await until(() => this.s.url !== url || this.over, 'the next server');
				if (!refused || this.over) return null;
			}
		}
	}

	// SIGKILLs one of the processes now and then, and starts another.
	async kill(rng) {
		while (!this.over) {
			await sleep(1500 + rng.below(3000));
			if (this.over) break;
			this.kills++;
			if (this.worker && rng.below(2)) {
				this.worker.kill('SIGKILL');
				await this.worker.ended;
				this.work();
			} else {
				await this.s.restart('SIGKILL');
			}
		}
	}

	async end() {
		this.over = true;
		if (this.session) await this.session.end();
		if (this.worker) this.worker.kill('SIGKILL');
		if (this.s.child && this.s.child.exitCode === null && this.s.child.signalCode === null) await this.s.stop('SIGKILL');
	}

	rows(sql) {
		return this.f.rows(sql);
	}

	// Of two readings the second may know a team that came after the first.
	async rosters() {
		const out = {};
		for (const team of await this.it.truth('teams')) out[team.syned_team_id] = [];
		for (const one of await this.it.truth('assignments')) (out[one.syned_team_id] = out[one.syned_team_id] || []).push(one.syned_user_id);
		for (const users of Object.values(out)) users.sort();
		return out;
	}

	local() {
		const out = {};
		for (const t of this.rows('SELECT id FROM teams')) out[t.id] = [];
		for (const m of this.rows(`SELECT k.team_id AS team, c.game_platform_id AS who FROM team_members k JOIN competitors c
			ON c.id = k.competitor_id WHERE c.game_platform_id IS NOT NULL`)) (out[m.team] = out[m.team] || []).push(m.who);
		for (const users of Object.values(out)) users.sort();
		return out;
	}

	async equal() {
		let there, here;
		await until(async () => {
			there = await this.rosters();
			here = this.local();
			return JSON.stringify(Object.entries(there).sort()) === JSON.stringify(Object.entries(here).sort());
		}, 'equal rosters').catch((e) => assert.deepStrictEqual(there, here, e.message));
	}

	waiting() {
		return this.rows(`SELECT 'job' AS what, task AS name, args AS of, error AS why FROM lockstep_jobs WHERE task IN
			('game_platform_team', 'game_platform_onboard', 'game_platform_rosters') UNION ALL SELECT 'change', watch, record_key, state || ' ' || last_error
			FROM lockstep_outbox WHERE state NOT IN ('done', 'cancelled')`);
	}
}

// `alone`: without a second process.
async function playing(args, work, { env = {}, alone = false } = {}) {
	const it = await startOf('metactf', '--dataset', 'empty', ...args);
	const f = new Firm(null, {
		...reaching(it),
		...env,
	}, PLAN);
	const field = new Field(f, it);
	try {
		await field.begin(alone);
		await work(field);
		assert.ok(!/Pat\d|Player|example\.org|sandbox-token/.test(f.said), 'somebody or the token was named in a log');
	} finally {
		await field.end();
		f.remove();
		await it.stop();
	}
}

module.exports = { API, COACHES, Field, playing, uuid };
