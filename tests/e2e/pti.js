// SPDX-License-Identifier: Apache-2.0
// pti.js - ratings from a league's pages as an application meets them: link, refresh, status, unlink,
// with the specification's texts, beside a stand-in of Firecrawl.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs, until, STORE } = require('./firm.js');
const { jwt: sign } = require('./jwt.js');
const { serving } = require('./service.js');
const { lanes } = require('./lanes.js');
const { startOf } = require('../sandbox/stand_in.js');
const { Peer, plain } = require('../pti/mongo_peer.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));
// For what waits most of its time.
const beside = lanes(2);

const SECRET = 'an hs256 secret of this test, long enough';
const KEY = 'fc-00000000-0000-4000-8000-000000000001';
const plan = (config) => `database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
  pti:
    connector: tenniscores
    network: { allow_http: true, allow_private: true }
    config: ${JSON.stringify({ firecrawl_key: KEY, requests_per_minute: 6000, cooldown: '0s', ...config })}
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
`;

const ANA = '11111111-1111-4111-8111-111111111111', BEN = '22222222-2222-4222-8222-222222222222';
const NOBODY = '33333333-3333-4333-8333-333333333333';
const OK = 'nndz-d3lKdHNRelhlQT09', NEGATIVE = 'nndz-d3lKdHNRelY=', TRAP = 'nndz-d3lKdHNRemU=';
const UNKNOWN = 'nndz-d3lKdHNRemY=', BLOCKED = 'nndz-d3lKdHN3elc=', OUT_OF_RANGE = 'nndz-d3lKdHNRM1U=';
const page = (id) => `https://gbpta.paddlescores.com/player.php?print&p=${encodeURIComponent(id)}`;
const canonical = (id) => 'https://gbpta.tenniscores.com/?print&mod=nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D&p=' +
	encodeURIComponent(id);
const team = (id) => 'https://gbpta.paddlescores.com/?mod=nndz-TjJiOWtORzkwTlJFb0NVU1NzOD0%3D&team=' +
	encodeURIComponent(id);

const jwt = (claims) => sign(SECRET, claims);
const of = (sub, role = 'player') => jwt({ sub, app_metadata: { role } });
const ana = of(ANA), ben = of(BEN);

const add = (f, id, name = 'Hugo Lindqvist') =>
	f.change(`INSERT INTO players (id, name, email, home_club) VALUES ('${id}', '${name}', 'x@club.example', 'Here')`);

// A server, a stand-in and two players; `s.as(token, …)` asks as somebody.
function club(work, config = {}) {
	return async () => {
		const it = await startOf('firecrawl', '--players', 40, '--mode', 'no_limits');
		const f = new Firm(null, { PP_BASE_URL: 'http://127.0.0.1:1', PP_TOKEN_URL: 'http://127.0.0.1:1' }, plan({ firecrawl_url: it.url, ...config }));
		try {
			await serving(f, async (s) => {
				s.as = async (token, method, path, body, status) => {
					const answer = await s.call(path, { method, body, token });
					assert.strictEqual(answer.status, status, `${method} ${path}: ${answer.text}`);
					return answer.body;
				};
				s.link = (token, id, url, status) =>
					s.as(token, 'POST', `/api/players/${id}/pti/link`, { print_page_url: url }, status);
				s.refresh = (token, id, status) => s.as(token, 'POST', `/api/players/${id}/pti/refresh`, undefined, status);
				s.status = (token, id, status = 200) => s.as(token, 'GET', `/api/players/${id}/pti/status`, undefined, status);
				s.unlink = (token, id, status = 200) => s.as(token, 'DELETE', `/api/players/${id}/pti/link`, undefined, status);
				if (!config.players) {
					add(f, ANA);
					add(f, BEN, 'Ben Other');
				}
				await work(s, f, it);
			});
			assert.ok(!/Lindqvist|club\.example/.test(f.said), 'somebody was named in a log');
			assert.ok(!f.said.includes(KEY), 'the key was told');
		} finally {
			f.remove();
			await it.stop();
		}
	};
}

const scrapes = async (it) => (await it.log()).filter((entry) => entry.path === '/v2/scrape').length;
// Somebody of the stand-in's population: a player whose rating may be set there.
async function somebody(it) {
	const all = (await it.lines('truth?league=gbpta')).map((line) => JSON.parse(line));
	const one = all.find((who) => who.pti !== null && who.pti > 0);
	return { ...one, page: page(one.id), now: (what) => it.post('players', { league: 'gbpta', id: one.id, ...what }) };
}
const player = (f, id) => f.rows(`SELECT CAST(pti AS text) AS pti, pti_source_url, pti_source_name, pti_last_synced,
	pti_sync_enabled, name, email, home_club FROM players WHERE id = '${id}'`)[0];
const says = (problem, detail, code) => {
	assert.strictEqual(problem.detail, detail);
	if (code) assert.strictEqual(problem.code, code);
};

test('a player links a page, looks, refreshes and unlinks', club(async (s, f, it) => {
	assert.deepStrictEqual(await s.status(ana, ANA), { linked: false, print_page_url: null, current_pti: null,
		last_synced_at: null, sync_enabled: false });
	const one = await somebody(it);
	await one.now({ pti: 35.3 });
	const linked = await s.link(ana, ANA, one.page, 200);
	assert.deepStrictEqual([linked.success, linked.pti, linked.player_name, linked.message, linked.name_match],
		[true, 35.3, one.name, 'PTI linked successfully! Current PTI: 35.3', false]);
	const row = player(f, ANA);
	assert.deepStrictEqual([Number(row.pti), row.pti_source_url, row.pti_source_name, row.name, row.email, row.home_club],
		[35.3, canonical(one.id), one.name, 'Hugo Lindqvist', 'x@club.example', 'Here']);
	const status = await s.status(ana, ANA);
	assert.deepStrictEqual([status.linked, status.print_page_url, status.current_pti, status.sync_enabled],
		[true, canonical(one.id), 35.3, true]);
	assert.match(status.last_synced_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
	assert.deepStrictEqual(await s.refresh(ana, ANA, 200), { success: true, pti: 35.3, previous_pti: 35.3, changed: false });
	await one.now({ pti: 36 });
	assert.deepStrictEqual(await s.refresh(ana, ANA, 200), { success: true, pti: 36, previous_pti: 35.3, changed: true });
	assert.ok(Date.parse((await s.status(ana, ANA)).last_synced_at) > Date.parse(status.last_synced_at));
	for (let i = 0; i < 2; i++)
		assert.deepStrictEqual(await s.unlink(ana, ANA), { success: true, message: 'PTI sync unlinked' });
	assert.deepStrictEqual(await s.status(ana, ANA), { linked: false, print_page_url: null, current_pti: 36,
		last_synced_at: null, sync_enabled: false });
	says(await s.refresh(ana, ANA, 400), 'No PTI source linked. Please link your Paddlescores page first.', 'not_linked');
	assert.strictEqual(await scrapes(it), 3);
	assert.deepStrictEqual(f.rows('SELECT before, after, note FROM lockstep_pti_changes ORDER BY at').map((r) =>
		[r.before, r.after]), [[null, 35.3], [35.3, 36]]);
}));

test('who may do what to whom', club(async (s, f, it) => {
	const admin = await s.token();
	await s.link(ana, ANA, page(OK), 200);
	says(await s.link(ben, ANA, page(NEGATIVE), 403), 'Can only link your own PTI');
	says(await s.refresh(ben, ANA, 403), 'Can only refresh your own PTI');
	says(await s.unlink(ben, ANA, 403), 'Can only unlink your own PTI');
	says(await s.as(ben, 'GET', `/api/players/${ANA}/pti/history`, undefined, 403), 'Can only see your own match history');
	const seen = await s.status(ben, ANA);
	assert.deepStrictEqual([seen.linked, seen.print_page_url, seen.current_pti], [true, null, 35.3]);
	assert.strictEqual((await s.status(admin, ANA)).print_page_url, canonical(OK));
	assert.strictEqual((await s.status(of(NOBODY, 'viewer'), ANA)).print_page_url, null);
	await s.refresh(of(ANA, 'viewer'), ANA, 403);
	await s.refresh(admin, ANA, 200);
	assert.strictEqual((await s.link(admin, BEN, page(NEGATIVE), 200)).pti, -2.4);
	says(await s.link(of(NOBODY), NOBODY, page(OK), 404), 'Player not found', 'no_player');
	says(await s.refresh(of(NOBODY), NOBODY, 404), 'Player not found');
	says(await s.status(ana, NOBODY, 404), 'Player not found');
	says(await s.status(ana, "no'body", 404), 'Player not found');
	for (const path of ['runs?limit=1', 'budget']) await s.as(ana, 'GET', `/api/pti/${path}`, undefined, 403);
	assert.strictEqual(await scrapes(it), 3, 'nothing was asked for those who may not');
	assert.ok(f.value("SELECT count(*) AS n FROM lockstep_audit WHERE action = 'pti.unlink'") === 0);
}));

test('what is no address is refused with the text, and nothing is asked', club(async (s, f, it) => {
	for (const url of ['', 'x', 'https://gbpta.paddlescores.com.example.com/player.php?print&p=nndz-AAAA',
		'https://gbpta.paddlescores.com/player.php?p=nndz-AAAA', 'http://127.0.0.1/?print&mod=a&p=b',
		`${page(OK)}${'x'.repeat(4000)}`]) {
		const problem = await s.as(await s.token(), 'POST', `/api/players/${ANA}/pti/link`, { print_page_url: url }, 400);
		says(problem, 'Invalid URL. Please provide your Paddlescores print page URL.', 'invalid_url');
		assert.ok(problem.reason, 'and why');
	}
	says(await s.as(ana, 'POST', '/api/pti/roster', { team_url: 'https://example.com/' }, 400),
		'Invalid URL. Please provide your Paddlescores team page URL.', 'invalid_url');
	assert.strictEqual(await scrapes(it), 0);
}));

test('what no rating can be read from is told as the specification says', club(async (s, f) => {
	const text = 'Could not extract PTI: ';
	for (const [id, code, detail] of [
		[TRAP, 'no_pti', text + 'Could not extract PTI from page'],
		[UNKNOWN, 'not_found'],
		[BLOCKED, 'blocked'],
		[OUT_OF_RANGE, 'refused'],
	]) {
		const problem = await s.link(ana, ANA, page(id), 400);
		assert.strictEqual(problem.code, code, problem.detail);
		assert.ok(problem.detail.startsWith(text), problem.detail);
		if (detail) says(problem, detail);
	}
	assert.strictEqual(player(f, ANA).pti, null);
	assert.strictEqual(player(f, ANA).pti_source_url, null);
	assert.strictEqual(f.value(`SELECT failures AS n FROM lockstep_pti_players WHERE player = '${ANA}'`), 4);
	await s.link(ana, ANA, page(OK), 200);
	assert.strictEqual(f.value(`SELECT failures AS n FROM lockstep_pti_players WHERE player = '${ANA}'`), 0);
}));

test('a rating that is gone from the page stays here, as old as it is', club(async (s, f, it) => {
	const one = await somebody(it);
	await one.now({ pti: 35.3 });
	await s.link(ana, ANA, one.page, 200);
	const before = await s.status(ana, ANA);
	await one.now({ pti: null });
	assert.deepStrictEqual(await s.refresh(ana, ANA, 200),
		{ success: true, pti: 35.3, previous_pti: 35.3, changed: false, no_pti: true });
	assert.deepStrictEqual(await s.status(ana, ANA), before);
	await one.now({ pti: 60.1 });
	const jump = await s.refresh(ana, ANA, 200);
	assert.deepStrictEqual([jump.pti, jump.changed], [60.1, true]);
	assert.match(jump.warning, /from 35\.3 to 60\.1/);
	await one.now({ pti: 20, first: 'Somebody', last: 'Else' });
	const other = await s.refresh(ana, ANA, 500);
	says(other, "Failed to refresh PTI: The page is another player's now", 'renamed');
	assert.strictEqual((await s.status(ana, ANA)).current_pti, 60.1);
}));

test('names: told, or in the way when the plan is strict', async (t) => {
	await t.test('tell', club(async (s) => {
		const linked = await s.link(ben, BEN, page(OK), 200);
		assert.strictEqual(linked.name_match, false);
		assert.match(linked.warning, /not yours/);
		assert.match((await s.link(ana, ANA, page(OK), 200)).warning, /2 accounts/);
	}));
	await t.test('strict', club(async (s, f) => {
		says(await s.link(ben, BEN, page(OK), 400), 'Could not extract PTI: The name on the page is not yours', 'other_name');
		assert.strictEqual(player(f, BEN).pti_source_url, null);
		await s.link(ana, ANA, page(OK), 200);
	}, { name_check: 'strict' }));
});

const ENVELOPES = [
	['401', 'key_refused', 'Firecrawl API error: 401'], ['402', 'no_credits', 'Firecrawl API error: 402'],
	['400', null, 'Firecrawl API error: 400'], ['403', null, 'Firecrawl API error: 403'],
	['target_404', 'not_found', null], ['target_403', 'blocked', null], ['no_html', null, null],
	['other_host', null, null], ['json_list', null, null], ['truncated_json', null, null],
];

beside('what the service answers to a link is never passed on as a status', club(async (s, f, it) => {
	for (const [envelope, code, error] of ENVELOPES) {
		await it.post('envelopes', { rules: [{ envelope, times: 10 }] });
		const problem = await s.link(envelope < '5' ? ana : await s.token(), ANA, page(OK), 400);
		assert.ok(problem.detail.startsWith('Could not extract PTI: '), `${envelope}: ${problem.detail}`);
		if (code) assert.strictEqual(problem.code, code, envelope);
		if (error) says(problem, `Could not extract PTI: ${error}`);
	}
	assert.strictEqual(player(f, ANA).pti_source_url, null);
}));

beside('nor what it answers to a refresh', club(async (s, f, it) => {
	await s.link(ana, ANA, page(OK), 200);
	for (const [envelope, , error] of ENVELOPES.slice(0, 5)) {
		await it.post('envelopes', { rules: [{ envelope, times: 10 }] });
		const problem = await s.refresh(ana, ANA, 500);
		assert.ok(problem.detail.startsWith('Failed to refresh PTI: '), `${envelope}: ${problem.detail}`);
		if (error) says(problem, `Failed to refresh PTI: ${error}`);
	}
	await it.post('envelopes', { rules: [{ envelope: '500', times: 2 }] });
	assert.strictEqual((await s.refresh(ana, ANA, 200)).pti, 35.3, 'what passes is tried again');
}));

test('without a key the text says which', club(async (s) => {
	says(await s.link(ana, ANA, page(OK), 400), 'Could not extract PTI: FIRECRAWL_API_KEY not configured', 'no_key');
}, { source: 'firecrawl', firecrawl_key: '', firecrawl_url: 'https://api.firecrawl.dev' }));

test('a person waits between two refreshes, whichever process is asked', club(async (s, f, it) => {
	await s.link(ana, ANA, page(OK), 200);
	await s.refresh(ana, ANA, 200);
	const answer = await s.call(`/api/players/${ANA}/pti/refresh`, { method: 'POST', token: ana });
	assert.strictEqual(answer.status, 429);
	assert.strictEqual(answer.body.code, 'cooldown');
	assert.ok(Number(answer.headers.get('retry-after')) > 3000);
	assert.strictEqual((await f.lockstep('pti', 'refresh', ANA)).code, 75);
	assert.strictEqual((await s.call(`/api/players/${ANA}/pti/history`, { token: ana })).status, 429);
	assert.strictEqual(await scrapes(it), 2);
	await s.link(ben, BEN, page(NEGATIVE), 200);
	await s.refresh(ben, BEN, 200);
}, { cooldown: '1h' }));

test('the month of credits is kept for persons to its end, and told', club(async (s, f, it) => {
	await s.link(ana, ANA, page(OK), 200);
	await s.refresh(ana, ANA, 200);
	const budget = await s.as(await s.token(), 'GET', '/api/pti/budget', undefined, 200);
	assert.deepStrictEqual([budget.limit, budget.reserve, budget.spent, budget.requests, budget.left_for_persons,
		budget.left_for_the_job], [2, 1, 2, 2, 0, 0]);
	says(await s.refresh(ana, ANA, 500), "Failed to refresh PTI: This month's credits are used up", 'no_credits');
	assert.strictEqual(await scrapes(it), 2);
	assert.deepStrictEqual(await s.as(await s.token(), 'GET', '/api/pti/runs', undefined, 200), { runs: [] });
}, { credits_per_month: 2, reserve_percent: 50 }));

test('the weekly job runs at once when an administrator says so', club(async (s, f, it) => {
	const admin = await s.token();
	const one = await somebody(it);
	await one.now({ pti: 35.3 });
	await s.link(ana, ANA, one.page, 200);
	await one.now({ pti: 34.1 });
	await s.as(ana, 'POST', '/api/pti/sync', undefined, 403);
	const { job } = await s.as(admin, 'POST', '/api/pti/sync', undefined, 202);
	const over = await s.finished(job);
	assert.strictEqual(over.status, 'succeeded', JSON.stringify(over));
	assert.strictEqual((await s.status(ana, ANA)).current_pti, 34.1);
	const { runs } = await s.as(admin, 'GET', '/api/pti/runs', undefined, 200);
	assert.deepStrictEqual(runs.map((run) => [run.found, run.succeeded, run.failed, run.updated, run.credits]), [[1, 1, 0, 1, 1]]);
	assert.match(runs[0].started_at, /Z$/);
}));

test('rosters and matches are read on request', club(async (s) => {
	const roster = await s.as(ana, 'POST', '/api/pti/roster', { team_url: team('nndz-d3lKdHNBelc=') }, 200);
	assert.strictEqual(roster.success, true);
	assert.ok(roster.team_name);
	assert.ok(roster.players.some((one) => one.pti === null) && roster.players.some((one) => one.pti < 0));
	assert.ok(roster.players[0].captain);
	await s.link(ana, ANA, page(OK), 200);
	const { matches, pti } = await s.as(ana, 'GET', `/api/players/${ANA}/pti/history?limit=2`, undefined, 200);
	assert.strictEqual(pti, 35.3);
	assert.strictEqual(matches.length, 2);
	assert.match(matches[0].date, /^\d{4}-\d\d-\d\d$/);
	await s.as(ana, 'POST', '/api/pti/roster', { team_url: team('nndz-AAAAAAAA') }, 502);
}));

// Holds every scrape from now on, so that something may happen meanwhile, and lets those go that were held before.
const hold = (it) => it.post('plan', { rules: [{ match: { path_prefix: '/v2/scrape' }, fault: 'hold' }] });
const release = (it) => it.post('plan', { rules: [] });

test('an unlink meanwhile wins over a link and over a refresh', club(async (s, f, it) => {
	await s.link(ana, ANA, page(OK), 200);
	await hold(it);
	const asked = await scrapes(it);
	const refreshed = s.refresh(ana, ANA, 400);
	await until(async () => await scrapes(it) > asked, 'the scrape');
	await s.unlink(ana, ANA);
	await hold(it);
	says(await refreshed, 'No PTI source linked. Please link your Paddlescores page first.', 'not_linked');
	const linked = s.link(ana, ANA, page(OK), 409);
	await until(async () => await scrapes(it) > asked + 1, 'the scrape');
	await s.unlink(ana, ANA);
	await release(it);
	says(await linked, 'The link was removed meanwhile', 'unlinked');
	assert.deepStrictEqual([player(f, ANA).pti_source_url, player(f, ANA).pti_sync_enabled], [null, null]);
	assert.strictEqual((await s.link(ana, ANA, page(OK), 200)).success, true, 'a later link is a link');
}));

test('a slow service does not hold up the API', club(async (s, f, it) => {
	const many = Array.from({ length: 8 }, (_, i) => `44444444-4444-4444-8444-44444444444${i}`);
	for (const id of many) add(f, id);
	await hold(it);
	const over = [];
	const all = many.map((id) => s.call(`/api/players/${id}/pti/link`,
		{ method: 'POST', body: { print_page_url: page(OK) }, token: of(id) }).then((answer) => over.push(answer.status)));
	await until(() => over.filter((status) => status === 202).length === 2, 'those who need not wait');
	await s.status(ana, ANA);
	assert.strictEqual(over.length, 2, 'the others wait still');
	await release(it);
	await Promise.all(all);
	assert.deepStrictEqual(over.slice(2), [200, 200, 200, 200, 200, 200]);
	for (const id of many) await until(async () => (await s.status(of(id), id)).linked, `the link of ${id}`);
}));

test('a server that is killed in the middle goes on with the link', club(async (s, f, it) => {
	await hold(it);
	const lost = s.link(ana, ANA, page(OK), 200).catch(() => 'lost');
	await until(async () => await scrapes(it) > 0, 'the scrape');
	await s.restart('SIGKILL');
	assert.strictEqual(await lost, 'lost');
	await release(it);
	await until(async () => (await s.status(ana, ANA)).linked, 'the link');
	assert.strictEqual((await s.status(ana, ANA)).current_pti, 35.3);
}));

test('the command line does the same without a server', async () => {
	const it = await startOf('firecrawl', '--players', 40, '--mode', 'no_limits');
	const f = new Firm(null, {}, plan({ firecrawl_url: it.url }));
	const json = async (code, ...args) => {
		const done = await f.lockstep('pti', ...args, '--json');
		assert.strictEqual(done.code, code, done.out + done.err);
		return JSON.parse(done.out);
	};
	try {
		assert.strictEqual((await f.lockstep('pti', 'status', ANA)).code, 3, f.said);
		add(f, ANA);
		assert.strictEqual((await json(2, 'link', ANA, 'x')).code, 'invalid_url');
		assert.strictEqual((await json(2, 'refresh', ANA)).code, 'not_linked');
		assert.strictEqual((await json(1, 'link', ANA, page(TRAP))).code, 'no_pti');
		assert.strictEqual((await json(3, 'link', ANA, page(UNKNOWN))).code, 'not_found');
		const one = await somebody(it);
		await one.now({ pti: 35.3 });
		assert.strictEqual((await json(0, 'link', ANA, one.page)).pti, 35.3);
		await one.now({ pti: 34.9 });
		assert.match((await f.lockstep('pti', 'refresh', ANA)).out, /PTI updated: 35\.3 → 34\.9/);
		assert.deepStrictEqual((await json(0, 'status', ANA)).current_pti, 34.9);
		assert.strictEqual((await json(0, 'roster', team('nndz-d3lKdHNBelc='))).success, true);
		assert.strictEqual((await json(0, 'unlink', ANA)).message, 'PTI sync unlinked');
		assert.strictEqual((await json(0, 'status', ANA)).linked, false);
		await it.post('envelopes', { rules: [{ envelope: '401', times: 10 }] });
		assert.strictEqual((await json(5, 'link', ANA, page(OK))).code, 'key_refused');
		for (const words of [[], ['link', ANA], ['dance']]) assert.strictEqual((await f.lockstep('pti', ...words)).code, 2);
		assert.ok(!f.said.includes(KEY));
	} finally {
		f.remove();
		await it.stop();
	}
});

// ---- players in MongoDB: by the test peer; the contract of the store is t_players.c's ----

test('check says what is left to spend, and what is in the way', club(async (s, f, it) => {
	const check = async () => {
		const done = await f.lockstep('check', '--json');
		const found = (JSON.parse(done.out).checks || JSON.parse(done.out)).map((c) => [c.check, c.ok, c.says]);
		return [done.code, found.filter(([what]) => what.startsWith('pti'))];
	};
	const asked = (await it.log()).length;
	const [code, found] = await check();
	assert.strictEqual(code, 0);
	assert.deepStrictEqual(found.map(([what, ok]) => [what, ok]),
		[['pti, source', true], ['pti, schema', true], ['pti, budget', true], ['pti, players', true]]);
	assert.match(found[0][2], /^Firecrawl has 1000 credits left; a page costs 1$/);
	assert.strictEqual((await it.log()).length, asked + 1, 'no page was fetched');
	assert.match((await f.lockstep('status')).out, /^pti\n.*lockstep schedules/);
	f.write('lockstep.yaml', plan({ firecrawl_url: it.url, firecrawl_key: KEY.replace(/1$/, '2') }));
	const [refused, why] = await check();
	assert.deepStrictEqual([refused, why[0].slice(1)], [5, [false, 'Firecrawl refuses the key']]);
	f.write('lockstep.yaml', plan({ firecrawl_url: 'http://127.0.0.1:1', firecrawl_key: KEY }));
	assert.deepStrictEqual((await check())[1][0].slice(1), [false, 'Firecrawl cannot be reached']);
}));

for (const kind of ['alone', 'set'])
	test(`players may be in MongoDB, ${kind}: the same answers, and a server that fails says nothing of anybody`, async () => {
		const peer = await new Peer(kind).listen();
		const all = peer.collections['needafourth.players'] = [
			{ _id: '1', id: ANA, name: 'Hugo Lindqvist', email: 'x@club.example', pti: 35, updated_at: '2026-01-01T00:00:00Z' }];
		try {
			await club(async (s, f, it) => {
				assert.deepStrictEqual(await s.status(ana, ANA), { linked: false, print_page_url: null, current_pti: 35,
					last_synced_at: null, sync_enabled: false });
				assert.strictEqual((await s.link(ana, ANA, page(OK), 200)).pti, 35.3);
				assert.deepStrictEqual(plain(all[0].pti), { $double: 35.3 });
				assert.deepStrictEqual([all[0].updated_at, all[0].pti_source_url], ['2026-01-01T00:00:00Z', canonical(OK)]);
				assert.deepStrictEqual(await s.refresh(ana, ANA, 200), { success: true, pti: 35.3, previous_pti: 35.3, changed: false });
				all[0].pti = 34; // as an older program would
				const admin = await s.token();
				await s.as(admin, 'POST', '/api/pti/sync', undefined, 202);
				const [run] = await until(async () => {
					const { runs } = await s.as(admin, 'GET', '/api/pti/runs', undefined, 200);
					return runs.length > 0 && runs[0].completed_at && runs;
				}, 'the weekly job');
				assert.deepStrictEqual([run.found, run.succeeded, run.updated], [1, 1, 1]);
				assert.deepStrictEqual(plain(all[0].pti), { $double: 35.3 });
				await hold(it);
				const asked = await scrapes(it);
				const refreshed = s.refresh(ana, ANA, 400);
				await until(async () => await scrapes(it) > asked, 'the scrape');
				await s.unlink(ana, ANA);
				await release(it);
				says(await refreshed, 'No PTI source linked. Please link your Paddlescores page first.', 'not_linked');
				assert.deepStrictEqual(Object.keys(all[0]).sort(), ['_id', 'email', 'id', 'name', 'pti', 'updated_at']);
				says(await s.link(of(NOBODY), NOBODY, page(OK), 404), 'Player not found');
				peer.broken = { code: 8000, message: 'no good: { email: "x@club.example" }' };
				assert.strictEqual((await s.status(ana, ANA, 500)).code, 'internal');
				assert.match(f.said, /MongoDB at 127\.0\.0\.1:\d+ refused it \(8000\)/);
				assert.ok(!f.said.includes('hunter2'));
			}, { players: `${peer.url}/needafourth?appName=hunter2` })();
		} finally {
			await peer.close();
		}
	});
