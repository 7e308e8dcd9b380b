// SPDX-License-Identifier: Apache-2.0
// t_firecrawl.js - the scraper: the page byte for byte, every envelope, credits, limits, what is kept.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { withinOf, startOf } = require('./stand_in.js');
const pages = require('./pages.js');

const ARGS = ['--clock', 'virtual', '--mode', 'no_limits'];
const within = (args, work) => withinOf('firecrawl', [...ARGS, ...args], work);
const SITE = 'https://gbpta.tenniscores.com';
const SCHEMA = { type: 'object', required: ['player_name', 'pti'],
	properties: { player_name: { type: 'string' }, pti: { type: 'number' }, club: { type: 'string' } } };
const NULLABLE = { type: 'object',
	properties: { player_name: { type: ['string', 'null'] }, pti: { type: ['number', 'null'] } } };

async function scrape(it, version, body, headers = {}) {
	const answer = await it.ask(`/v${version}/scrape`, { method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: typeof body === 'string' ? body : JSON.stringify(body) });
	let json;
	try {
		json = JSON.parse(answer.text);
	} catch {
		json = undefined;
	}
	return { ...answer, json };
}

const raw = (it, url, more = {}, headers = {}) =>
	scrape(it, 2, { url, formats: ['rawHtml'], maxAge: 0, ...more }, headers);
const extract = (it, url, schema = SCHEMA, headers = {}) =>
	scrape(it, 1, { url, formats: ['extract'], extract: { schema } }, headers);
const fixtures = async (it) =>
	Object.fromEntries((await it.admin('fixtures')).map((f) => [f.name, f]));
const left = async (it) => (await it.admin('credits')).remaining;

test('the page as the site has it, byte for byte', async () => {
	const args = ['--clock', 'virtual', '--seed', 3, '--players', 90];
	const site = await startOf('tenniscores', ...args);
	const it = await startOf('firecrawl', ...args, '--mode', 'no_limits');
	try {
		const people = (await site.lines('truth')).map((line) => JSON.parse(line));
		assert.deepStrictEqual(await site.lines('truth'), await it.lines('truth'));
		for (const p of people.slice(0, 12)) {
			const paths = [pages.cardPath(p.id), pages.cardPath(p.id, '&all'), pages.teamPath(p.team),
				'/?mod=' + pages.RATINGS_MOD];
			for (const path of paths) {
				const { text } = await site.ask(`/@${p.league}${path}`);
				const { json } = await raw(it, `https://${p.league}.tenniscores.com${path}`);
				assert.strictEqual(json.data.rawHtml, text, path);
				assert.strictEqual(json.success, true);
				assert.strictEqual(json.data.metadata.statusCode, 200);
			}
		}
	} finally {
		await site.stop();
		await it.stop();
	}
});

test('a redirect is followed and told', within([], async (it) => {
	const { player_ok: ok, elsewhere_page: elsewhere } = await fixtures(it);
	const asked = 'https://gbpta.paddlescores.com/player.php?print&p=' + pages.escaped(ok.id);
	const { json } = await raw(it, asked);
	assert.strictEqual(json.data.metadata.sourceURL, asked);
	assert.strictEqual(json.data.metadata.url, SITE + ok.path);
	assert.strictEqual(pages.card(json.data.rawHtml).pti, 35.3);
	assert.match(json.data.metadata.title, /Great Bay/);
	assert.match(json.data.metadata.scrapeId, /^[0-9a-f]{8}-0000-4[0-9a-f]{3}-8000-[0-9a-f]{12}$/);
	const away = (await raw(it, SITE + elsewhere.path)).json.data.metadata;
	assert.strictEqual(away.url, 'https://parking.example.com/?p=1');
}));

