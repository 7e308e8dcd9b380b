// SPDX-License-Identifier: Apache-2.0
// api.js - the HTTP API as an application meets it: who may call what, and what PracticePanther's
// endpoints do to the real tables, jobs and schedules.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const { firm, needs, until, sleep, apiLog, STORE, PLAN } = require('./firm.js');
const { serving } = require('./service.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
const SLOW = [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'delay', args: { delay_ms: 1000 } }];
const HELD = [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'hold' }];
const RUNNER = 'runner-secret-of-the-test-0123456789';

// A server whose schedules do not fire by themselves during a test.
const SECRETS = 'server:\n  job_runner_secret: ${JOB_QUEUE_RUNNER_SECRET}\n';
const api = (work) => firm(SMALL, (f, it) => serving(f, (s) => work(s, f, it)),
	{ env: { JOB_QUEUE_RUNNER_SECRET: RUNNER }, plan: PLAN + SECRETS });

// ---- who may ----

// What nobody needs to sign in for, by heart: a route that becomes public has to be put here first.
const PUBLIC = new Set(['GET /livez', 'GET /readyz', 'GET /startupz', 'GET /metrics', 'GET /api/openapi.json',
	'POST /api/login', 'POST /api/login/token', 'POST /api/logout', 'GET /api/me', 'GET /api/sign-in',
	'GET /api/sign-in/{provider}', 'GET /api/sign-in/{provider}/callback', 'GET /api/admin/pp-token/callback',
	'GET /api/connections/{name}/auth/callback']);
const SECRET_ROUTES = new Set(['POST /api/jobs/run', 'POST /api/internal/sync', 'POST /api/internal/sync-totals',
	'POST /api/webhooks/{connection}/{name}']);
const SIGNED_IN = new Set(['GET /api/events', 'GET /api/console']);
// What a coach may call too; game_app.js and its neighbours show that each sees only their own.
const COACHES = new Set(['GET /api/coaches/me', 'PUT /api/coaches/me',
	'GET /api/competitors', 'POST /api/competitors',
	'GET /api/competitors/{id}', 'PUT /api/competitors/{id}', 'DELETE /api/competitors/{id}',
	'GET /api/teams', 'POST /api/teams',
	'GET /api/teams/{id}', 'PUT /api/teams/{id}', 'DELETE /api/teams/{id}',
	'GET /api/teams/{id}/members', 'POST /api/teams/{id}/members',
	'DELETE /api/teams/{id}/members/{competitor}',
	'POST /api/game-platform/competitors', 'POST /api/game-platform/competitors/{id}',
	'POST /api/game-platform/competitors/{id}/password-reset',
	'POST /api/game-platform/teams/{id}/sync', 'GET /api/game-platform/drift', 'GET /api/game-platform/status',
	'POST /api/game-platform/scores/sync',
	'GET /api/game-platform/dashboard', 'GET /api/game-platform/dashboard/kpis',
	'GET /api/game-platform/dashboard/leaderboard', 'GET /api/game-platform/dashboard/leaderboard/{competitor}/topics',
	'GET /api/game-platform/dashboard/momentum', 'GET /api/game-platform/dashboard/momentum/{competitor}/events',
	'GET /api/game-platform/dashboard/teams', 'GET /api/game-platform/dashboard/teams/{team}',
	'GET /api/game-platform/dashboard/alerts', 'GET /api/game-platform/dashboard/timeline',
	'GET /api/game-platform/dashboard/timeline/days',
	'GET /api/game-platform/competitors/{competitor}/report']);
// Likewise a player, each for themselves (pti.js), and what everybody may who is signed in.
const PLAYERS = new Set(['POST /api/players/{id}/pti/link', 'DELETE /api/players/{id}/pti/link',
	'POST /api/players/{id}/pti/refresh', 'GET /api/players/{id}/pti/history',
	'GET /api/players/{id}/pti/changes']);
const MORE_ROLES = { 'POST /api/pti/roster': ['admin', 'coach', 'player'],
	'POST /api/embed-tokens': ['admin', 'player'],
	'GET /api/players/{id}/pti/status': ['admin', 'coach', 'player', 'viewer'] };
// How the reading of scores does, without anybody's name.
for (const path of ['sync-runs', 'sync-state', 'telemetry'])
	MORE_ROLES[`GET /api/game-platform/${path}`] = ['admin', 'viewer'];
