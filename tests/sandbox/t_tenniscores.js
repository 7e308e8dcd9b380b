// SPDX-License-Identifier: Apache-2.0
// t_tenniscores.js - the leagues' pages: every fixture, every kind of page, the season, and the truth.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const { withinOf, startOf } = require('./stand_in.js');
const pages = require('./pages.js');

const START = 1793491200; // where a clock that stands begins
const WEEK = 7 * 86400;
const within = (args, work) => withinOf('tenniscores', ['--clock', 'virtual', ...args], work);
const at = (it, path, league = 'gbpta') => it.ask(`/@${league}${path}`);
const truth = async (it, query = '') =>
	(await it.lines('truth' + query)).map((line) => JSON.parse(line));
const fixtures = async (it) =>
	Object.fromEntries((await it.admin('fixtures')).map((f) => [f.name, f]));

// fetch() does not let a Host header through.
function host(it, name, path) {
	return new Promise((resolve, reject) => {
		http.get({ host: '127.0.0.1', port: it.port, path, headers: { host: name } }, (answer) => {
			let body = '';
			answer.on('data', (data) => { body += data; });
			answer.on('end', () => resolve({ status: answer.statusCode, body,
				location: answer.headers.location }));
		}).on('error', reject);
	});
}

test('cards of fixtures say what is true of them', within([], async (it) => {
	const known = await fixtures(it);
	const want = { player_ok: 35.3, player_negative: -2.4, player_single_digit: 4.4, player_high: 97.1,
		player_zero: 0, player_no_pti_rated_league: null, player_no_pti_unrated_league: null,
		player_unknown_id: null, player_trap: null, player_names: 51.2, player_fragment: 28.7,
		player_platform: 41.9, player_out_of_range: 812, player_unusual: 104.3,
		player_model_wrong: 16.8 };
	for (const [name, pti] of Object.entries(want)) {
		const { status, text } = await at(it, known[name].path);
		const card = pages.card(text);
		assert.strictEqual(status, 200, name);
		assert.strictEqual(card.pti, pti, name);
		assert.strictEqual(known[name].pti, pti, name);
		assert.strictEqual(card.last, known[name].last, name);
		assert.strictEqual((await it.ask('/sandbox/fixtures/' + name)).text, text, name);
	}
}));