test('formats', within([], async (it) => {
	const { player_ok: ok, team_ok: team } = await fixtures(it);
	const url = SITE + ok.path;
	const all = (await scrape(it, 2, { url, formats: ['markdown', 'html', 'rawHtml', 'links', 'summary',
		{ type: 'json', schema: SCHEMA }] })).json.data;
	assert.match(all.markdown, /Hugo Lindqvist Cedar Point R&T|Hugo Lindqvist Cedar Point R&amp;T/);
	assert.ok(!all.markdown.includes('<') && !all.html.includes('<head'));
	assert.deepStrictEqual(all.links.slice(0, 1), ['#']);
	assert.deepStrictEqual(all.json, { player_name: 'Hugo Lindqvist', pti: 35.3, club: 'Cedar Point R&T' });
	assert.ok(!('extract' in all));
	const plain = (await scrape(it, 1, { url })).json.data;
	assert.deepStrictEqual(Object.keys(plain), ['markdown', 'metadata']);
	const old = (await extract(it, url)).json.data;
	assert.deepStrictEqual(old.extract, all.json);
	assert.ok(!('json' in old));
	const newer = (await scrape(it, 1, { url, formats: ['json'], jsonOptions: { schema: SCHEMA } })).json.data;
	assert.deepStrictEqual(newer.json, all.json);
	assert.ok(!('extract' in newer));
	const roster = (await extract(it, SITE + team.path, { type: 'object', properties: {
		team_name: { type: 'string' }, players: { type: 'array', items: { type: 'object' } } } })).json.data.extract;
	assert.strictEqual(roster.team_name, 'Smash & Lob - 1');
	assert.deepStrictEqual(roster.players[2], { name: 'Nils Arkwell', pti: -1.2 });
	assert.strictEqual(roster.players[1].pti, null);
	assert.deepStrictEqual(Object.keys((await scrape(it, 2,
		{ url, formats: [{ type: 'json', prompt: 'the rating' }] })).json.data.json), ['player_name', 'pti', 'club']);
}));

test('the model: fair, forced to invent, and wrong', within([], async (it) => {
	const known = await fixtures(it);
	const pti = async (name, schema, headers) =>
		(await extract(it, SITE + known[name].path, schema, headers)).json.data.extract?.pti;
	assert.strictEqual(await pti('player_ok'), 35.3);
	assert.strictEqual(await pti('player_model_wrong'), 17);
	assert.strictEqual(pages.card((await raw(it, SITE + known.player_model_wrong.path)).json.data.rawHtml).pti,
		16.8);
	assert.strictEqual(await pti('player_trap'), 40);
	assert.strictEqual(await pti('player_trap', NULLABLE), null);
	assert.strictEqual(await pti('player_no_pti_rated_league', NULLABLE), null);
	const as = (envelope) => ({ 'x-sandbox-envelope': envelope });
	assert.strictEqual(await pti('player_ok', SCHEMA, as('llm_off')), 35.5);
	assert.strictEqual(await pti('player_ok', SCHEMA, as('llm_string')), '35.3');
	assert.strictEqual(await pti('player_ok', SCHEMA, as('llm_word')), 'N/A');
	assert.strictEqual(await pti('player_trap', NULLABLE, as('llm_invents')), 40);
	const nothing = (await extract(it, SITE + known.player_ok.path, SCHEMA, as('llm_null'))).json.data;
	assert.strictEqual(nothing.extract, null);
	assert.match(nothing.warning, /No object/);
	const missing = (await extract(it, SITE + known.player_ok.path, SCHEMA, as('llm_missing'))).json.data;
	assert.ok(!('extract' in missing) && 'warning' in missing);
	for (const [mode, want] of [['llm_string', '35.3'], ['llm_null', undefined], ['llm_missing', undefined]]) {
		await it.post('plan', { modes: { [mode]: 1 } });
		assert.strictEqual(await pti('player_ok'), want, mode);
		await it.post('plan', { modes: { [mode]: 0 } });
	}
	await it.post('plan', { modes: { llm_off_tenths: 2 } });
	assert.strictEqual(await pti('player_ok'), 35.5);
	await it.post('plan', { modes: { llm_off_tenths: 0, llm_invents: 1 } });
	assert.strictEqual(await pti('player_no_pti_rated_league', NULLABLE), 40.2);
	await it.post('plan', { modes: { llm_invents: 0, llm_wrong_percent: 40 } });
	const answers = [];
	for (let i = 0; i < 40; i++) answers.push(await pti('player_ok'));
	const fair = answers.filter((a) => a === 35.3).length;
	assert.ok(fair > 10 && fair < 36, String(fair));
}));

