// SPDX-License-Identifier: Apache-2.0
// t_metactf_data.js - the game platform's data sets, a population's doings over time, and the modes
// that spoil what is told of them.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { startOf, withinOf, PROGRAM } = require('./stand_in.js');

const EPOCH = 1793491200;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CATEGORIES = { operating_systems: 37, forensics: 26, web: 24, miscellaneous: 23, networking: 21,
	reverse_engineering: 20, cryptography: 19, osint: 16, binary_exploitation: 15 };

const within = (args, work) => withinOf('metactf', ['--clock', 'virtual', ...args], work);
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const tally = (values) => values.reduce((t, v) => ({ ...t, [v]: (t[v] || 0) + 1 }), {});
const unique = (values) => new Set(values).size === values.length;
const odl = (it, id, after) => it.get(`/scores/get_odl_scores?syned_user_id=${id}` +
	(after === undefined ? '' : `&after_time_unix=${after}`));
const flash = (it, id) => it.get(`/scores/get_flash_ctf_progress?syned_user_id=${id}`);
const competitors = async (it) => (await it.truth('users')).filter((u) => u.role === 'user');

test('baseline: two coaches, three teams, twelve competitors of every kind', within([], async (it) => {
	const users = await it.truth('users'), flashes = await it.truth('flash');
	assert.deepStrictEqual(tally(users.map((u) => u.role)), { coach: 2, user: 12 });
	assert.deepStrictEqual((await it.truth('teams')).map((t) => t.division).sort(),
		['college', 'high_school', 'middle_school']);
	const statuses = tally(users.filter((u) => u.role === 'user').map((u) => u.metactf_user_status));
	assert.deepStrictEqual(Object.keys(statuses).sort(),
		['approved', 'denied', 'pending_approval', 'user_created']);
	const starts = flashes.map((f) => f.flash_ctfs.map((c) => c.flash_ctf_time_start_unix));
	assert.ok(starts.some((s) => s.length === 0), 'nobody without a Flash CTF');
	assert.ok(starts.some((s) => s.length === 1 && s[0] < EPOCH - 20 * 86400), 'none that is over');
	assert.ok(starts.some((s) => s.some((at) => at > EPOCH - 86400 && at <= EPOCH)), 'none under way');
	for (const u of users) assert.match(u.syned_user_id, UUID);
	assert.ok(unique(users.map((u) => u.email)) && unique(users.map((u) => u.metactf_username)));
	assert.deepStrictEqual(await it.get('/'),
		{ status: 'ok', storageMode: 'memory', dataset: 'baseline' });
}));

test('supabase-sync has the recorded figures', within(['--dataset', 'supabase-sync'], async (it) => {
	const scores = await it.truth('odl'), flashes = await it.truth('flash');
	const solves = scores.map((s) => s.challenge_solves), parts = flashes.map((f) => f.flash_ctfs);
	const within = (values, least, most) => values.every((v) => v >= least && v <= most);
	assert.strictEqual(scores.length, 18);
	assert.strictEqual(solves.flat().length, 201);
	assert.ok(within(solves.map((s) => s.length), 8, 15));
	assert.deepStrictEqual(tally(solves.flat().map((s) => s.challenge_category)), CATEGORIES);
	assert.strictEqual(parts.flat().length, 36);
	assert.ok(within(parts.map((p) => p.length), 1, 3));
	assert.strictEqual(sum(parts.flat().map((p) => p.challenges_solved)), 202);
	assert.ok(within(parts.flat().map((p) => p.challenges_solved), 2, 10));
	const points = solves.flat().map((s) => s.challenge_points);
	const share = (least, most) => points.filter((p) => p >= least && p <= most).length / points.length;
	assert.ok(within(points, 100, 600));
	assert.ok(Math.abs(share(100, 199) - 0.4) < 0.06, `${share(100, 199)}`);
	assert.ok(Math.abs(share(200, 399) - 0.4) < 0.06, `${share(200, 399)}`);
	assert.ok(Math.abs(share(400, 600) - 0.2) < 0.06, `${share(400, 600)}`);
	for (const s of solves) assert.ok(unique(s.map((x) => x.challenge_id)), 'the same challenge twice');
	assert.deepStrictEqual([...new Set(parts.flat().map((p) => p.flash_ctf_name))].sort(),
		['Fall Fast CTF', 'Spring Sprint CTF', 'Summer Challenge', 'Winter Warfare']);
	const everything = [...solves.flat(), ...parts.flat().flatMap((p) => p.challenge_solves)];
	assert.ok(everything.every((s) => s.timestamp_unix <= EPOCH));
	assert.ok(everything.some((s) => s.challenge_retired) && everything.some((s) =>
		s.nist_nice_work_roles.length));
}));

