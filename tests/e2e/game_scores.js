// SPDX-License-Identifier: Apache-2.0
// game_scores.js - scores and events of the game platform through the running service: asked for, stored,
// counted, swept, shown. The stand-in's truth is the judge.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const path = require('node:path');
const { Firm, needs, until, STORE, CONNECTORS } = require('./firm.js');
const { reaching } = require('./game_platform.js');
const { jwt: sign } = require('./jwt.js');
const { startOf } = require('../sandbox/stand_in.js');
const { Service } = require('./service.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SECRET = 'an hs256 secret of this test, long enough';
const PLAN = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8') + `
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
  job_runner_secret: runner-secret
  internal_sync_secret: internal-secret
`;
const COACH = 'c0000000-0000-4000-8000-0000000000ff';

const jwt = (sub) => sign(SECRET, { sub, app_metadata: { role: 'coach' } });

// A server beside the vendor's 18 competitors, who are in the application's tables too.
const club = (work, { enabled = true } = {}) => async () => {
	const it = await startOf('metactf', '--dataset', 'supabase-sync');
	const f = new Firm(null, {
		...reaching(it),
		GAME_PLATFORM_INTEGRATION_ENABLED: String(enabled),
	}, PLAN);
	const s = new Service(f, []);
	try {
		assert.strictEqual((await f.lockstep('migrate')).code, 0, f.said);
		f.change((await it.ask('/sandbox/application.sql')).text);
		f.change(`INSERT INTO profiles (id, role, full_name) VALUES ('${COACH}', 'coach', 'Other Coach')`);
		await s.start();
		// What a schedule starts meanwhile is not what is tested.
		for (const name of ['game_platform_sync_incremental', 'game_platform_totals_sweep_hourly'])
			assert.strictEqual((await s.post(`/api/schedules/${name}/pause`, {})).status, 200, name);
		await work(s, f, it);
		assert.ok(!/sandbox-token|example\.(org|com)/.test(f.said), 'somebody or the token was named in a log');
	} finally {
		if (s.child && s.child.exitCode === null && s.child.signalCode === null) await s.stop('SIGKILL');
		f.remove();
		await it.stop();
	}
};

// What came of a job that an answer names.
async function outcome(s, answer, status = 202) {
	assert.strictEqual(answer.status, status, answer.text);
	const job = await s.finished(answer.body.jobId);
	assert.strictEqual(job.status, 'succeeded', JSON.stringify(job));
	return job.output;
}

const sync = async (s, body = {}, options) => outcome(s, await s.post('/api/game-platform/scores/sync', body, options));
const sweep = async (s, body = {}) => outcome(s, await s.post('/api/admin/jobs/trigger-totals-sweep', body), 200);
const calls = async (it, what) => (await it.log()).filter((entry) => entry.path.endsWith(what)).length;
const count = (f, table, where = '1 = 1') => Number(f.value(`SELECT count(*) AS n FROM ${table} WHERE ${where}`));

async function sums(it) {
	const odl = await it.truth('odl'), flash = await it.truth('flash');
	const all = flash.flatMap((u) => u.flash_ctfs);
	return { people: odl.length, odl: odl.reduce((n, u) => n + u.challenge_solves.length, 0), events: all.length,
		flash: all.reduce((n, e) => n + e.challenge_solves.length, 0) };
}

test('everything is read once, then only what is new, and totals follow', club(async (s, f, it) => {
	const truth = await sums(it);
	const first = await sync(s);
	assert.deepStrictEqual({ ...first.competitors }, { total: truth.people, synced: truth.people, skipped: 0, failed: 0, missing: 0, dryRun: false });
	assert.strictEqual(count(f, 'game_platform_challenge_solves', "source = 'odl'"), truth.odl);
	assert.strictEqual(count(f, 'game_platform_challenge_solves', "source = 'flash_ctf'"), truth.flash);
	assert.strictEqual(count(f, 'game_platform_flash_ctf_events'), truth.events);
	assert.strictEqual(count(f, 'game_platform_stats'), truth.people);

	const one = f.rows('SELECT id, game_platform_id AS remote, coach_id AS coach FROM competitors WHERE game_platform_id IS NOT NULL ORDER BY id')[3];
	const none = await sync(s, { competitor_id: one.id });
	assert.deepStrictEqual([none.competitors.total, none.competitors.synced, none.competitors.skipped], [1, 0, 1]);
	await it.post('solves', { syned_user_id: one.remote, count: 1 });
	const news = await sync(s, { competitor_id: one.id });
	assert.deepStrictEqual([news.competitors.total, news.competitors.synced, news.batch.withNewData], [1, 1, 1]);
	assert.strictEqual(count(f, 'game_platform_sync_state', 'needs_totals_refresh'), 1);
	const before = await calls(it, 'get_odl_scores');
	const totals = await sweep(s);
	assert.deepStrictEqual([totals.total, totals.refreshed, totals.failed, totals.orphans], [1, 1, 0, 0]);
	assert.strictEqual(await calls(it, 'get_odl_scores') - before, 1, 'exactly that one');
	assert.strictEqual(count(f, 'game_platform_sync_state', 'needs_totals_refresh'), 0);
	const there = (await it.truth('odl')).find((u) => u.syned_user_id === one.remote);
	assert.deepStrictEqual(f.rows(`SELECT challenges_completed AS n, total_score AS p FROM game_platform_stats WHERE competitor_id = '${one.id}'`),
		[{ n: there.total_challenges_solved, p: there.total_points }]);

	const runs = (await s.get('/api/game-platform/sync-runs')).body;
	assert.deepStrictEqual([runs.total, new Set(runs.runs.map((r) => r.status))], [3, new Set(['completed'])]);
	assert.strictEqual(runs.runs[2].competitors_synced, truth.people);
	const all = runs.runs.reduce((n, r) => n + r.api_call_count, 0) + totals.calls;
	assert.strictEqual(all, await calls(it, 'get_odl_scores') + await calls(it, 'get_flash_ctf_progress'), 'every call is counted');
	const telemetry = (await s.get('/api/game-platform/telemetry')).body;
	assert.deepStrictEqual([telemetry.runs.runs, telemetry.odl_scores.members], [3, truth.people]);
	assert.ok(telemetry.flash_ctf_progress.sentinel);
}));

test('who fails is shown, and asked again on request', club(async (s, f, it) => {
	const [one, other] = f.rows('SELECT id, game_platform_id AS remote FROM competitors WHERE game_platform_id IS NOT NULL ORDER BY id');
	await it.post('plan', { modes: { not_approved_403: 1 } });
	await it.post('users/status', { syned_user_id: one.remote, status: 'pending_approval' });
	await it.post('users/remove', { syned_user_id: other.remote });
	const done = await sync(s);
	assert.deepStrictEqual([done.competitors.failed, done.competitors.missing], [1, 1]);
	const { body } = await s.get('/api/game-platform/sync-state?result=failure');
	assert.deepStrictEqual([body.summary.failing, body.total, body.states.length], [2, 2, 2]);
	assert.match(f.value(`SELECT game_platform_sync_error AS e FROM competitors WHERE id = '${one.id}'`), /\(metactf_user_status: pending_approval\)$/);
	await it.post('users/status', { syned_user_id: one.remote, status: 'approved' });
	const again = await outcome(s, await s.post(`/api/game-platform/sync-state/${one.id}/retry`, undefined));
	assert.deepStrictEqual([again.competitors.total, again.competitors.synced], [1, 1]);
	assert.strictEqual(f.value(`SELECT game_platform_sync_error AS e FROM competitors WHERE id = '${one.id}'`), null);
	assert.strictEqual((await s.post('/api/game-platform/sync-state/00000000-0000-4000-8000-000000000000/retry', undefined)).status, 404);
}));

test('a coach asks for their own, and nobody else for anything', club(async (s, f, it) => {
	const own = f.rows('SELECT coach_id AS coach, count(*) AS n FROM competitors WHERE game_platform_id IS NOT NULL GROUP BY coach_id ORDER BY coach_id')[0];
	const token = jwt(own.coach);
	const asked = await s.post('/api/game-platform/scores/sync', {}, { token });
	const done = await outcome(s, asked);
	assert.strictEqual(done.competitors.total, Number(own.n), 'only their own');
	assert.strictEqual((await s.post('/api/game-platform/scores/sync', { coach_id: COACH }, { token })).status, 403);
	const [theirs] = f.rows(`SELECT id FROM competitors WHERE coach_id = '${own.coach}' AND game_platform_id IS NOT NULL`);
	assert.strictEqual((await s.post('/api/game-platform/scores/sync', { competitor_id: theirs.id }, { token: jwt(COACH) })).status, 404);
	for (const what of ['sync-runs', 'sync-state', 'telemetry'])
		assert.strictEqual((await s.get(`/api/game-platform/${what}`, { token })).status, 403, what);
}));

test('what somebody changed at the platform is found behind a cycle, now and then', club(async (s, f, it) => {
	const teams = count(f, 'teams', 'game_platform_id IS NOT NULL');
	const [member] = f.rows(`SELECT c.game_platform_id AS remote, t.game_platform_id AS team FROM team_members m
		JOIN competitors c ON c.id = m.competitor_id JOIN teams t ON t.id = m.team_id
		WHERE c.game_platform_id IS NOT NULL AND t.game_platform_id IS NOT NULL ORDER BY c.id`);
	assert.ok(teams > 0 && member, 'the data set has teams');
	// The rows that were just made are on their way to the platform.
	await until(() => count(f, 'lockstep_jobs') === 0, 'the end of all jobs');
	await it.post('assignments', { syned_user_id: member.remote, syned_team_id: null });
	const first = await sync(s);
	assert.deepStrictEqual([first.teams.looked, first.teams.total], [true, teams]);
	assert.ok(first.teams.synced >= 1, JSON.stringify(first.teams));
	await until(async () => (await it.truth('assignments')).some((a) => a.syned_user_id === member.remote && a.syned_team_id === member.team),
		'the team as it was');
	assert.strictEqual((await sync(s)).teams.looked, false, 'not every time');
}));

test('a server killed while it asks goes on with those whom it has not asked', club(async (s, f, it) => {
	const people = count(f, 'competitors', 'game_platform_id IS NOT NULL');
	await it.post('plan', { rules: [{ match: { path_prefix: '/integrations/' }, fault: 'delay', args: { delay_ms: 100 } }] });
	const asked = await s.post('/api/game-platform/scores/sync', { force_full: true });
	await until(() => count(f, 'game_platform_sync_state', 'last_odl_synced_at IS NOT NULL') >= 4, 'the first of them');
	await s.restart('SIGKILL');
	await it.post('plan', { rules: [] });
	const done = await until(async () => {
		const { body } = await s.get(`/api/jobs/${asked.body.jobId}`);
		return body.status === 'succeeded' && body;
	}, 'the end of the job');
	const each = (await it.log()).filter((e) => e.path.endsWith('get_odl_scores') && e.status === 200);
	assert.strictEqual(new Set(each.map((e) => e.subject)).size, people, 'everybody');
	assert.ok(each.length <= people + 1, `${each.length} requests for ${people}`);
	assert.ok(done.output.competitors.total < people, 'the second attempt asked the others alone');
	assert.strictEqual(count(f, 'game_platform_challenge_solves'), (await sums(it)).odl + (await sums(it)).flash);
	assert.strictEqual(count(f, 'game_platform_sync_runs', "status = 'running'"), 0);
}));

test('two cycles at once are one after the other', club(async (s, f, it) => {
	await it.post('plan', { rules: [{ match: { path_prefix: '/integrations/' }, fault: 'delay', args: { delay_ms: 40 } }] });
	const both = [await s.post('/api/admin/jobs/trigger-sync', {}), await s.post('/api/admin/jobs/trigger-sync', { forceFullSync: true })];
	await until(() => f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE state = 1") >= 1, 'the first to run');
	const done = await Promise.all(both.map((asked) => outcome(s, asked, 200)));
	assert.strictEqual(done.filter((d) => d.competitors.failed === 0).length, 2);
	const runs = (await s.get('/api/game-platform/sync-runs')).body.runs.map((r) => [Date.parse(r.started_at), Date.parse(r.completed_at)]);
	assert.strictEqual(runs.length, 2);
	assert.ok(runs[0][0] >= runs[1][1], 'the second began when the first was over');
}));

test('the application\'s own server asks by a shared secret', club(async (s) => {
	const headers = { 'x-internal-sync-secret': 'internal-secret' };
	const asked = await s.post('/api/internal/sync', { dryRun: true }, { token: null, headers });
	const done = await outcome(s, asked);
	assert.deepStrictEqual([asked.body.dryRun, done.competitors.dryRun], [true, true]);
	assert.strictEqual((await outcome(s, await s.post('/api/internal/sync-totals', {}, { token: null, headers }))).total, 0);
	const due = await s.post('/api/admin/jobs/trigger-sync', {});
	assert.strictEqual((await outcome(s, due, 200)).competitors.failed, 0);
}));

test('switched off, or dry, nothing is asked and nothing is written', club(async (s, f, it) => {
	const done = await sync(s);
	assert.deepStrictEqual([done.competitors.dryRun, done.competitors.synced, done.batch.calls], [true, 0, 0]);
	const totals = await sweep(s);
	assert.strictEqual(totals.dryRun, true);
	assert.strictEqual((await it.log()).length, 0);
	for (const table of ['game_platform_challenge_solves', 'game_platform_sync_runs', 'lockstep_cycles', 'lockstep_members'])
		assert.strictEqual(count(f, table), 0, table);
}, { enabled: false }));

test('nobody is late while it is switched off, whatever the word for that is', club(async (s, f) => {
	const watched = async () => {
		await outcome(s, { status: 202, text: '', body: { jobId: (await s.post('/api/jobs', { task: 'watch' })).body.id } });
		return f.value("SELECT count(*) AS n FROM lockstep_alerts WHERE code = 'freshness' AND cleared_ms = 0");
	};
	await sync(s);
	f.change('UPDATE lockstep_members SET done_ms = done_ms - 200 * 3600000, asked_ms = asked_ms - 200 * 3600000');
	assert.ok(await watched() > 0, 'while it is on they are');
	f.env.GAME_PLATFORM_INTEGRATION_ENABLED = 'off';
	await s.restart();
	assert.strictEqual(await watched(), 0);
}));