test('a target that fails is a success with its status, and costs', within([], async (it) => {
	const known = await fixtures(it);
	for (const [name, status, error] of [['blocked_page', 403, 'Forbidden'], ['gone_page', 404, 'Not Found'],
		['busy_page', 429, 'Too Many Requests'], ['error_page', 500, 'Internal Server Error']]) {
		const before = await left(it);
		const answer = await raw(it, SITE + known[name].path);
		assert.deepStrictEqual([answer.status, answer.json.success], [200, true]);
		assert.strictEqual(answer.json.data.metadata.statusCode, status);
		assert.strictEqual(answer.json.data.metadata.error, error);
		assert.strictEqual(await left(it), before - 1);
	}
	const captcha = (await raw(it, SITE + known.captcha_page.path)).json.data;
	assert.strictEqual(captcha.metadata.statusCode, 200);
	assert.match(captcha.rawHtml, /captcha/);
	assert.strictEqual((await raw(it, SITE + known.empty_page.path)).json.data.rawHtml, '');
	assert.match((await raw(it, SITE + known.garbage_page.path)).json.data.rawHtml, /<div <</);
}));

test('a page that does not come is a failure and costs nothing', within([], async (it) => {
	const known = await fixtures(it);
	const before = await left(it);
	for (const [url, status, code] of [[SITE + known.slow_page.path, 408, 'SCRAPE_TIMEOUT'],
		[SITE + known.reset_page.path, 500, 'SCRAPE_SITE_ERROR'],
		[SITE + known.truncated_page.path, 500, 'SCRAPE_ALL_ENGINES_FAILED'],
		['https://nobody.tenniscores.com/', 500, 'SCRAPE_DNS_RESOLUTION_ERROR'],
		['https://example.zz/', 500, 'SCRAPE_DNS_RESOLUTION_ERROR']]) {
		const answer = await raw(it, url);
		assert.deepStrictEqual([answer.status, answer.json.success, answer.json.code], [status, false, code]);
		assert.strictEqual(typeof answer.json.error, 'string');
	}
	assert.strictEqual(await left(it), before);
	assert.strictEqual((await it.admin('credits')).months[0].failed, 5);
}));

test('every envelope, by header and by rule', within([], async (it) => {
	const { player_ok: ok } = await fixtures(it);
	const names = (await it.ask('/sandbox/envelopes')).text.trim().split(' ');
	const instead = { 400: [400, 'BAD_REQUEST'], 401: [401], 402: [402], 403: [403],
		408: [408, 'SCRAPE_TIMEOUT'], 409: [409], 429: [429], '429_no_header': [429], '429_no_text': [429],
		500: [500, 'UNKNOWN_ERROR'], '500_engines': [500, 'SCRAPE_ALL_ENGINES_FAILED'], '502_html': [502],
		'503_empty': [503], success_false: [200], not_json: [200], json_list: [200] };
	const spoils = { target_403: (d) => d.metadata.statusCode === 403,
		target_404: (d) => d.metadata.statusCode === 404, target_429: (d) => d.metadata.statusCode === 429,
		target_500: (d) => d.metadata.statusCode === 500,
		other_host: (d) => d.metadata.url === 'https://parking.example.com/',
		no_metadata: (d) => !('metadata' in d) && 'rawHtml' in d, no_data: (d) => d === undefined,
		no_html: (d) => !('rawHtml' in d) && 'metadata' in d, truncated_json: (d) => d === undefined,
		stale: (d) => d.metadata.cachedAt.startsWith('2026-10-30'), not_success: (d) => 'rawHtml' in d,
		llm_null: (d) => 'rawHtml' in d, llm_missing: () => true, llm_string: () => true,
		llm_word: () => true, llm_off: () => true, llm_invents: () => true };
	assert.deepStrictEqual(names.sort(), [...Object.keys(instead), ...Object.keys(spoils)].sort());
	for (const name of names) {
		await it.post('envelopes', { rules: [{ envelope: name, match: ok.id, times: 1 }] });
		const before = await left(it);
		const byRule = await raw(it, SITE + ok.path);
		const cost = before - await left(it);
		const byHeader = await raw(it, SITE + ok.path, {}, { 'x-sandbox-envelope': name });
		assert.strictEqual(byRule.status, byHeader.status, name);
		if (instead[name]) {
			assert.strictEqual(byRule.status, instead[name][0], name);
			assert.strictEqual(byRule.json?.code, instead[name][1], name);
			assert.strictEqual(cost, 0, name);
			assert.strictEqual(byRule.headers.get('retry-after'), name === '429' ? '7' : null, name);
		} else {
			assert.strictEqual(byRule.status, 200, name);
			const success = { truncated_json: undefined, not_success: false };
			assert.strictEqual(byRule.json?.success, name in success ? success[name] : true, name);
			assert.ok(spoils[name](byRule.json?.data), name);
			assert.strictEqual(cost, 1, name);
		}
	}
	assert.match((await raw(it, SITE, {}, { 'x-sandbox-envelope': '502_html' })).text, /^<html>/);
	assert.match((await raw(it, SITE, {}, { 'x-sandbox-envelope': '429_no_header' })).json.error,
		/please retry after 7s/);
	assert.strictEqual((await raw(it, SITE, {}, { 'x-sandbox-envelope': 'nothing' })).status, 400);
	await it.post('plan', { modes: { plain_errors: 1 } });
	assert.deepStrictEqual(Object.keys((await raw(it, SITE, {}, { 'x-sandbox-envelope': '402' })).json), ['error']);
	await assert.rejects(it.post('envelopes', { rules: [{ envelope: 'nothing' }] }), /400/);
	await assert.rejects(it.post('envelopes', {}), /400/);
}));

