// SPDX-License-Identifier: Apache-2.0
// overview.js - what an operator sees when things go wrong: notices, errors by what they are, vendors' limits and
// workers; muting, trying again and draining.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, until, STORE, PLAN } = require('./firm.js');
const { serving } = require('./service.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SMALL = ['--contacts', 120, '--matters', 10, '--tasks', 5];
const FULL = { syncType: 'full' };
const beside = (work) => firm(SMALL, (f, it) => serving(f, (s) => work(s, f, it)));

const refused = [{ match: { path_prefix: '/api/v2/' }, fault: '403' }];
const kinds = async (s) => (await s.get('/api/overview')).body.attention.map((n) => `${n.kind} ${n.subject.name}`);
const errors = async (s, query = '') => (await s.get(`/api/errors${query}`)).body.errors;
const sync = async (s) => s.finished((await s.post('/api/sync/trigger', FULL)).body.job);

// Of a job that is not over.  Whoever waits looks there: over the API it would be told to ask less often.
const [RUNNING, LATER] = [1, 2];
const state = (f, job) => Number((f.rows(`SELECT state AS n FROM lockstep_jobs WHERE id = ${job}`)[0] || {}).n);

// A run that fails, and the group of its error.
async function failing(s, it) {
	await it.post('plan', refused);
	const job = await sync(s);
	assert.notStrictEqual(job.output.status, 'success', JSON.stringify(job));
	const [group, ...others] = await errors(s);
	assert.deepStrictEqual(others, []);
	return group;
}

test('a fresh installation has nothing to say, and says so', beside(async (s) => {
	const began = Date.now();
	const { body, status } = await s.get('/api/overview');
	assert.strictEqual(status, 200);
	assert.deepStrictEqual(body.health, { state: 'ok', sentence: 'Nothing has run yet' });
	assert.deepStrictEqual(body.attention, []);
	assert.deepStrictEqual([body.fresh, body.recent_runs.length, body.connections], [true, 0, 1]);
	assert.deepStrictEqual(body.cards.map((c) => c.id),
		['success_rate', 'records_per_hour', 'oldest_ready', 'running', 'rate_limit']);
	for (const card of body.cards) assert.strictEqual(card.spark.length, 24, card.id);
	assert.strictEqual(body.cards[0].value, null);
	assert.deepStrictEqual(body.next_fires.map((n) => n.schedule).sort(),
		['cleanup', 'practicepanther:full', 'practicepanther:incremental', 'watch']);
	const at = body.next_fires.map((n) => Date.parse(n.at));
	assert.deepStrictEqual(at, [...at].sort((a, b) => a - b));
	assert.ok(at[0] > began - 60000, 'what is due is not overdue');
	assert.ok(body.next_fires.every((n) => n.words && n.task));
	assert.deepStrictEqual(await errors(s), []);
	for (const path of ['/api/overview', '/api/errors', '/api/budgets', '/api/workers'])
		assert.strictEqual((await s.get(path, { token: await s.token('viewer') })).status, 200, path);
}));

test('a failing vendor is noticed, named once, muted, tried again, and forgotten when it is well', beside(async (s, f, it) => {
	const group = await failing(s, it);
	assert.strictEqual(group.code, 'permission');
	assert.strictEqual(group.kind, 'run');
	assert.deepStrictEqual(group.connections, ['practicepanther']);
	assert.match(group.remedy, /permission/);
	assert.ok(!/\d/.test(group.title.replace('HTTP 403', '')), group.title);
	assert.strictEqual(group.count, 1);
	assert.strictEqual(group.spark.reduce((a, b) => a + b), 1);
	const overview = (await s.get('/api/overview')).body;
	assert.deepStrictEqual(overview.attention.map((n) => n.kind), ['failing']);
	assert.strictEqual(overview.attention[0].next, group.remedy);
	assert.match(overview.attention[0].href, /^\/runs\//);
	assert.match(overview.health.sentence, /^1 connection needs attention/);
	assert.notStrictEqual(overview.health.state, 'ok');
	assert.strictEqual(overview.cards[0].value, 0);

	// The same again is the same.
	await sync(s);
	const [again] = await errors(s);
	assert.deepStrictEqual([again.fingerprint, again.count], [group.fingerprint, 2]);
	const one = (await s.get(`/api/errors/${group.fingerprint}`)).body;
	assert.strictEqual(one.occurrences.filter((o) => o.kind === 'run').length, 2);
	assert.ok(one.occurrences.every((o) => o.href.endsWith(`/${o.id}`)));
	assert.strictEqual((await s.get('/api/errors/0123456789abcdef')).status, 404);
	assert.deepStrictEqual(await errors(s, '?connection=other'), []);
	assert.deepStrictEqual(await errors(s, `?since=${new Date(Date.now() + 60000).toISOString()}`), []);

	const muted = await s.post(`/api/errors/${group.fingerprint}/mute`, { for_s: 3600, reason: 'they know' });
	assert.strictEqual(muted.status, 200, muted.text);
	assert.ok(Math.abs(Date.parse(muted.body.muted_until) - Date.now() - 3600000) < 60000);
	assert.strictEqual(muted.body.mute_reason, 'they know');
	assert.deepStrictEqual(await kinds(s), []);
	assert.deepStrictEqual(await errors(s, '?muted=false'), []);
	assert.strictEqual((await errors(s, '?muted=true')).length, 1);
	assert.strictEqual((await s.post(`/api/errors/${group.fingerprint}/mute`, { until: '2020-01-01T00:00:00Z' })).status, 400);
	assert.deepStrictEqual((await s.post(`/api/errors/${group.fingerprint}/unmute`)).body, { was_muted: true });
	assert.deepStrictEqual(await kinds(s), ['failing practicepanther']);
	assert.strictEqual((await s.post(`/api/errors/${group.fingerprint}/mute`, {}, { token: await s.token('viewer') })).status, 403);

	await it.post('plan', []);
	const counted = (await s.post(`/api/errors/${group.fingerprint}/retry`, {})).body;
	assert.strictEqual(counted.dry_run, true);
	assert.strictEqual(counted.jobs + counted.syncs, 1 + (counted.jobs > 1), JSON.stringify(counted));
	assert.strictEqual(counted.done, 0);
	const before = f.value('SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL');
	const done = (await s.post(`/api/errors/${group.fingerprint}/retry`, { dry_run: false })).body;
	assert.ok(done.done >= 1, JSON.stringify(done));
	await until(() => f.value("SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL AND status = 'success'") >= 1, 'a good run');
	assert.ok(f.value('SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL') > before);
	assert.deepStrictEqual(await kinds(s), []);
	const { text } = await s.get('/api/audit');
	for (const action of ['error.mute', 'error.unmute', 'error.retry']) assert.ok(text.includes(action), action);
}));

test('jobs that were given up are noticed, grouped and redriven', beside(async (s, f) => {
	const add = async (n) => {
		const { body } = await s.post('/api/jobs', { task: 'undo', args: { connection: `c${n}`, run: `${n}` }, max_attempts: 1 });
		return s.finished(body.id);
	};
	for (const n of [1, 2, 3]) assert.strictEqual((await add(n)).status, 'failed');
	assert.deepStrictEqual(await kinds(s), ['dead_letters undo']);
	const groups = await errors(s);
	assert.strictEqual(groups.reduce((sum, g) => sum + g.count, 0), 3);
	assert.strictEqual(groups.length, 1, JSON.stringify(groups.map((g) => g.title)));
	assert.strictEqual(groups[0].kind, 'job');
	const path = `/api/errors/${groups[0].fingerprint}`;
	assert.strictEqual((await s.post(`${path}/retry`, {})).body.jobs, 3);
	assert.strictEqual((await s.post(`${path}/retry`, { dry_run: false })).body.done, 3);
	await until(() => f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task = 'undo'") === 0, 'their end');
	assert.strictEqual((await errors(s))[0].count, 3);
}));

test('records in quarantine are grouped without what they hold, and read again together', beside(async (s, f, it) => {
	await sync(s);
	const ids = (await it.truth('contacts')).slice(0, 3).map((record) => record.id);
	const at = STORE === 'sqlite' ? "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')" : 'now()';
	for (const key of ids)
		f.change(`INSERT INTO lockstep_quarantine (connection, stream, table_name, record_key, column_name, code, says, sealed,
			tries, first_at, last_at) VALUES ('practicepanther', 'contacts', 'contacts', '${key}', 'email', 'type',
			'''${key}@example.org'' is no email address', '', 1, ${at}, ${at})`);
	const [group] = await errors(s);
	assert.deepStrictEqual([group.kind, group.code, group.count, group.tasks], ['record', 'type', 3, ['contacts']]);
	assert.ok(!(await s.get('/api/errors')).text.includes('example.org'));
	const one = await s.get(`/api/errors/${group.fingerprint}`);
	assert.ok(one.body.occurrences.some((o) => o.id === ids[0]));
	assert.ok(!one.text.includes('example.org'));
	const seen = await s.get(`/api/errors/${group.fingerprint}`, { token: await s.token('viewer') });
	assert.ok(!seen.text.includes(ids[0]));
	assert.deepStrictEqual(await kinds(s), ['quarantine practicepanther']);
	const path = `/api/errors/${group.fingerprint}/retry`;
	assert.deepStrictEqual((await s.post(path, {})).body, { dry_run: true, jobs: 0, records: 3, syncs: 0, done: 0, refused: 0 });
	assert.strictEqual((await s.post(path, { dry_run: false })).body.done, 1);
	const [job] = (await s.get('/api/jobs?task=quarantine&limit=1')).body.jobs;
	assert.deepStrictEqual(job.args, { connection: 'practicepanther', table: 'contacts', reason: 'type' });
	assert.strictEqual((await s.finished(job.id)).status, 'succeeded');
	assert.strictEqual(f.value('SELECT count(*) AS n FROM lockstep_quarantine'), 0);
	assert.deepStrictEqual(await kinds(s), []);
	assert.strictEqual((await s.get(`/api/errors/${group.fingerprint}`)).status, 404);
}));

test("a vendor's limit is shown with its use by the hour, and that it wants to be left alone", beside(async (s, f, it) => {
	const job = await sync(s);
	let [budget] = (await s.get('/api/budgets')).body.budgets;
	assert.deepStrictEqual([budget.connection, budget.limit, budget.window_seconds], ['practicepanther', 300, 300]);
	assert.strictEqual(budget.used, job.output.requests);
	assert.strictEqual(budget.remaining, 300 - budget.used);
	assert.strictEqual(budget.reserved, 0);
	assert.strictEqual(budget.hours.length, 24);
	assert.strictEqual(budget.calls_24h, budget.used);
	assert.strictEqual(budget.hours.reduce((sum, h) => sum + h.calls, 0), budget.used);
	const resets = (Date.parse(budget.resets_at) - Date.now()) / 1000;
	assert.ok(resets > 200 && resets <= 301, `${resets} s`);
	assert.strictEqual(budget.held_until, null);
	const card = (await s.get('/api/overview')).body.cards.find((c) => c.id === 'rate_limit');
	assert.match(card.detail, new RegExp(`^practicepanther: ${budget.used} of 300 calls$`));

	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts' }, fault: '429', args: { seconds: 3600 } }]);
	const held = (await s.post('/api/sync/trigger', FULL)).body.job;
	await until(() => state(f, held) === LATER, 'the job to be put off');
	[budget] = (await s.get('/api/budgets')).body.budgets;
	const wait = (Date.parse(budget.held_until) - Date.now()) / 1000;
	assert.ok(wait > 3500 && wait <= 3601, `${wait} s`);
	// Being asked to wait is no failure.
	assert.deepStrictEqual(await errors(s), (await errors(s)).filter((g) => g.kind === 'run'));
}));

test('a worker that drains takes nothing more, not even what a person wants now, until it may again', beside(async (s, f, it) => {
	const [worker] = (await s.get('/api/workers')).body.workers;
	assert.strictEqual(worker.this, true);
	assert.ok(worker.beat_age_seconds < 30 && worker.slots > 0 && worker.version);
	assert.ok(worker.rss_bytes > 1000000, `${worker.rss_bytes}`);
	assert.deepStrictEqual([worker.draining, worker.drain, worker.jobs], [false, null, []]);

	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'hold' }]);
	const running = (await s.post('/api/sync/trigger', FULL)).body.job;
	await until(() => state(f, running) === RUNNING, 'it to run');
	const at_work = (await s.get('/api/workers')).body.workers[0];
	assert.deepStrictEqual(at_work.jobs.map((j) => [j.id, j.connection]), [[running, 'practicepanther']]);
	assert.strictEqual(at_work.busy, 1);
	const drained = await s.post(`/api/workers/${worker.id}/drain`, { reason: 'new memory' });
	assert.strictEqual(drained.status, 200, drained.text);
	assert.deepStrictEqual([drained.body.draining, drained.body.ending, drained.body.drain.reason], [true, false, 'new memory']);
	assert.deepStrictEqual((await kinds(s)).filter((k) => k.startsWith('draining')), [`draining ${worker.id}`]);
	const { body: job } = await s.post('/api/jobs', { task: 'cleanup' });
	await it.post('plan', []);
	assert.strictEqual((await s.finished(running)).status, 'succeeded', 'what ran goes on');
	const asked = s.post('/api/admin/jobs/run-worker', { force: true });
	const beat = () => Number(f.value('SELECT max(beat_ms) AS n FROM lockstep_sessions'));
	for (let i = 0, last = beat(); i < 2; i++, last = beat())
		await until(() => beat() !== last, 'it to look at the queue again');
	assert.strictEqual((await s.get(`/api/jobs/${job.id}`)).body.status, 'pending');

	const again = await s.post(`/api/workers/${worker.id}/undrain`);
	assert.strictEqual(again.body.draining, false, again.text);
	assert.strictEqual((await s.finished(job.id)).status, 'succeeded');
	await asked;
	assert.strictEqual((await s.post('/api/workers/999999/drain')).status, 404);

	// A drain goes with its worker.
	await s.post(`/api/workers/${worker.id}/drain`);
	await s.restart();
	const next = (await s.get('/api/workers')).body.workers;
	assert.ok(next.every((w) => w.id !== worker.id && !w.draining));
	assert.strictEqual(f.value('SELECT count(*) AS n FROM lockstep_pauses'), 0);
}));

