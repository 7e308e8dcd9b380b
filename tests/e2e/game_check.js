// SPDX-License-Identifier: Apache-2.0
// game_check.js - `lockstep check metactf`, the smoke test: what it finds, what it says to do, and that
// it only reads.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { Firm, needs, STORE, CONNECTORS, TOP } = require('./firm.js');
const { reaching } = require('./game_platform.js');
const { startOf } = require('../sandbox/stand_in.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const PLAN = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8');
const API = '/integrations/syned/v1';
const COACH = 'c0000000-0000-4000-8000-000000000001', ONE = 'a0000000-0000-4000-8000-000000000001';

const platform = (work, { args = [], env = {} } = {}) => async () => {
	const it = await startOf('metactf', '--dataset', 'empty', ...args);
	const f = new Firm(null, {
		...reaching(it),
		...env,
	}, PLAN);
	// The findings by their name, and the exit code.
	const check = async (code, more = {}) => {
		Object.assign(f.env, more);
		const done = await f.lockstep('check', 'metactf', '--json');
		assert.strictEqual(done.code, code, done.out + done.err);
		const list = JSON.parse(done.out);
		for (const one of list) assert.ok(one.ok || one.next || /database|plan/.test(one.check), `${one.check} does not say what to do`);
		return Object.fromEntries(list.map((one) => [one.check.replace('metactf, ', ''), one]));
	};
	try {
		await work(check, f, it);
		const writes = (await it.log()).filter((e) => e.method !== 'GET');
		assert.deepStrictEqual(writes, [], 'it only reads');
		assert.ok(!/Pat|Player|example\.org|sandbox-token/.test(f.said), 'somebody or the token was named');
	} finally {
		f.remove();
		await it.stop();
	}
};

// What was there before; not for the log.
async function people(f, it, registered) {
	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	f.change(`INSERT INTO profiles (id, email, role, school_name, is_approved) VALUES ('${COACH}', 'c@example.org', 'coach', 'Oak', true)`);
	f.change(`INSERT INTO competitors (id, coach_id, first_name, last_name, game_platform_id) VALUES ('${ONE}', '${COACH}', 'Pat', 'Player', ${
		registered ? `'${ONE}'` : 'NULL'})`);
	const make = (body) => it.ask(`${API}/users`, { method: 'POST', body: JSON.stringify({ first_name: 'Pat', last_name: 'Player', ...body }),
		headers: { 'content-type': 'application/json' } });
	assert.strictEqual((await make({ email: 'c@example.org', role: 'coach', syned_user_id: COACH })).status, 201);
	await it.post('users/status', { syned_user_id: COACH, status: 'approved' });
	assert.strictEqual((await make({ email: 'p@example.org', role: 'user', syned_user_id: ONE, syned_coach_user_id: COACH })).status, 201);
	await it.post('users/status', { syned_user_id: ONE, status: 'approved' });
	await it.post('reset-log');
}

test('before anything is there it says what is missing, and that the vendor answers', platform(async (check, f, it) => {
	const said = await check(0);
	assert.match(said.schema.says, /^\d+ statements are missing$/);
	assert.match(said.schema.next, /lockstep migrate/);
	assert.match(said.index.says, /HTTP 200/);
	assert.match(said.assignments.says, /^0 users on teams/);
	assert.strictEqual(said.clock.says, 'the same here and there');
	assert.match(said.scores.says, /nobody is registered yet; an unknown id gets HTTP 404/);
	assert.ok(said.flash.ok && said.token.ok);
	assert.strictEqual(said.flag.says, 'on: changes are mirrored');
	assert.deepStrictEqual([...new Set((await it.log()).map((e) => e.path.slice(API.length)))].sort(),
		['/', '/scores/get_flash_ctf_progress', '/scores/get_odl_scores', '/users/get_team_assignments']);
}));

test('with tables it says what would be mirrored, and the flag', platform(async (check, f, it) => {
	await people(f, it, true);
	const team = 'b0000000-0000-4000-8000-000000000001';
	let said = await check(0);
	assert.strictEqual(said.schema.says, 'all tables, columns and triggers are there');
	assert.strictEqual(said.scores.says, 'answers for a competitor who is registered');
	assert.strictEqual(said.mirror.says, 'teams and members are the same here and there');
	assert.match(said.flag.says, /^off/);
	assert.match(said.flag.next, /GAME_PLATFORM_INTEGRATION_ENABLED=true/);
	const waiting = () => f.value("SELECT count(*) AS n FROM lockstep_outbox WHERE state = 'pending'");
	f.change(`INSERT INTO teams (id, coach_id, name) VALUES ('${team}', '${COACH}', 'Red')`);
	f.change(`INSERT INTO team_members (team_id, competitor_id) VALUES ('${team}', '${ONE}')`);
	const before = waiting();
	said = await check(0);
	assert.strictEqual(said.mirror.says, 'teams to be made: 1; members to be put on: 1, to be moved: 0, to be taken off: 0; errors that stand: 0');
	assert.strictEqual(waiting(), before, 'nothing was carried on');
	const plain = await f.lockstep('check', 'metactf');
	assert.match(plain.out, /ok {4} metactf, mirror: teams to be made: 1;/);
	assert.match(plain.out, /\n {7}GET \/api\/game-platform\/drift lists them\./);
}, { env: { GAME_PLATFORM_INTEGRATION_ENABLED: 'false' } }));