test('totals are of a whole life, whatever is filtered',
	within(['--dataset', 'supabase-sync'], async (it) => {
	for (const all of await it.truth('odl')) {
		const id = all.syned_user_id, times = all.challenge_solves.map((s) => s.timestamp_unix);
		const cut = times[Math.floor(times.length / 2)];
		const some = await odl(it, id, cut);
		assert.deepStrictEqual(some.challenge_solves,
			all.challenge_solves.filter((s) => s.timestamp_unix > cut));
		assert.ok(some.challenge_solves.length < all.challenge_solves.length);
		for (const name of ['total_challenges_solved', 'total_points', 'category_points',
			'last_accessed_unix_timestamp'])
			assert.deepStrictEqual(some[name], all[name]);
		assert.strictEqual(all.total_challenges_solved, times.length);
		assert.strictEqual(all.total_points, sum(all.challenge_solves.map((s) => s.challenge_points)));
		assert.strictEqual(sum(Object.values(all.category_points)), all.total_points);
		assert.deepStrictEqual((await odl(it, id, Math.max(...times))).challenge_solves, []);
		assert.strictEqual((await odl(it, id, 0)).challenge_solves.length, times.length);
	}
}));

for (const dataset of ['baseline', 'supabase-sync', 'population'])
	test(`${dataset}: ids of solves collide where the real ones do`,
		within(['--dataset', dataset], async (it) => {
		const scores = await it.truth('odl'), flashes = await it.truth('flash');
		let between = 0, across = 0;
		flashes.forEach((f, i) => {
			const own = scores[i].challenge_solves.map((s) => s.challenge_solve_id);
			const events = f.flash_ctfs.map((c) => c.challenge_solves.map((s) => s.challenge_solve_id));
			assert.ok(unique(own) && events.every(unique));
			across += events.some((e) => e.some((id) => own.includes(id)));
			between += events.some((e, n) => events.some((o, m) =>
				m > n && o.some((id) => e.includes(id))));
		});
		assert.ok(between && across, `${between} between events, ${across} with On-Demand Learning`);
	}));

const POPULATION = ['--population', 200, '--active', 20, '--moderate', 30, '--daily', 4];

test('a population has the wished shape', within(POPULATION, async (it) => {
	const users = await competitors(it);
	assert.strictEqual(users.length, 200);
	const recent = (await it.truth('odl')).map((s) =>
		s.challenge_solves.filter((x) => x.timestamp_unix > EPOCH - 30 * 86400).length);
	const active = recent.filter((n) => n > 60).length, idle = recent.filter((n) => n < 4).length;
	assert.ok(active > 20 && active < 60, `${active} active`);
	const kinds = tally(users.map((u) => u.activity));
	assert.ok(Math.abs(kinds.active - active) < 8, `${kinds.active} are active by nature`);
	assert.deepStrictEqual(Object.keys(kinds).sort(), ['active', 'inactive', 'moderate']);
	assert.ok(idle > 60 && idle < 140, `${idle} idle`);
	assert.ok((await it.truth('odl')).every((s) => s.challenge_solves.length > 0));
	const flashes = (await it.truth('flash')).flatMap((f) => f.flash_ctfs);
	const names = new Set(flashes.map((c) => c.flash_ctf_name + c.flash_ctf_time_start_unix));
	assert.strictEqual(names.size, 8, 'the events are not shared');
}));