// What a viewer may look at: the engine, but nobody's data.
const VIEWERS = new Set(['GET /api/jobs', 'GET /api/jobs/{id}', 'GET /api/queue', 'GET /api/workers', 'GET /api/schedules',
	'GET /api/schedule-preview', 'GET /api/schedules/{name}', 'GET /api/schedules/{name}/fires', 'GET /api/outbox',
	'GET /api/outbox/{id}', 'GET /api/conflicts', 'GET /api/overview', 'GET /api/errors',
	'GET /api/errors/{fingerprint}', 'GET /api/budgets', 'GET /api/pti/budget']);
// How runs went, without anybody's data.
for (const path of ['runs', 'runs/export', 'runs/{id}', 'quarantine', 'sync/status', 'sync/logs', 'sync/statistics', 'sync/completeness'])
	MORE_ROLES[`GET /api/${path}`] = ['admin', 'viewer'];
// How connections stand, without anybody's data.
for (const path of ['', '/{name}', '/{name}/rotation', '/{name}/streams', '/{name}/streams/{table}', '/{name}/mapping',
	'/{name}/settings', '/{name}/timeline', '/{name}/auth'])
	MORE_ROLES[`GET /api/connections${path}`] = ['admin', 'viewer'];
const ROLES = ['admin', 'coach', 'player', 'viewer'];

const rolesOf = (name) => MORE_ROLES[name] || (COACHES.has(name) ? ['admin', 'coach']
	: PLAYERS.has(name) ? ['admin', 'player'] : VIEWERS.has(name) ? ['admin', 'viewer'] : ['admin']);

function routes(document) {
	const all = [];
	for (const [path, item] of Object.entries(document.paths))
		for (const method of ['get', 'post', 'put', 'patch', 'delete'])
			if (item[method]) all.push({ name: `${method.toUpperCase()} ${path}`, method: method.toUpperCase(), path,
				roles: item[method]['x-roles'], body: item[method].requestBody ? {} : undefined });
	return all;
}

// The walk asks faster than a caller may: it waits as it is told.
async function patient(s, path, options) {
	for (;;) {
		const answer = await s.call(path, options);
		if (answer.status !== 429) return answer;
		await sleep(1000 * Number(answer.headers.get('retry-after')));
	}
}

test('every route is closed to nobody and to every role that it does not name', api(async (s) => {
	const document = (await s.get('/api/openapi.json')).body;
	const all = routes(document);
	assert.ok(all.length > 40, `${all.length} routes`);
	for (const route of all) {
		const path = route.path.replace(/\{\w+\}/g, '00000000-0000-4000-8000-000000000000');
		const options = { method: route.method, body: route.body };
		if (PUBLIC.has(route.name)) continue;
		const nobody = await patient(s, path, { ...options, token: null });
		assert.strictEqual(nobody.status, SECRET_ROUTES.has(route.name) && nobody.status === 500 ? 500 : 401, `${route.name} by nobody`);
		if (SECRET_ROUTES.has(route.name)) continue;
		if (!SIGNED_IN.has(route.name))
			assert.deepStrictEqual(route.roles, rolesOf(route.name), route.name);
		for (const role of ROLES.filter((r) => !route.roles.includes(r) || SIGNED_IN.has(route.name))) {
			const answer = await patient(s, path, { ...options, token: await s.token(role), stream: true });
			if (SIGNED_IN.has(route.name)) assert.ok(answer.status < 400, `${route.name} by ${role}: ${answer.status}`);
			else assert.strictEqual(answer.status, 403, `${route.name} by ${role}`);
		}
	}
}));

test('errors are problem documents, whatever was asked', api(async (s) => {
	for (const [path, options, status, code] of [
		['/api/nothing', {}, 404, 'not_found'],
		['/api/jobs/999', {}, 404, 'not_found'],
		['/api/competitors', {}, 404, 'not_found'],
		['/api/coaches', {}, 404, 'not_found'],
		['/api/jobs', { method: 'PUT', body: {} }, 405, 'method_not_allowed'],
		['/api/jobs?limit=0', {}, 400, 'invalid_request'],
		['/api/jobs?colour=red', {}, 400, 'invalid_request'],
		['/api/jobs', { method: 'POST', body: { task: 'no such task' } }, 422, null],
		['/api/jobs', { method: 'POST', raw: '{"task":', type: 'application/json' }, 400, 'invalid_request'],
		['/api/jobs', { method: 'POST', raw: 'task=x', type: 'text/plain' }, 415, null],
	]) {
		const answer = await s.call(path, options);
		assert.strictEqual(answer.status, status, `${path}: ${answer.text}`);
		assert.match(answer.headers.get('content-type'), /^application\/problem\+json/);
		assert.strictEqual(answer.body.status, status);
		for (const member of ['type', 'title', 'detail', 'code']) assert.ok(answer.body[member], `${path} ${member}`);
		if (code) assert.strictEqual(answer.body.code, code, path);
	}
}));