test('rules of envelopes: in order, after some, so often, by match', within([], async (it) => {
	const { player_ok: ok, player_high: high } = await fixtures(it);
	await it.post('envelopes', { rules: [{ envelope: '408', match: pages.escaped(ok.id), after: 1, times: 2 },
		{ envelope: '500', match: 'tenniscores', after: 1, times: 1 }] });
	const status = async (f) => (await raw(it, SITE + f.path)).status;
	assert.strictEqual(await status(high), 200);
	assert.deepStrictEqual([await status(ok), await status(ok), await status(ok)], [500, 408, 408]);
	assert.deepStrictEqual([await status(ok), await status(high)], [200, 200]);
	await it.post('envelopes', { rules: [{ envelope: '500' }] });
	assert.deepStrictEqual([await status(ok), await status(ok)], [500, 500]);
	await it.post('reset');
	assert.strictEqual(await status(ok), 200);
}));

test('credits: 1 for a page, 5 with the model, what is kept costs too', within(['--credits', 100],
	async (it) => {
		const { player_ok: ok } = await fixtures(it);
		const url = SITE + ok.path;
		let want = 100;
		const spend = async (credits, answer) => {
			want -= credits;
			assert.strictEqual(answer.json.data.metadata.creditsUsed, credits);
			assert.strictEqual(await left(it), want);
		};
		await spend(1, await raw(it, url));
		await spend(5, await extract(it, url));
		await spend(5, await scrape(it, 2, { url, formats: ['rawHtml', { type: 'json', schema: SCHEMA }] }));
		await spend(1, await raw(it, url, { maxAge: 600000 }));
		await spend(5, await scrape(it, 1, { url, proxy: 'stealth' }));
		await spend(2, await raw(it, url, { zeroDataRetention: true }));
		const { months, planCredits } = await it.admin('credits');
		assert.deepStrictEqual([months.length, months[0].month, months[0].spent, months[0].requests, planCredits],
			[1, '2026-11', 19, 6, 100]);
		const v2 = JSON.parse((await it.ask('/v2/team/credit-usage')).text);
		assert.deepStrictEqual(v2, { success: true, data: { remainingCredits: 81, planCredits: 100,
			billingPeriodStart: '2026-11-01T00:00:00.000Z', billingPeriodEnd: '2026-12-01T00:00:00.000Z' } });
		const v1 = JSON.parse((await it.ask('/v1/team/credit-usage')).text);
		assert.strictEqual(v1.data.remaining_credits, 81);
	}));

