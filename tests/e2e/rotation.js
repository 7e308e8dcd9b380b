// SPDX-License-Identifier: Apache-2.0
// rotation.js - members of an own table take turns at a vendor, while rows come and go and processes die.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const { Firm, needs, until, STORE } = require('./firm.js');
const { serving } = require('./service.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql');

const MANIFEST = `
version: 7.0.0
type: DeclarativeSource
check: { type: CheckStream, stream_names: [scores] }
spec: { type: Spec, connection_specification: { type: object, required: [base_url], properties: { base_url: { type: string } } } }
streams:
  - type: DeclarativeStream
    name: scores
    primary_key: id
    retriever:
      type: SimpleRetriever
      requester:
        type: HttpRequester
        url_base: "{{ config.base_url }}"
        path: /scores
        http_method: GET
        error_handler:
          type: DefaultErrorHandler
          response_filters: [{ type: HttpResponseFilter, http_codes: [422], action: FAIL }]
      record_selector: { type: RecordSelector, extractor: { type: DpathExtractor, field_path: [solves] } }
      partition_router:
        type: ListPartitionRouter
        values: []
        cursor_field: player
        request_option: { type: RequestOption, inject_into: request_parameter, field_name: player }
`;

const plan = (rotation, table = '', server = '') => `
database: \${LOCKSTEP_DATABASE}
${server}
connections:
  game:
    connector: game.yaml
    config: { base_url: "\${GAME_URL}" }
    network: { allow_http: true, allow_private: true }
    batch_rows: 1 # every member is committed by itself
    streams:
      scores:
        rotation:
          table: players
          key: platform_id
          where: { retired: null }
          order: [joined_at, id]
${rotation.map((line) => '          ' + line).join('\n')}
    tables:
      solves:
        from: scores
        key: { solve: "{{ record.id }}" }
        columns: { player: "{{ stream_partition.player }}", points: { type: integer, value: "{{ record.points }}" } }
${table}
`;