// ---- PracticePanther ----

test('a triggered sync fills the tables, and the log says so', api(async (s, f, it) => {
	const started = await s.post('/api/sync/trigger', { syncType: 'full' });
	assert.strictEqual(started.status, 202, started.text);
	assert.strictEqual(started.body.status, 'success');
	const job = await s.finished(started.body.job);
	assert.strictEqual(job.status, 'succeeded', JSON.stringify(job));
	assert.strictEqual(job.output.run, started.body.run);
	assert.strictEqual(f.value('SELECT count(*) AS n FROM contacts'), (await it.truth('contacts')).length);

	const { body } = await s.get('/api/sync/logs?page=1&limit=20');
	assert.ok(body.data.logs.some((row) => row.id === started.body.run && row.status === 'success'));
	assert.strictEqual(body.data.pagination.total, f.value('SELECT count(*) AS n FROM sync_logs'));
	const contacts = (await s.get('/api/sync/logs?syncType=contacts&status=success')).body.data;
	assert.ok(contacts.logs.length >= 1 && contacts.logs.every((row) => row.sync_type === 'contacts'));

	const { overall, byType, rateLimit, stuckJobs, period } = (await s.get('/api/sync/statistics')).body.data;
	assert.strictEqual(overall.totalSyncs, 1);
	assert.strictEqual(overall.successRate, 1);
	assert.strictEqual(overall.totalRecordsCreated, f.value('SELECT records_created AS n FROM sync_logs WHERE parent_id IS NULL'));
	assert.strictEqual(byType.contacts.successful, 1);
	assert.strictEqual(stuckJobs, 0);
	assert.strictEqual(period, '30 days');
	assert.strictEqual(rateLimit.limit, 300);
	assert.ok(rateLimit.used > 0);
	assert.ok((await s.get('/api/audit')).text.includes('sync.trigger'));
}));

test('a vendor that wants to be left alone for an hour is, and the job goes on then, uncounted', api(async (s, f, it) => {
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 2 }, fault: '429', args: { seconds: 3600 } }]);
	const { job } = (await s.post('/api/sync/trigger', { syncType: 'full' })).body;
	const put_off = await until(async () => {
		const { body } = await s.get(`/api/jobs/${job}`);
		return body.state === 'later' && body;
	}, 'the job to be put off');
	assert.strictEqual(put_off.attempts, 0, 'the attempt counts');
	assert.match(put_off.error, /asked again in (1 h|59 m)/);
	const log = await apiLog(it), wait_s = (Date.parse(put_off.run_at) - Date.parse(log.at(-1).at)) / 1000;
	assert.strictEqual(log.at(-1).status, 429, 'something was asked after it');
	assert.ok(wait_s >= 3600 && wait_s < 3660, `${wait_s} s`);

	// Whoever begins earlier finds the same: no worker stands waiting for an hour.
	const again = await s.post('/api/jobs', { task: 'sync', args: { connection: 'practicepanther', mode: 'incremental' } });
	await until(async () => (await s.get(`/api/jobs/${again.body.id}`)).body.state === 'later', 'the other job to be put off');
	assert.strictEqual((await apiLog(it)).length, log.length);

	// The hour is over.
	f.change('DELETE FROM lockstep_ledger_keys');
	assert.strictEqual((await s.post(`/api/jobs/${job}/retry`)).status, 200);
	assert.strictEqual((await s.finished(job)).status, 'succeeded');
	assert.strictEqual(f.value('SELECT count(*) AS n FROM contacts'), (await it.truth('contacts')).length);
}));