test('the watch keeps the peaks that the cards draw, and tells no alert of what is muted', beside(async (s, f, it) => {
	const watch = async () => assert.strictEqual((await s.finished((await s.post('/api/jobs', { task: 'watch' })).body.id)).status, 'succeeded');
	const open = () => f.rows('SELECT code FROM lockstep_alerts WHERE cleared_ms = 0 ORDER BY code').map((r) => r.code);
	const peak = async (id) => (await s.get('/api/overview')).body.cards.find((c) => c.id === id).spark.at(-1);
	await it.post('plan', refused);
	for (let i = 0; i < 3; i++) await sync(s);
	const [group] = await errors(s);
	await s.post(`/api/errors/${group.fingerprint}/mute`, { for_s: 600 });
	await watch();
	assert.ok(!open().includes('repeated_failures'), open().join());
	await s.post(`/api/errors/${group.fingerprint}/unmute`);
	await watch();
	assert.ok(open().includes('repeated_failures'), open().join());

	await it.post('plan', []);
	await sync(s);
	await watch();
	assert.ok(await peak('rate_limit') >= 1, 'a part of the limit is used');
	assert.ok(await peak('running') >= 0);
}));

// Firecrawl's limit is not in a manifest: the integration tells it, and what jobs leave to persons.
const RATINGS = `  pti:
    connector: tenniscores
    config: { firecrawl_key: fc-00000000-0000-4000-8000-000000000001, requests_per_minute: 10, credits_per_month: 500 }
`;

