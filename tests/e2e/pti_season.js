// SPDX-License-Identifier: Apache-2.0
// pti_season.js - ratings of linked players in five leagues, week by week on a virtual clock, with failing
// requests, killed processes and pages that change hands.  The judge is the stand-in's own log and its truth.
//
// LOCKSTEP_PTI_SEASON=full: 500 players, 26 weeks, and the table of credits beside the specification's way.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFile, execFileSync } = require('node:child_process');
const { startOf } = require('../sandbox/stand_in.js');

const WEEK_PROCESS = path.resolve(process.argv[3]);
const CONNECTORS = path.resolve(__dirname, '../../connectors');
const FULL = process.env.LOCKSTEP_PTI_SEASON === 'full';
const PLAYERS = FULL ? 500 : 100, WEEKS = FULL ? 26 : 4, LEAGUES = 5;
const WEEK_MS = 7 * 86400 * 1000, SHARED = PLAYERS / 50;
const SPEC_CREDITS = 5;
const KEY = 'fc-00000000-0000-4000-8000-000000000001';
const MOD = 'nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D';

let seed = 20261101;
function random(n) {
	seed = (seed * 1103515245 + 12345) % 2147483648;
	return Math.floor((seed / 2147483648) * n);
}

// 5 % in all: busy, broken, limited, cut off before and after the request was looked at.
const FAULTS = { rules: [['503', 0.02, 3], ['500', 0.01, 5], ['429', 0.005, 13], ['refuse', 0.01, 7], ['drop', 0.005, 11]]
	.map(([fault, probability, n]) => ({ match: { path_prefix: '/v2/scrape', probability, seed: n }, fault })) };

const PLAN = (leaguePages) => `
database: "\${LOCKSTEP_DATABASE}"
connections:
  pti:
    connector: tenniscores
    config:
      source: firecrawl
      firecrawl_key: "${KEY}"
      firecrawl_url: "\${FIRECRAWL_URL}"
      requests_per_minute: 10
      credits_per_month: 5000
      league_pages: ${leaguePages}
    network: { allow_http: true, allow_private: true }
    streams: {}
`;

const addressOf = (p) => `https://${p.league}.tenniscores.com/?print&mod=${MOD}&p=${p.id.replace(/=/g, '%3D')}`;
const sqlText = (s) => `'${s.replace(/'/g, "''")}'`;

class Season {
	constructor(it, leaguePages) {
		this.it = it;
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-season-'));
		this.plan = path.join(this.folder, 'lockstep.yaml');
		fs.writeFileSync(this.plan, PLAN(leaguePages));
		this.env = { PATH: process.env.PATH, LOCKSTEP_CONNECTORS: CONNECTORS, FIRECRAWL_URL: it.url,
			LOCKSTEP_DATABASE: `sqlite:${path.join(this.folder, 'season.db')}`,
			LOCKSTEP_KEY_FILE: path.join(this.folder, 'season.key') };
		this.kills = 0;
		this.runs = new Map(); // by month
	}

	async open() {
		this.now = Date.parse((await this.it.post('clock/advance', { ms: 0 })).now);
		await this.process('migrate');
		await this.link();
	}

	async passTo(ms) {
		const at = Date.parse((await this.it.post('clock/advance', { ms: 0 })).now);
		if (ms > at) await this.it.post('clock/advance', { ms: ms - at });
		this.now = Math.max(ms, at);
	}

	// A process of its own.  Killed: null.
	process(what, ...death) {
		return new Promise((resolve, reject) => execFile(WEEK_PROCESS,
			[this.plan, String(this.now), what, ...death.map(String)], { env: this.env }, (error, out, err) => {
				if (error && error.signal === 'SIGKILL') resolve(null);
				else if (error) reject(new Error(`${what}: ${err}`));
				else resolve(JSON.parse(out));
			}));
	}

