// SPDX-License-Identifier: Apache-2.0
// game_dashboard.js - every figure of the game platform's dashboard, beside the same counted here, row by row.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs } = require('./firm.js');
const { jwt: sign } = require('./jwt.js');
const { serving } = require('./service.js');

needs('sqlite3');

const JWT_SECRET = 'forty bytes that nobody would ever guess';
const DAY = 86400e3;
const NOW = Date.now();
const PLAN = `
database: \${LOCKSTEP_DATABASE}
server:
  auth: { name: app, algorithm: HS256, secret: "\${JWT_SECRET}", issuer: "https://id.example", audience: authenticated }
connections:
  metactf:
    connector: metactf
    config: { token: none, base_url: "http://127.0.0.1:1/x" }
    network: { allow_http: true, allow_private: true }
    streams:
      odl_scores:
        rotation: { table: competitors, key: game_platform_id }
`;
const TOPICS = ['web', 'osint', 'forensics', null];
const DIVISIONS = ['high_school', 'middle_school', 'college'];

// A token as the application's own sign-in would give it.
const jwt = (sub, role) => sign(JWT_SECRET, { sub, iss: 'https://id.example', aud: 'authenticated', app_metadata: { role } });

// The same numbers in every run.
let seed = 20261125;
const next = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536); };
const roll = (n) => (next() * 32768 + next()) % n;
const uuid = (kind, n) => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const at = (ms) => new Date(ms).toISOString();
const sql = (v) => v === null ? 'NULL' : typeof v === 'number' ? String(v) : `'${v.replaceAll("'", "''")}'`;

// Two coaches, seven teams, `people` competitors, their solves and events over 400 days.
function invent(people, solves) {
	const w = { coaches: [], teams: [], competitors: [], members: [], solves: [], events: [], stats: [] };
	for (let i = 0; i < 2; i++) w.coaches.push({ id: uuid('a', i), school: `School ${i}` });
	for (let i = 0; i < 7; i++)
		w.teams.push({ id: uuid('b', i), coach: w.coaches[i % 2].id, name: `Team ${i}`, division: i === 6 ? null : DIVISIONS[i % 3] });
	for (let i = 0; i < people; i++) {
		const on = roll(5) > 0;
		const c = { id: uuid('c', i), coach: w.coaches[i % 2].id, name: `Ann${i} O'Neil${roll(9)}`, uid: on ? `u-${i}` : null,
			registered: NOW - roll(80) * DAY - 3600e3 };
		w.competitors.push(c);
		const team = w.teams[roll(9)];
		const mates = team ? w.members.filter((m) => m.team === team.id).length : 6;
		if (team && team.coach === c.coach && mates < 6)
			w.members.push({ team: team.id, competitor: c.id, position: mates + 1, joined: NOW - roll(80) * DAY - 7200e3 });
		if (on && roll(10) > 0)
			w.stats.push({ competitor: c.id, challenges: roll(60), points: roll(9000), ctf: roll(9),
				activity: roll(6) ? NOW - roll(30 * 24) * 3600e3 - 60e3 : null });
	}
	const on = w.competitors.filter((c) => c.uid);
	const events = Array.from({ length: 14 }, (_, i) => ({ id: `Flash ${i}`, at: NOW - i * 29 * DAY - 5 * 3600e3 }));
	for (const c of on)
		for (const e of events)
			if (roll(3) === 0) w.events.push({ uid: c.uid, id: e.id, name: e.id, at: e.at, challenges: roll(8), score: roll(900) });
	for (let i = 0; i < solves; i++)
		w.solves.push({ uid: on[roll(on.length)].uid, id: i + 1, topic: TOPICS[roll(4)], points: 100 + roll(500),
			at: NOW - roll(400 * 24 * 60) * 60e3 - 30e3, source: roll(8) ? 'odl' : 'flash_ctf' });
	return w;
}

function insert(table, columns, rows) {
	const out = [];
	for (let i = 0; i < rows.length; i += 500)
		out.push(`INSERT INTO ${table} (${columns}) VALUES ` +
			rows.slice(i, i + 500).map((r) => `(${r.map(sql).join(', ')})`).join(',\n'));
	return out;
}

