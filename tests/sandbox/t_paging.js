// SPDX-License-Identifier: Apache-2.0
// t_paging.js - lists: pages, filters, orders, odd modes, and data that moves while it is read.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { within } = require('./stand_in.js');

const SMALL = ['--contacts', 1234, '--matters', 300, '--tasks', 250];
const ids = (records) => records.map((r) => r.id);

async function pages(it, collection, top, query = '') {
	const all = [];
	for (let skip = 0; ; skip += top) {
		const page = await it.get(`/${collection}?$top=${top}&$skip=${skip}${query}`);
		all.push(...page);
		if (page.length < top) return all;
	}
}

test('pages cover everything exactly once, and equal the truth', within(SMALL, async (it) => {
	for (const collection of ['contacts', 'matters', 'tasks', 'accounts', 'users'])
		assert.deepStrictEqual(await pages(it, collection, 100), await it.truth(collection));
	const last = await it.get('/contacts?$top=100&$skip=1234');
	assert.deepStrictEqual(last, []);
}));

test('without $top the whole collection comes, byte for byte the truth', within(SMALL, async (it) => {
	const { text, headers } = await it.ask('/api/v2/contacts?page=3&per_page=5&limit=2');
	assert.strictEqual(text, '[' + (await it.lines('truth/contacts')).join(',') + ']');
	assert.strictEqual(headers.get('link'), null);
	assert.match(headers.get('content-type'), /^application\/json/);
}));

test('what is too large to hold comes whole, too', within(['--contacts', 60001], async (it) => {
	const { text } = await it.ask('/api/v2/contacts');
	assert.strictEqual(text, '[' + (await it.lines('truth/contacts')).join(',') + ']');
	assert.strictEqual(JSON.parse(text).length, 60001);
}));

test('$top and $skip may be written %24top and %24skip', within(SMALL, async (it) => {
	const truth = ids(await it.truth('contacts'));
	assert.deepStrictEqual(ids(await it.get('/contacts?%24top=3&%24skip=5')), truth.slice(5, 8));
	assert.strictEqual((await it.ask('/api/v2/contacts?$top=many')).status, 400);
	assert.strictEqual((await it.ask('/api/v2/contacts?$top=-1')).status, 400);
}));

test('$orderby sorts by id and by times, up and down', within(SMALL, async (it) => {
	const truth = await it.truth('matters');
	const way = (query) => pages(it, 'matters', 70, '&$orderby=' + query);
	assert.deepStrictEqual(await way('id'), truth);
	assert.deepStrictEqual(await way('id%20desc'), [...truth].reverse());
	for (const name of ['created_at', 'updated_at']) {
		const times = (await way(name)).map((m) => Date.parse(m[name] + 'Z'));
		assert.deepStrictEqual(times, [...times].sort((a, b) => a - b));
		assert.strictEqual(times.length, truth.length);
		const down = (await way(name + '%20desc')).map((m) => Date.parse(m[name] + 'Z'));
		assert.deepStrictEqual(down, times.reverse());
	}
	assert.strictEqual((await it.ask('/api/v2/matters?$orderby=colour')).status, 400);
	assert.strictEqual((await it.ask('/api/v2/matters?$filter=x')).status, 400);
}));

test('updated_since and created_since are honoured in both spellings', within(SMALL, async (it) => {
	const truth = await it.truth('matters');
	const since = truth[17].updated_at;
	const ms = (r, name) => Date.parse(r[name] + 'Z');
	for (const name of ['updated', 'created']) {
		const want = ids(truth.filter((m) => ms(m, name + '_at') >= Date.parse(since + 'Z')));
		assert.ok(want.length > 0 && want.length < truth.length);
		for (const text of [since, since + 'Z', since.replace('T', 'T') + '%2B00:00'])
			assert.deepStrictEqual(ids(await pages(it, 'matters', 40, `&${name}_since=${text}`)), want);
	}
	for (const text of ['yesterday', '2025-02-30T00:00:00Z', '2025-02-03T00:00:00+01:00'])
		assert.strictEqual((await it.ask('/api/v2/matters?updated_since=' + text)).status, 400);
	await it.post('plan', { modes: { since_exclusive: true } });
	assert.ok(!ids(await it.get('/matters?updated_since=' + since)).includes(truth[17].id));
}));

