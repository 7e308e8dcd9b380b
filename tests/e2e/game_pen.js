// SPDX-License-Identifier: Apache-2.0
// game_pen.js - who writes teams and rosters during a storm: by statements of its own connection, as
// an application would, or by the API's routes. Refusals are answers like any other.
//
// As a program it is a process of its own that writes by SQL: `game_pen.js DATABASE STORE N PACE SEED`
// prints its score as JSON.
'use strict';

const { spawn } = require('node:child_process');
const crypto = require('node:crypto');

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const uuid = () => crypto.randomUUID();

// mulberry32: the same seed, the same wishes (not the same storm).
function dice(seed) {
	let state = seed >>> 0;
	const next = () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = state;
		t = Math.imul(t ^ (t >>> 15), t | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
	};
	return {
		next,
		below: (n) => Math.floor(next() * n),
		one: (list) => list[Math.floor(next() * list.length)],
	};
}

// One connection that stays open: psql or sqlite3 with a pipe at both ends.
class Session {
	constructor(store, database) {
		this.sqlite = store === 'sqlite';
		const file = database.replace(/^sqlite:/, '');
		const [line, arg] = this.sqlite
			? ['exec stdbuf -oL sqlite3 -batch -cmd ".timeout 20000" "$0" 2>&1', file]
			: ['exec psql "$0" -X -q -A -t 2>&1', database];
		this.child = spawn('sh', ['-c', line, arg], { stdio: ['pipe', 'pipe', 'inherit'] });
		this.said = '';
		this.child.stdout.on('data', (data) => { this.said += data; this.look(); });
		this.child.on('close', () => { if (this.waiting) this.waiting.reject(new Error(`the session ended: ${this.said}`)); });
		this.turns = 0;
		this.last = Promise.resolve();
		this.first = this.sqlite ? this.run('PRAGMA foreign_keys = ON') : Promise.resolve();
	}

	look() {
		const w = this.waiting;
		const at = w ? this.said.indexOf(w.mark) : -1;
		if (at < 0) return;
		const text = this.said.slice(0, at).trim();
		this.said = this.said.slice(at + w.mark.length);
		this.waiting = null;
		const error = text.match(/^.*(?:ERROR|[Ee]rror)[: ].*$/m);
		if (error) w.reject(Object.assign(new Error(error[0]), { refused: true }));
		else w.resolve(text === '' ? [] : text.split('\n'));
	}

	// Lines of what the statements gave, columns parted by |.
	run(sql) {
		const turn = () => new Promise((resolve, reject) => {
			const mark = `@@${++this.turns}@@`;
			this.waiting = { mark, resolve, reject };
			this.child.stdin.write(`${sql};\n${this.sqlite ? '.print' : '\\echo'} ${mark}\n`);
		});
		const mine = this.last.then(turn, turn);
		this.last = mine;
		return mine;
	}

	// All or nothing. A failed statement leaves sqlite3 inside; psql's COMMIT rolls back by itself.
	async transact(...statements) {
		try {
			await this.run(`BEGIN${this.sqlite ? ' IMMEDIATE' : ''}`);
			for (const sql of statements) await this.run(sql);
			await this.run('COMMIT');
		} catch (e) {
			await this.run('ROLLBACK').catch(() => null);
			throw e;
		}
	}

	end() {
		this.child.stdin.end();
		return new Promise((resolve) => this.child.on('close', resolve));
	}
}

// Ids to choose from, as they stand now.
async function look(session) {
	const ids = async (sql) => (await session.run(sql)).map((line) => line.split('|'));
	return {
		coaches: (await ids('SELECT id FROM profiles ORDER BY id')).map(([id]) => id),
		teams: (await ids('SELECT id, coach_id FROM teams ORDER BY id')).map(([id, coach]) => ({ id, coach })),
		members: (await ids(`SELECT m.competitor_id, m.team_id, t.coach_id FROM team_members m JOIN teams t ON t.id = m.team_id
			ORDER BY 1`)).map(([id, team, coach]) => ({ id, team, coach })),
		free: (await ids(`SELECT c.id, c.coach_id FROM competitors c WHERE NOT EXISTS
			(SELECT 1 FROM team_members m WHERE m.competitor_id = c.id) ORDER BY 1`)).map(([id, coach]) => ({ id, coach })),
		ready: (await ids("SELECT id, coach_id FROM competitors WHERE game_platform_id IS NULL ORDER BY id"))
			.map(([id, coach]) => ({ id, coach })),
	};
}

const TEAMS_MAX = 14;
// What is wished for, and how often: [weight, needs, edit].
const WISHES = [
	[10, 'coaches', 'create'], [6, 'teams', 'rename'], [7, 'teams', 'remove'], [22, 'free', 'join'], [24, 'members', 'move'],
	[14, 'members', 'leave'], [8, 'ready', 'release'], [9, 'ready', 'register'], [4, 'members', 'swap'], [1, 'free', 'forget'],
];

// `own`: only what belongs to one coach, as the API wants it.
function wish(rng, now, own) {
	for (;;) {
		let at = rng.below(WISHES.reduce((sum, [weight]) => sum + weight, 0));
		const [, needs, edit] = WISHES.find(([weight]) => (at -= weight) < 0);
		if (edit === 'create' && now.teams.length >= TEAMS_MAX) continue;
		if (edit === 'remove' && now.teams.length <= 3) continue;
		if (edit === 'forget' && now.free.length < 6) continue;
		if (now[needs].length === 0) continue;
		const of = rng.one(now[needs]);
		const mine = (list) => (own ? list.filter((row) => row.coach === of.coach) : list);
		const team = rng.one(mine(now.teams)), other = rng.one(mine(now.members));
		if (['join', 'move'].includes(edit) && !team) continue;
		return { edit, of, team, other, set: rng.below(3) > 0 };
	}
}