function store(f, w) {
	const statements = [
		...insert('profiles', 'id, email, role, school_name', w.coaches.map((c) => [c.id, `${c.id}@school.example`, 'coach', c.school])),
		...insert('teams', 'id, coach_id, name, division', w.teams.map((t) => [t.id, t.coach, t.name, t.division])),
		...insert('competitors', 'id, coach_id, first_name, last_name, game_platform_id',
			w.competitors.map((c) => [c.id, c.coach, ...c.name.split(' '), c.uid])),
		...insert('team_members', 'id, team_id, competitor_id, position, joined_at',
			w.members.map((m, i) => [uuid('d', i), m.team, m.competitor, m.position, at(m.joined)])),
		...w.competitors.filter((c) => c.uid).map((c) => `DELETE FROM game_platform_profiles WHERE competitor_id = '${c.id}'`),
		...insert('game_platform_profiles', 'id, competitor_id, metactf_role, syned_user_id, status, created_at',
			w.competitors.filter((c) => c.uid).map((c, i) => [uuid('e', i), c.id, 'user', c.uid, 'approved', at(c.registered)])),
		...insert('game_platform_stats', 'id, competitor_id, challenges_completed, total_score, monthly_ctf_challenges, last_activity',
			w.stats.map((s, i) => [uuid('f', i), s.competitor, s.challenges, s.points, s.ctf, s.activity && at(s.activity)])),
		...insert('game_platform_challenge_solves',
			'syned_user_id, challenge_solve_id, challenge_title, challenge_category, challenge_points, solved_at, source, raw_payload',
			w.solves.map((s) => [s.uid, s.id, `Challenge ${s.id}`, s.topic, s.points, at(s.at), s.source,
				'{"nist_nice_work_roles":["Analyst"]}'])),
		...insert('game_platform_flash_ctf_events', 'syned_user_id, event_id, name, challenges_solved, score, started_at',
			w.events.map((e) => [e.uid, e.id, e.name, e.challenges, e.score, at(e.at)])),
	];
	f.change(statements.join(';\n') + ';');
}

// ---- the oracle ----

const count = (list, want) => list.filter(want).length;
const sum = (list, of) => list.reduce((n, x) => n + of(x), 0);
const distinct = (list, of) => new Set(list.map(of)).size;

function scope(w, { coach, division } = {}) {
	const team = (c) => {
		const m = w.members.find((x) => x.competitor === c.id);
		return m && w.teams.find((t) => t.id === m.team);
	};
	const people = w.competitors.filter((c) => (!coach || c.coach === coach) && (!division || (team(c) || {}).division === division));
	const ids = new Set(people.map((c) => c.id));
	const uids = new Set(people.map((c) => c.uid).filter(Boolean));
	return { people, team, solves: w.solves.filter((s) => uids.has(s.uid)), events: w.events.filter((e) => uids.has(e.uid)),
		stats: w.stats.filter((s) => ids.has(s.competitor)), members: w.members.filter((m) => ids.has(m.competitor)) };
}