test('the truth at any time is what is shown at that time', within(POPULATION, async (it) => {
	const later = EPOCH + 9 * 86400;
	const foretold = [await it.lines(`truth/odl?at=${later}`), await it.lines(`truth/flash?at=${later}`)];
	const now = [await it.lines('truth/odl'), await it.lines('truth/flash')];
	await it.post('clock/advance', { seconds: later - EPOCH });
	assert.deepStrictEqual([await it.lines('truth/odl'), await it.lines('truth/flash')], foretold);
	assert.deepStrictEqual([await it.lines(`truth/odl?at=${EPOCH}`),
		await it.lines(`truth/flash?at=${EPOCH}`)], now);
	assert.notDeepStrictEqual(foretold, now);
	for (const [i, line] of foretold[0].entries()) {
		const then = JSON.parse(now[0][i]), since = JSON.parse(line);
		assert.deepStrictEqual((await odl(it, then.syned_user_id, EPOCH)).challenge_solves,
			since.challenge_solves.filter((s) => s.timestamp_unix > EPOCH));
		assert.deepStrictEqual(since.challenge_solves.slice(0, then.challenge_solves.length),
			then.challenge_solves);
		assert.deepStrictEqual(await flash(it, then.syned_user_id), JSON.parse(foretold[1][i]));
	}
	const times = foretold[0].map((line) => JSON.parse(line).challenge_solves.map((s) =>
		s.timestamp_unix));
	assert.ok(times.some((t) => !unique(t)), 'no two solves on one second');
}));

test('late commits show after their time, and then stay',
	within([...POPULATION, '--mode', 'late_seconds=7200'], async (it) => {
	const ids = (scores) => new Set(scores.flatMap((s) => s.challenge_solves.map((x) =>
		`${s.syned_user_id} ${x.challenge_solve_id}`)));
	let seen = ids(await it.truth('odl')), late = 0;
	for (let hour = 0; hour < 12; hour++) {
		const from = EPOCH + hour * 3600;
		await it.post('clock/advance', { seconds: 3600 });
		const scores = await it.truth('odl'), shown = ids(scores);
		for (const id of seen) assert.ok(shown.has(id), 'one has gone');
		late += scores.flatMap((s) => s.challenge_solves.filter((x) => x.timestamp_unix <= from &&
			!seen.has(`${s.syned_user_id} ${x.challenge_solve_id}`))).length;
		seen = shown;
	}
	assert.ok(late > 5, `${late} came late`);
	await it.post('plan', { modes: { late_seconds: 0 } });
	assert.ok(ids(await it.truth('odl')).size > seen.size);
}));

test('the same seed gives the same bytes, another seed others', async () => {
	const all = await Promise.all([7, 7, 8].map((seed) => startOf('metactf', ...POPULATION, '--seed',
		seed, '--clock', 'virtual')));
	const [a, b, c] = await Promise.all(all.map(async (it) => (await it.ask('/sandbox/state')).text));
	await Promise.all(all.map((it) => it.stop()));
	assert.ok(a === b && a !== c);
});

test('ten thousand competitors are served at once',
	within(['--population', 10000, '--active', 1], async (it) => {
	const users = await competitors(it);
	assert.strictEqual(users.length, 10000);
	assert.ok(unique(users.map((u) => u.syned_user_id)) && unique(users.map((u) => u.metactf_username)));
	assert.ok(unique(users.map((u) => u.email)));
	const last = await odl(it, users[9999].syned_user_id);
	assert.strictEqual(last.metactf_user_id, users[9999].metactf_user_id);
	const { total_count: seats } = await it.get('/users/get_team_assignments');
	assert.strictEqual(seats, 8000);
	const sizes = Object.values(tally((await it.truth('assignments')).map((a) => a.syned_team_id)));
	assert.ok(Math.max(...sizes) <= 6);
}));

// Mode: what it does to the answers about one user.
const MODES = {
	extra_fields: (s, f) => assert.ok(s.future_field && s.challenge_solves[0].future_field && f.future_field),
	unknown_enum: (s) => assert.strictEqual(s.challenge_solves[0].challenge_category,
		'quantum_gardening'),
	zero_solve_id: (s) => assert.ok(s.challenge_solves.every((x) => x.challenge_solve_id === 0)),
	missing_solve_id: (s) => assert.ok(s.challenge_solves.every((x) => !('challenge_solve_id' in x))),
	duplicate_ids: (s, f, good) => {
		assert.strictEqual(s.challenge_solves.length, good.challenge_solves.length + 1);
		assert.deepStrictEqual(s.challenge_solves.at(-1), s.challenge_solves.at(-2));
		assert.strictEqual(s.total_challenges_solved, good.total_challenges_solved);
	},
	last_accessed_zero: (s) => assert.strictEqual(s.last_accessed_unix_timestamp, 0),
	newer_api: (s, f) => assert.ok(f.flash_ctfs[0].max_points_possible > 0),
};