test('a token that is missing or wrong is told with what to do', platform(async (check, f, it) => {
	const none = await check(5, { GAME_PLATFORM_API_TOKEN: '' });
	assert.deepStrictEqual([none.token.ok, none.token.says], [false, 'Missing GAME_PLATFORM_API_TOKEN configuration']);
	assert.ok(none.index.ok && none.assignments === undefined);
	assert.deepStrictEqual((await it.log()).map((e) => e.path), [`${API}/`], 'without a token nothing else is asked');
	const wrong = await check(5, { GAME_PLATFORM_API_TOKEN: 'another' });
	assert.match(wrong.assignments.says, /^unauthorized: /);
	assert.match(wrong.assignments.next, /GAME_PLATFORM_API_TOKEN/);
	assert.strictEqual(wrong.scores, undefined);
}));

test('a wrong address, one nobody answers at, and one that is forbidden', platform(async (check, f, it) => {
	const path = await check(1, { GAME_PLATFORM_API_BASE_URL: `${it.url}/integrations/syned/v9` });
	assert.match(path.index.says, /HTTP 404/);
	assert.match(path.assignments.says, /^not_found: /);
	assert.match(path.assignments.next, /GAME_PLATFORM_API_BASE_URL/);
	const nobody = await check(75, { GAME_PLATFORM_API_BASE_URL: 'http://127.0.0.1:1' + API });
	assert.strictEqual(nobody.index.ok, false);
	assert.match(nobody.index.next, /may this machine reach it/);
	assert.strictEqual(nobody.assignments, undefined);
	const plain = await check(2, { GAME_PLATFORM_API_BASE_URL: it.url + API, GAME_PLATFORM_ALLOW_HTTP: 'false' });
	assert.strictEqual(plain.index.ok, false);
}));

test('a vendor who fails, and one who does not know a competitor of ours', platform(async (check, f, it) => {
	await people(f, it, true);
	await it.post('plan', { rules: [{ match: { path_prefix: `${API}/users` }, fault: '503' }] });
	const down = await check(75);
	assert.match(down.assignments.says, /^server: GamePlatform request failed with status 503$/);
	await it.post('plan', { rules: [] });
	await it.post('users/remove', { syned_user_id: ONE });
	const gone = await check(1);
	assert.match(gone.scores.says, /of a competitor who is registered here: User not found or not approved/);
	assert.match(gone.scores.next, /drift\?users=true/);
}));

test('clocks that differ are told', platform(async (check) => {
	const said = await check(1);
	assert.strictEqual(said.clock.ok, false);
	assert.match(said.clock.says, /this machine's clock is \d+ s (ahead of|behind) MetaCTF's/);
}, { args: ['--clock', 'virtual'] }));

// Adjacent literals are one text, as the compiler reads them; in a YAML file a text may be plain.
function program() {
	const files = [];
	const walk = (folder) => {
		for (const e of fs.readdirSync(folder, { withFileTypes: true }))
			if (e.isDirectory()) walk(path.join(folder, e.name));
			else if (/\.(c|h|yaml)$/.test(e.name)) files.push(fs.readFileSync(path.join(folder, e.name), 'utf8'));
	};
	walk(path.join(TOP, 'src'));
	walk(CONNECTORS);
	return files.join('\n').replace(/"\s*\n\s*"/g, '').replace(/\\"/g, '"');
}

test('the texts that the runbook explains are the program\'s', () => {
	const runbook = fs.readFileSync(path.join(TOP, 'docs/runbook-game-platform.md'), 'utf8');
	const table = runbook.split('## By what it says')[1].split('### ')[0];
	const texts = [...table.matchAll(/^\| (`.*?) \| /gm)].flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)].map((m) => m[1]));
	assert.ok(texts.length >= 25);
	const code = program();
	for (const text of texts.filter((t) => !/^User not found/.test(t))) // the vendor's own
		for (const piece of text.split('…').map((p) => p.trim().replace(/^[:(]\s*|[:)]$/g, '')).filter((p) => p.length > 3 && !/HTTP|no answer/.test(p)))
			assert.ok(code.includes(piece), `nothing says '${piece}'`);
});
