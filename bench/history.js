// SPDX-License-Identifier: Apache-2.0
// history.js - how long each question to the API takes in a firm with years behind it.
//
//     node bench/history.js [sqlite]                       after make build
//     tests/with_postgres node bench/history.js postgres
//
// The real server beside its three stand-ins, after a day's work, with so much more in its tables:
//
//   BENCH_HISTORY_JOBS    finished jobs (default 1000000)
//   BENCH_HISTORY_RUNS    runs (default 100000)
//   BENCH_HISTORY_ROWS    records in quarantine, rows in the outbox, solves of challenges (default 100000 each)
//   BENCH_HISTORY_ROUNDS  questions of each kind, one after another (default 5)
//   BENCH_HISTORY_FLOOR   answers of less work are not told, in milliseconds (default 20)
//   BENCH_BUILD           the folder below build/ (default release)
//
// Every GET of the OpenAPI document is asked, by itself and with what makes it read most.  Work is the time that
// the server and PostgreSQL's processes were on a processor, which neighbours on the machine hardly move (parallel
// workers, which end with a query, are not in it).  Numbers are medians; times are never judged, answers other
// than good ones are.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const TOP = path.dirname(__dirname);
const BUILD = path.join(TOP, 'build', process.env.BENCH_BUILD || 'release');
const STORE = process.argv[2] || 'sqlite';
process.argv = [...process.argv.slice(0, 2), path.join(BUILD, 'sandbox/lockstep-sandbox'), path.join(BUILD, 'lockstep'), STORE];

const { three, DAY } = require('../tests/console/three.js');
const { sleep } = require('../tests/e2e/firm.js');

const number = (name, otherwise) => Number(process.env[`BENCH_HISTORY_${name}`] || otherwise);
const JOBS = number('JOBS', 1000000), RUNS = number('RUNS', 100000), ROWS = number('ROWS', 100000);
const ROUNDS = number('ROUNDS', 5), FLOOR_MS = number('FLOOR', 20);
const CONTACTS = 10000, COMPETITORS = 1000, EVENTS_EACH = 12, TEAM_SIZE = 5;
const JOBS_FROM = 1000000; // ids of jobs of the past
// No caller may ask more than 50 times a second.
const BREATH_MS = 25;

const server_dir = (process.env.LOCKSTEP_TEST_POSTGRES || '').match(/host=([^&]+)/);