test('a wrong sync type is told with the right ones, a second trigger with the running one', api(async (s, f, it) => {
	const wrong = await s.post('/api/sync/trigger', { syncType: 'invoices' });
	assert.strictEqual(wrong.status, 400);
	assert.match(wrong.body.detail, /contacts, matters, tasks, full/);
	await it.post('plan', HELD);
	const first = await s.post('/api/sync/trigger', {});
	assert.strictEqual(first.body.syncType, 'contacts');
	await until(async () => (await s.get('/api/sync/status')).body.data.running, 'a running sync');
	const second = await s.post('/api/sync/trigger', { syncType: 'full' });
	assert.strictEqual(second.status, 409);
	assert.strictEqual(second.body.code, 'sync_running');
	assert.strictEqual(second.body.run.id, first.body.run);
	assert.strictEqual(second.body.job, first.body.job);
}));

test('stop ends a running sync between pages, outlives the process, and restart goes on', api(async (s, f, it) => {
	await it.post('plan', HELD);
	const started = await s.post('/api/sync/trigger', { syncType: 'contacts' });
	await until(async () => (await apiLog(it, 'contacts')).length >= 1, 'the first page');
	const stopped = await s.post('/api/sync/stop', { reason: 'the test says so' });
	assert.strictEqual(stopped.status, 200, stopped.text);
	assert.strictEqual(stopped.body.cancelled, 1);
	await it.post('plan', SLOW);
	assert.strictEqual((await s.finished(started.body.job)).status, 'cancelled');
	await until(() => f.value(`SELECT status FROM sync_logs WHERE parent_id IS NULL`) === 'stopped', 'the log');

	await s.restart();
	const status = (await s.get('/api/sync/status')).body.data;
	assert.strictEqual(status.stopped.reason, 'the test says so');
	const refused = await s.post('/api/sync/trigger', { syncType: 'full' });
	assert.deepStrictEqual([refused.status, refused.body.code], [409, 'sync_stopped']);

	await it.post('plan', []);
	const again = await s.post('/api/sync/restart');
	assert.strictEqual(again.body.wasStopped, true, again.text);
	assert.strictEqual((await s.finished(again.body.job)).status, 'succeeded');
	assert.strictEqual(f.value('SELECT count(*) AS n FROM contacts'), (await it.truth('contacts')).length);
	assert.strictEqual((await s.get('/api/sync/status')).body.data.stopped, null);
}));

test('the schedule is validated, effective at once, and durable', api(async (s) => {
	for (const bad of [{ incrementalInterval: 0 }, { incrementalInterval: 1441 }, { fullSyncHour: 24 },
		{ fullSyncMinute: 60 }, { fullSyncHour: '2' }, { hour: 2 }])
		assert.strictEqual((await s.call('/api/sync/schedule', { method: 'PUT', body: bad })).status, 400, JSON.stringify(bad));
	const put = await s.call('/api/sync/schedule', { method: 'PUT',
		body: { incrementalInterval: 90, fullSyncHour: 3, fullSyncMinute: 30 } });
	assert.strictEqual(put.status, 200, put.text);
	assert.deepStrictEqual(put.body.data, { incrementalInterval: 90, fullSyncHour: 3, fullSyncMinute: 30 });
	const look = async () => {
		const { jobs } = (await s.get('/api/sync/status')).body.data.scheduled;
		assert.match(jobs.incremental.schedule, /90 minutes|1 h 30 m|every 90/);
		assert.match(jobs.daily_full.schedule, /03:30/);
		const clock = new Date(jobs.daily_full.nextRun).toLocaleString('en-GB', { timeZone: 'America/New_York', hour: '2-digit', minute: '2-digit' });
		assert.match(clock, /03:30/);
	};
	await look();
	await s.restart();
	await look();
}));

test('a table that a check stopped is shown, and released by whoever has looked', firm(SMALL, async (f, it) => {
	assert.strictEqual((await f.sync()).code, 0);
	await it.post('mutate', { collection: 'contacts', count: 120 });
	assert.strictEqual((await f.sync('--full')).code, 6);
	await serving(f, async (s) => {
		const at = '/api/connections/practicepanther';
		const { held } = (await s.get(at)).body;
		const shown = held.find((h) => h.table === 'contacts');
		assert.strictEqual(shown.check, 'changed_max');
		assert.match(shown.next, /lockstep hold release practicepanther contacts/);
		assert.deepStrictEqual((await s.get('/api/sync/status')).body.data.held, held);
		assert.strictEqual((await s.post(`${at}/release`, { table: 'matters' })).status, 404);
		const left = (await s.post(`${at}/release`, { table: 'contacts', once: true })).body.held;
		assert.deepStrictEqual(left, held.filter((h) => h !== shown));
		assert.strictEqual((await s.post(`${at}/release`, { table: 'contacts' })).status, 404);
		const said = (await s.get('/api/audit?action=hold.release')).body.items;
		assert.deepStrictEqual(said.map((e) => [e.target, e.details]), [['connection:practicepanther', { table: 'contacts', once: true }]]);
	});
}, { env: { JOB_QUEUE_RUNNER_SECRET: RUNNER }, plan: (PLAN + SECRETS).replace('    network:\n', '    checks: { changed_max: 10% }\n    network:\n') }));

