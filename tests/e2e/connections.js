// SPDX-License-Identifier: Apache-2.0
// connections.js - connections and their detail over the API: state, live progress, cursors, records, mapping,
// settings, timeline, the live test and the sign-in, beside the real vendor's stand-in.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, until, STORE, PLAN, SECRET } = require('./firm.js');
const { serving } = require('./service.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql');

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
const PAGES = PLAN.replace('page_size: 100', 'page_size: 20');
const slow = (delay_ms) => [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'delay', args: { delay_ms } }];
// Late enough each for what came before to be told.
const thirdPageHeld = [{ match: { path_prefix: '/api/v2/contacts', nth: 3 }, fault: 'hold' }, ...slow(500)];
const AT = '/api/connections/practicepanther';
const connections = (work, plan = PAGES) => firm(SMALL, (f, it) => serving(f, (s) => work(s, f, it)), { plan });

const streams = async (s) => Object.fromEntries((await s.get(`${AT}/streams`)).body.streams.map((one) => [one.table, one]));
const put = (s, table, body, version, options = {}) => s.call(`${AT}/streams/${table}/cursor`, { method: 'PUT', body,
	headers: version === undefined ? {} : { 'if-match': `"${version}"` }, ...options });

async function synced(s, body = { mode: 'full' }) {
	const started = await s.post(`${AT}/sync`, body);
	assert.strictEqual(started.status, 202, started.text);
	return s.finished(started.body.job);
}

test('a sync under way is seen growing, page by page, and what it left when it is over', connections(async (s, f, it) => {
	const before = (await s.get(AT)).body;
	assert.strictEqual(before.state, 'ok');
	assert.deepStrictEqual([before.runs, before.last_success_at, before.enabled], [[], null, true]);
	assert.ok(before.due_every_s > 0 && before.schedules.length === 2, JSON.stringify(before.schedules));

	await it.post('plan', slow(600));
	const started = await s.post(`${AT}/sync`, { mode: 'full' });
	const seen = [];
	await until(async () => {
		const contacts = (await streams(s)).contacts;
		if (contacts.progress) seen.push(contacts.progress);
		return new Set(seen.filter((p) => p.records > 0).map((p) => p.records)).size >= 3;
	}, 'progress that grows three times');
	const records = seen.map((p) => p.records);
	assert.deepStrictEqual(records, [...records].sort((a, b) => a - b), 'it never shrinks');
	assert.ok(seen.at(-1).pages > 0 && seen.every((p) => ['fetch', 'transform', 'commit', 'wait'].includes(p.phase)));
	const during = (await s.get(AT)).body;
	assert.strictEqual(during.state, 'running');
	assert.strictEqual(during.running.id, started.body.run);
	assert.strictEqual(during.progress.table, 'contacts');

	await it.post('plan', []);
	await s.finished(started.body.job);
	const after = (await s.get('/api/connections')).body.connections[0];
	assert.strictEqual(after.state, 'ok', after.reason);
	assert.strictEqual(after.runs[0].id, started.body.run);
	assert.deepStrictEqual([after.runs[0].status, after.runs[0].trigger], ['success', 'manual']);
	assert.ok(after.runs[0].duration_ms > 0 && after.written_24h > 220 && after.fresh_for_s > 0);
	const contacts = (await streams(s)).contacts;
	assert.deepStrictEqual([contacts.rows, contacts.rows_kind, contacts.mode, contacts.progress],
		[220, 'exact', 'incremental', null]);
	assert.strictEqual(contacts.last_run.created, 220);
	assert.strictEqual(contacts.last_run.run, started.body.run);
	assert.ok(Date.parse(contacts.cursor) > 0 && Date.parse(contacts.committed_at) > 0);
}));

test('a run that waits for the vendor says why and until when', connections(async (s, f, it) => {
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 2 }, fault: '429', args: { seconds: 8 } }]);
	await s.post(`${AT}/sync`, { mode: 'full' });
	const waiting = await until(async () => {
		const { progress } = (await streams(s)).contacts;
		return progress && progress.phase === 'wait' && progress;
	}, 'a wait');
	assert.ok(waiting.waiting.length > 0 && Date.parse(waiting.waiting_until) > Date.now() - 8000, JSON.stringify(waiting));
	assert.ok(waiting.records > 0, 'what was read before still counts');
}));