test('credits that are used up, and months', within(['--tier', 'hobby', '--credits', 3], async (it) => {
	const { player_ok: ok } = await fixtures(it);
	const ask = () => raw(it, SITE + ok.path);
	for (let i = 0; i < 3; i++) assert.strictEqual((await ask()).status, 200);
	const refused = await ask();
	assert.strictEqual(refused.status, 402);
	assert.match(refused.json.error, /^Insufficient credits to perform this request\./);
	await it.post('clock/advance', { seconds: 31 * 86400 });
	assert.strictEqual((await ask()).status, 200);
	const { months, remaining } = await it.admin('credits');
	assert.deepStrictEqual(months.map((m) => [m.month, m.spent, m.requests]),
		[['2026-12', 1, 1], ['2026-11', 3, 4]]);
	assert.strictEqual(remaining, 2);
	await it.post('credits', { remaining: 0 });
	assert.strictEqual((await ask()).status, 402);
	await it.post('credits', { plan: 'standard' });
	assert.strictEqual(await left(it), 100000);
	await it.post('credits', { plan: 'free', remaining: 1 });
	assert.strictEqual((await ask()).status, 200);
	await it.post('clock/advance', { seconds: 31 * 86400 });
	assert.strictEqual((await ask()).status, 402, 'free credits do not come back');
	await it.post('plan', { modes: { no_credit_check: 1 } });
	assert.strictEqual((await ask()).status, 200);
	await assert.rejects(it.post('credits', { plan: 'nothing' }), /400/);
	await assert.rejects(it.post('credits', { remaining: 'x' }), /400/);
}));

test('the limit a minute of each plan', withinOf('firecrawl', ['--clock', 'virtual'], async (it) => {
	const { player_ok: ok } = await fixtures(it);
	const ask = () => raw(it, SITE + ok.path);
	for (const [plan, limit] of [['free', 10], ['hobby', 100], ['standard', 500]]) {
		await it.post('credits', { plan });
		for (let i = 0; i < limit; i++) assert.strictEqual((await ask()).status, 200, plan);
		await it.post('clock/advance', { seconds: 18 });
		const refused = await ask();
		assert.strictEqual(refused.status, 429);
		assert.strictEqual(refused.headers.get('retry-after'), '42');
		assert.match(refused.json.error, new RegExp(
			`^Rate limit exceeded\\. Consumed \\(req/min\\): ${limit + 1}, Remaining \\(req/min\\): 0\\..*` +
			'please retry after 42s, resets at '));
		await it.post('clock/advance', { seconds: 42 });
		assert.strictEqual((await ask()).status, 200);
	}
	await it.post('credits', { plan: 'free' });
	await it.post('plan', { modes: { no_retry_after: 1 } });
	for (let i = 0; i < 10; i++) await ask();
	assert.strictEqual((await ask()).headers.get('retry-after'), null);
}));

test('what is kept: by maxAge, not across own headers, not when it failed', within([], async (it) => {
	const people = (await it.lines('truth')).map((line) => JSON.parse(line));
	const p = people.find((one) => one.pti !== null && one.league === 'gbpta');
	const url = SITE + pages.cardPath(p.id);
	const ask = async (more) => (await scrape(it, 2, { url, formats: ['rawHtml'], ...more })).json.data;
	const pti = (data) => pages.card(data.rawHtml).pti;
	assert.ok(!('cacheState' in (await ask({ maxAge: 0, storeInCache: false })).metadata));
	assert.strictEqual((await ask({})).metadata.cacheState, 'miss');
	await it.post('clock/advance', { seconds: 3600 });
	await it.post('players', { league: 'gbpta', id: p.id, pti: 12.3 });
	const kept = await ask({});
	assert.deepStrictEqual([kept.metadata.cacheState, pti(kept)], ['hit', p.pti]);
	assert.strictEqual(kept.metadata.cachedAt, '2026-11-01T00:00:00Z');
	assert.strictEqual(pti(await ask({ headers: { 'x-own': '1' } })), 12.3);
	assert.strictEqual(pti(await ask({ maxAge: 3599000, storeInCache: false })), 12.3);
	assert.strictEqual(pti(await ask({ maxAge: 3600000 })), p.pti);
	const v1 = (await scrape(it, 1, { url, formats: ['rawHtml'] })).json.data;
	assert.strictEqual(pti(v1), 12.3, 'v1 keeps nothing unless asked');
	assert.deepStrictEqual([(await ask({})).metadata.cacheState, pti(await ask({}))], ['hit', 12.3]);
	await it.post('clock/advance', { seconds: 2 * 86400 + 1 });
	assert.strictEqual((await ask({})).metadata.cacheState, 'miss');
	const blocked = SITE + (await fixtures(it)).blocked_page.path;
	for (let i = 0; i < 2; i++)
		assert.strictEqual((await scrape(it, 2, { url: blocked })).json.data.metadata.cacheState, 'miss');
}));

