// SPDX-License-Identifier: Apache-2.0
// three.js - one firm with all three integrations at once, each beside its stand-in, with a past and something
// that needs a person: what the screenshots show and the bench looks at.
//
//     node tests/console/three.js SANDBOX LOCKSTEP     serves it until it is interrupted
'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Firm, until, STORE, CONNECTORS } = require('../e2e/firm.js');
const { reaching } = require('../e2e/game_platform.js');
const { jwt: sign } = require('../e2e/jwt.js');
const { Service } = require('../e2e/service.js');
const { startOf } = require('../sandbox/stand_in.js');

const MINUTE = 60e3, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const FIRECRAWL_KEY = 'fc-00000000-0000-4000-8000-000000000001';
const SECRET = 'an hs256 secret of this firm, long enough';
// Every plan that ships, as one: what stands below each one's `connections`.
const shipped = (name) => fs.readFileSync(path.join(CONNECTORS, `${name}.plan.yaml`), 'utf8');
const connectionsOf = (name) => shipped(name).split(/^connections:\n/m)[1].replace(/^#.*\n/gm, '');
const MAY_BE_MISSING = 'email: "{{ record.email }}"                       # may';
// A contact without an address is refused: some wait in quarantine.
const strict = (plan) => plan.replace(MAY_BE_MISSING, 'email: { value: "{{ record.email }}", required: true } # may');
const PLAN = strict(`database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
${['practicepanther', 'metactf', 'tenniscores'].map(connectionsOf).join('\n')}
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
`);
assert.ok(!PLAN.includes(MAY_BE_MISSING));

// A token as the application's own sign-in would give it: the coach or player of that id.
const jwt = (sub, role) => sign(SECRET, { sub, app_metadata: { role } }, 3600);

const at = (ms) => new Date(Date.now() - ms).toISOString();
const uuid = (n) => `70000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

// `runs` runs of the past, a quarter of an hour apart, each with the streams below it; of every
// `bad` one fails and one is partial.
function* pastRuns(runs, bad = 97) {
	const started = (i) => Date.now() - 20 * MINUTE - i * 15 * MINUTE;
	for (let i = 0; i < runs; i++) {
		const how = i % bad === 5 ? 'error' : i % bad === 17 ? 'partial' : 'success';
		const id = uuid(i), full = i % 96 === 40;
		const began = started(i), took = (full ? 95e3 : 4e3) + (i * 7919) % 3000;
		const changed = (i * 31) % 40, calls = full ? 61 : 4 + (i % 3);
		const cells = [`'${id}'`, `'${full ? 'full' : 'incremental'}'`, `'${how}'`, `'${new Date(began).toISOString()}'`,
			`'${new Date(began + took).toISOString()}'`, "'practicepanther'", full ? 6100 : 40 + changed, changed % 7, changed, full ? 6000 : 40,
			how === 'error' ? 1 : 0, calls, how === 'error' ? "'the vendor answered 503 three times'" : 'NULL'];
		yield `(${cells})`;
	}
}
const RUN_COLUMNS = 'id, sync_type, status, started_at, completed_at, connection, records_processed, records_created, '
	+ 'records_updated, records_unchanged, records_failed, requests, error_message';

function addRuns(f, runs) {
	const rows = [...pastRuns(runs)];
	while (rows.length) f.change(`INSERT INTO sync_logs (${RUN_COLUMNS}) VALUES ${rows.splice(0, 5000).join(',\n')};`);
}

async function standIns(there, { contacts = 450, people = 60, players = 40 } = {}) {
	there.firm = await startOf('practicepanther', '--plain', '--contacts', contacts, '--matters', Math.round(contacts / 2),
		'--tasks', Math.round(contacts / 3));
	there.game = await startOf('metactf', '--dataset', 'population', '--population', people, '--active', 35, '--moderate', 40,
		'--approval', 'auto');
	there.cards = await startOf('firecrawl', '--players', players, '--mode', 'no_limits');
}

const environment = (there) => ({
	PP_BASE_URL: `${there.firm.url}/api/v2`,
	PP_TOKEN_URL: `${there.firm.url}/OAuth/Token`,
	PP_AUTHORIZE_URL: `${there.firm.url}/OAuth/Authorize`,
	...reaching(there.game),
	FIRECRAWL_API_KEY: FIRECRAWL_KEY,
	FIRECRAWL_URL: there.cards.url,
	PTI_REQUESTS_PER_MINUTE: '6000',
	PTI_COOLDOWN: '0s',
	PTI_ALLOW_HTTP: 'true',
	PTI_ALLOW_PRIVATE: 'true',
});

// The end of a job that an answer names.
async function done(s, answer) {
	assert.ok([200, 202].includes(answer.status), answer.text);
	return s.finished(answer.body.jobId ?? answer.body.job);
}

class Three {
	constructor(f, s, there) {
		Object.assign(this, { firm: f, s, there });
	}

	// Players of the leagues, linked by themselves; one has no page yet.
	async link(n) {
		const league = (await this.there.cards.lines('truth?league=gbpta')).map((line) => JSON.parse(line));
		this.players = league.filter((p) => p.pti !== null && p.pti > 0).slice(0, n).map((p, i) =>
			({ id: uuid(900000 + i), name: p.name, page: `https://gbpta.paddlescores.com/player.php?print&p=${encodeURIComponent(p.id)}` }));
		this.players.push({ id: uuid(900000 + n), name: 'Robin Ashgrove', page: null });
		for (const p of this.players)
			this.firm.change(`INSERT INTO players (id, name, email, home_club) VALUES ('${p.id}', '${p.name.replaceAll("'", "''")}',
				'${p.id.slice(-3)}@club.example', 'Bay Ridge')`);
		for (const p of this.players.filter((q) => q.page)) {
			const answer = await this.s.post(`/api/players/${p.id}/pti/link`, { print_page_url: p.page }, { token: jwt(p.id, 'player') });
			assert.strictEqual(answer.status, 200, answer.text);
		}
	}

	async people() {
		for (const [name, role] of [['ana', 'admin'], ['kim', 'viewer'], ['casey', 'coach']]) {
			const made = await this.s.post('/api/users', { name, role, password: crypto.randomBytes(12).toString('base64url') });
			assert.ok(made.status < 300, made.text);
		}
		await this.s.token('viewer');
	}

	// What a morning leaves behind: syncs, one of which the vendor cut short, jobs that ended and one that failed.
	async live() {
		const sync = async (syncType) => done(this.s, await this.s.post('/api/sync/trigger', { syncType }));
		await this.people();
		await sync('full');
		await this.there.firm.post('mutate', { collection: 'contacts', op: 'touch', count: 25 });
		await this.there.firm.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 2 }, fault: '429', args: { seconds: 3600 } }]);
		await this.s.post('/api/sync/trigger', { syncType: 'contacts' });
		await done(this.s, await this.s.post('/api/game-platform/scores/sync', {}));
		await this.link(6);
		const failed = await this.s.post('/api/jobs', { task: 'undo', args: { run: uuid(999999) } });
		await this.s.finished(failed.body.id);
		this.coach = this.firm.value("SELECT id FROM profiles WHERE role = 'coach' ORDER BY id LIMIT 1");
	}

	coachToken() {
		return jwt(this.coach, 'coach');
	}

	playerToken(n = 0) {
		return jwt(this.players[n].id, 'player');
	}
}