	sql(text) {
		return execFileSync('sqlite3', ['-json', '-cmd', '.timeout 10000', path.join(this.folder, 'season.db')],
			{ input: text, encoding: 'utf8', maxBuffer: 1 << 28 });
	}

	rows(text) {
		const out = this.sql(text);
		return out.trim() ? JSON.parse(out) : [];
	}

	async truth() {
		const all = (await this.it.lines('truth')).map((line) => JSON.parse(line));
		return new Map(all.map((p) => [`${p.league} ${p.id}`, p]));
	}

	// As persons link: only a page that shows a rating can be linked.  Some pages are linked twice.
	async link() {
		const byLeague = new Map();
		for (const p of (await this.truth()).values())
			if (p.pti !== null && p.name) byLeague.set(p.league, [...(byLeague.get(p.league) || []), p]);
		const leagues = [...byLeague.values()].slice(0, LEAGUES);
		assert.strictEqual(leagues.length, LEAGUES);
		const pages = Array.from({ length: PLAYERS - SHARED }, (_, i) => leagues[i % LEAGUES][Math.floor(i / LEAGUES)]);
		assert.ok(pages.every(Boolean));
		this.accounts = [...pages, ...pages.slice(0, SHARED)].map((p, i) => ({ ...p,
			player: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, key: `${p.league} ${p.id}`, stored: p.pti, renamed: false }));
		this.sql(`BEGIN;\n${this.accounts.map((a) => `INSERT INTO players (id, name, pti, pti_source_url, pti_source_name, pti_last_synced,
			pti_sync_enabled) VALUES ('${a.player}', ${sqlText(a.name)}, ${a.pti}, ${sqlText(addressOf(a))}, ${sqlText(a.name)},
			'2026-10-31T12:00:00.000Z', 1);`).join('\n')}\nCOMMIT;`);
		this.pages = pages.length;
	}

	// Some pages get another owner, some show other things for a while.
	async disturb(week) {
		const one = () => this.accounts[random(this.accounts.length)];
		if (week === 2) {
			const a = one();
			await this.it.post('players', { league: a.league, id: a.id, first: 'Somebody', last: 'Different' });
			for (const b of this.accounts) if (b.key === a.key) b.renamed = true;
		}
		const odd = ['player_trap', 'captcha_page', 'player_unknown_id', 'player_out_of_range'][week % 4];
		if (this.odd) await this.it.post('players', { league: this.odd.league, id: this.odd.id, page: null });
		this.odd = one();
		await this.it.post('players', { league: this.odd.league, id: this.odd.id, page: odd });
	}

	// One Sunday: until the run is over, whatever kills it.
	async run(week) {
		const deaths = week % 2 ? [['answered', 2 + random(this.leaguePages ? 4 : 60)], ['written', 1 + random(60)]] : [];
		let done = null;
		for (let n = 0; !done; n++) {
			assert.ok(n < 10, 'it never ends');
			done = await this.process('sync', ...(deaths[n] || []));
			if (done) break;
			this.kills++;
			await this.passTo(Date.parse((await this.it.post('clock/advance', { ms: 0 })).now) + 60000);
		}
		if (done.now_ms > this.now) await this.passTo(done.now_ms);
		return done;
	}

	// What is stored is what the page said, or what was there before.
	check(before, after, began, done) {
		const rows = new Map(this.rows(`SELECT p.id, p.pti, p.pti_last_synced AS synced, m.last_error AS error, m.run FROM players p
			LEFT JOIN lockstep_pti_players m ON m.player = p.id`).map((r) => [r.id, r]));
		const told = { fresh: 0, kept: 0 };
		for (const a of this.accounts) {
			const row = rows.get(a.player), values = [before.get(a.key).pti, after.get(a.key).pti];
			assert.strictEqual(row.run, done.run, `${a.player} was passed over`);
			if (row.error === null) {
				assert.ok(Date.parse(row.synced) >= began, `${a.player}: ${row.synced}`);
				assert.ok(!a.renamed, `${a.player} got somebody else's rating`);
				assert.ok(values.includes(row.pti), `${a.player}: ${row.pti} is stored, true is ${values}`);
				told.fresh++;
			} else {
				assert.strictEqual(row.pti, a.stored, `${a.player}: ${row.error}, and yet changed`);
				told.kept++;
			}
			a.stored = row.pti;
		}
		return told;
	}