test('the log knows pages, not keys', within([], async (it) => {
	const { player_ok: ok } = await fixtures(it);
	await raw(it, SITE + ok.path);
	await raw(it, SITE + ok.path);
	const { operations } = await it.admin('counts?subjects=1');
	assert.deepStrictEqual(operations[0].subjects, { [pages.escaped(ok.id)]: 2 });
	assert.doesNotMatch(JSON.stringify(await it.log()), /fc-0000/);
	await it.post('plan', { rules: [{ match: { path_prefix: '/v2/', nth: 1 }, fault: 'drop' }] });
	await assert.rejects(raw(it, SITE + ok.path));
	assert.strictEqual((await it.admin('credits')).months[0].spent, 3, 'done and charged, not answered');
}));

test('self-hosted: no key, no credits, no limits, no model', withinOf('firecrawl', ['--clock', 'virtual',
	'--self-hosted'], async (it) => {
	const { player_ok: ok } = await fixtures(it);
	for (let i = 0; i < 12; i++) {
		const answer = await raw(it, SITE + ok.path, {}, { authorization: '' });
		assert.strictEqual(pages.card(answer.json.data.rawHtml).pti, 35.3);
		assert.strictEqual(answer.json.data.metadata.creditsUsed, 0);
	}
	assert.ok(!('extract' in (await extract(it, SITE + ok.path)).json.data));
}));

test('the same seed, the same answers', async () => {
	const all = async (seed) => {
		const it = await startOf('firecrawl', ...ARGS, '--seed', seed, '--mode', 'llm_wrong_percent=50');
		const [p] = (await it.lines('truth')).map((line) => JSON.parse(line));
		let text = '';
		for (let i = 0; i < 10; i++) text += (await extract(it, SITE + pages.cardPath(p.id))).text;
		await it.stop();
		return text;
	};
	assert.strictEqual(await all(4), await all(4));
	assert.notStrictEqual(await all(4), await all(5));
});

test('pages of another stand-in, with its faults and its log', async () => {
	const site = await startOf('tenniscores', '--clock', 'virtual', '--seed', 9);
	const it = await startOf('firecrawl', ...ARGS, '--site', site.url);
	try {
		const [p] = (await site.lines('truth')).map((line) => JSON.parse(line));
		const known = await fixtures(it);
		const asked = 'https://gbpta.paddlescores.com/player.php?print&p=' + pages.escaped(p.id);
		const { data } = (await raw(it, asked)).json;
		assert.strictEqual(data.metadata.url, SITE + pages.cardPath(p.id));
		assert.strictEqual(data.rawHtml, (await site.ask('/@gbpta' + pages.cardPath(p.id))).text);
		assert.deepStrictEqual((await extract(it, SITE + known.player_names.path)).json.data.extract,
			{ player_name: known.player_names.first + ' ' + known.player_names.last, pti: 51.2,
				club: 'Smash & Lob  Club' });
		assert.strictEqual((await extract(it, SITE + known.player_negative.path)).json.data.extract.pti, -2.4);
		assert.strictEqual((await extract(it, SITE + known.player_trap.path, NULLABLE)).json.data.extract.pti,
			null);
		await site.post('players', { league: 'gbpta', id: p.id, pti: 1.5 });
		assert.strictEqual(pages.card((await raw(it, asked)).json.data.rawHtml).pti, 1.5);
		assert.strictEqual((await raw(it, SITE + known.blocked_page.path)).json.data.metadata.statusCode, 403);
		assert.strictEqual((await raw(it, SITE + known.truncated_page.path)).status, 500);
		assert.strictEqual((await raw(it, SITE + known.slow_page.path, { timeout: 1000 })).json.code,
			'SCRAPE_TIMEOUT');
		assert.strictEqual((await raw(it, 'https://www.example.com/')).status, 200);
		const { subjects } = (await site.admin('counts?subjects=1')).operations
			.find((o) => o.path === '/@gbpta.paddlescores.com/player.php');
		assert.deepStrictEqual(subjects, { [`gbpta/${p.id}`]: 2 });
	} finally {
		await site.stop();
		assert.strictEqual((await raw(it, SITE)).json.code, 'SCRAPE_SITE_ERROR');
		assert.strictEqual((await it.stop()).code, 0);
	}
});