for (const [mode, check] of Object.entries(MODES))
	test(`mode ${mode}`, within(['--dataset', 'supabase-sync'], async (it) => {
		const [{ syned_user_id: id }] = await competitors(it), good = await odl(it, id);
		await it.post('plan', { modes: { [mode]: 1 } });
		check(await odl(it, id), await flash(it, id), good);
		assert.deepStrictEqual((await it.truth('odl'))[0], good, 'the truth is spoilt too');
	}));

test('modes of the filter', within(['--dataset', 'supabase-sync'], async (it) => {
	const [{ syned_user_id: id }] = await competitors(it), good = await odl(it, id);
	const [, at] = good.challenge_solves.map((s) => s.timestamp_unix);
	const times = async (mode) => {
		await it.post('plan', { modes: { ignore_after: 0, after_inclusive: 0, [mode]: 1 } });
		return (await odl(it, id, at)).challenge_solves.map((s) => s.timestamp_unix);
	};
	assert.ok((await times('after_inclusive')).includes(at));
	assert.strictEqual((await times('ignore_after')).length, good.challenge_solves.length);
	const cut = (await times('filter_totals')).length;
	assert.strictEqual((await odl(it, id, at)).total_challenges_solved, cut);
}));

test('who waits at the application comes to life when registered',
	within([...POPULATION, '--waiting', 40], async (it) => {
	const sql = (await it.ask('/sandbox/application.sql')).text,
		known = (await competitors(it)).map((u) => u.syned_user_id);
	const waiting = [...sql.matchAll(/INSERT INTO competitors [^\n]*VALUES \('([^']+)'/g)].map((m) =>
		m[1])
		.filter((id) => !known.includes(id));
	assert.strictEqual(waiting.length, 40);
	await it.post('clock/advance', { seconds: 3600 });
	for (const id of waiting) {
		const body = JSON.stringify({ first_name: 'A', last_name: 'B', email: `${id}@example.org`,
			role: 'user', syned_user_id: id });
		assert.strictEqual((await it.ask(it.api + '/users',
			{ method: 'POST', body, headers: { 'content-type': 'application/json' } })).status, 201);
		assert.deepStrictEqual((await odl(it, id)).challenge_solves, []);
	}
	await it.post('clock/advance', { seconds: 20 * 86400 });
	const times = (await Promise.all(waiting.map((id) => odl(it, id)))).flatMap((s) =>
		s.challenge_solves.map((x) => x.timestamp_unix));
	assert.ok(times.length > 100 && times.every((at) => at >= EPOCH + 3600), `${times.length}`);
}));

const application = (...args) => execFileSync(PROGRAM,
	['metactf', '--print-application', ...args.map(String)],
	{ encoding: 'utf8', maxBuffer: 1 << 28 });

test('the application has the same people, teams and members', within(POPULATION, async (it) => {
	const sql = application(...POPULATION, '--waiting', 9), lines = sql.trim().split('\n');
	const of = (table) => lines.filter((line) => line.startsWith(`INSERT INTO ${table} (`));
	const ids = (table) => of(table).map((line) => line.match(/VALUES \('([^']+)'/)[1]).sort();
	const users = await it.truth('users'), teams = await it.truth('teams');
	const theirs = (role) => users.filter((u) => u.role === role).map((u) => u.syned_user_id).sort();
	assert.deepStrictEqual(ids('profiles'), theirs('coach'));
	assert.deepStrictEqual(ids('teams'), teams.map((t) => t.syned_team_id).sort());
	const waiting = ids('competitors').filter((id) => !theirs('user').includes(id));
	assert.strictEqual(waiting.length, 9);
	assert.strictEqual(ids('competitors').length, 209);
	const members = of('team_members').map((line) =>
		line.match(/VALUES \('[^']+', '([^']+)', '([^']+)'/).slice(1).join(' '));
	const seats = (await it.truth('assignments')).map((a) => `${a.syned_team_id} ${a.syned_user_id}`);
	assert.deepStrictEqual(members.sort(), seats.sort());
	const stages = tally(of('competitors').map((line) => line.match(/'(\w+)'\);$/)[1]));
	assert.deepStrictEqual(stages, { complete: 200, compliance: 3, profile: 3, pending: 3 });
	for (const line of of('competitors')) assert.strictEqual(/, NULL, 'complete'\);$/.test(line), false);
	assert.strictEqual((await it.ask('/sandbox/application.sql')).text, application(...POPULATION));
}));