	async week(week) {
		await this.disturb(week);
		const before = await this.truth(), began = this.now, month = new Date(this.now).toISOString().slice(0, 7);
		this.runs.set(month, (this.runs.get(month) || 0) + 1);
		const done = await this.run(week);
		const told = this.check(before, await this.truth(), began, done);
		assert.strictEqual(done.found, PLAYERS);
		assert.strictEqual(done.left_out, 0);
		assert.strictEqual(done.success + done.failed + done.no_pti, PLAYERS);
		return told;
	}

	remove() {
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

async function season(it, leaguePages) {
	const s = new Season(it, leaguePages);
	const told = { fresh: 0, kept: 0 };
	s.leaguePages = leaguePages;
	try {
		await s.open();
		await it.post('plan', FAULTS);
		const start = s.now;
		for (let week = 0; week < WEEKS; week++) {
			await s.passTo(start + week * WEEK_MS);
			const { fresh, kept } = await s.week(week);
			told.fresh += fresh;
			told.kept += kept;
		}
		const credits = await it.admin('credits'), log = (await it.log()).filter((e) => e.path === '/v2/scrape');
		const own = s.rows('SELECT month, credits FROM lockstep_pti_spend ORDER BY month');
		return { told, log, own, kills: s.kills, runs: s.runs, months: credits.months.filter((m) => s.runs.has(m.month)) };
	} finally {
		s.remove();
	}
}

function judge(what, s, share) {
	const failed = s.log.filter((e) => e.fault).length;
	const limited = s.log.filter((e) => e.status === 429 && !e.fault).length;
	console.log(`# ${what}: ${s.log.length} requests, ${failed} failed, ${s.kills} kills, ${s.told.fresh} ratings fresh, ${s.told.kept} kept`);
	console.log('# | month | Sundays | the specification | spent | of it |');
	for (const { month, spent } of s.months.slice().reverse()) {
		const spec = s.runs.get(month) * PLAYERS * SPEC_CREDITS;
		const own = s.own.find((m) => m.month === month).credits;
		console.log(`# | ${month} | ${s.runs.get(month)} | ${spec} | ${spent} | ${(100 * spent / spec).toFixed(2)} % |`);
		assert.ok(spent <= spec * share, `${month}: ${spent} of ${spec}`);
		// What was on its way when a process died is counted there, but not here.
		assert.ok(own >= spent - s.kills, `${month}: ${own} counted, ${spent} spent`);
	}
	assert.ok(s.kills > 0, 'the kills must land');
	assert.strictEqual(limited, 0, 'the limit a minute is kept');
	assert.ok(s.told.fresh > s.told.kept * 5, 'most are fresh');
}

function within(work) {
	return async () => {
		const it = await startOf('firecrawl', '--players', FULL ? 900 : 200, '--leagues', 6, '--clock', 'virtual',
			'--credits', 10000000);
		try {
			await work(it);
		} finally {
			await it.stop();
		}
	};
}

test(`${PLAYERS} players, ${WEEKS} weeks, card by card: at most a fifth of the credits`, within(async (it) => {
	judge('card by card', await season(it, false), 1 / 5);
}));

test(`${PLAYERS} players, ${WEEKS} weeks, a page per league: at most a ${FULL ? 'fiftieth' : 'tenth'} of the credits`, within(async (it) => {
	// A league's page costs the same for 20 players as for 100.
	judge('a page per league', await season(it, true), FULL ? 1 / 50 : 1 / 10);
}));