// Nanoseconds that a process was on a processor, all of its threads.
function busy_ns(pid) {
	let sum = 0;
	try {
		for (const task of fs.readdirSync(`/proc/${pid}/task`))
			sum += Number(fs.readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
	} catch { /* it ended meanwhile */ }
	return sum;
}

// PostgreSQL's processes, one a connection.
function backends() {
	if (STORE !== 'postgres') return [];
	const first = fs.readFileSync(path.join(server_dir[1], 'data/postmaster.pid'), 'utf8').split('\n')[0];
	return fs.readFileSync(`/proc/${first}/task/${first}/children`, 'utf8').trim().split(' ');
}

const busy_ms = (it) => [it.s.child.pid, ...backends()].reduce((sum, pid) => sum + busy_ns(pid), 0) / 1e6;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// ---- the past ----

const postgres = STORE === 'postgres';
const uuid = (kind, i) => postgres ? `CAST('${kind}0000000-0000-4000-8000-' || lpad(CAST(${i} AS text), 12, '0') AS uuid)`
	: `printf('${kind}0000000-0000-4000-8000-%012d', ${i})`;
const time = (ms) => postgres ? `to_timestamp((${ms}) / 1000.0)` : `strftime('%Y-%m-%dT%H:%M:%fZ', (${ms}) / 1000.0, 'unixepoch')`;
const text = (...parts) => parts.map((p) => `CAST(${p} AS text)`).join(' || ');
const counted = (n) => `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${n - 1})`;
// The i-th of `of`, spread over so many days.
const big = (n) => `CAST(${n} AS bigint)`;
const spread = (of, days) => `${Date.now()} - (${of} - 1 - i) * ${big(Math.floor(days * DAY / of))}`;
const one_of = (...names) => `CASE i % ${names.length} ${names.map((name, k) => `WHEN ${k} THEN ${name}`).join(' ')} END`;
// No watch sees what is written meanwhile.
const unwatched = (sql) => postgres ? `BEGIN; SET LOCAL session_replication_role = replica; ${sql} COMMIT;`
	: `BEGIN; INSERT INTO lockstep_quiet (connection) VALUES ('metactf'); ${sql} DELETE FROM lockstep_quiet; COMMIT;`;

const jobs = () => `INSERT INTO lockstep_job_history (id, outcome, priority, one, attempt, attempts_max, crashes, lane_max, session,
	run_at_ms, added_ms, claimed_ms, finished_ms, task, job_key, lane, origin, actor, args, output, error)
	SELECT id, outcome, 0, false, 1, 5, 0, 1, 1, at, at, at + 5, at + 905, task, NULL,
	CASE WHEN task = 'sync' THEN 'connection:practicepanther' END, 'schedule', '', '{"connection":"practicepanther","table":"contacts"}',
	CASE outcome WHEN 0 THEN '{"requests":4,"processed":40}' END,
	CASE outcome WHEN 1 THEN 'stream ''contacts'', page ' || CAST(id AS text) || ': the vendor answered 503 three times' END FROM (
	${counted(JOBS)} SELECT ${JOBS_FROM} + i AS id, ${spread(JOBS, 90)} AS at,
	CASE WHEN i % 50 = 7 THEN 1 WHEN i % 200 = 9 THEN 2 ELSE 0 END AS outcome,
	${one_of("'push'", "'push'", "'sync'", "'push'", "'game.scores'", "'push'", "'alert'", "'push'", "'cleanup'", "'push'")} AS task FROM n) j;
	${postgres ? `ALTER TABLE lockstep_jobs ALTER COLUMN id RESTART WITH ${JOBS_FROM + JOBS};`
		: `UPDATE sqlite_sequence SET seq = ${JOBS_FROM + JOBS} WHERE name = 'lockstep_jobs';`}`;

const quarantined = () => `INSERT INTO lockstep_quarantine (connection, stream, table_name, record_key, column_name, code, says, sealed,
	tries, first_at, last_at) SELECT connection, stream, table_name, 'past-' || CAST(i AS text), ${one_of("'email'", "'phone'", "'status'")},
	${one_of("'required'", "'type'", "'too_long'", "'enum'")}, 'no value where one is required, number ' || CAST(i % 40 AS text), sealed, 1 + i % 4,
	${time(spread(ROWS, 60))}, ${time(spread(ROWS, 30))} FROM (${counted(ROWS)} SELECT i FROM n) n,
	(SELECT connection, stream, table_name, sealed FROM lockstep_quarantine LIMIT 1) one;`;

// A thousand records, edited again and again: their jobs are not wanted.
const outbox = () => `INSERT INTO lockstep_outbox (connection, watch, table_name, record_key, op, made_ms, state, attempts, sent_ms, action,
	last_error) SELECT 'metactf', ${one_of("'competitors'", "'teams'", "'team_members'")}, ${one_of("'competitors'", "'teams'", "'team_members'")},
	${text(uuid('a', `i % ${COMPETITORS}`))}, 'update', ${spread(ROWS, 60)}, CASE WHEN i % 100 = 3 THEN 'failed' WHEN i % 500 = 4
	THEN 'unknown' WHEN i % 10 = 5 THEN 'cancelled' ELSE 'done' END, 1, ${spread(ROWS, 60)}, 'update_user',
	CASE WHEN i % 100 = 3 THEN 'the vendor answered 422' ELSE '' END FROM (${counted(ROWS)} SELECT i FROM n) n;`;

const players = () => `INSERT INTO competitors (id, coach_id, first_name, last_name, email_personal, grade, game_platform_id, division, status,
	created_at) SELECT ${uuid('a', 'i')}, (SELECT id FROM profiles WHERE role = 'coach' ORDER BY id LIMIT 1), 'Robin', 'No. ' || CAST(i AS text),
	'p' || CAST(i AS text) || '@home.example', '11', ${text(uuid('a', 'i'))}, 'high_school', 'complete', ${time(spread(COMPETITORS, 300))}
	FROM (${counted(COMPETITORS)} SELECT i FROM n) n;
	INSERT INTO teams (id, coach_id, name, division) SELECT ${uuid('b', 'i')}, (SELECT id FROM profiles WHERE role = 'coach' ORDER BY id LIMIT 1),
	'Past team ' || CAST(i AS text), 'high_school' FROM (${counted(COMPETITORS / TEAM_SIZE)} SELECT i FROM n) n;
	INSERT INTO team_members (id, team_id, competitor_id, position, joined_at) SELECT ${uuid('c', 'i')}, ${uuid('b', `i / ${TEAM_SIZE}`)},
	${uuid('a', 'i')}, 1 + i % ${TEAM_SIZE}, ${time(spread(COMPETITORS, 200))} FROM (${counted(COMPETITORS)} SELECT i FROM n) n;
	INSERT INTO game_platform_profiles (id, competitor_id, metactf_role, syned_user_id, status, created_at) SELECT ${uuid('d', 'i')}, ${uuid('a', 'i')},
	'user', ${text(uuid('a', 'i'))}, 'approved', ${time(spread(COMPETITORS, 200))} FROM (${counted(COMPETITORS)} SELECT i FROM n) n;
	INSERT INTO game_platform_stats (id, competitor_id, challenges_completed, total_score, last_activity) SELECT ${uuid('e', 'i')}, ${uuid('a', 'i')},
	i % 170, i * 37 % 20000, ${time(spread(COMPETITORS, 60))} FROM (${counted(COMPETITORS)} SELECT i FROM n) n;`;

const solves = () => `INSERT INTO game_platform_challenge_solves (syned_user_id, challenge_solve_id, challenge_id, challenge_title,
	challenge_category, challenge_points, solved_at, source, raw_payload) SELECT ${text(uuid('a', `i % ${COMPETITORS}`))}, 100000000 + i, i % 700,
	'Challenge ' || CAST(i % 700 AS text), ${one_of("'forensics'", "'web'", "'cryptography'", "'reconnaissance'", "'binary_exploitation'", "NULL")},
	100 + i % 5 * 50, ${time(spread(ROWS, 360))}, ${one_of("'odl'", "'odl'", "'odl'", "'flash_ctf'")},
	'{"challenge_id":1,"nist_nice_work_roles":["System Administrator","Exploitation Analyst"]}' FROM (${counted(ROWS)} SELECT i FROM n) n;
	INSERT INTO game_platform_flash_ctf_events (syned_user_id, event_id, name, challenges_solved, score, started_at) SELECT
	${text(uuid('a', `i % ${COMPETITORS}`))}, 'Past CTF ' || CAST(i / ${COMPETITORS} AS text), 'Past CTF', 7, 1750,
	${time(`${Date.now()} - (i / ${COMPETITORS} + 1) * ${big(30 * DAY)}`)} FROM (${counted(COMPETITORS * EVENTS_EACH)} SELECT i FROM n) n;`;

function past(f) {
	f.change(`BEGIN; ${jobs()} ${quarantined()} COMMIT;`);
	f.change(`BEGIN; ${outbox()} DELETE FROM lockstep_jobs WHERE task = 'push'; COMMIT;`);
	f.change(unwatched(players() + solves()));
	if (postgres) f.change('VACUUM ANALYZE'); // autovacuum's work, done at once
}

// ---- the questions ----

// What makes an answer read most, by the parameter's name.
const ASKED = {
	range: ['all'], text: ['no such words'], q: ['no such words'], search: ['no such words'], status: ['failed', 'error', 'success', 'done'],
	task: ['push', 'none'], connection: ['practicepanther', 'metactf'], syncType: ['full'], type: ['full'], reason: ['required'], table: ['contacts'],
	since: [new Date(Date.now() - 30 * DAY).toISOString(), '30d'], page: ['100'], actor: ['nobody'], target: ['nothing'], kind: ['solve'],
	lane: ['connection:practicepanther'],
};

function variants(route) {
	const names = (route.parameters || []).filter((p) => p.in === 'query').map((p) => p.name);
	return ['', ...names.flatMap((name) => (ASKED[name] || []).map((value) => `?${name}=${encodeURIComponent(value)}`))];
}

// One thing of each kind, for the addresses that name one.
async function things(it) {
	const first = (sql) => it.firm.value(sql);
	const all = async (where, name) => (await it.s.get(where)).body[name];
	return {
		'/api/jobs/{id}': String(first('SELECT max(id) AS n FROM lockstep_job_history')),
		'/api/runs/{id}': first("SELECT CAST(id AS text) AS id FROM sync_logs WHERE status = 'success' AND parent_id IS NULL ORDER BY started_at DESC LIMIT 1"),
		'/api/outbox/{id}': String(first('SELECT max(id) AS n FROM lockstep_outbox')),
		'/api/quarantine/{id}': (await all('/api/quarantine', 'items'))[0].id,
		'/api/errors/{fingerprint}': (await all('/api/errors', 'errors'))[0].fingerprint,
		'/api/schedules/{name}': (await all('/api/schedules', 'schedules'))[0].name,
		'/api/coaches/{id}': it.coach,
		'/api/players/{id}': it.players[0].id,
		'{competitor}': first(`SELECT CAST(id AS text) AS id FROM competitors WHERE CAST(id AS text) LIKE 'a%' LIMIT 1`),
		'/api/competitors/{id}': first(`SELECT CAST(id AS text) AS id FROM competitors WHERE CAST(id AS text) LIKE 'a%' LIMIT 1`),
		'/api/teams/{id}': first("SELECT CAST(id AS text) AS id FROM teams WHERE name LIKE 'Past%' LIMIT 1"),
		'{team}': first("SELECT CAST(id AS text) AS id FROM teams WHERE name LIKE 'Past%' LIMIT 1"),
		'/api/connections/{name}': 'practicepanther',
		'{table}': 'contacts',
	};
}

function address(where, known) {
	let left = where;
	for (const [what, value] of Object.entries(known)) {
		const hole = what.match(/\{\w+\}/)[0];
		if (left.includes(what)) left = left.replace(what, what.replace(hole, encodeURIComponent(value)));
	}
	return left.includes('{') ? null : left;
}

// Streams, other people's pages, and what asks a vendor.
const LEFT_OUT = /\/api\/events$|\/callback$|auth-url$|\/auth$|\/api\/sign-in|test-connection|\/drift$|schedule-preview|coaches\/me/;

async function timed(it, url) {
	const began = performance.now(), before = busy_ms(it);
	const answer = await it.s.get(url);
	const took = performance.now() - began, busy = busy_ms(it) - before;
	await sleep(BREATH_MS);
	return { took, busy, status: answer.status, bytes: answer.text.length };
}

async function ask(it, url) {
	const took = [], busy = [];
	let last;
	for (let i = 0; i <= ROUNDS; i++) {
		last = await timed(it, url);
		if (url.includes('?') && [400, 404, 422].includes(last.status)) return null; // no such value there
		assert.ok(last.status === 200, `${url} answered ${last.status}`);
		if (i === 0) continue; // the first fills caches
		took.push(last.took);
		busy.push(last.busy);
	}
	return { url, median: median(took), worst: Math.max(...took), busy: median(busy), bytes: last.bytes };
}

async function questions(it) {
	const paths = (await it.s.get('/api/openapi.json')).body.paths;
	const known = await things(it);
	const list = [], unasked = [];
	for (const [where, methods] of Object.entries(paths)) {
		if (!methods.get || LEFT_OUT.test(where)) continue;
		const at = address(where, known);
		if (!at) unasked.push(where);
		else list.push(...variants(methods.get).map((query) => at + query));
	}
	assert.deepStrictEqual(unasked, [], 'routes whose addresses name something unknown here');
	return list;
}

async function walk(it) {
	const told = [];
	for (const url of await questions(it)) {
		const one = await ask(it, url);
		if (one) told.push(one);
	}
	told.sort((a, b) => b.busy - a.busy);
	const slow = told.filter((t) => t.busy >= FLOOR_MS);
	console.log(`\n${told.length} questions, each ${ROUNDS} times; those with ${FLOOR_MS} ms of work and more:`);
	console.log('  ms of work    took   worst     bytes');
	for (const one of slow)
		console.log(`  ${[one.busy.toFixed(0).padStart(10), one.median.toFixed(0).padStart(7), one.worst.toFixed(0).padStart(7),
			String(one.bytes).padStart(9)].join(' ')}  ${one.url}`);
	console.log(`  the others: at most ${Math.max(0, ...told.filter((t) => !slow.includes(t)).map((t) => t.busy)).toFixed(1)} ms of work`);
}

async function main(it) {
	past(it.firm);
	console.log(`history bench: ${STORE}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)}; ${JOBS} jobs, ${RUNS} runs, ${ROWS} rows each`);
	await walk(it);
}

three(main, { runs: RUNS, contacts: CONTACTS }).catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