test('contacts follow the times of their account', within(SMALL, async (it) => {
	const accounts = await it.truth('accounts');
	const since = accounts[40].updated_at;
	const late = new Set(ids(accounts.filter((a) => Date.parse(a.updated_at + 'Z') >= Date.parse(since + 'Z'))));
	const want = (await it.truth('contacts')).filter((c) => late.has(c.account_ref.id));
	assert.deepStrictEqual(await it.get('/contacts?updated_since=' + since + 'Z'), want);
}));

test('status, account_id and matter_id choose', within(SMALL, async (it) => {
	const matters = await it.truth('matters'), tasks = await it.truth('tasks');
	assert.deepStrictEqual(await it.get('/matters?status=Closed'), matters.filter((m) => m.status === 'Closed'));
	const of = matters.find((m) => m.account_ref && m.account_ref.display_name).account_ref.id;
	assert.deepStrictEqual(await it.get('/matters?account_id=' + of),
		matters.filter((m) => m.account_ref && m.account_ref.id === of));
	const { matter_ref: ref } = tasks[0].matter_ref ? tasks[0] : tasks[7];
	assert.deepStrictEqual(await it.get('/tasks?matter_id=' + ref.id),
		tasks.filter((t) => t.matter_ref && t.matter_ref.id === ref.id));
	assert.strictEqual((await it.ask('/api/v2/tasks?matter_id=12')).status, 400);
}));

test('each mode changes what it says', within(SMALL, async (it) => {
	const truth = ids(await it.truth('contacts'));
	const read = async (modes, query) => {
		await it.post('plan', { modes });
		const answer = await it.ask('/api/v2/contacts' + query);
		await it.post('plan', { modes: Object.fromEntries(Object.keys(modes).map((k) => [k, 0])) });
		return answer.status === 200 ? ids(JSON.parse(answer.text)) : answer.status;
	};
	assert.deepStrictEqual(await read({ ignore_top: true }, '?$top=100'), truth);
	assert.deepStrictEqual(await read({ ignore_skip: true }, '?$top=9&$skip=50'), truth.slice(0, 9));
	assert.deepStrictEqual(await read({ cap: 250 }, ''), truth.slice(0, 250));
	assert.strictEqual(await read({ top_max: 100 }, '?$top=101'), 400);
	assert.deepStrictEqual(await read({ top_max: 100 }, '?$top=100'), truth.slice(0, 100));
	assert.strictEqual(await read({ orderby_400: true }, '?$orderby=id&$top=1'), 400);
	assert.deepStrictEqual(await read({ duplicate_rows: true }, '?$top=50&$skip=100'), truth.slice(98, 148));
	assert.deepStrictEqual(await read({}, '?$top=2'), truth.slice(0, 2));
}));

test('with duplicated rows the pages still cover everything', within([...SMALL, '--mode', 'duplicate_rows'],
	async (it) => {
		const seen = ids(await pages(it, 'contacts', 100));
		assert.strictEqual(new Set(seen).size, 1234);
		assert.ok(seen.length > 1234);
	}));

test('rows that shift while they are read are missed or seen twice', within(SMALL, async (it) => {
	const before = ids(await it.truth('contacts'));
	await it.post('plan', { mutations: [{ collection: 'contacts', op: 'delete', at: 'front', every: 3 }] });
	const seen = ids(await pages(it, 'contacts', 100));
	await it.post('plan', { mutations: [] });
	const after = ids(await it.truth('contacts'));
	assert.strictEqual(after.length, before.length - 4);
	const missed = after.filter((id) => !seen.includes(id));
	assert.ok(missed.length > 0, 'nothing was missed');
	await it.post('plan', { mutations: [{ collection: 'contacts', op: 'add', at: 'front', from: 2, to: 2 }] });
	const twice = ids(await pages(it, 'contacts', 100));
	assert.strictEqual(twice.length - new Set(twice).size, 1);
}));