test('a worker that is killed leaves a run that another carries on with, and both are told', connections(async (s, f, it) => {
	await it.post('plan', thirdPageHeld);
	await s.post(`${AT}/sync`, { mode: 'full' });
	await until(async () => ((await streams(s)).contacts.progress || {}).records > 0, 'progress');
	await s.stop('SIGKILL');
	await it.post('plan', []);
	await s.start();
	await until(async () => {
		const { runs } = (await s.get(AT)).body;
		return runs.length >= 2 && runs[0].status === 'success' && runs[1].status === 'error';
	}, 'both runs');
	const { items } = (await s.get(`${AT}/timeline`)).body;
	assert.ok(items.filter((one) => one.kind === 'run').length >= 2 && items.some((one) => one.kind === 'trigger'));
}));

// What /api/events tells, a line each, until it is closed.
async function hints(s) {
	const abort = new AbortController(), told = [];
	const answer = await fetch(`${s.url}/api/events`, { signal: abort.signal,
		headers: { authorization: `Bearer ${await s.token('viewer')}` } });
	const read = async () => {
		try {
			for await (const piece of answer.body) told.push(...Buffer.from(piece).toString().split('\n'));
		} catch { /* closed */ }
	};
	void read();
	return { told, close: () => abort.abort() };
}

test('a run that another process carries out is seen and hinted at all the same', firm(SMALL, (f, it) =>
	serving(f, async (s) => {
		const heard = await hints(s);
		await it.post('plan', slow(500));
		const child = f.begin(['sync', '--full', '--quiet']);
		const records = new Set();
		await until(async () => {
			const { progress } = (await streams(s)).contacts;
			if (progress && progress.records) records.add(progress.records);
			return records.size >= 2;
		}, 'the progress of a run without a job');
		await until(() => heard.told.some((line) => line === 'event: run'), 'a hint');
		assert.strictEqual((await s.get(AT)).body.state, 'running');
		child.kill('SIGTERM');
		await child.ended;

		const worker = f.begin(['serve', '--no-api', '--workers', '2']);
		const { job } = (await s.post(`${AT}/sync`, { mode: 'full' })).body;
		const seen = new Set();
		await until(async () => {
			const { progress } = (await streams(s)).contacts;
			if (progress && progress.pages) seen.add(progress.pages);
			return seen.size >= 2;
		}, 'the progress of a run on another worker');
		heard.told.length = 0;
		await until(() => heard.told.some((line) => line === 'event: run' || line === 'event: job'), 'a hint of it');
		heard.close();
		await it.post('plan', []);
		assert.strictEqual((await s.finished(job)).status, 'succeeded');
		worker.kill('SIGTERM');
		await worker.ended;
	}, { args: ['--workers', '0'] }), { plan: PAGES }));

test('the timeline is paged without a gap', connections(async (s, f) => {
	await synced(s);
	for (const reason of ['one', 'two', 'three']) await s.post(`${AT}/stop`, { reason });
	const all = (await s.get(`${AT}/timeline?limit=200`)).body, paged = [];
	let to = '';
	do {
		const page = (await s.get(`${AT}/timeline?limit=2${to && `&to=${encodeURIComponent(to)}`}`)).body;
		paged.push(...page.items);
		to = page.next_to;
	} while (to);
	assert.deepStrictEqual(paged, all.items);
	assert.ok(all.items.length >= 5 && all.next_to === null);
	assert.deepStrictEqual(all.items.filter((one) => one.kind === 'stop').map((one) => one.details.reason), ['three', 'two', 'one']);
	for (const [table, since] of [['companies', '2020-06-01'], ['contacts', '2021-06-01']])
		f.change(`INSERT INTO lockstep_holds (connection, table_name, check_name, seen, expected, run_id, since, released_by, pass_once)
			VALUES ('practicepanther', '${table}', 'rows', '1', '2', '', '${since}T00:00:00.000Z', '', 0)`);
	const held = (await s.get(`${AT}/timeline?limit=1&from=2021-01-01T00:00:00Z&to=2022-01-01T00:00:00Z`)).body.items;
	assert.deepStrictEqual(held.map((one) => one.kind), ['hold'], 'the hold of a table that is not the first');
	assert.match(held[0].says, /contacts/);
	const late = (await s.get(`${AT}/timeline?from=${encodeURIComponent(all.items[0].at)}`)).body.items;
	assert.ok(late.length >= 1 && late.every((one) => one.at >= all.items[0].at));
}));

