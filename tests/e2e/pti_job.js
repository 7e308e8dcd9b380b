// SPDX-License-Identifier: Apache-2.0
// pti_job.js - the weekly job by the real program: who is asked for, in which order and at what cost; what
// is written and what not; killed at any moment; two at once; as a command and as a job.  The judge of what
// was asked is the stand-in's log.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs, until, sleep, STORE } = require('./firm.js');
const { serving } = require('./service.js');
const { startOf } = require('../sandbox/stand_in.js');
const { Peer, Typed, plain, DOUBLE, DATE, INT32 } = require('../pti/mongo_peer.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const KEY = 'fc-00000000-0000-4000-8000-000000000001';
const MOD = 'nndz-Sm5yb2lPdTcxdFJibXc9PQ%3D%3D';
const SECRET = 'not-to-be-printed';
const plan = (config) => `database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
  pti:
    connector: tenniscores
    network: { allow_http: true, allow_private: true }
    config: ${JSON.stringify({ firecrawl_key: KEY, requests_per_minute: 0, credits_per_month: 0, ...config })}
`;

const player = (i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
const escape = (id) => id.replace(/=/g, '%3D');
const addressOf = (p) => `https://${p.league}.tenniscores.com/?print&mod=${MOD}&p=${escape(p.id)}`;
const quoted = (s) => (s === null || s === undefined ? 'NULL' : `'${String(s).replace(/'/g, "''")}'`);
const day = (n) => new Date(Date.UTC(2026, 8, 1) + n * 86400000).toISOString();

class Club extends Firm {
	constructor(it, config) {
		super(null, {}, plan({ firecrawl_url: it.url, ...config }));
		this.site = it;
	}

	config(config) {
		this.write('lockstep.yaml', plan({ firecrawl_url: this.site.url, ...config }));
	}

	// Rated players of the leagues, with the name and rating that their pages show.
	async people(n) {
		const all = (await this.site.lines('truth')).map((line) => JSON.parse(line)).filter((p) => p.pti !== null && p.name);
		assert.ok(all.length >= n);
		return all.slice(0, n);
	}

	async migrate() {
		const { code, err } = await this.lockstep('migrate');
		assert.strictEqual(code, 0, err);
	}

	// Linked in this order: the first was looked at longest ago.
	add(people, more = () => ({})) {
		this.change(`${people.map((p, i) => {
			const row = { url: addressOf(p), source: p.name, pti: p.pti + 1, synced: day(i), enabled: true, id: player(i), ...more(p, i) };
			return `INSERT INTO players (id, name, email, pti, pti_source_url, pti_source_name, pti_last_synced, pti_sync_enabled)
				VALUES (${quoted(row.id)}, ${quoted(`Person ${i}`)}, '${SECRET}@example.com', ${row.pti === null ? 'NULL' : row.pti}, ${quoted(row.url)},
				${quoted(row.source)}, ${quoted(row.synced)}, ${row.enabled ? 'TRUE' : 'FALSE'});`;
		}).join('\n')}`);
	}

	async pti(...args) {
		return this.lockstep('pti', 'sync', ...args);
	}

	async json(...args) {
		const done = await this.pti('--json', ...args);
		return { ...done, result: JSON.parse(done.out) };
	}

	ratings() {
		return this.rows('SELECT CAST(id AS text) AS id, CAST(pti AS text) AS pti, pti_source_url AS url FROM players ORDER BY 1');
	}

	async asked() {
		return (await this.site.log()).filter((e) => e.path.endsWith('/scrape'));
	}
}

function club(work, config = {}, args = []) {
	return async () => {
		const it = await startOf('firecrawl', '--players', 80, '--mode', 'no_limits', '--clock', 'virtual', ...args);
		const f = new Club(it, config);
		try {
			await work(f, it);
			assert.ok(!f.said.includes(KEY), 'the key is printed nowhere');
			assert.ok(!f.said.includes(SECRET), 'nor an address of a person');
		} finally {
			f.remove();
			await it.stop();
		}
	};
}

// ---- what it says ----

test('every enabled player, in the words of the specification', club(async (f, it) => {
	const people = await f.people(6);
	await f.migrate();
	f.add(people, (p, i) => [{ pti: p.pti }, {}, { pti: null }, { enabled: false }, { url: '' }, { url: 'https://example.com/?print&p=nndz-x' }][i]);
	const done = await f.pti();
	assert.strictEqual(done.code, 1, done.err);
	const lines = done.out.split('\n');
	assert.strictEqual(lines[0], 'Found 4 players with PTI sync enabled');
	const said = (i) => `${people[i].pti.toFixed(1)}`;
	assert.ok(lines.includes(`  Updated Person 1: ${(people[1].pti + 1).toFixed(1)} → ${said(1)}`), done.out);
	assert.ok(lines.includes(`  Updated Person 2: None → ${said(2)}`), done.out);
	assert.ok(lines.includes('  Failed for Person 5: Invalid Paddlescores print page URL'), done.out);
	assert.ok(done.out.includes('\n\nSync complete: 3 success, 1 failed, 2 updated\n'), done.out);
	assert.strictEqual((await f.asked()).length, 3, 'nothing is asked for the others');
	assert.deepStrictEqual(f.rows('SELECT status, found, succeeded, failed, updated, pages, credits, requests FROM lockstep_pti_runs'),
		[{ status: 'partial', found: 4, succeeded: 3, failed: 1, updated: 2, pages: 3, credits: 3, requests: 3 }]);
	const changes = f.rows('SELECT CAST(player AS text) AS player, CAST(before AS text) AS before, CAST(after AS text) AS after FROM lockstep_pti_changes ORDER BY 1');
	assert.deepStrictEqual(changes.map((c) => [c.player, c.before && Number(c.before), Number(c.after)]),
		[[player(1), people[1].pti + 1, people[1].pti], [player(2), null, people[2].pti]]);
	const again = await f.pti();
	assert.ok(again.out.includes('Sync complete: 3 success, 1 failed, 0 updated'), again.out);
	assert.strictEqual(Number(f.value(`SELECT failures FROM lockstep_pti_players WHERE player = '${player(5)}'`)), 2);
	assert.strictEqual((await it.admin('credits')).months[0].spent, 6);
}));

test('a slip of the finger is understood', club(async (f) => {
	const says = async (args, code, words) => {
		const done = await f.lockstep('pti', ...args);
		assert.deepStrictEqual([done.code, done.err.trim()], [code, `lockstep: error: ${words}`]);
	};
	await f.migrate();
	await says([], 2, 'say what to do: link, unlink, refresh, status, roster or sync');
	await says(['rosters'], 2, "there is no 'rosters': link, unlink, refresh, status, roster or sync");
	await says(['sync', player(0)], 2, 'sync reads everybody who is linked: it takes no name');
	await says(['link', player(0)], 2, 'whom and to which page? `lockstep pti link PLAYER URL`');
	await says(['refresh', player(0)], 3, 'Player not found');
	f.add(await f.people(1));
	assert.strictEqual((await f.lockstep('pti', 'refresh', player(0))).code, 0);
	const again = await f.lockstep('pti', 'refresh', player(0));
	assert.strictEqual(again.code, 75);
	assert.match(again.err, /PTI was refreshed a moment ago\. Please wait \d+ seconds\./);
	f.config({ firecrawl_url: `${f.site.url}/nowhere`, cooldown: '0s' });
	assert.strictEqual((await f.lockstep('pti', 'refresh', player(0))).code, 2, 'no such service is the plan\'s mistake');
}));

test('all well is 0', club(async (f) => {
	await f.migrate();
	f.add(await f.people(2));
	const { code, result } = await f.json();
	assert.strictEqual(code, 0);
	assert.deepStrictEqual([result.status, result.found, result.success, result.updated, result.credits], ['completed', 2, 2, 2, 2]);
	assert.strictEqual(result.changes.length, 2);
	assert.deepStrictEqual(Object.keys(result.changes[0]), ['player', 'before', 'after'], 'ids, no names');
}));

test('nobody at all is 0 too', club(async (f) => {
	await f.migrate();
	const { code, out } = await f.pti();
	assert.strictEqual(code, 0);
	assert.ok(out.startsWith('Found 0 players with PTI sync enabled\n'), out);
	assert.deepStrictEqual(await f.asked(), []);
}));

// ---- what is written and what is not ----

test('one page is asked for once, however many link it, and in whatever words', club(async (f) => {
	const [p, q] = await f.people(2);
	await f.migrate();
	f.add([p, p, q, p], (_, i) => (i === 1 ? { url: `http://${p.league}.PADDLESCORES.com/player.php?p=${p.id}&print` } : {}));
	const { result } = await f.json();
	assert.deepStrictEqual([result.found, result.success, result.pages, result.credits], [4, 4, 2, 2]);
	assert.deepStrictEqual(f.ratings().map((r) => Number(r.pti)), [p.pti, p.pti, q.pti, p.pti]);
}));

test('a page that is another player\'s now changes nothing', club(async (f, it) => {
	const people = await f.people(2);
	await f.migrate();
	f.add(people);
	await it.post('players', { league: people[0].league, id: people[0].id, first: 'Other', last: 'Person', pti: 9.9 });
	const { code, result } = await f.json();
	assert.strictEqual(code, 1);
	assert.deepStrictEqual(result.failures, [{ player: player(0), code: 'renamed', error: "The page is another player's now" }]);
	assert.strictEqual(Number(f.ratings()[0].pti), people[0].pti + 1);
}));

test('no rating on the page keeps the old one, and is told apart from a failure', club(async (f, it) => {
	const people = await f.people(5);
	const pages = ['player_trap', 'player_unknown_id', 'captcha_page', 'player_out_of_range'];
	await f.migrate();
	f.add(people, (p) => ({ source: '', pti: p.pti }));
	for (const [i, page] of pages.entries()) await it.post('players', { league: people[i].league, id: people[i].id, page });
	const before = f.rows('SELECT CAST(pti_last_synced AS text) AS t FROM players ORDER BY id').slice(0, 4);
	const { result } = await f.json();
	assert.deepStrictEqual([result.no_pti, result.failed, result.success, result.updated], [1, 3, 1, 0]);
	assert.deepStrictEqual(result.failures.map((x) => x.code), ['not_found', 'blocked', 'refused']);
	assert.deepStrictEqual(f.ratings().map((r) => Number(r.pti)), people.map((p) => p.pti));
	assert.deepStrictEqual(f.rows('SELECT CAST(pti_last_synced AS text) AS t FROM players ORDER BY id').slice(0, 4), before);
}));

test('a change of more than ten at once is stored and told', club(async (f) => {
	const [p] = await f.people(1);
	await f.migrate();
	f.add([p], () => ({ pti: p.pti + 15 }));
	const done = await f.pti();
	assert.ok(/ {2}Look at Person 0: The rating went from/.test(done.out), done.out);
	assert.strictEqual(Number(f.ratings()[0].pti), p.pti);
	assert.ok(f.value('SELECT note FROM lockstep_pti_changes').includes('at once'));
}));

test('the model never wins over the page', club(async (f, it) => {
	const people = await f.people(3);
	await it.post('envelopes', { rules: [{ envelope: 'llm_off' }] });
	await f.migrate();
	f.add(people);
	const done = await f.pti();
	assert.strictEqual(done.code, 0, done.err);
	assert.deepStrictEqual(f.ratings().map((r) => Number(r.pti)), people.map((p) => p.pti));
	assert.ok(done.out.includes('a language model read'), done.out);
	assert.strictEqual((await it.admin('credits')).months[0].spent, 15);
}, { cross_check: true }));

test('the specification\'s own request works as well', club(async (f, it) => {
	const people = await f.people(3);
	await f.migrate();
	f.add(people);
	assert.strictEqual((await f.pti()).code, 0);
	assert.deepStrictEqual(f.ratings().map((r) => Number(r.pti)), people.map((p) => p.pti));
	assert.ok((await f.asked()).every((e) => e.path === '/v1/scrape'));
	assert.strictEqual((await it.admin('credits')).months[0].spent, 15);
}, { source: 'firecrawl_v1' }));

// ---- money ----

test('oldest first, as far as the month\'s credits reach; the others first the next time', club(async (f, it) => {
	const people = await f.people(8);
	await f.migrate();
	f.add(people);
	const dry = await f.pti('--dry-run');
	assert.strictEqual(dry.code, 0);
	assert.ok(dry.out.includes('It needs 8 credits; this month has 4 left for it, and 1 are kept'), dry.out);
	assert.ok(dry.out.includes('That is not enough for all: who waits longest comes first'), dry.out);
	assert.deepStrictEqual(await f.asked(), [], 'a dry run asks for no page');
	assert.deepStrictEqual(f.rows('SELECT * FROM lockstep_pti_runs'), []);
	const { code, result } = await f.json();
	assert.strictEqual(code, 1);
	assert.deepStrictEqual([result.pages, result.left_out, result.status], [4, 4, 'partial']);
	assert.deepStrictEqual((await f.asked()).map((e) => e.subject), people.slice(0, 4).map((p) => escape(p.id)));
	await f.pti();
	assert.strictEqual((await f.asked()).length, 4, 'nothing more is spent');
	f.config({ credits_per_month: 0 });
	await f.pti();
	assert.deepStrictEqual((await f.asked()).slice(4, 8).map((e) => e.subject), people.slice(4).map((p) => escape(p.id)));
	assert.strictEqual((await it.admin('credits')).months[0].spent, 12);
}, { credits_per_month: 5, reserve_percent: 20 }));

test('no credits, or a key that is refused, end it at once and say what to do', club(async (f, it) => {
	await f.migrate();
	f.add(await f.people(4));
	await it.post('envelopes', { rules: [{ envelope: '402' }] });
	const poor = await f.pti();
	assert.strictEqual(poor.code, 1);
	assert.ok(poor.out.includes('Firecrawl API error: 402. Buy credits or wait'), poor.out);
	await it.post('envelopes', { rules: [{ envelope: '401' }] });
	const refused = await f.pti();
	assert.strictEqual(refused.code, 2);
	assert.ok(refused.out.includes('The service refused the key'), refused.out);
	assert.strictEqual((await f.asked()).length, 2, 'one request each');
	f.config({ source: 'firecrawl', firecrawl_key: '', firecrawl_url: 'https://api.firecrawl.dev' });
	const none = await f.json();
	assert.strictEqual(none.code, 2);
	assert.strictEqual(none.result.error, 'FIRECRAWL_API_KEY not configured');
	assert.deepStrictEqual(f.rows('SELECT status FROM lockstep_pti_runs ORDER BY started_at').map((r) => r.status),
		['stopped', 'stopped', 'stopped']);
}));

test('what may pass is tried again; a site that blocks is left alone', club(async (f, it) => {
	await f.migrate();
	const people = await f.people(12);
	f.add(people);
	await it.post('envelopes', { rules: ['500', '502_html', '408', 'success_false', 'truncated_json'].map((envelope, i) =>
		({ envelope, match: escape(people[i].id), times: 1 })) });
	assert.strictEqual((await f.json()).result.success, 12);
	await it.post('envelopes', { rules: [{ envelope: 'target_403' }] });
	const before = (await f.asked()).length, { code, result } = await f.json();
	assert.strictEqual(code, 1);
	assert.deepStrictEqual([result.status, result.code, result.failed, result.left_out], ['stopped', 'blocked', 5, 7]);
	assert.strictEqual((await f.asked()).length - before, 5, 'five pages in vain are enough');
}));

// ---- a page per league ----

test('one page of ratings stands for all of a league, and the card for whom it does not have', club(async (f, it) => {
	const people = await f.people(10), leagues = new Set(people.map((p) => p.league));
	await f.migrate();
	f.add(people);
	await it.post('players', { league: people[0].league, id: people[0].id, pti: null });
	const done = await f.json('--league-pages');
	assert.strictEqual(done.code, 0, done.err);
	assert.deepStrictEqual([done.result.success, done.result.no_pti, done.result.pages], [9, 1, leagues.size + 1]);
	assert.deepStrictEqual(f.ratings().map((r) => Number(r.pti)), people.map((p, i) => (i ? p.pti : p.pti + 1)));
	assert.strictEqual((await it.admin('credits')).months[0].spent, leagues.size + 1);
}));

// ---- killed, and two at once ----

// The nth scrape from now on, or each, has its answer when the plan is another.
const hold = (it, nth) => it.post('plan', { rules: [{ match: { path_prefix: '/v2/scrape', ...(nth ? { nth } : {}) }, fault: 'hold' }] });
const release = (it) => it.post('plan', { rules: [] });

test('killed at any moment it goes on: nothing is asked twice but what was on its way', club(async (f, it) => {
	const people = await f.people(30);
	let kills = 0;
	await f.migrate();
	f.add(people);
	// Long enough for ten kills to be before the end, however late each comes.
	await it.post('plan', { rules: [{ match: { path_prefix: '/v2/scrape' }, fault: 'delay', args: { delay_ms: 200 } }] });
	for (let n = 0; n < 10; n++) {
		const before = (await f.asked()).length, child = f.begin(['pti', 'sync']);
		await until(async () => child.exitCode !== null || (await f.asked()).length >= before + 1 + n % 2, 'a request');
		await sleep((n * 70) % 230);
		child.kill('SIGKILL');
		kills += (await child.ended).signal === 'SIGKILL';
	}
	await release(it);
	const { code, result } = await f.json();
	assert.strictEqual(code, 0);
	assert.deepStrictEqual([result.resumed, result.found, result.success, result.status], [true, 30, 30, 'completed']);
	const asked = await f.asked(), twice = asked.length - new Set(asked.map((e) => e.subject)).size;
	assert.strictEqual(kills, 10);
	assert.ok(twice <= kills, `${twice} pages were asked for twice, ${kills} kills`);
	assert.deepStrictEqual(f.ratings().map((r) => Number(r.pti)), people.map((p) => p.pti));
	assert.strictEqual(Number(f.value('SELECT count(*) FROM lockstep_pti_changes')), 30, 'each change is reported once');
	assert.deepStrictEqual(f.rows('SELECT status FROM lockstep_pti_runs'), [{ status: 'completed' }]);
}));

test('two crons at once do the work once', club(async (f, it) => {
	await f.migrate();
	f.add(await f.people(8));
	await hold(it);
	const first = f.begin(['pti', 'sync']);
	await until(async () => (await f.asked()).length > 0, 'the first one to ask');
	const second = await f.pti();
	assert.strictEqual(second.code, 4, second.out + second.err);
	await release(it);
	assert.strictEqual((await first.ended).code, 0);
	assert.strictEqual((await f.asked()).length, 8);
}));

test('who unlinks meanwhile stays unlinked', club(async (f, it) => {
	const people = await f.people(6);
	await f.migrate();
	f.add(people);
	await hold(it);
	const child = f.begin(['pti', 'sync', '--json']);
	await until(async () => (await f.asked()).length > 0, 'the first request');
	f.change(`UPDATE players SET pti_source_url = NULL, pti_source_name = NULL, pti_last_synced = NULL, pti_sync_enabled = NULL
		WHERE id = '${player(5)}'`);
	await release(it);
	const done = await child.ended;
	assert.strictEqual(JSON.parse(done.out).unlinked, 1);
	const last = f.ratings()[5];
	assert.deepStrictEqual([Number(last.pti), last.url], [people[5].pti + 1, null]);
}));

// ---- players elsewhere ----

// The peer is no MongoDB; tests/pti/t_players.c runs against a real one.
const NOTES = 'needafourth.lockstep_pti_results';

// Linked in this order; `page` says whose page the i-th links.
const documentsOf = (people, page = (i) => i) => people.map((p, i) => ({ _id: `oid${i}`, id: player(i), name: `Person ${i}`,
	email: `${SECRET}@example.com`, phone: '1', pti: i % 2 ? new Typed(INT32, 50) : new Typed(DOUBLE, p.pti), visibility: 'everyone',
	pti_source_url: addressOf(people[page(i)]), pti_source_name: people[page(i)].name,
	pti_last_synced: i % 3 ? new Typed(DATE, Date.UTC(2026, 8, 1 + i)) : day(i), pti_sync_enabled: i !== 13 }));

function mongo(kind, work) {
	return club(async (f, it) => {
		const people = await f.people(14), peer = await new Peer(kind).listen();
		try {
			f.config({ players: peer.url });
			await f.migrate();
			await work(f, it, people, peer);
		} finally {
			await peer.close();
		}
	});
}

for (const kind of ['alone', 'set'])
	test(`players in MongoDB, ${kind}: two fields are written and nothing else, killed and gone on with`, mongo(kind, async (f, it, people, peer) => {
		const documents = peer.collections['needafourth.players'] = documentsOf(people);
		const rest = () => documents.map(({ pti, pti_last_synced: at, ...other }) => plain(other));
		const before = rest();
		await hold(it, 5);
		const child = f.begin(['pti', 'sync']);
		await until(async () => (await f.asked()).length > 4, 'some requests');
		child.kill('SIGKILL');
		await child.ended;
		await release(it);
		const { code, result, err } = await f.json();
		assert.strictEqual(code, 0, err);
		assert.deepStrictEqual([result.resumed, result.found, result.success, result.left_out], [true, 13, 13, 0]);
		assert.deepStrictEqual(rest(), before, 'nothing else is touched');
		assert.deepStrictEqual(documents.slice(0, 13).map((d) => plain(d.pti)), people.slice(0, 13).map((p) => ({ $double: p.pti })));
		assert.ok(documents.slice(0, 13).every((d) => '$date' in plain(d.pti_last_synced)));
		assert.deepStrictEqual(plain(documents[13].pti), { $int32: 50 });
		assert.ok((await f.asked()).length <= 14);
		assert.deepStrictEqual(peer.collections[NOTES] || [], [], 'no note is left');
		assert.strictEqual(peer.commands.some(({ name }) => name === 'commitTransaction'), kind === 'set');
	}));

// Two and two link one page, so that a page's players are written together.
const pairs = (i) => i - (i % 2);
const changed = (f) => f.rows(`SELECT CAST(player AS text) AS player, CAST(before AS text) AS before, CAST(after AS text) AS after,
	CAST(run AS text) AS run FROM lockstep_pti_changes ORDER BY 1`);

// What a run over documentsOf(people, pairs) comes to, however often it died.
async function isWhole(f, people, peer, { asked, resumed = true }) {
	const documents = peer.collections['needafourth.players'];
	const { code, result, err } = await f.json();
	assert.strictEqual(code, 0, err);
	assert.deepStrictEqual([result.resumed, result.found, result.success, result.failed, result.updated, result.pages],
		[resumed, 13, 13, 0, 6, 7]);
	assert.deepStrictEqual(documents.slice(0, 13).map((d) => plain(d.pti)), people.slice(0, 13).map((p, i) => ({ $double: people[pairs(i)].pti })));
	assert.deepStrictEqual(changed(f).map((c) => [c.player, Number(c.before), Number(c.after)]),
		[1, 3, 5, 7, 9, 11].map((i) => [player(i), 50, people[i - 1].pti]));
	const [run, ...others] = f.rows('SELECT CAST(id AS text) AS id, status, succeeded, updated, pages, credits, requests FROM lockstep_pti_runs');
	assert.deepStrictEqual([others.length, run.status, run.succeeded, run.updated, run.pages], [0, 'completed', 13, 6, 7]);
	assert.deepStrictEqual([run.credits, run.requests], [7, 7]);
	assert.ok(changed(f).every((c) => c.run === run.id));
	assert.strictEqual((await f.asked()).length, asked);
	assert.deepStrictEqual(peer.collections[NOTES], [], 'no note is left');
}

const dies = (child) => async () => {
	child().kill('SIGKILL');
	await child().ended;
};

test('players in MongoDB, a replica set: killed between the commit and our memory, nothing is lost, doubled or asked for again',
	mongo('set', async (f, it, people, peer) => {
		let child;
		const documents = peer.collections['needafourth.players'] = documentsOf(people, pairs);
		for (const page of [0, 3]) {
			peer.faults = [...Array(page).fill({ on: 'commitTransaction', applied: true }),
				{ on: 'commitTransaction', applied: true, before: dies(() => child), cut: true }];
			child = f.begin(['pti', 'sync']);
			await child.ended;
			assert.deepStrictEqual(peer.faults, [], 'it came that far');
			assert.strictEqual(peer.collections[NOTES].length, 2, 'the notes of one page are left');
			for (const note of peer.collections[NOTES].map(plain)) {
				const d = documents.find(({ id }) => id === note.player);
				assert.deepStrictEqual(plain(d.pti), note.after, 'the rating and the note of it are there together');
				assert.ok(!JSON.stringify(note).includes('Person') && !JSON.stringify(note).includes(d.pti_source_name));
			}
		}
		assert.strictEqual(changed(f).length, 4, 'a change of the first page, three of those behind it; the last is a note');
		// At the removal: of what was taken over, and of a page's own.
		for (const fine of [0, 1]) {
			peer.faults = [...Array(fine).fill({ on: 'delete', applied: true }), { on: 'delete', before: dies(() => child), cut: true }];
			child = f.begin(['pti', 'sync']);
			await child.ended;
			assert.deepStrictEqual([peer.faults, changed(f).length, peer.collections[NOTES].length], [[], 5 + fine, 2]);
		}
		await isWhole(f, people, peer, { asked: 7 });
	}));

test('players in MongoDB, a replica set: killed between the write and the commit, nothing is there',
	mongo('set', async (f, it, people, peer) => {
		let child;
		const documents = peer.collections['needafourth.players'] = documentsOf(people, pairs);
		const before = documents.map(plain);
		for (const on of ['update', 'insert', 'commitTransaction']) {
			peer.faults = [{ on, within: true, applied: on !== 'commitTransaction', before: dies(() => child), cut: true }];
			child = f.begin(['pti', 'sync']);
			await child.ended;
			assert.deepStrictEqual([peer.faults, documents.map(plain), peer.collections[NOTES] || []], [[], before, []], on);
			peer.transactions.expire();
		}
		await isWhole(f, people, peer, { asked: 10 });
	}));

for (const killed of [false, true])
	test(`players in MongoDB, a replica set: conflicts, and commits that nobody hears of${killed ? ', and killed behind them' : ''}`,
		mongo('set', async (f, it, people, peer) => {
			const unknown = { on: 'commitTransaction', code: 91, labels: ['UnknownTransactionCommitResult'], applied: true };
			let child;
			peer.collections['needafourth.players'] = documentsOf(people, pairs);
			peer.faults = [{ on: 'update', within: true, code: 112, labels: ['TransientTransactionError'] },
				{ on: 'insert', within: true, code: 112, labels: ['TransientTransactionError'] },
				...Array(9).fill(unknown)]; // more than are tried at once
			if (killed) {
				peer.faults.push({ on: 'commitTransaction', applied: true, before: dies(() => child), cut: true });
				child = f.begin(['pti', 'sync']);
				await child.ended;
				assert.deepStrictEqual(peer.faults, []);
			}
			await isWhole(f, people, peer, { asked: 7, resumed: killed });
			assert.deepStrictEqual(peer.faults, []);
		}));

test('players in MongoDB, a replica set: what a refresh that died left is remembered by the next one', mongo('set', async (f, it, people, peer) => {
	let child;
	const [one] = peer.collections['needafourth.players'] = documentsOf(people.slice(0, 1));
	one.pti = new Typed(DOUBLE, people[0].pti - 1);
	peer.faults = [{ on: 'commitTransaction', applied: true, before: dies(() => child), cut: true }];
	child = f.begin(['pti', 'refresh', player(0)]);
	await child.ended;
	assert.deepStrictEqual([plain(one.pti), changed(f), peer.collections[NOTES].length], [{ $double: people[0].pti }, [], 1]);
	for (let i = 0; i < 2; i++) {
		f.change('UPDATE lockstep_pti_players SET refreshed_ms = NULL'); // no pause in between
		const done = await f.lockstep('pti', 'refresh', player(0));
		assert.strictEqual(done.code, 0, done.err);
		assert.deepStrictEqual(changed(f).map((c) => [Number(c.before), Number(c.after), c.run]), [[people[0].pti - 1, people[0].pti, null]]);
		assert.deepStrictEqual(peer.collections[NOTES], []);
	}
}));

test('players in MongoDB: check says how they are kept, and what the user may not do', mongo('set', async (f, it, people, peer) => {
	const says = async () => {
		const done = await f.lockstep('check', '--json');
		const found = JSON.parse(done.out).checks || JSON.parse(done.out);
		return found.find(({ check }) => check === 'pti, players');
	};
	peer.collections['needafourth.players'] = documentsOf(people.slice(0, 1));
	assert.match((await says()).says, /some are linked; a replica set: a rating and the note of it are one transaction$/);
	assert.deepStrictEqual(peer.collections[NOTES] || [], [], 'it leaves nothing behind');
	for (const on of ['insert', 'delete']) {
		peer.faults = [{ on, code: 13 }];
		const { ok, says: why } = await says();
		assert.ok(!ok && /does not allow it to the user of `players` \(docs\/pti\.md/.test(why), why);
	}
	peer.kind = 'alone';
	assert.match((await says()).says, /some are linked; no replica set: what is remembered comes after the rating$/);
}));

// ---- as a job ----

test('as a job it goes on where a killed server left it, and its output is the summary', club(async (f, it) => {
	const people = await f.people(20);
	await f.migrate();
	f.add(people);
	await hold(it, 4);
	const added = await f.lockstep('jobs', 'add', 'pti_sync', '--json');
	assert.strictEqual(added.code, 0, added.err);
	const id = JSON.parse(added.out).id;
	await serving(f, async (s) => {
		await until(async () => (await f.asked()).length > 3, 'a few requests');
		s.child.kill('SIGKILL');
		await s.child.ended;
	});
	await release(it);
	await serving(f, async () => {
		const job = await until(async () => {
			const row = JSON.parse((await f.lockstep('jobs', 'show', String(id), '--json')).out);
			return row.status === 'succeeded' && row;
		}, 'the job');
		assert.deepStrictEqual([job.output.found, job.output.success, job.output.resumed], [20, 20, true]);
	});
	const asked = await f.asked();
	assert.ok(asked.length <= 21, `${asked.length} requests for 20 pages and one kill`);
	const schedules = JSON.parse((await f.lockstep('schedules', 'list', '--json')).out);
	const weekly = (schedules.schedules || schedules).find((x) => x.name === 'pti_weekly');
	assert.ok(weekly && weekly.cron === '0 0 * * 0', JSON.stringify(schedules));
}));