test('a limit of an integration shows what of it is kept for persons', firm(SMALL, (f, it) => serving(f, async (s) => {
	const { budgets } = (await s.get('/api/budgets')).body;
	const own = budgets.find((b) => b.connection === 'pti');
	assert.deepStrictEqual([own.what, own.limit, own.window_seconds, own.kept_for_persons, own.used], ['pages', 10, 60, 2, 0]);
	assert.ok(!JSON.stringify(budgets).includes('fc-0000'));
	assert.strictEqual((await s.get('/api/pti/budget', { token: await s.token('viewer') })).body.limit, 500);
}), { plan: PLAN.replace('connections:\n', `connections:\n${RATINGS}`) }));

test('each kind of trouble has a notice with the next step, the worst first', firm(SMALL, (f) => serving(f, async (s) => {
	const hours = (n) => Date.now() - n * 3600000;
	const time = (ms) => `'${new Date(ms).toISOString()}'`;
	const job = 'INSERT INTO lockstep_jobs (id, state, task, lane, session, attempt, claimed_ms, run_at_ms, args) VALUES';
	f.change(`
		INSERT INTO lockstep_tokens (connection, sealed, expires_ms, version, problem)
			VALUES ('practicepanther', '', 0, 1, 'the refresh token was revoked');
		${job} (900, 1, 'sync', 'connection:practicepanther', 77, 1, ${hours(3)}, ${hours(3)}, '{}');
		INSERT INTO lockstep_lanes (lane, slot, job) VALUES ('connection:practicepanther', 1, 900);
		${job} (901, 0, 'cleanup', NULL, NULL, 0, NULL, ${hours(2)}, '{}');
		INSERT INTO lockstep_holds (connection, table_name, check_name, seen, expected, run_id, since, released_by, pass_once)
			VALUES ('practicepanther', 'contacts', 'failed_max', '31 %', 'at most 5 %', '', ${time(hours(4))}, '', 0);
		INSERT INTO lockstep_conflicts (connection, table_name, record_key, column_name, sealed, since)
			VALUES ('practicepanther', 'contacts', 'k', 'email', '', ${time(hours(5))});
		INSERT INTO lockstep_outbox (connection, watch, table_name, record_key, op, state, made_ms)
			VALUES ('practicepanther', 'w', 'contacts', 'k', 'update', 'failed', ${hours(6)}),
			('practicepanther', 'w', 'contacts', 'l', 'update', 'done', ${hours(6)});
		INSERT INTO lockstep_alerts (fingerprint, code, subject, measured, allowed, raised_ms, told_ms, cleared_ms)
			VALUES ('a', 'budget_use', 'connection:practicepanther', 93, 80, ${hours(1)}, 0, 0),
			('b', 'budget_use', 'connection:other', 93, 80, ${hours(1)}, 0, ${hours(0)});
		UPDATE lockstep_schedules SET next_ms = ${hours(1)} WHERE name = 'cleanup';`);
	await s.post('/api/queue/pause', { reason: 'moving house' });
	await s.post('/api/queue/pause', { scope: 'task:alert' });
	const { attention, health } = (await s.get('/api/overview')).body;
	const told = attention.map((n) => `${n.severity} ${n.kind} ${n.subject.kind} ${n.subject.name}`);
	assert.deepStrictEqual([...told].sort(), ['error auth_expired connection practicepanther', 'error no_worker queue workers',
		'error stuck connection practicepanther', 'info paused queue task:alert', 'warning budget_use connection practicepanther',
		'warning conflict connection practicepanther', 'warning held connection practicepanther',
		'warning outbox_stuck connection practicepanther', 'warning overdue_schedule schedule cleanup', 'warning paused queue *']);
	const rank = { error: 0, warning: 1, info: 2 };
	assert.deepStrictEqual(attention.map((n) => rank[n.severity]), attention.map((n) => rank[n.severity]).sort());
	for (const n of attention) assert.ok(n.title && n.next && n.href.startsWith('/'), JSON.stringify(n));
	const by = Object.fromEntries(attention.map((n) => [n.kind, n]));
	assert.match(by.stuck.detail, /3 h/);
	assert.match(by.no_worker.detail, /2 h/);
	assert.match(by.outbox_stuck.title, /^1 change did not reach practicepanther$/);
	assert.strictEqual(health.state, 'failing');
	assert.strictEqual(health.sentence, '1 connection needs attention, and 3 things more');
}, { args: ['--workers', '0', '--no-scheduler'] })));