test('a cursor is set with a reason and If-Match, and the next sync goes on from there', connections(async (s, f) => {
	await synced(s);
	const contacts = (await streams(s)).contacts;
	const good = { cursor: '2020-01-01T00:00:00Z', reason: 'the vendor lost a week' };
	assert.strictEqual((await put(s, 'contacts', good)).status, 428);
	assert.strictEqual((await put(s, 'contacts', good, '1')).status, 412);
	assert.strictEqual((await put(s, 'contacts', { cursor: null }, contacts.version)).status, 400, 'without a reason');
	assert.strictEqual((await put(s, 'nothing', good, '1')).status, 404);
	for (const [cursor, says] of [['yesterday', /no time.*2026-11-01T00:00:00Z/], ['2999-01-01T00:00:00Z', /not come yet/]]) {
		const bad = await put(s, 'contacts', { ...good, cursor }, contacts.version);
		assert.deepStrictEqual([bad.status, bad.body.code], [422, 'bad_cursor'], bad.text);
		assert.match(bad.body.detail, says);
	}
	const done = await put(s, 'contacts', good, contacts.version);
	assert.strictEqual(done.status, 200, done.text);
	assert.strictEqual(done.body.cursor, '2020-01-01T00:00:00Z');
	assert.notStrictEqual(done.body.version, contacts.version);
	assert.strictEqual((await put(s, 'contacts', good, contacts.version)).status, 412, 'by somebody who saw the old one');
	assert.strictEqual((await s.get(`${AT}/streams/contacts`)).headers.get('etag'), `"${done.body.version}"`);
	await synced(s, { mode: 'incremental' });
	const after = (await streams(s)).contacts;
	assert.ok(after.last_run.processed > 150, `everything since 2020: ${after.last_run.processed}`);
	assert.ok(after.cursor > '2020-02');

	const reset = await put(s, 'contacts', { cursor: null, reason: 'from the beginning' }, after.version);
	assert.deepStrictEqual([reset.status, reset.body.cursor], [200, null], reset.text);
	const audit = (await s.get('/api/audit?action=cursor.*')).body.items;
	assert.deepStrictEqual(audit.map((one) => one.action), ['cursor.reset', 'cursor.set']);
	assert.deepStrictEqual([audit[1].details.before.all, audit[1].details.after, audit[1].details.reason],
		[contacts.cursor, '2020-01-01T00:00:00Z', 'the vendor lost a week']);
	const { items } = (await s.get(`${AT}/timeline?limit=2`)).body;
	assert.strictEqual(items[0].kind, 'cursor');

	f.change(`INSERT INTO lockstep_state (connection, stream, slice, state) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c
		WHERE n < 2100) SELECT 'practicepanther', 'contacts', 'p' || n, '{}' FROM c`);
	const many = await put(s, 'contacts', good, (await streams(s)).contacts.version);
	assert.strictEqual(many.status, 200, many.text);
	assert.strictEqual(Number(f.value("SELECT count(*) AS n FROM lockstep_state WHERE stream = 'contacts' AND state LIKE '%2020-01-01%'")),
		2100, 'of every partition, however many there are');
}));

test('what waits for the vendor is tried again by itself, and says when', connections(async (s, f, it) => {
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 1 }, fault: '429', args: { seconds: 3600 } }]);
	await s.post(`${AT}/sync`, { mode: 'full' });
	const [, job] = await until(async () =>
		(await s.get(AT)).body.next?.match(/^It goes on by itself in \d+ m.*, as job (\d+)\.$/), 'what is next');
	const refused = await s.post(`${AT}/sync`, { mode: 'full' });
	assert.deepStrictEqual([refused.status, refused.body.code, refused.body.job], [409, 'sync_running', job], refused.text);
	assert.match(refused.body.detail, new RegExp(`waits already: job ${job} begins by itself in \\d+ m`));
}));

test('a cursor is not touched while a sync runs', connections(async (s, f, it) => {
	await it.post('plan', thirdPageHeld);
	await s.post(`${AT}/sync`, { mode: 'full' });
	const { version } = await until(async () => {
		const one = (await streams(s)).contacts;
		return one.progress && one;
	}, 'the run');
	const refused = await put(s, 'contacts', { cursor: null, reason: 'now' }, version);
	assert.deepStrictEqual([refused.status, refused.body.code], [409, 'sync_running'], refused.text);
	await s.post(`${AT}/stop`, { reason: 'the test says so' });
	await it.post('plan', []);
	const stopped = (await s.get(AT)).body;
	assert.deepStrictEqual([stopped.enabled, stopped.stopped.reason], [false, 'the test says so']);
	await until(async () => (await s.get(AT)).body.state === 'stopped', 'the stop');
	assert.match((await s.get(AT)).body.reason, /the test says so/);
	assert.strictEqual((await s.post(`${AT}/restart`)).status, 202);
	await until(async () => (await s.get(AT)).body.state !== 'stopped', 'the restart');
	const kinds = (await s.get(`${AT}/timeline`)).body.items.map((one) => one.kind);
	assert.ok(kinds.includes('stop') && kinds.includes('restart'), kinds.join(' '));
}));

