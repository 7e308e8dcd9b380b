// SPDX-License-Identifier: Apache-2.0
// desk.js - what a person looks at and decides: jobs and their attempts, the queue, schedules, changes
// on their way to a vendor, conflicts; and the hints that come when somebody else changes something.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { needs, until, STORE } = require('./firm.js');
const { besideShop, PLAN } = require('./shop.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const HELD = PLAN.replace('      shop_users:\n', '      shop_users:\n        raw: raw\n')
	.replace('columns: { name: "{{ record.name }}" }', 'columns: { name: { value: "{{ record.name }}", conflict: hold } }');

// A job that fails as often as it is tried: its task is known, what it is to do is not.
const broken = { task: 'sync', args: { connection: 'nobody', api_token: 'a-secret' }, max_attempts: 2 };

async function finished(s, job) {
	const done = await s.finished(job);
	assert.ok(done.completed_at, JSON.stringify(done));
	return done;
}

test('a job tells what became of each attempt, and runs again with other arguments', besideShop(async (f, v, s) => {
	const job = (await s.post('/api/jobs', broken)).body.id;
	await until(async () => ['later', 'failed'].includes((await s.get(`/api/jobs/${job}`)).body.state), 'the first attempt');
	await s.post(`/api/jobs/${job}/retry`);
	const dead = await finished(s, job);
	assert.strictEqual(dead.status, 'failed', JSON.stringify(dead));
	const last = dead.history.at(-1);
	assert.deepStrictEqual([last.outcome, last.attempt, last.error], ['failed', dead.attempts, dead.error]);
	for (const one of dead.history) {
		assert.match(one.worker, /^.+:\d+$/, JSON.stringify(one));
		assert.ok(Date.parse(one.started_at) <= Date.parse(one.ended_at) && one.error, JSON.stringify(one));
	}
	const before = dead.history.length;

	// Redriven, it keeps its past; another one of its kind is a job of its own.
	assert.strictEqual((await s.post(`/api/jobs/${job}/retry`)).status, 200);
	const again = await until(async () => {
		const now = (await s.get(`/api/jobs/${job}`)).body;
		return now.history.length > before && now;
	}, 'another attempt');
	assert.strictEqual(again.history[before - 1].outcome, 'failed');

	assert.deepStrictEqual(dead.args, { connection: 'nobody', api_token: '(hidden)' });
	const made = await s.post(`/api/jobs/${job}/rerun`, { args: { ...dead.args, connection: 'somebody' },
		run_at: '2099-01-01T00:00:00Z' });
	assert.strictEqual(made.status, 201, made.text);
	assert.notStrictEqual(made.body.id, job);
	assert.deepStrictEqual([made.body.task, made.body.state, made.body.max_attempts], ['sync', 'later', 2]);
	assert.deepStrictEqual(JSON.parse(f.value(`SELECT args FROM lockstep_jobs WHERE id = ${made.body.id}`)),
		{ connection: 'somebody', api_token: 'a-secret' });
	const [entry] = (await s.get('/api/audit?limit=1')).body.items;
	assert.deepStrictEqual([entry.action, entry.details.job, entry.details.edited], ['job.rerun', job, true]);

	// A viewer sees the job, not whom it is about.
	const seen = (await s.get(`/api/jobs/${job}`, { token: await s.token('viewer') })).body;
	assert.deepStrictEqual([seen.task, seen.args, seen.key], ['sync', null, null]);
	for (const [id, task] of [[9001, 'pti_link'], [9002, 'sync']])
		f.change(`INSERT INTO lockstep_job_history (id, outcome, priority, one, attempt, attempts_max, crashes, lane_max, run_at_ms,
			added_ms, finished_ms, task, origin, actor, args, output)
			VALUES (${id}, 0, 0, false, 1, 1, 0, 1, 1, 1, 1, '${task}', 'api', '', '{}', '{"player_name":"Ann"}')`);
	const outputs = async (token) => Promise.all([9001, 9002].map(async (id) => (await s.get(`/api/jobs/${id}`, { token })).body.output));
	assert.deepStrictEqual(await outputs(), [{ player_name: 'Ann' }, { player_name: 'Ann' }]);
	assert.deepStrictEqual(await outputs(await s.token('viewer')), [null, { player_name: 'Ann' }], 'an integration may name people');
	f.change('DELETE FROM lockstep_job_history WHERE id > 9000');
	assert.strictEqual((await s.post(`/api/jobs/${job}/rerun`, {}, { token: await s.token('viewer') })).status, 403);
	assert.ok(!s.child.so_far.out.includes('a-secret') && !s.child.so_far.err.includes('a-secret'));
}));

test('jobs are found by state, time and error, page by page, and in bulk', besideShop(async (f, v, s) => {
	await s.post('/api/queue/pause', { scope: 'task:cleanup', reason: 'a test' });
	const values = [];
	for (let i = 1; i <= 30; i++)
		values.push(`(${1000 + i}, ${i % 3}, 0, ${STORE === 'sqlite' ? 0 : 'false'}, 1, 5, 0, 1, ${i * 1000}, ${i * 60000}, ${i * 60000 + 5}, ` +
			`${i * 60000 + 9}, 'cleanup', 'api', '', '{}', ${i % 3 === 1 ? `'Broken pipe ${i}'` : 'NULL'})`);
	f.change('INSERT INTO lockstep_job_history (id, outcome, priority, one, attempt, attempts_max, crashes, lane_max, run_at_ms, ' +
		`added_ms, claimed_ms, finished_ms, task, origin, actor, args, error) VALUES ${values.join()}`);
	for (let i = 0; i < 3; i++) await s.post('/api/jobs', { task: 'cleanup', lane: undefined });

	const failed = (await s.get('/api/jobs?status=failed&text=BROKEN&task=cleanup&limit=4')).body;
	assert.deepStrictEqual([failed.total, failed.more, failed.jobs.length], [10, false, 4]);
	assert.match(failed.jobs[0].error, /Broken pipe 28/);
	const rest = (await s.get(`/api/jobs?status=failed&text=BROKEN&task=cleanup&limit=4&after=${failed.next}`)).body;
	assert.match(rest.jobs[0].error, /Broken pipe 16/);
	const span = 'since=1970-01-01T00:05:00Z&until=1970-01-01T00:08:00Z';
	assert.deepStrictEqual((await s.get(`/api/jobs?${span}`)).body.jobs.map((j) => j.id), ['1007', '1006', '1005']);
	assert.strictEqual((await s.get('/api/jobs?page=1001')).status, 400);

	const count = (list, name, word) => list.filter((c) => c.task === 'cleanup' && c[name] === word)[0]?.count;
	// Where counting takes long, what was counted stands for a while.
	const { states, counts, pauses, workers, minutes } = await until(async () => {
		const { body } = await s.get('/api/queue');
		return count(body.states, 'state', 'ready') && body;
	}, 'the jobs to be counted');
	assert.deepStrictEqual([count(states, 'state', 'ready'), count(states, 'state', 'failed'), count(counts, 'status', 'pending')], [3, 10, 3]);
	assert.deepStrictEqual([pauses[0].scope, pauses[0].reason, pauses[0].actor], ['task:cleanup', 'a test', 'token:test-admin']);
	assert.ok(workers.slots > 0 && workers.processes === 1, JSON.stringify(workers));
	assert.strictEqual(minutes.length, 60);
	assert.deepStrictEqual([minutes[0].ago, minutes[59].ago], [59, 0]);

	const bulk = (body) => s.post('/api/jobs/bulk', body);
	assert.deepStrictEqual((await bulk({ action: 'cancel', status: 'pending', state: 'ready', task: 'cleanup' })).body,
		{ matched: 3, done: 0, refused: 0, dry_run: true });
	assert.deepStrictEqual((await bulk({ action: 'delete', ids: ['1004', '1001', '77777'], dry_run: false })).body,
		{ matched: 3, done: 2, refused: 1, dry_run: false });
	assert.strictEqual((await bulk({ action: 'delete' })).status, 400);
	assert.strictEqual((await bulk({ action: 'cancel', status: 'pending', task: 'cleanup', dry_run: false })).body.done, 3);
	const viewer = await s.token('viewer');
	for (const path of ['/api/queue', '/api/workers', '/api/schedules', '/api/outbox', '/api/conflicts'])
		assert.strictEqual((await s.get(path, { token: viewer })).status, 200, path);
}));

test('schedules show their past, what is wrong with them, and what a cadence will mean', besideShop(async (f, v, s) => {
	const made = await s.post('/api/schedules', { name: 'mine', task: 'cleanup', cron: '30 2 * * *',
		timezone: 'America/New_York', args: { password: 'x' } });
	assert.strictEqual(made.status, 201, made.text);
	assert.deepStrictEqual([made.body.args, made.body.problem, made.body.late_seconds], [{ password: '(hidden)' }, null, 0]);
	await s.post('/api/schedules/mine/run');
	const listed = (await s.get('/api/schedules')).body.schedules.find((one) => one.name === 'mine');
	assert.deepStrictEqual([listed.fires.length, listed.fires[0].outcome, listed.fires[0].slots], [1, 'manual', 1]);

	// What was hidden stays what it was; two people who change it are kept apart.
	const path = '/api/schedules/mine';
	const { headers, body } = await s.get(path);
	const change = (etag, more) => s.call(path, { method: 'PATCH', body: { args: body.args, ...more }, headers: { 'if-match': etag } });
	assert.strictEqual((await change(headers.get('etag'), { overlap: 'queue' })).status, 200);
	assert.strictEqual(JSON.parse(f.value("SELECT args FROM lockstep_schedules WHERE name = 'mine'")).password, 'x');
	assert.strictEqual((await change(headers.get('etag'), { overlap: 'allow' })).status, 412);
	assert.strictEqual((await s.call(path, { method: 'DELETE', headers: { 'if-match': headers.get('etag') } })).status, 412);
	assert.strictEqual((await s.call(path, { method: 'DELETE' })).status, 204);

	const preview = (await s.get('/api/schedule-preview?cron=30%202%20*%20*%20*&timezone=America/New_York')).body;
	assert.match(preview.words, /02:30/);
	assert.strictEqual(preview.local.length, 5);
	preview.local.forEach((local, i) => {
		// 2026-11-26 02:30:00 -05:00: the same moment, told by the zone's clock.
		assert.match(local, /^\d{4}-\d\d-\d\d 0[23]:\d\d:00 -0[45]:00$/);
		assert.strictEqual(new Date(local.replace(' ', 'T').replace(' ', '')).getTime(), Date.parse(preview.next_fires[i]));
	});
	assert.ok([60, -60].includes(preview.clocks_change.minutes), JSON.stringify(preview));
	const offset = (ms) => new Intl.DateTimeFormat('en', { timeZone: 'America/New_York', timeZoneName: 'longOffset' })
		.formatToParts(ms).find((p) => p.type === 'timeZoneName').value;
	const at = Date.parse(preview.clocks_change.at);
	assert.notStrictEqual(offset(at), offset(at - 1000), 'the clocks are not put forward then');
	assert.deepStrictEqual((await s.get('/api/schedule-preview?every=15m')).body.local, []);
	assert.strictEqual((await s.get('/api/schedule-preview?cron=99%20*%20*%20*%20*')).status, 400);
}));

test('changes that are stuck are decided, one by one and in bulk, as at the command line', besideShop(async (f, v, s) => {
	const secret = 'private-key-of-a-person';
	f.change('INSERT INTO lockstep_outbox (connection, watch, table_name, record_key, op, state, after_row, last_error) VALUES ' +
		[['1', 'failed'], ['2', 'failed'], ['3', 'unknown'], [secret, 'failed'], ['5', 'done']].map(([key, state]) =>
			`('shop', 'people', 'people', '${key}', 'update', '${state}', '{"name":"Ana"}', 'The vendor said No ${key.length}')`).join());
	const list = (await s.get('/api/outbox?status=failed')).body;
	assert.deepStrictEqual(list.changes.map((c) => c.id), ['4', '2', '1']);
	assert.deepStrictEqual([list.total, list.counts.failed, list.counts.unknown, list.counts.done >= 1], [3, 3, 1, true]);
	assert.deepStrictEqual(list.changes[0].choices, ['retry', 'drop']);
	assert.deepStrictEqual((await s.get('/api/outbox?q=said%20NO%2023')).body.changes.map((c) => c.id), ['4']);
	assert.strictEqual((await s.get(`/api/outbox?q=${secret}`)).body.total, 1);

	const viewer = await s.token('viewer');
	assert.ok(!(await s.get('/api/outbox', { token: viewer })).text.includes(secret));
	const hidden = (await s.get('/api/outbox/4', { token: viewer })).body;
	assert.deepStrictEqual([hidden.status, hidden.key, hidden.after], ['failed', null, null]);
	assert.strictEqual((await s.get(`/api/outbox?q=${secret}`, { token: viewer })).body.total, 0);
	assert.deepStrictEqual((await s.get('/api/outbox/4')).body.after, { name: 'Ana' });

	const decide = (id, verb, reason) => s.post(`/api/outbox/${id}/${verb}`, { reason });
	assert.strictEqual((await decide(3, 'sent', 'the vendor has it')).body.status, 'done');
	assert.strictEqual((await decide(3, 'drop')).status, 409);
	assert.strictEqual((await decide(4, 'drop', 'it was wrong')).body.status, 'cancelled');
	assert.strictEqual((await decide(99, 'drop')).status, 404);
	assert.deepStrictEqual((await s.post('/api/outbox/bulk', { action: 'drop', status: 'failed' })).body,
		{ matched: 2, done: 0, refused: 0, dry_run: true });
	assert.strictEqual((await s.post('/api/outbox/bulk', { action: 'drop', ids: ['2', '3'], dry_run: false, reason: 'all' })).body.done, 1);
	assert.strictEqual((await decide(1, 'retry')).status, 200);
	const said = (await s.get('/api/audit?limit=10')).body.items.filter((e) => e.action.startsWith('outbox.'));
	assert.deepStrictEqual(said.map((e) => [e.action, e.target, e.details.reason]).reverse(),
		[['outbox.resolve', 'outbox:3', 'the vendor has it'], ['outbox.cancel', 'outbox:4', 'it was wrong'],
			['outbox.cancel', 'outbox:2', 'all'], ['outbox.retry', 'outbox:1', undefined]]);
	assert.ok(!JSON.stringify(said).includes(secret));
}));

// ---- conflicts ----

async function sync(s) {
	const { body } = await s.post('/api/connections/shop/sync', { mode: 'full' });
	return finished(s, body.job);
}

test('a value that both sides changed is shown and decided: ours, theirs, or another', besideShop(async (f, v, s) => {
	for (const id of ['v1', 'v2', 'v3']) v.users.set(id, { id, name: 'before' });
	await sync(s);
	for (const id of ['v1', 'v2', 'v3']) v.users.get(id).name = `their ${id}`;
	f.change("UPDATE shop_users SET name = 'our ' || shop_id");
	await sync(s);
	const all = async (options) => (await s.get('/api/conflicts', options)).body;
	const found = await all();
	assert.strictEqual(found.total, 3, JSON.stringify(found));
	assert.deepStrictEqual(found.conflicts.map((c) => [c.key, c.column, c.ours, c.theirs, c.problem]),
		['v1', 'v2', 'v3'].map((id) => [id, 'name', `our ${id}`, `their ${id}`, null]));
	f.change(`INSERT INTO lockstep_conflicts (connection, table_name, record_key, column_name, sealed, since)
		VALUES ('shop', 'shop_users', 'v0', 'name', 'by another key', '2026-01-01T00:00:00.000Z')`);
	const more = (await all()).conflicts;
	assert.match(more[0].problem, /conflict of table/, 'what cannot be read hides no other');
	assert.deepStrictEqual(more.slice(1), found.conflicts);
	f.change("DELETE FROM lockstep_conflicts WHERE record_key = 'v0'");
	const blind = (await all({ token: await s.token('viewer') })).conflicts[0];
	assert.deepStrictEqual([blind.column, blind.key, blind.ours, blind.theirs], ['name', null, null, null]);
	// Whoever can guess a key must not find it by its id: no hash that anybody can compute.
	assert.notStrictEqual(blind.id, fnv(['shop', 'shop_users', 'v1', 'name'].join('\x1f')));

	const [one, two, three] = found.conflicts.map((c) => `/api/conflicts/${c.id}/decide`);
	assert.strictEqual((await s.post(one, { take: 'value' })).status, 400);
	assert.strictEqual((await s.post(one, { take: 'theirs', reason: 'they know' })).status, 200);
	assert.strictEqual((await s.post(one, { take: 'ours' })).status, 404);
	assert.strictEqual((await s.post(two, { take: 'ours' })).status, 200);
	assert.strictEqual((await s.post(three, { take: 'value', value: 'neither' })).status, 200);
	assert.deepStrictEqual(f.rows('SELECT name FROM shop_users ORDER BY shop_id').map((r) => r.name), ['their v1', 'our v2', 'neither']);
	assert.strictEqual((await all()).total, 0);
	const said = (await s.get('/api/audit?limit=10')).body.items.filter((e) => e.action === 'conflict.decide').reverse();
	assert.deepStrictEqual(said.map((e) => [e.target, e.details.take, e.details.reason]),
		[['connection:shop', 'vendor', 'they know'], ['connection:shop', 'local', undefined], ['connection:shop', 'value', undefined]]);
	assert.ok(!JSON.stringify(said).includes('neither'));
	await sync(s);
	assert.strictEqual((await all()).total, 0, 'what was decided stays decided');
}, { plan: HELD }));

function fnv(text) {
	let h = 14695981039346656037n;
	for (const byte of Buffer.from(text)) h = BigInt.asUintN(64, (h ^ BigInt(byte)) * 1099511628211n);
	return h.toString(16).padStart(16, '0');
}

// ---- hints ----

// Reads along at /api/events until it is ended.
class Stream {
	constructor(s, token) {
		this.seen = [];
		this.abort = new AbortController();
		this.ready = fetch(`${s.url}/api/events`, { headers: { authorization: `Bearer ${token}` }, signal: this.abort.signal })
			.then((answer) => {
				this.read(answer.body.getReader()).catch(() => undefined);
			});
	}

	async read(reader) {
		const decoder = new TextDecoder();
		let text = '';
		for (;;) {
			const { value, done } = await reader.read();
			if (done) return;
			text += decoder.decode(value, { stream: true });
			for (let at; (at = text.indexOf('\n\n')) >= 0; text = text.slice(at + 2)) {
				const event = text.slice(0, at).match(/^event: (.*)$/m);
				if (event) this.seen.push(event[1]);
			}
		}
	}

	async sees(kind, deed) {
		const before = this.seen.length;
		await deed();
		await until(() => this.seen.slice(before).includes(kind), () => `a hint of ${kind}; seen ${this.seen.slice(before)}`);
	}
}

test('whoever changes something, whoever looks gets a hint', besideShop(async (f, v, s) => {
	const admin = new Stream(s, await s.token()), viewer = new Stream(s, await s.token('viewer'));
	const coach = new Stream(s, await s.token('coach'));
	await Promise.all([admin.ready, viewer.ready, coach.ready]);
	const now = "'2026-01-01T00:00:00Z'";
	const cli = (...args) => async () => assert.strictEqual((await f.lockstep(...args)).code, 0, args.join(' '));
	const sql = (text) => async () => f.change(text);

	for (const [kind, deed] of [
		['schedule', cli('schedules', 'create', 'mine', '--every', '24h', '--task', 'cleanup')],
		['audit', cli('schedules', 'pause', 'mine')],
		['queue', cli('jobs', 'pause', 'task:cleanup')],
		['queue', sql('DELETE FROM lockstep_pauses')],
		['run', sql(`INSERT INTO sync_logs (id, connection, sync_type, status, started_at) VALUES ('00000000-0000-4000-8000-000000000001', 'shop', 'full', 'running', ${now})`)],
		['run', sql("UPDATE sync_logs SET status = 'error'")],
		['hold', sql('INSERT INTO lockstep_holds (connection, table_name, check_name, seen, expected, run_id, since, released_by, pass_once) ' +
			`VALUES ('shop', 'shop_users', 'failed_max', '9', '1', '', ${now}, '', 0)`)],
		['conflict', sql(`INSERT INTO lockstep_conflicts (connection, table_name, record_key, column_name, sealed, since) VALUES ('shop', 't', 'k', 'c', '', ${now})`)],
		['outbox', sql("INSERT INTO lockstep_outbox (connection, watch, table_name, record_key, op, state) VALUES ('shop', 'people', 'people', '9', 'update', 'failed')")],
		['worker', sql('UPDATE lockstep_sessions SET busy = busy + 1')],
		['job', cli('jobs', 'add', 'cleanup')],
	])
		await admin.sees(kind, deed);
	await until(() => ['schedule', 'queue', 'run', 'hold', 'conflict', 'outbox', 'worker', 'audit', 'job']
		.every((kind) => viewer.seen.includes(kind)), () => `all kinds at the viewer's; seen ${viewer.seen}`);
	assert.deepStrictEqual(coach.seen.filter((kind) => kind !== 'reset'), [], 'a coach hears of the engine');

	// Many changes are few hints.
	const before = admin.seen.length, from = Date.now();
	for (let i = 0; i < 60; i++) await s.post('/api/jobs', { task: 'cleanup', run_at: '2099-01-01T00:00:00Z' });
	await until(() => admin.seen.slice(before).includes('job'), 'a hint of jobs');
	const seconds = (Date.now() - from) / 1000 + 1;
	const jobs = admin.seen.slice(before).filter((kind) => kind === 'job').length;
	assert.ok(jobs <= 4 * (seconds + 1), `${jobs} hints in ${seconds} s`);
	for (const one of [admin, viewer, coach]) one.abort.abort();
}));

// A file is not for several machines.
if (STORE !== 'sqlite')
	test('what another machine works on is heard of here', besideShop(async (f, v, s) => {
		const admin = new Stream(s, await s.token());
		await admin.ready;
		const other = { child: null };
		try {
			await admin.sees('worker', async () => {
				other.child = f.begin(['work', '--workers', '1', '--no-scheduler']);
			});
			const [scope, jobs] = ['task:cleanup', []];
			await s.post('/api/queue/pause', { scope });
			await admin.sees('job', async () => jobs.push((await s.post('/api/jobs', { task: 'cleanup' })).body.id));
			// It was added here; that it goes on only the other one knows.
			await admin.sees('job', () => s.post('/api/queue/resume', { scope }));
			assert.strictEqual((await finished(s, jobs[0])).status, 'succeeded');
		} finally {
			admin.abort.abort();
			other.child?.kill('SIGTERM');
			await other.child?.ended;
		}
	}, { args: ['--workers', '0', '--no-scheduler'] }));