function kpis(w, filter, days) {
	const s = scope(w, filter), span = days * DAY, since = NOW - span;
	const bucket = (t) => Math.floor((t - since) * 7 / span);
	const within = (t, from, to) => t >= from && t < to;
	const line = (make) => Array.from({ length: 7 }, (_, i) => make(i));
	const done = [...s.solves, ...s.events.map((e) => ({ ...e, part: true }))];
	const delta = (make) => make(since, NOW) - make(since - span, since);
	const on = s.people.filter((c) => c.uid);
	const joined = s.members;
	return {
		activeOnPlatform: { value: count(s.stats, (x) => x.activity && x.activity >= NOW - 14 * DAY),
			delta: delta((a, b) => distinct(done.filter((x) => within(x.at, a, b)), (x) => x.uid)),
			sparkline: line((i) => distinct(done.filter((x) => within(x.at, since, NOW) && bucket(x.at) === i), (x) => x.uid)) },
		registeredCompetitors: { value: on.length, of: s.people.length,
			delta: delta((a, b) => count(on, (c) => within(c.registered, a, b))),
			sparkline: line((i) => count(on, (c) => bucket(c.registered) <= i)) },
		teamEnrollment: { value: joined.length, of: s.people.length,
			delta: delta((a, b) => count(joined, (m) => within(m.joined, a, b))),
			sparkline: line((i) => count(joined, (m) => bucket(m.joined) <= i)) },
		totalChallenges: { value: sum(s.stats, (x) => x.challenges),
			delta: delta((a, b) => count(s.solves, (x) => x.source === 'odl' && within(x.at, a, b))),
			sparkline: line((i) => count(s.solves, (x) => x.source === 'odl' && within(x.at, since, NOW) && bucket(x.at) === i)) },
		monthlyParticipation: { value: distinct(s.events.filter((x) => within(x.at, since, NOW)), (x) => x.uid),
			delta: delta((a, b) => distinct(s.events.filter((x) => within(x.at, a, b)), (x) => x.uid)),
			sparkline: line((i) => distinct(s.events.filter((x) => within(x.at, since, NOW) && bucket(x.at) === i), (x) => x.uid)) },
	};
}

function board(w, filter) {
	const s = scope(w, filter);
	return s.stats.map((x) => {
		const c = s.people.find((p) => p.id === x.competitor);
		const mine = s.solves.filter((v) => v.uid === c.uid);
		const topics = {};
		for (const v of mine) topics[v.topic || 'Uncategorized'] = (topics[v.topic || 'Uncategorized'] || 0) + 1;
		return { competitorId: c.id, name: c.name, challenges: x.challenges, totalPoints: x.points, categoryCounts: topics };
	}).sort((a, b) => b.challenges - a.challenges || b.totalPoints - a.totalPoints || (a.name < b.name ? -1 : 1));
}

// ---- the tests ----

const near = (got, want, what) => {
	for (const [name, card] of Object.entries(want)) {
		assert.strictEqual(got[name].value, card.value, `${what} ${name}`);
		if (card.of !== undefined) assert.strictEqual(got[name].of, card.of, `${what} ${name} of`);
		// The server's now is a little later than ours: a row on the very edge of a bucket may have moved on.
		const moved = got[name].sparkline.reduce((n, v, i) => n + Math.abs(v - card.sparkline[i]), 0);
		assert.ok(moved <= 4, `${what} ${name}: ${got[name].sparkline} for ${card.sparkline}`);
		assert.ok(Math.abs(got[name].delta - card.delta) <= 2, `${what} ${name}: delta ${got[name].delta} for ${card.delta}`);
	}
};

async function world(people, solves, work) {
	const f = new Firm(null, { JWT_SECRET }, PLAN);
	const w = invent(people, solves);
	try {
		await serving(f, async (s) => {
			store(f, w);
			await work(s, w, f);
		});
	} finally {
		f.remove();
	}
}

const KPI_FILTERS = [{}, { coach: uuid('a', 1) }, { division: 'college' }, { coach: uuid('a', 0), division: 'high_school' }];
const asked = (o) => Object.entries(o).map(([k, v]) => `&${k}=${v}`).join('');

test('figures are what the rows say', () => world(60, 3000, async (s, w) => {
	for (const filter of KPI_FILTERS)
		for (const [range, days] of [['7d', 7], ['30d', 30], ['90d', 90]]) {
			const got = await s.get(`/api/game-platform/dashboard/kpis?range=${range}${asked(filter)}`);
			assert.strictEqual(got.status, 200, got.text);
			near(got.body, kpis(w, filter, days), `${range} ${JSON.stringify(filter)}`);
		}
	const all = await s.get('/api/game-platform/dashboard/kpis?range=all');
	assert.strictEqual(all.body.totalChallenges.delta, null);
	for (const filter of KPI_FILTERS) {
		const want = board(w, filter);
		const got = await s.get(`/api/game-platform/dashboard/leaderboard?limit=200${asked(filter)}`);
		assert.strictEqual(got.body.total, want.length);
		assert.deepStrictEqual(got.body.leaderboard.map(({ competitorId, name, challenges, totalPoints, categoryCounts }) =>
			({ competitorId, name, challenges, totalPoints, categoryCounts })), want);
		assert.deepStrictEqual(got.body.leaderboard.map((x) => x.rank), want.map((_, i) => i + 1));
	}
}));