// Runs `work` beside a running server of such a firm, and everything ends whatever happens.
async function three(work, { runs = 2800, live = true, serve = [], ...sizes } = {}) {
	const there = {};
	let f, s;
	try {
		await standIns(there, sizes);
		f = new Firm(there.firm, environment(there), PLAN);
		s = new Service(f, serve);
		const made = await f.lockstep('migrate');
		assert.strictEqual(made.code, 0, made.err);
		f.change((await there.game.ask('/sandbox/application.sql')).text);
		addRuns(f, runs);
		await s.start();
		const it = new Three(f, s, there);
		if (live) await it.live();
		await work(it);
	} finally {
		if (s && s.child && s.child.exitCode === null && s.child.signalCode === null) await s.stop('SIGKILL');
		if (f) f.remove();
		for (const one of Object.values(there)) await one.stop();
	}
}

async function open(it) {
	const password = crypto.randomBytes(9).toString('base64url');
	for (const role of ['admin', 'viewer']) {
		const made = await it.s.post('/api/users', { name: role, password, role });
		assert.ok(made.status < 300, made.text);
	}
	console.log(`${it.s.url}  admin and viewer sign in with ${password}\ntoken ${await it.s.token()}`);
	await new Promise((resolve) => process.once('SIGINT', resolve));
}

if (require.main === module)
	three(open).catch((e) => {
		console.error(e);
		process.exitCode = 1;
	});

module.exports = { three, addRuns, jwt, at, MINUTE, HOUR, DAY, STORE, until };