const RELEASED = "'2026-01-02T03:04:05Z'";

// Edits by statements.
const bySql = {
	create: (s, w) => {
		const id = uuid();
		return s.run(`INSERT INTO teams (id, coach_id, name, division) VALUES ('${id}', '${w.of}', 'T ${id.slice(0, 8)}', 'high_school')`);
	},
	rename: (s, w) => s.run(`UPDATE teams SET name = 'R ${uuid().slice(0, 8)}' WHERE id = '${w.of.id}'`),
	remove: (s, w) => s.run(`DELETE FROM teams WHERE id = '${w.of.id}'`),
	join: (s, w) => s.run(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${w.team.id}', '${w.of.id}')`),
	move: (s, w) => s.run(`UPDATE team_members SET team_id = '${w.team.id}' WHERE competitor_id = '${w.of.id}'`),
	leave: (s, w) => s.run(`DELETE FROM team_members WHERE competitor_id = '${w.of.id}'`),
	release: (s, w) => s.run(`UPDATE competitors SET media_release_date = ${w.set ? RELEASED : 'NULL'} WHERE id = '${w.of.id}'`),
	// Nobody is registered by a statement; but they get ready to be.
	register: (s, w) => s.run(`UPDATE competitors SET media_release_date = ${RELEASED} WHERE id = '${w.of.id}'`),
	// Each to the other's team, as one change.
	swap: (s, w) => s.transact(`DELETE FROM team_members WHERE competitor_id = '${w.of.id}'`,
		`UPDATE team_members SET team_id = '${w.of.team}' WHERE competitor_id = '${w.other.id}'`,
		...(w.other.id === w.of.id ? [] : [`INSERT INTO team_members (team_id, competitor_id) VALUES ('${w.other.team}', '${w.of.id}')`])),
	forget: (s, w) => s.run(`DELETE FROM competitors WHERE id = '${w.of.id}'`),
};

// Edits as coaches: `call(coach, method, path, body)` answers {status, body}; null when nobody did.
const byApi = {
	create: (call, w) => call(w.of, 'POST', '/api/teams', { name: `A ${uuid().slice(0, 8)}`, division: 'high_school' }),
	rename: (call, w) => call(w.of.coach, 'PUT', `/api/teams/${w.of.id}`, { name: `B ${uuid().slice(0, 8)}` }),
	remove: (call, w) => call(w.of.coach, 'DELETE', `/api/teams/${w.of.id}`),
	join: (call, w) => call(w.of.coach, 'POST', `/api/teams/${w.team.id}/members`, { competitor_id: w.of.id }),
	move: (call, w) => call(w.of.coach, 'POST', `/api/teams/${w.team.id}/members`, { competitor_id: w.of.id, move: true }),
	leave: (call, w) => call(w.of.coach, 'DELETE', `/api/teams/${w.of.team}/members/${w.of.id}`),
	release: (call, w) => call(w.of.coach, 'PUT', `/api/competitors/${w.of.id}`,
		{ media_release_date: w.set ? '2026-01-02T03:04:05Z' : null }),
	register: (call, w) => call(w.of.coach, 'POST', `/api/game-platform/competitors/${w.of.id}`),
	swap: (call, w) => call(w.of.coach, 'POST', `/api/teams/${(w.other || w.of).team}/members`, { competitor_id: w.of.id, move: true }),
	forget: (call, w) => call(w.of.coach, 'DELETE', `/api/competitors/${w.of.id}`),
};

// `n` edits, one after the other; what came of them, by edit.
async function write(n, pace_ms, rng, session, act) {
	const score = { done: 0, refused: 0, cut: 0, edits: {}, refusals: {} };
	await session.first;
	for (let i = 0; i < n; i++) {
		const w = wish(rng, await look(session), act.own);
		const outcome = await act(w);
		score[outcome.what]++;
		if (outcome.what === 'done') score.edits[w.edit] = (score.edits[w.edit] || 0) + 1;
		if (outcome.why) score.refusals[outcome.why] = (score.refusals[outcome.why] || 0) + 1;
		await sleep(rng.below(2 * pace_ms));
	}
	return score;
}

const sqlActor = (session) => (w) => bySql[w.edit](session, w).then(() => ({ what: 'done' }),
	(e) => {
		if (!e.refused) throw e;
		return { what: 'refused', why: e.message.replace(/'[^']*'|\([0-9a-f-]{36}\)/g, '…').replace(/^.*?line \d+: /, '') };
	});

function apiActor(call) {
	const act = async (w) => {
		const answer = await byApi[w.edit](call, w);
		if (!answer) return { what: 'cut' };
		if (answer.status < 300) return { what: 'done' };
		return { what: 'refused', why: `${w.edit} ${answer.status} ${(answer.body && answer.body.code) || ''}` };
	};
	act.own = true;
	return act;
}

if (require.main === module) {
	const [database, store, n, pace, seed] = process.argv.slice(2);
	const session = new Session(store, database);
	write(Number(n), Number(pace), dice(Number(seed)), session, sqlActor(session)).then(async (score) => {
		await session.end();
		console.log(JSON.stringify(score));
	}, (e) => { console.error(e.stack); process.exit(1); });
}

module.exports = { Session, dice, write, sqlActor, apiActor };