// A vendor that has one solve of every player, and what is added.
async function vendor() {
	const it = { asked: [], solves: {}, refused: new Set(), slow: null };
	const server = http.createServer((request, response) => {
		const player = new URL(request.url, 'http://x').searchParams.get('player');
		it.asked.push(player);
		if (it.slow === it.asked.length) return; // never
		if (it.refused.has(player)) {
			response.writeHead(422, { 'content-type': 'application/json' }).end('{"detail":"no"}');
			return;
		}
		response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(
			{ solves: [`${player}-1`, ...(it.solves[player] || [])].map((id) => ({ id, points: id.length })) }));
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	it.url = `http://127.0.0.1:${server.address().port}`;
	it.stop = () => server.close() && server.closeAllConnections();
	it.take = () => it.asked.splice(0);
	return it;
}

let joined = 0;
function joins(f, name, activity = 0) {
	f.change(`INSERT INTO players (id, platform_id, joined_at, activity) VALUES
		(${++joined}, '${name}', '2026-11-01T00:00:${String(joined % 7).padStart(2, '0')}Z', ${activity})`);
}

// A folder with the vendor beside it and `n` players in the database.
const game = (text, n, work) => async () => {
	const it = await vendor();
	const f = new Firm(null, { GAME_URL: it.url }, text);
	try {
		f.write('game.yaml', MANIFEST);
		const made = await f.lockstep('migrate');
		assert.strictEqual(made.code, 0, made.err);
		f.change(STORE === 'sqlite'
			? 'CREATE TABLE players (id INTEGER PRIMARY KEY, platform_id TEXT, joined_at TEXT, activity INTEGER, retired TEXT)'
			: 'CREATE TABLE players (id bigint PRIMARY KEY, platform_id text, joined_at timestamptz, activity int, retired timestamptz)');
		for (let i = 0; i < n; i++) joins(f, `p${i}`);
		await work(f, it);
	} finally {
		f.remove();
		it.stop();
	}
};

async function cycle(f, it, ...args) {
	it.take();
	const done = await f.sync(...args);
	return { ...done, asked: it.take() };
}

const rotation = (f) => JSON.parse(f.value(`SELECT CAST(details AS text) AS d FROM sync_logs
	WHERE parent_id IS NOT NULL ORDER BY started_at DESC LIMIT 1`)).rotation;

// Ends the run with signal 9 when the vendor has been asked for the third time.
async function killed(f, it) {
	it.take();
	it.slow = 3;
	const child = f.begin(['sync']);
	await until(() => it.asked.length >= 3, 'the third request');
	child.kill('SIGKILL');
	await child.ended;
	it.slow = null;
	return it.take();
}

const done = (f) => new Set(f.rows('SELECT member FROM lockstep_members WHERE done_ms > 0').map((row) => row.member));

test('everybody who stays is asked once a round, whoever comes, goes or is killed', game(plan(['batch: 4']), 14, async (f, it) => {
	const here = new Set(Array.from({ length: 14 }, (_, i) => `p${i}`));
	let stay = new Set(here), times = {}, next = 14, rounds = 0;
	const count = (players) => { for (const player of players) times[player] = (times[player] || 0) + 1; };
	for (let i = 0; rounds < 3; i++) {
		assert.ok(i < 60, 'rounds come to an end');
		if (i === 1) {
			// Two were answered and committed; they are not asked again.
			const before = done(f);
			const asked = await killed(f, it);
			const kept = asked.filter((player) => !before.has(player) && done(f).has(player));
			assert.strictEqual(kept.length, 2);
			count(kept);
		}
		const went = await cycle(f, it);
		assert.strictEqual(went.code, 0, went.err);
		count(went.asked);
		if (f.value("SELECT count(*) AS n FROM lockstep_rotations WHERE place = ''") === 1) {
			for (const player of stay) assert.strictEqual(times[player], 1, `${player} in round ${rounds}: ${times[player]} times`);
			for (const [player, n] of Object.entries(times)) assert.ok(n <= 1, `${player}: ${n} times`);
			times = {};
			stay = new Set(here);
			rounds++;
		}
		const gone = [...here][(i * 5) % here.size];
		f.change(`DELETE FROM players WHERE platform_id = '${gone}'`);
		here.delete(gone);
		stay.delete(gone);
		joins(f, `p${next}`);
		here.add(`p${next++}`);
	}
}));

test('a full run asks everybody, and one that fails stops nobody', game(plan(['batch: 4']), 6, async (f, it) => {
	it.refused.add('p2');
	let went = await cycle(f, it);
	assert.strictEqual(went.code, 6, went.err);
	assert.strictEqual(new Set(went.asked).size, 4);
	went = await cycle(f, it, '--full');
	assert.strictEqual(went.code, 6, went.err);
	assert.strictEqual(new Set(went.asked).size, 6);
	assert.deepStrictEqual({ asked: rotation(f).asked, failed: rotation(f).failed }, { asked: 6, failed: 1 });
	it.refused.clear();
	went = await cycle(f, it, '--full');
	assert.strictEqual(went.code, 0, went.err);
	assert.strictEqual(f.value('SELECT count(*) AS n FROM solves'), 6);
	assert.deepStrictEqual(f.rows('SELECT processed, failed FROM lockstep_cycles ORDER BY began_ms').map((row) => `${row.processed} ${row.failed}`),
		['4 1', '6 1', '6 0']);
}));

test('a sentinel spares the others until it has news', game(plan(['sentinel: { rule: most_active, full_every: 7d, table: solves, column: solve, value: "{{ record.id }}" }',
	'activity: activity']), 8, async (f, it) => {
	f.change("UPDATE players SET activity = 50 WHERE platform_id = 'p5'");
	for (let i = 0; i < 3; i++) await cycle(f, it);
	assert.deepStrictEqual((await cycle(f, it)).asked, ['p5'], 'a quiet cycle is one call');
	it.solves.p5 = ['event-7'];
	it.solves.p3 = ['event-7'];
	const went = await cycle(f, it);
	assert.strictEqual(went.asked[0], 'p5');
	assert.strictEqual(went.asked.length, 8);
	assert.strictEqual(rotation(f).alarm, true);
	assert.deepStrictEqual((await cycle(f, it)).asked, ['p5'], 'quiet again');
}));

const SERVER = `server:
  alerts: { webhook: "\${HOOK:-http://127.0.0.1:1/}", webhook_secret: a-secret-of-the-receiver }
`;

test('the service tells how fresh members are, and follows up', game(plan(['activity: activity',
	'tiers: { high: { at_least: 60, every: 30m }, low: { every: 8h } }'],
'        follow_up: { task: cleanup, on: created }', SERVER), 10, async (f, it) => {
	const hooks = [];
	const hook = http.createServer((request, response) => {
		let body = '';
		request.on('data', (data) => { body += data; });
		request.on('end', () => { hooks.push(JSON.parse(body)); response.writeHead(200).end(); });
	});
	await new Promise((resolve) => hook.listen(0, '127.0.0.1', resolve));
	f.change("UPDATE players SET activity = 80 WHERE id % 2 = 0");
	try {
		await serving(f, async (s) => {
			assert.strictEqual((await s.post('/api/connections/game/sync')).status, 202);
			await until(() => f.value("SELECT count(*) AS n FROM lockstep_job_history WHERE task = 'cleanup' AND origin = 'follow_up' AND outcome = 0") >= 1,
				'the job that follows');
			await until(() => f.value('SELECT count(*) AS n FROM lockstep_cycles') === 1, 'the cycle');
			const { body } = await s.get('/api/connections/game/rotation?hours=2');
			const [one] = body.streams;
			assert.deepStrictEqual([one.stream, one.table, one.members, one.totals.cycles, one.totals.processed, one.totals.news],
				['scores', 'players', 10, 1, 10, 10]);
			assert.deepStrictEqual(one.tiers.map((t) => [t.name, t.promise_seconds, t.members, t.never_asked, t.late]),
				[['high', 1800, 5, 0, 0], ['low', 28800, 5, 0, 0]]);
			assert.strictEqual(one.lag[0].members, 10);
			assert.strictEqual(one.by_hour.length, 2);
			assert.strictEqual(one.cycles[0].calls, 10);
			assert.deepStrictEqual(one.advice, []);
			f.change('UPDATE lockstep_members SET done_ms = done_ms - 3600000, asked_ms = asked_ms - 3600000');
			const late = (await s.get('/api/connections/game/rotation')).body.streams[0];
			assert.deepStrictEqual(late.tiers.map((t) => t.late), [5, 0]);
			assert.deepStrictEqual([late.advice[0].code, late.advice[0].key], ['more_cycles', 'connections.game.schedule.incremental']);
			const metrics = await (await fetch(s.url + '/metrics', { headers: { authorization: `Bearer ${await s.token()}` } })).text();
			assert.match(metrics, /lockstep_rotation_late\{connection="game",stream="scores",tier="high"\} 5/);
			const told = (state) => until(() => hooks.find((said) => said.alert === 'freshness' && said.state === state), `freshness ${state}`);
			await s.post('/api/jobs', { task: 'watch' });
			const raised = await told('raised');
			assert.strictEqual(raised.subject, 'rotation:game/scores/high');
			await s.post('/api/connections/game/sync');
			await until(() => f.value('SELECT count(*) AS n FROM lockstep_cycles') === 2, 'another cycle');
			await s.post('/api/jobs', { task: 'watch' });
			await told('cleared');
		}, { env: { HOOK: `http://127.0.0.1:${hook.address().port}/` } });
	} finally {
		hook.close();
		hook.closeAllConnections();
	}
}));