test('a connection test tells counts, and nobody\'s data', api(async (s, f, it) => {
	const { body, text } = await s.get('/api/sync/test-connection');
	assert.strictEqual(body.data.connected, true, text);
	assert.ok(body.data.streams.length >= 1 && body.data.streams.every((row) => row.stream && row.records >= 0));
	for (const contact of (await it.truth('contacts')).slice(0, 50))
		for (const value of [contact.email, contact.last_name && `"${contact.last_name}"`])
			assert.ok(!value || !text.includes(value));
	await it.post('plan', [{ match: { path_prefix: '/api/v2/' }, fault: '503' }]);
	const dead = await s.get('/api/sync/test-connection');
	assert.strictEqual(dead.status, 200);
	assert.strictEqual(dead.body.data.connected, false);
}));

test('access at the vendor is given and taken back, and only by what was begun here', api(async (s, f, it) => {
	const { data } = (await s.get('/api/admin/pp-token/auth-url')).body;
	const page = new URL(data.url);
	assert.strictEqual(page.searchParams.get('client_id'), 'sandbox-client');
	const forged = await s.call('/api/admin/pp-token/callback?code=x&state=v1.forged', { token: null });
	assert.strictEqual(forged.status, 403, forged.text);

	const allowed = await fetch(data.url, { redirect: 'manual' });
	const back = new URL(allowed.headers.get('location'));
	const done = await s.call(`/api/admin/pp-token/callback${back.search}`, { token: null });
	assert.strictEqual(done.status, 200, done.text);
	const state = (await s.get('/api/admin/pp-token/status')).body.data;
	assert.ok(['valid', 'expiring_soon'].includes(state.status), state.status);
	assert.strictEqual(state.has_refresh_token, true);
	assert.strictEqual((await s.post('/api/admin/pp-token/revoke')).status, 200);
	assert.strictEqual((await s.get('/api/admin/pp-token/status')).body.data.status, 'no_token');
}));

// ---- jobs and schedules under the game platform's names ----

test('POST /api/jobs/run wants the secret, respects a pause, and runs what is due', api(async (s) => {
	const run = (secret, body = {}) => s.call('/api/jobs/run', { method: 'POST', body, token: null,
		headers: secret === undefined ? {} : { 'x-job-runner-secret': secret } });
	const missing = await run();
	assert.deepStrictEqual([missing.status, missing.body.detail], [401, 'Missing job runner secret header']);
	const wrong = await run(RUNNER + 'x');
	assert.deepStrictEqual([wrong.status, wrong.body.detail], [401, 'Unauthorized']);
	assert.deepStrictEqual((await run(RUNNER)).body, { status: 'ok', processed: 0, message: 'no jobs available' });

	const toggled = await s.post('/api/admin/job-queue/toggle', { enabled: false });
	assert.strictEqual(toggled.body.pausedReason, 'Paused via admin console.');
	const made = await s.post('/api/admin/jobs/create', { task_type: 'cleanup' });
	assert.strictEqual(made.body.success, true, made.text);
	assert.deepStrictEqual((await run(RUNNER)).body, { status: 'paused', processed: 0, message: 'Paused via admin console.' });
	const forced = await run(RUNNER, { force: true });
	assert.strictEqual(forced.body.succeeded, 1, forced.text);
	assert.strictEqual(forced.body.results[0].id, made.body.jobId);
	assert.strictEqual(forced.body.results[0].lastError, null);

	const health = (await s.get('/api/admin/job-queue/health')).body;
	assert.strictEqual(health.worker.processingEnabled, false);
	assert.strictEqual(health.queueCounts.find((row) => row.status === 'succeeded').count >= 1, true);
	assert.strictEqual((await s.post('/api/admin/job-queue/toggle', { enabled: true })).body.processingEnabled, true);
}));