test('the leaderboard is searched, sorted and paged', () => world(40, 400, async (s, w) => {
	const want = board(w);
	const page = await s.get('/api/game-platform/dashboard/leaderboard?limit=7&page=2');
	assert.deepStrictEqual(page.body.leaderboard.map((x) => x.competitorId), want.slice(7, 14).map((x) => x.competitorId));
	const names = await s.get('/api/game-platform/dashboard/leaderboard?sort=name&order=desc&limit=200');
	assert.deepStrictEqual(names.body.leaderboard.map((x) => x.name),
		want.map((x) => x.name).sort((a, b) => a.toLowerCase() < b.toLowerCase() ? 1 : -1));
	const found = await s.get(`/api/game-platform/dashboard/leaderboard?search=${encodeURIComponent("o'neil3")}&limit=200`);
	assert.deepStrictEqual(new Set(found.body.leaderboard.map((x) => x.competitorId)),
		new Set(want.filter((x) => /o'neil3/i.test(x.name)).map((x) => x.competitorId)));
	const none = await s.get('/api/game-platform/dashboard/leaderboard?search=%25');
	assert.strictEqual(none.body.total, 0, 'a percent sign is searched for as it is');
	assert.strictEqual((await s.get('/api/game-platform/dashboard/leaderboard?sort=points;drop')).status, 400);
	const first = want.find((x) => Object.keys(x.categoryCounts).length > 1);
	const topics = await s.get(`/api/game-platform/dashboard/leaderboard/${first.competitorId}/topics`);
	assert.deepStrictEqual(Object.fromEntries(topics.body.topics.map((t) => [t.topic, t.challenges])), first.categoryCounts);
}));

test('momentum, teams, alerts and the timeline', () => world(50, 1500, async (s, w) => {
	const momentum = (await s.get('/api/game-platform/dashboard/momentum?limit=200')).body;
	const month = (back) => { const d = new Date(NOW); return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() - back, 1); };
	const all = scope(w);
	assert.deepStrictEqual(momentum.monthlyTotals.map((m) => m.participants), Array.from({ length: 12 }, (_, i) => 11 - i).map((back) =>
		distinct(w.events.filter((e) => e.at >= month(back) && e.at < (back ? month(back - 1) : NOW + DAY)), (e) => e.uid)));
	const ago = (months) => { const d = new Date(NOW); d.setUTCMonth(d.getUTCMonth() - months); return d.getTime(); };
	for (const student of momentum.students) {
		const c = w.competitors.find((x) => x.id === student.competitorId);
		const mine = w.events.filter((e) => e.uid === c.uid && e.at >= ago(12));
		const here = count(mine, (e) => e.at >= month(0)), three = count(mine, (e) => e.at >= ago(3));
		assert.strictEqual(student.status, mine.length === 0 ? 'none' : here === 0 || here < 0.5 * three / 3 ? 'declining' : 'active');
		assert.strictEqual(student.totalEvents12mo, mine.length);
		assert.strictEqual(student.last3MonthsAvg, Math.round(three / 3 * 10) / 10);
	}
	assert.strictEqual(momentum.totalStudents, count(w.competitors, (c) => c.uid));
	assert.strictEqual(momentum.alerts.declining, count(momentum.students, (x) => x.status === 'declining'));
	const order = { none: 0, declining: 1, active: 2 };
	assert.deepStrictEqual(momentum.students.map((x) => order[x.status]), momentum.students.map((x) => order[x.status]).sort());

	const { teams } = (await s.get('/api/game-platform/dashboard/teams')).body;
	assert.strictEqual(teams.length, w.teams.length);
	for (const t of teams) {
		const mates = w.members.filter((m) => m.team === t.teamId).map((m) => w.competitors.find((c) => c.id === m.competitor));
		const on = mates.filter((c) => c.uid);
		const points = sum(on, (c) => (w.stats.find((x) => x.competitor === c.id) || { points: 0 }).points);
		assert.deepStrictEqual([t.totalMembers, t.syncedMembers, t.pendingMembers, t.totalPoints, t.avgScore, t.affiliation],
			[mates.length, on.length, mates.length - on.length, points, on.length ? Math.round(points / on.length) : 0,
				w.coaches.find((c) => c.id === w.teams.find((x) => x.id === t.teamId).coach).school]);
		const drawer = (await s.get(`/api/game-platform/dashboard/teams/${t.teamId}`)).body;
		assert.deepStrictEqual([drawer.roster.length, drawer.onPlatform.length, drawer.awaiting.length],
			[mates.length, on.length, mates.length - on.length]);
	}

	for (const status of ['none', 'declining', 'active']) {
		const some = (await s.get(`/api/game-platform/dashboard/momentum?limit=200&status=${status}`)).body;
		const want = momentum.students.filter((x) => x.status === status);
		assert.deepStrictEqual([some.students, some.totalStudents, some.alerts], [want, want.length, momentum.alerts]);
	}

	const byYear = (await s.get('/api/game-platform/dashboard/momentum?limit=200&sort=year&order=desc')).body.students.map((x) => x.totalEvents12mo);
	assert.deepStrictEqual(byYear, momentum.students.map((x) => x.totalEvents12mo).sort((a, b) => b - a));

	const alerts = (await s.get('/api/game-platform/dashboard/alerts?limit=3')).body;
	assert.strictEqual(alerts.totals.unsyncedCompetitors, count(w.competitors, (c) => !c.uid));
	assert.ok(alerts.unsyncedCompetitors.length <= 3);
	assert.strictEqual(alerts.totals.staleCompetitors, count(all.stats, (x) => !x.activity || x.activity < NOW - 14 * DAY));
	assert.strictEqual(alerts.texts.syncErrors, 'No sync errors reported.');

	const line = (await s.get('/api/game-platform/dashboard/timeline?range=7d&limit=200')).body.timeline;
	const times = line.map((x) => Date.parse(x.at));
	assert.deepStrictEqual(times, [...times].sort((a, b) => b - a));
	assert.strictEqual(count(line, (x) => x.type === 'solve'), count(w.solves, (x) => x.at >= NOW - 7 * DAY));
	const older = (await s.get(`/api/game-platform/dashboard/timeline?range=7d&limit=5&before=${encodeURIComponent(line[4].at)}`)).body.timeline;
	assert.ok(older.every((x) => x.at < line[4].at));
	// Pages leave nothing out, also where many things are of one instant.
	const ask = async (more) => (await s.get(`/api/game-platform/dashboard/timeline?${more}`)).body.timeline;
	const paged = [];
	for (let page = 1; paged.length < 60; page++) paged.push(...await ask(`range=all&kind=flash_ctf&limit=20&page=${page}`));
	assert.deepStrictEqual(paged, (await ask('range=all&kind=flash_ctf&limit=200')).slice(0, paged.length));
	assert.strictEqual(new Set(paged.map((x) => x.title + x.competitorId)).size, paged.length);
	assert.deepStrictEqual(await ask('range=7d&kind=solve&limit=200'), line.filter((x) => x.type === 'solve'));
	assert.deepStrictEqual(await ask('range=7d&kind=streak&limit=200'), line.filter((x) => x.type === 'streak'));
	const { days } = (await s.get('/api/game-platform/dashboard/timeline/days?range=90d&kind=solve')).body;
	const dayOf = (t) => Math.floor(t / DAY);
	assert.deepStrictEqual(days.map((d) => dayOf(Date.parse(d.day))), Array.from({ length: 91 }, (_, i) => dayOf(NOW) - 90 + i));
	for (const d of days.slice(1))
		assert.strictEqual(d.events, count(w.solves, (x) => dayOf(x.at) === dayOf(Date.parse(d.day))), d.day);

	const one = w.competitors.find((c) => c.uid && w.solves.some((v) => v.uid === c.uid));
	const report = (await s.get(`/api/game-platform/competitors/${one.id}/report`)).body;
	const mine = w.solves.filter((v) => v.uid === one.uid);
	assert.strictEqual(sum(report.domains, (d) => d.challenges), mine.length);
	assert.strictEqual(report.recentSolves.length, Math.min(50, mine.length));
	assert.strictEqual(sum(report.timeline, (d) => d.challenges), count(mine, (v) => v.at >= NOW - 90 * DAY));
	assert.deepStrictEqual(report.workRoles, [{ role: 'Analyst', challenges: mine.length }]);
	assert.strictEqual(report.flashEvents.length, count(w.events, (e) => e.uid === one.uid));
}));

test('who may see what', () => world(10, 50, async (s, w) => {
	const whole = await s.get('/api/game-platform/dashboard');
	assert.strictEqual(whole.status, 200, whole.text);
	assert.strictEqual(whole.body.global.totalCompetitors, 10);
	assert.strictEqual(whole.body.controller.isAdmin, true);
	assert.strictEqual((await s.get('/api/game-platform/dashboard', { token: null })).status, 401);
	for (const role of ['player', 'viewer'])
		assert.strictEqual((await s.get('/api/game-platform/dashboard', { token: await s.token(role) })).status, 403);
	const coach = await s.get('/api/game-platform/dashboard', { token: await s.token('coach') });
	assert.strictEqual(coach.status, 403, 'a token is nobody\'s coach');
	// A coach sees their own, whatever they ask for.
	for (const of of [0, 1]) {
		const own = jwt(uuid('a', of), 'coach');
		const mine = new Set(w.competitors.filter((c) => c.coach === uuid('a', of)).map((c) => c.id));
		const theirs = w.competitors.find((c) => !mine.has(c.id));
		const seen = await s.get(`/api/game-platform/dashboard?coach=${uuid('a', 1 - of)}`, { token: own });
		if (seen.status === 200) assert.strictEqual(seen.body.global.totalCompetitors, mine.size);
		else assert.strictEqual(seen.status, 403);
		const dash = await s.get('/api/game-platform/dashboard', { token: own });
		assert.strictEqual(dash.status, 200, dash.text);
		assert.strictEqual(dash.body.global.totalCompetitors, mine.size);
		assert.ok(dash.body.leaderboard.every((x) => mine.has(x.competitorId)));
		assert.ok(dash.body.timeline.every((x) => !x.competitorId || mine.has(x.competitorId)));
		assert.ok(dash.body.teams.every((x) => w.teams.find((t) => t.id === x.teamId).coach === uuid('a', of)));
		for (const path of [`competitors/${theirs.id}/report`, `dashboard/leaderboard/${theirs.id}/topics`])
			assert.strictEqual((await s.get('/api/game-platform/' + path, { token: own })).status, 404, path);
		const others = await s.get(`/api/game-platform/dashboard/momentum/${theirs.id}/events`, { token: own });
		assert.deepStrictEqual(others.body, { events: [] });
		const team = w.teams.find((x) => x.coach !== uuid('a', of));
		assert.strictEqual((await s.get(`/api/game-platform/dashboard/teams/${team.id}`, { token: own })).status, 404);
	}
	const missing = await s.get(`/api/game-platform/competitors/${uuid('9', 1)}/report`);
	assert.deepStrictEqual([missing.status, missing.body.detail], [404, 'Competitor not found or access denied']);
}));

test('a hundred thousand solves are counted, not loaded', () => world(300, 100000, async (s, w) => {
	const began = Date.now();
	const got = await s.get('/api/game-platform/dashboard?range=90d');
	for (const part of ['kpis', 'leaderboard', 'momentum', 'teams', 'alerts', 'timeline']) {
		const b = Date.now();
		await s.get(`/api/game-platform/dashboard/${part}?range=90d`);
		console.log(`# ${part}: ${Date.now() - b} ms`);
	}
	console.log(`# the whole of 100,000 solves: ${Date.now() - began} ms, ${got.text.length} bytes`);
	assert.strictEqual(got.status, 200, got.text);
	assert.strictEqual(got.body.global.totalChallenges, sum(w.stats, (x) => x.challenges));
	near(got.body.kpis, kpis(w, {}, 90), '90d of 100,000');
	assert.ok(got.text.length < 200e3, 'the answer does not grow with the solves');
}));