test('records are a sample and one by its key with the vendor\'s own, for administrators', connections(async (s, f, it) => {
	await synced(s);
	const truth = (await it.truth('contacts'))[0];
	const { body } = await s.get(`${AT}/records?table=contacts&limit=7`);
	assert.strictEqual(body.rows.length, 7);
	assert.deepStrictEqual(body.key, ['pp_contact_id']);
	assert.ok(body.rows.every((row) => row.length === body.columns.length) && body.raw === null);
	const one = (await s.get(`${AT}/records?table=contacts&key=${truth.id}`)).body;
	assert.strictEqual(one.rows.length, 1);
	assert.strictEqual(one.raw.id, truth.id);
	assert.strictEqual(one.rows[0][one.columns.findIndex((k) => k.name === 'pp_contact_id')], truth.id);
	assert.deepStrictEqual((await s.get(`${AT}/records?table=contacts&key=nobody`)).body.rows, []);
	assert.strictEqual((await s.get(`${AT}/records?table=nothing`)).status, 404);
	assert.strictEqual((await s.get(`${AT}/records`, { token: await s.token('viewer') })).status, 403);
	const { items } = (await s.get('/api/audit?action=record.view')).body;
	assert.ok(items.length === 2 && !JSON.stringify(items).includes(truth.id), 'that it was looked at, not what');
}));

test('the mapping is as the plan has it, and the settings tell no secret', connections(async (s) => {
	const { tables } = (await s.get(`${AT}/mapping`)).body;
	const contacts = tables.find((one) => one.table === 'contacts');
	const key = contacts.columns[0];
	assert.deepStrictEqual([key.column, key.key], ['pp_contact_id', true]);
	assert.match(key.value, /record\.id/);
	assert.strictEqual(contacts.raw, 'pp_data');
	assert.ok(tables.some((one) => one.columns.some((k) => k.ref.length > 0 && k.ref[0].table)), 'references');
	const { settings } = (await s.get(`${AT}/settings`, { token: await s.token('viewer') })).body;
	const of = (name) => settings.find((one) => one.section === 'config' && one.name === name);
	assert.deepStrictEqual([of('client_secret').value, of('client_secret').secret, of('client_secret').from],
		['set', true, 'environment']);
	assert.strictEqual(of('access_token').value, 'not set');
	assert.ok(settings.some((one) => one.section === 'schedules' && one.name === 'full' && one.value));
	for (const secret of [SECRET, 'sandbox-refresh'])
		assert.ok(!JSON.stringify(settings).includes(secret), 'a secret');
}));

test('the live test lists what works, and what does not with what to do', connections(async (s, f, it) => {
	const good = (await s.post(`${AT}/test`)).body;
	assert.strictEqual(good.ok, true, JSON.stringify(good));
	assert.ok(good.findings.some((one) => /^stream /.test(one.what) && /records in/.test(one.says)));
	f.env.PP_BASE_URL = 'http://127.0.0.1:1/api/v2'; // where nobody is
	await s.restart();
	const bad = (await s.post(`${AT}/test`)).body;
	assert.strictEqual(bad.ok, false);
	const vendor = bad.findings.find((one) => !one.ok);
	assert.ok(vendor.says.length > 0 && vendor.next.length > 0, JSON.stringify(bad));
	assert.ok(bad.took_ms < 30000, `${bad.took_ms} ms`);
}));

test('signing in at the vendor: none, allowed, valid, forgotten', connections(async (s, f) => {
	const at = async () => (await s.get(`${AT}/auth`, { token: await s.token('viewer') })).body;
	assert.deepStrictEqual([(await at()).status, (await at()).can_authorize], ['no_token', true]);
	await synced(s);
	const valid = await at();
	assert.ok(['valid', 'expiring_soon'].includes(valid.status), valid.status);
	assert.ok(Date.parse(valid.renewed_at) > 0 && Date.parse(valid.expires_at) > Date.now());
	const page = await s.post(`${AT}/auth/authorize`);
	assert.match(page.body.url, /OAuth\/Authorize\?.*state=/);
	assert.strictEqual((await s.get(`${AT}/auth/callback?code=x&state=forged`, { token: null })).status, 403);
	assert.strictEqual((await s.post(`${AT}/auth/revoke`)).body.revoked, true);
	assert.strictEqual((await at()).status, 'no_token');
	assert.strictEqual((await s.post(`${AT}/auth/revoke`)).body.revoked, false);
}));