test('jobs are added, found, cancelled, redriven and deleted', api(async (s, f) => {
	const later = new Date(Date.now() + 3600e3).toISOString();
	const { status, body: job, headers } = await s.post('/api/jobs', { task: 'cleanup', run_at: later });
	assert.strictEqual(status, 201);
	assert.strictEqual(headers.get('location'), `/api/jobs/${job.id}`);
	assert.strictEqual(job.state, 'later');
	assert.strictEqual(f.value("SELECT count(*) AS n FROM job_queue WHERE task_type = 'cleanup' AND status = 'pending'"), 1);
	const snooze = (body, id = job.id) => s.post(`/api/jobs/${id}/snooze`, body);
	const put_off = await snooze({ run_at: '2999-01-01T00:00:00Z' });
	assert.deepStrictEqual([put_off.status, put_off.body.state, put_off.body.run_at], [200, 'later', '2999-01-01T00:00:00Z']);
	const wait_s = (Date.parse((await snooze({ seconds: 7200 })).body.run_at) - Date.now()) / 1000;
	assert.ok(wait_s > 7100 && wait_s <= 7200, `${wait_s} s`);
	for (const body of [{}, { seconds: 0 }, { seconds: 5, run_at: later }]) assert.strictEqual((await snooze(body)).status, 400);
	assert.strictEqual((await snooze({ seconds: 5 }, 999)).status, 404);
	assert.deepStrictEqual((await s.get('/api/audit?action=job.snooze')).body.items.map((e) => e.target), [`job:${job.id}`, `job:${job.id}`]);
	assert.strictEqual((await s.post(`/api/jobs/${job.id}/cancel`)).body.status, 'cancelled');
	assert.strictEqual((await snooze({ seconds: 5 })).status, 409);
	const bulk = await s.post('/api/jobs/bulk', { action: 'retry', status: 'cancelled', task: 'cleanup' });
	assert.deepStrictEqual(bulk.body, { matched: 1, done: 0, refused: 0, dry_run: true });
	assert.strictEqual((await s.post('/api/jobs/bulk', { action: 'retry', status: 'cancelled', task: 'cleanup', dry_run: false })).body.done, 1);
	assert.strictEqual((await s.finished(job.id)).status, 'succeeded');
	assert.strictEqual((await s.call(`/api/jobs/${job.id}`, { method: 'DELETE' })).status, 204);
	assert.strictEqual((await s.get(`/api/jobs/${job.id}`)).status, 404);
}));

test('cron jobs keep the names and texts of the specification', api(async (s) => {
	const create = (schedule, jobName = 'nightly') => s.post('/api/admin/cron-jobs/create',
		{ jobName, schedule, taskType: 'cleanup', payload: {}, maxAttempts: 3 });
	const bad = await create('0 2 * *');
	assert.deepStrictEqual([bad.status, bad.body.detail],
		[400, 'Invalid cron expression. Must have 5 fields: minute hour day month weekday']);
	assert.strictEqual((await create('0 2 * * *')).status, 200);
	const twice = await create('0 2 * * *');
	assert.strictEqual(twice.status, 409);
	assert.match(twice.body.detail, /Cron job already exists: nightly/);
	await s.post('/api/admin/cron-jobs/toggle', { jobName: 'nightly', active: false });
	await s.post('/api/admin/cron-jobs/schedule', { jobName: 'nightly', schedule: '30 4 * * 1' });
	const { cronJobs } = (await s.get('/api/admin/cron-jobs')).body;
	const job = cronJobs.find((row) => row.jobname === 'nightly');
	assert.deepStrictEqual([job.active, job.schedule, job.command], [false, '30 4 * * 1', 'cleanup']);
	const none = await s.post('/api/admin/cron-jobs/toggle', { jobName: 'none', active: true });
	assert.strictEqual(none.status, 404);
	assert.match(none.body.detail, /Cron job not found: none/);
}));