test('a touched record has a new time and a new field, and only it',
	within([...SMALL, '--clock', 'virtual'], async (it) => {
		const now = '2026-11-01T00:00:05.25';
		await it.post('clock/advance', { ms: 5250 });
		for (const [collection, field] of [['matters', 'notes'], ['contacts', 'phone_mobile'],
			['accounts', 'address_street_1'], ['tasks', 'notes'], ['users', 'is_active']]) {
			const before = await it.truth(collection);
			const { ids: changed } = await it.post('mutate', { collection, count: 3 });
			const after = await it.truth(collection);
			assert.strictEqual(new Set(changed).size, 3);
			for (const [i, record] of after.entries()) {
				if (!changed.includes(record.id)) continue;
				assert.notDeepStrictEqual(record[field], before[i][field]);
				if (collection !== 'contacts') assert.strictEqual(record.updated_at, now);
			}
			const found = ids(await it.get(`/${collection}?updated_since=${now}Z`));
			for (const id of changed) assert.ok(found.includes(id));
			if (collection === 'matters') assert.strictEqual(found.length, 3);
		}
	}));

test('mutations by id: status, stamp alone, the past, deletion', within([...SMALL, '--clock', 'virtual'],
	async (it) => {
		const [, , one] = await it.truth('matters');
		const change = (wish) => it.post('mutate', { collection: 'matters', id: one.id, ...wish });
		await change({ status: 'Closed', stamp_only: true });
		const closed = await it.get('/matters/' + one.id);
		assert.strictEqual(closed.status, 'Closed');
		assert.strictEqual(closed.updated_at, '2026-11-01T00:00:00');
		await change({ stamp_only: true, ago_seconds: 90 });
		const stamped = await it.get('/matters/' + one.id);
		assert.deepStrictEqual({ ...stamped, updated_at: 0 }, { ...closed, updated_at: 0 });
		assert.strictEqual(stamped.updated_at, '2026-10-31T23:58:30');
		await change({ op: 'delete' });
		assert.strictEqual((await it.ask('/api/v2/matters/' + one.id)).status, 404);
		assert.strictEqual((await it.admin('stats')).matters, 299);
		assert.ok(!ids(await pages(it, 'matters', 50)).includes(one.id));
		for (const wish of [{ collection: 'cats' }, { collection: 'tasks', op: 'eat' },
			{ collection: 'tasks', status: '"' }, { collection: 'tasks', id: one.id }])
			await assert.rejects(it.post('mutate', wish), /400/);
	}));

test('added contacts come with their account, deleted accounts take theirs along',
	within([...SMALL, '--clock', 'virtual'], async (it) => {
		const before = await it.admin('stats');
		const { ids: added } = await it.post('mutate', { collection: 'contacts', op: 'add', count: 5, at: 'end' });
		const fresh = (await it.truth('contacts')).slice(-5);
		assert.deepStrictEqual(ids(fresh), added);
		const account = await it.get('/accounts/' + fresh[0].account_ref.id);
		assert.strictEqual(account.created_at, '2026-11-01T00:00:00');
		assert.strictEqual(account.primary_contact.id, fresh[0].id);
		const after = await it.admin('stats');
		assert.strictEqual(after.contacts, before.contacts + 5);
		assert.strictEqual(after.accounts, before.accounts + 5);
		await it.post('mutate', { collection: 'accounts', op: 'delete', id: account.id });
		assert.strictEqual((await it.ask('/api/v2/contacts/' + fresh[0].id)).status, 404);
		assert.strictEqual((await it.admin('stats')).contacts, before.contacts + 4);
		assert.deepStrictEqual(await pages(it, 'contacts', 100), await it.truth('contacts'));
	}));

test('lists are never stale after a change', within(SMALL, async (it) => {
	const query = '/matters?$orderby=updated_at%20desc&$top=1';
	await it.get(query);
	const { ids: [changed] } = await it.post('mutate', { collection: 'matters', at: 'end' });
	assert.deepStrictEqual(ids(await it.get(query)), [changed]);
}));