test('what sets fixtures apart', within([], async (it) => {
	const known = await fixtures(it);
	const page = async (name) => (await at(it, known[name].path)).text;
	const ok = await page('player_ok');
	assert.match(ok, /^<!DOCTYPE html/);
	assert.ok(ok.length > 17000, 'a head as long as the vendor has it');
	assert.match(ok, /match_type_League/);
	assert.match(ok, /match_type_Tournament/);
	assert.match(ok, /<b>Lindqvist/);
	assert.match(ok, /right;">34\.9 <\/div>/);
	assert.match(await page('player_no_pti_rated_league'), /<div style="float: right;">\s*<div class="clearfix">/);
	const unrated = await page('player_no_pti_unrated_league');
	assert.doesNotMatch(unrated, /<div style="float: right;">/);
	assert.doesNotMatch(unrated, />Rating</);
	const unknown = await page('player_unknown_id');
	assert.strictEqual(pages.card(unknown).name, '');
	assert.match(unknown, /Rosa Barlowe/);
	const trap = await page('player_trap');
	assert.match(trap, /Play Off PTI 40-45/);
	assert.match(trap, /<!--[^>]*LAD Accepted 10280/);
	const names = await page('player_names');
	assert.match(names, /René {2}"Ace"/);
	assert.match(names, /O'Juárez-Østby Jr\./);
	assert.doesNotMatch(await page('player_fragment'), /<html|<head|<body/);
	assert.match(await page('player_platform'), /Platform Tennis Index/);
}));

test('pages that are no card', within([], async (it) => {
	const known = await fixtures(it);
	const status = { blocked_page: 403, captcha_page: 200, garbage_page: 200, error_page: 500,
		gone_page: 404, busy_page: 429, empty_page: 200 };
	for (const [name, want] of Object.entries(status)) {
		const answer = await at(it, known[name].path);
		assert.strictEqual(answer.status, want, name);
		assert.strictEqual(pages.card(answer.text), null, name);
	}
	const blocked = await at(it, known.blocked_page.path);
	assert.ok(blocked.text.length < 1000);
	assert.match((await at(it, known.captcha_page.path)).text, /captcha[^]*Paddle Tennis Index/);
	assert.strictEqual((await at(it, known.elsewhere_page.path)).headers.get('location'),
		'https://parking.example.com/?p=1');
	assert.strictEqual((await it.raw('/@gbpta' + known.reset_page.path)).status, 0);
	const cut = await it.raw('/@gbpta' + known.truncated_page.path);
	assert.ok(cut.body.length < Number(cut.headers['content-length']));
	const slow = await it.raw('/@gbpta' + known.slow_page.path, { patience: 300 });
	assert.strictEqual(slow.status, 200);
	assert.ok(slow.body.length < 1000);
	// A team's id that is a page's leads to the same.
	assert.strictEqual((await at(it, pages.teamPath(known.blocked_page.id))).status, 403);
}));

test('rosters of fixtures', within([], async (it) => {
	const known = await fixtures(it);
	const team = pages.roster((await at(it, known.team_ok.path)).text);
	assert.strictEqual(team.team, 'Smash & Lob - 1');
	assert.deepStrictEqual(team.players.map((p) => p.pti),
		[14.8, null, -1.2, 0.1, 35.3, null, 44.1, 14.8, 61.2]);
	assert.deepStrictEqual(team.players.map((p) => p.mark), ['(C)', '(CC)', '', '', '', '', '', '', '']);
	assert.deepStrictEqual([...new Set(team.players.map((p) => p.section))],
		['Captains', 'Players', 'Alternates']);
	assert.ok(team.players.every((p) => p.tick === (p.pti !== null)));
	assert.strictEqual(team.players[0].id, team.players[7].id);
	assert.strictEqual(team.players[0].name, team.players[8].name);
	assert.notStrictEqual(team.players[0].id, team.players[8].id);
	assert.strictEqual(team.players[4].id, known.player_ok.id);
	const html = (await at(it, known.team_ok.path)).text;
	assert.match(html, /<TABLE width=100%><TR><TD>/);
	assert.match(html, /class="standings-table2"/);
	assert.match(html, /First|Lakeshore S&F/);
	const unrated = pages.roster((await at(it, known.team_no_rating.path)).text);
	assert.strictEqual(unrated.rated, false);
	assert.strictEqual(unrated.players.length, 9);
	assert.ok(unrated.players.every((p) => p.pti === null));
	assert.deepStrictEqual(pages.roster((await at(it, known.team_bye.path)).text),
		{ team: 'BYE', rated: true, players: [] });
}));

test('cards, teams and ratings of a population agree with the truth', within(['--players', 120],
	async (it) => {
		const people = await truth(it);
		const squeezed = (s) => s.replace(/ +/g, ' ').trim();
		assert.strictEqual(people.length, 120);
		for (const p of people) {
			const { status, text } = await at(it, pages.cardPath(p.id), p.league);
			const card = pages.card(text);
			assert.strictEqual(status, 200);
			assert.deepStrictEqual([card.name, card.club, card.pti],
				[p.name, squeezed(p.club), p.pti], p.id);
		}
		for (const league of await it.admin('leagues')) {
			const mine = people.filter((p) => p.league === league.league);
			const byId = new Map(mine.map((p) => [p.id, p]));
			const page = await at(it, '/?mod=' + pages.RATINGS_MOD, league.league);
			const table = pages.ratings(page.text);
			assert.strictEqual(table.length, league.rated ? mine.length : 0);
			for (const row of table) assert.strictEqual(row.pti, byId.get(row.id).pti);
			for (const id of new Set(mine.map((p) => p.team))) {
				const team = pages.roster((await at(it, pages.teamPath(id), league.league)).text);
				assert.strictEqual(team.rated, league.rated);
				assert.ok(team.players.length > 0);
				for (const p of team.players) {
					assert.strictEqual(p.pti, byId.get(p.id).pti);
					assert.strictEqual(p.name, byId.get(p.id).name);
				}
			}
			const bye = pages.roster((await at(it, pages.teamPath(league.bye), league.league)).text);
			assert.deepStrictEqual([bye.team, bye.players], ['BYE', []]);
		}
	}));

test('hosts, prefixes and the redirect from one domain to the other', within([], async (it) => {
	const [p] = await truth(it);
	const card = `/?print&mod=${pages.PLAYER_MOD}&p=${pages.escaped(p.id)}`;
	const print = `/player.php?print&p=${pages.escaped(p.id)}`;
	for (const domain of ['paddlescores.com', 'tenniscores.com']) {
		const { status, location } = await host(it, 'gbpta.' + domain, print);
		assert.strictEqual(status, 302);
		assert.strictEqual(location, 'https://gbpta.tenniscores.com' + card);
		assert.strictEqual(pages.card((await host(it, 'gbpta.' + domain, card)).body).name, p.name);
	}
	assert.strictEqual((await host(it, 'GBPTA.TennisCores.com:443', card)).status, 200);
	assert.strictEqual((await host(it, 'nobody.tenniscores.com', card)).status, 404);
	assert.strictEqual((await host(it, 'gbpta.example.com', card)).status, 404);
	const redirected = await at(it, print);
	assert.strictEqual(redirected.headers.get('location'), '/@gbpta' + card);
	assert.strictEqual((await at(it, print, 'gbpta.paddlescores.com')).status, 302);
	assert.strictEqual((await it.ask('/@nobody' + card)).status, 404);
	assert.strictEqual((await it.ask(card)).status, 404);
	const once = (await at(it, card)).text;
	for (const id of [p.id, pages.escaped(p.id), p.id.replaceAll('=', '%3d')])
		assert.strictEqual((await at(it, `/?p=${id}&mod=${pages.PLAYER_MOD}&print`)).text, once);
}));

test('an id that nobody has is a blank card with matches of others', within([], async (it) => {
	for (const id of ['nndz-AAAA', 'nndz-', 'x', '', 'nndz-d3lKdHNRelk%3D', '%00%ff', 'nndz-%3D%3D%3D']) {
		const { status, text } = await at(it, `/?print&mod=${pages.PLAYER_MOD}&p=${id}`);
		assert.strictEqual(status, 200, id);
		assert.strictEqual(pages.card(text).name, '', id);
		assert.match(text, /match_card/, id);
	}
}));

test('all of a career, or the season', within([], async (it) => {
	const people = await truth(it);
	const count = (html) => [...html.matchAll(/id="match_-?\d+"/g)].length;
	const dates = (html) => [...html.matchAll(/ (\d\d)\/(\d\d)\/(\d\d)<\/div>/g)]
		.map(([, m, d, y]) => `${y}${m}${d}`);
	let more = 0;
	for (const p of people.slice(0, 10)) {
		const season = (await at(it, pages.cardPath(p.id), p.league)).text;
		const career = (await at(it, pages.cardPath(p.id, '&all'), p.league)).text;
		const when = dates(career);
		assert.deepStrictEqual(when, [...when].sort().reverse());
		assert.ok(dates(season).every((d) => d >= '2609'));
		const sections = [...season.matchAll(/class="sectioner">([^<]*)/g)].map((m) => m[1]);
		assert.strictEqual(new Set(sections).size, sections.length);
		more += count(career) > count(season);
		assert.deepStrictEqual(pages.card(career), pages.card(season));
	}
	assert.strictEqual(more, 10);
	const history = await at(it, `/?mod=${pages.HISTORY_MOD}&uid=${pages.escaped(people[0].id)}`);
	assert.match(history.text, /rbox_top[^]*rbox3top/);
}));

test('a season moves ratings by small steps, and memberships lapse', within(['--players', 300,
	'--leagues', 2], async (it) => {
	let before = await truth(it), vanished = 0, returned = 0;
	const steps = [];
	for (let week = 1; week <= 20; week++) {
		const now = await truth(it, `?at=${START + week * WEEK}`);
		now.forEach((p, i) => {
			const old = before[i].pti;
			vanished += old !== null && p.pti === null;
			returned += old === null && p.pti !== null;
			if (old !== null && p.pti !== null) steps.push(Math.abs(Math.round((p.pti - old) * 10)));
		});
		before = now;
	}
	assert.ok(vanished > 0 && returned > 0, `${vanished} ${returned}`);
	assert.ok(steps.filter((s) => s > 0).length > steps.length / 3);
	assert.ok(Math.max(...steps) < 80);
	// What was said of that moment is what shows when it has come.
	await it.post('clock/advance', { seconds: 20 * WEEK });
	assert.deepStrictEqual(await truth(it), before);
}));

test('ratings lie where they do in a real league', within(['--players', 6000, '--leagues', 1],
	async (it) => {
		const people = await truth(it, `?at=${START - 60 * WEEK}`);
		const values = people.map((p) => p.pti).filter((v) => v !== null).sort((a, b) => a - b);
		assert.ok(Math.abs(people.length / 6 - (people.length - values.length)) < 150);
		assert.ok(Math.abs(values[values.length >> 1] - 51.4) < 2);
		assert.ok(values[0] < 0 && values[0] >= -17.7 && values.at(-1) > 85 && values.at(-1) <= 97.1);
		const names = people.map((p) => p.first + '|' + p.last);
		const odd = { apostrophe: /'/, suffix: /Jr\.|III/, nickname: /"|\(Buzz\)/, blanks: / {2}| $/,
			capitals: /\|[A-Z]{4}/, star: /\*/, hyphen: /-/, accent: /é/, telephone: /\(555\)/ };
		for (const [what, pattern] of Object.entries(odd))
			assert.ok(names.some((n) => pattern.test(n)), what);
		assert.ok(new Set(names).size < people.length, 'namesakes');
		assert.strictEqual(new Set(people.map((p) => p.id)).size, people.length);
		assert.ok(people.every((p) => /^nndz-[A-Za-z0-9]{4,64}={0,2}$/.test(p.id)));
	}));

test('ids are unique within a league only, and in two lengths', within(['--leagues', 4], async (it) => {
	const people = await truth(it);
	const ids = (league) => people.filter((p) => p.league === league).map((p) => p.id);
	const [a, b, c] = (await it.admin('leagues')).map((l) => ids(l.league));
	assert.ok(a.every((id) => id.endsWith('=')));
	assert.ok(b.every((id) => id.length === 21 && !id.endsWith('=')));
	assert.deepStrictEqual(a, c);
}));

test('what a test sets holds from then on', within([], async (it) => {
	const [p] = await truth(it);
	const now = async () => pages.card((await at(it, pages.cardPath(p.id))).text);
	await it.post('clock/advance', { seconds: 60 });
	await it.post('players', { league: 'gbpta', id: p.id, pti: -3.1 });
	assert.strictEqual((await now()).pti, -3.1);
	await it.post('players', { league: 'gbpta', id: p.id, pti: null, first: 'Nova', last: 'Ames' });
	assert.deepStrictEqual([(await now()).pti, (await now()).name], [null, 'Nova Ames']);
	await it.post('players', { league: 'gbpta', id: p.id, club: 'Elsewhere' });
	assert.deepStrictEqual([(await now()).club, (await now()).name], ['Elsewhere', 'Nova Ames']);
	assert.strictEqual((await truth(it, `?at=${START}`))[0].pti, p.pti);
	await it.post('players', { league: 'gbpta', id: p.id, page: 'blocked_page' });
	assert.strictEqual((await at(it, pages.cardPath(p.id))).status, 403);
	await it.post('players', { league: 'gbpta', id: p.id, page: null });
	assert.strictEqual((await now()).name, 'Nova Ames');
	await it.post('reset');
	assert.strictEqual((await now()).name, p.name);
	for (const bad of [{}, { id: 'x' }, { id: p.id, pti: '3' }, { id: p.id, page: 'nothing' },
		{ league: 'none', id: p.id }, { id: p.id, first: 'A' }, { id: p.id, pti: 1e300 }])
		await assert.rejects(it.post('players', bad), /400/);
	await assert.rejects(it.post('players'), /400/);
}));

test('modes: blocked, captcha, captcha after some, blank, fragment', within([], async (it) => {
	const [p] = await truth(it);
	const path = pages.cardPath(p.id);
	const mode = (modes) => it.post('plan', { modes });
	await mode({ blocked: 1 });
	assert.strictEqual((await at(it, path)).status, 403);
	await mode({ blocked: 0, captcha: 1 });
	assert.match((await at(it, path)).text, /captcha/);
	await mode({ captcha: 0, captcha_after: 3 });
	for (let i = 0; i < 3; i++) assert.strictEqual(pages.card((await at(it, path)).text).name, p.name);
	assert.match((await at(it, path)).text, /captcha/);
	await it.post('clock/advance', { seconds: 61 });
	assert.strictEqual(pages.card((await at(it, path)).text).name, p.name);
	await mode({ captcha_after: 0, blank: 1 });
	assert.strictEqual(pages.card((await at(it, path)).text).name, '');
	await mode({ blank: 0, fragment: 1, redirect_status: 301 });
	assert.match((await at(it, path)).text, /^<div>/);
	assert.strictEqual((await at(it, '/player.php?print&p=' + p.id)).status, 301);
	await assert.rejects(mode({ nothing: 1 }), /no mode/);
}));

test('faults, log and counts by page', within([], async (it) => {
	const [p, q] = await truth(it);
	await it.post('plan', { rules: [{ match: { query: p.id.slice(0, 12), nth: 1 }, fault: '503' }] });
	await at(it, pages.cardPath(p.id));
	await at(it, pages.cardPath(p.id));
	await at(it, pages.cardPath(q.id));
	const counts = await it.admin('counts?subjects=1');
	const subjects = counts.operations[0].subjects;
	assert.deepStrictEqual(subjects, { [`gbpta/${p.id}`]: 2, [`gbpta/${q.id}`]: 1 });
	assert.deepStrictEqual((await it.log()).map((e) => e.status), [503, 200, 200]);
}));

test('the same seed, the same bytes; another, others', async () => {
	const all = async (...args) => {
		const it = await startOf('tenniscores', '--clock', 'virtual', ...args);
		const people = await truth(it);
		const text = JSON.stringify(people) + (await at(it, pages.cardPath(people[3].id))).text +
			(await at(it, pages.teamPath(people[3].team))).text;
		await it.stop();
		return text;
	};
	assert.strictEqual(await all('--seed', 5), await all('--seed', 5));
	assert.notStrictEqual(await all('--seed', 5), await all('--seed', 6));
});

test('options that cannot be', async () => {
	for (const args of [['--leagues', 0], ['--leagues', 900], ['--players', 2000000],
		['--players', 900000, '--leagues', 1], ['--nothing']])
		await assert.rejects(startOf('tenniscores', ...args), { code: 2 });
});

test('garbage is answered', within([], async (it) => {
	for (const path of ['/', '/?', '/?&&&=&', '/?mod', '/?mod=%', '/?mod=' + 'a'.repeat(5000), '/@', '/@gbpta',
		'/@/', '/%00', '/player.php', '/player.php?p=%0d%0ax', '/?print&mod=' + pages.PLAYER_MOD,
		'/?mod=' + pages.TEAM_MOD + '&team=', '/?mod=' + pages.HISTORY_MOD + '&uid=nndz-x'])
		for (const prefix of ['', '/@gbpta'])
			assert.ok([200, 302, 404].includes((await it.ask(prefix + path)).status), path);
	assert.strictEqual((await it.ask('/@gbpta/', { method: 'POST', body: 'x' })).status, 405);
	assert.strictEqual((await truth(it)).length, 200);
}));