test('a schedule changed by another is not overwritten, and a run now is a job', api(async (s) => {
	const name = 'practicepanther:full';
	const one = await s.get(`/api/schedules/${name}`);
	assert.strictEqual(one.body.next_fires.length, 5);
	const etag = one.headers.get('etag');
	const change = (body, tag) => s.call(`/api/schedules/${name}`, { method: 'PATCH', body, headers: tag ? { 'if-match': tag } : {} });
	assert.strictEqual((await change({ cron: '15 4 * * *' }, etag)).status, 200);
	assert.strictEqual((await change({ cron: '15 5 * * *' }, etag)).status, 412);
	assert.strictEqual((await change({ cron: '99 5 * * *' })).status, 400);
	const ran = await s.post(`/api/schedules/${name}/run`);
	assert.strictEqual(ran.status, 202, ran.text);
	assert.strictEqual((await s.finished(ran.body.job)).status, 'succeeded');
	const { fires } = (await s.get(`/api/schedules/${name}/fires`)).body;
	assert.strictEqual(fires[0].job, ran.body.job);
	const preview = await s.get('/api/schedule-preview?cron=' + encodeURIComponent('0 2 * * *') + '&timezone=America/New_York');
	assert.strictEqual(preview.body.next_fires.length, 5);
}));

// ---- webhooks and undo ----

const HOOK = 'webhook-secret-of-the-test-0123456789';
const HOOKED = PLAN.replace('    tables:\n', `    webhooks:
      changed:
        secret: \${PP_WEBHOOK_SECRET}
        signature_header: X-Signature
        signature_prefix: sha256=
        id_header: X-Delivery
        stream: contacts
        records: "{{ payload.ids }}"
    tables:
`) + SECRETS;

test('a vendor\'s signed call syncs the records it speaks of, once', firm(SMALL, (f, it) => serving(f, async (s) => {
	const [first, second] = (await it.truth('contacts')).map((record) => record.id);
	const body = JSON.stringify({ ids: [first, second] });
	const signed = 'sha256=' + crypto.createHmac('sha256', HOOK).update(body).digest('hex');
	const deliver = (signature, id, raw = body) => s.call('/api/webhooks/practicepanther/changed', { method: 'POST', raw,
		type: 'application/json', token: null, headers: { 'x-signature': signature, 'x-delivery': id } });

	for (const [signature, raw] of [['sha256=' + '0'.repeat(64), body], [signed, body + ' '], ['', body]])
		assert.strictEqual((await deliver(signature, 'd0', raw)).status, 401);
	assert.strictEqual((await s.call('/api/webhooks/practicepanther/nothing', { method: 'POST', raw: body, token: null,
		type: 'application/json', headers: { 'x-signature': signed } })).status, 401);
	const taken = await deliver(signed, 'd1');
	assert.deepStrictEqual([taken.status, taken.body.outcome, taken.body.records], [202, 'accepted', 2], taken.text);
	assert.deepStrictEqual((await deliver(signed, 'd1')).body.outcome, 'duplicate');
	assert.strictEqual((await s.finished(taken.body.job)).status, 'succeeded');
	assert.deepStrictEqual(f.rows('SELECT pp_contact_id AS id FROM contacts').map((row) => row.id).sort(), [first, second].sort());
	assert.strictEqual((await s.get('/api/jobs?task=sync')).body.total, 1);
}), { env: { JOB_QUEUE_RUNNER_SECRET: RUNNER, PP_WEBHOOK_SECRET: HOOK }, plan: HOOKED }));

test('a full run is undone by a job, and the undo is a run of its own', api(async (s, f) => {
	const full = await s.post('/api/sync/trigger', { syncType: 'full' });
	assert.strictEqual((await s.finished(full.body.job)).status, 'succeeded');
	const before = f.value('SELECT count(*) AS n FROM contacts');
	assert.ok(before > 0);
	const dry = await s.post(`/api/runs/${full.body.run}/undo`, { dry_run: true, delete_created: true });
	assert.strictEqual(dry.status, 202, dry.text);
	assert.ok((await s.finished(dry.body.job)).output.images > 0);
	assert.strictEqual(f.value('SELECT count(*) AS n FROM contacts'), before, 'a dry run wrote');
	const undo = await s.post(`/api/runs/${full.body.run}/undo`, { delete_created: true });
	const job = await s.finished(undo.body.job);
	assert.deepStrictEqual([job.status, job.output.status], ['succeeded', 'success'], JSON.stringify(job));
	assert.strictEqual(f.value('SELECT count(*) AS n FROM contacts'), 0);
	assert.strictEqual((await s.get(`/api/runs/${undo.body.run}`)).body.sync_type, 'undo');
	assert.strictEqual((await s.post(`/api/runs/${undo.body.run.replace(/./, 'a').replace(/.$/, 'b')}/undo`)).status, 404);
}));
