// SPDX-License-Identifier: Apache-2.0
// sync.js - what a sync does to the tables, against the stand-in's own truth.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, apiLog, skipOf, STORE } = require('./firm.js');
const { compareAll, equalsTruth, NOTHING } = require('./oracle.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql');

const SMALL = ['--contacts', 320, '--matters', 230, '--tasks', 150];
const LISTS = ['users', 'accounts', 'contacts', 'matters', 'tasks'];
const TABLES = ['users', 'pp_accounts', 'contacts', 'exchanges', 'tasks'];
const MINUTE = 60000;

const counts = (r) => [r.created, r.updated, r.unchanged, r.failed];
const countsOf = (done, table) => counts(done.result.tables.find((t) => t.table === table).counts);

function good(done, ...expected) {
	assert.strictEqual(done.code, 0, done.err);
	assert.strictEqual(done.result.status, 'success');
	if (expected.length) assert.deepStrictEqual(counts(done.result.counts), expected);
}

const everything = (f) => Object.fromEntries(TABLES.map((t) => [t, f.rows(`SELECT * FROM ${t} ORDER BY id`)]));
const control = (f) => ['lockstep_state', 'sync_logs', 'lockstep_quarantine', 'lockstep_missing_refs', 'lockstep_seen']
	.map((t) => f.rows(`SELECT * FROM ${t} ORDER BY 1, 2, 3`));

test('a first load equals the vendor, field by field', firm(SMALL, async (f, it) => {
	const total = 6 + (await it.truth('accounts')).length + 320 + 230 + 150;
	good(await f.sync(), total, 0, 0, 0);
	await equalsTruth(f, it);
	// Large enough for each of the nasty values to be there.
	assert.ok(f.value("SELECT count(*) FROM exchanges WHERE CAST(exchange_value AS text) = '9007199254740.93'") > 0);
	assert.ok(f.value('SELECT count(*) FROM exchanges WHERE length(name) >= 251') > 0);
	assert.ok(f.value('SELECT count(*) FROM exchanges WHERE client_id IS NULL') > 0);
	assert.ok(f.value('SELECT count(*) FROM tasks WHERE exchange_id IS NULL') > 0);
	assert.ok(f.value('SELECT count(*) FROM contacts WHERE email IS NULL') > 0);
}));

test('a full run over an equal database changes nothing', firm(SMALL, async (f) => {
	await f.sync();
	const before = everything(f), total = TABLES.reduce((n, t) => n + before[t].length, 0);
	good(await f.sync(), 0, 0, 0, 0);
	good(await f.sync('--full'), 0, 0, total, 0);
	assert.deepStrictEqual(everything(f), before);
}));

test('what changed at the vendor is what is written here', firm(SMALL, async (f, it) => {
	await f.sync();
	const before = new Map(f.rows('SELECT pp_matter_id, id, CAST(created_at AS text) AS made, ' +
		'CAST(last_sync_at AS text) AS changed FROM exchanges').map((row) => [row.pp_matter_id, row]));
	const touched = await it.post('mutate', { collection: 'matters', count: 7 });
	const added = await it.post('mutate', { collection: 'matters', op: 'add', count: 3 });
	await it.post('mutate', { collection: 'contacts', count: 5 });
	await it.post('mutate', { collection: 'tasks', op: 'add', count: 2 });
	const done = await f.sync();
	good(done);
	assert.deepStrictEqual(countsOf(done, 'exchanges'), [3, 7, 0, 0]);
	assert.deepStrictEqual(countsOf(done, 'tasks'), [2, 0, 0, 0]);
	assert.strictEqual(countsOf(done, 'contacts')[1], 5);
	await equalsTruth(f, it);
	const moved = [];
	for (const row of f.rows('SELECT pp_matter_id, id, CAST(created_at AS text) AS made, ' +
		'CAST(last_sync_at AS text) AS changed FROM exchanges')) {
		const was = before.get(row.pp_matter_id);
		if (!was) continue;
		assert.deepStrictEqual([row.id, row.made], [was.id, was.made]);
		if (row.changed !== was.changed) moved.push(row.pp_matter_id);
	}
	assert.deepStrictEqual(moved.sort(), touched.ids.sort());
	assert.strictEqual(added.ids.length, 3);
}));

test('an account that changes takes its contacts along', firm(SMALL, async (f, it) => {
	await f.sync();
	await it.post('mutate', { collection: 'accounts', count: 12 });
	good(await f.sync());
	await equalsTruth(f, it);
}));

test('an incremental run asks since the vendor\'s own clock, less the overlap',
	firm([...SMALL, '--clock', 'virtual'], async (f, it) => {
		// The vendor's clock stands at another time than ours.
		await f.sync();
		await it.post('reset-log');
		await it.post('clock/advance', { seconds: 7200 });
		await f.sync();
		for (const list of LISTS) {
			const [first] = await apiLog(it, list);
			const since = Date.parse(new URLSearchParams(first.query).get('updated_since'));
			const overlap = list === 'contacts' ? 24 * 60 * MINUTE : 15 * MINUTE;
			assert.strictEqual(since, Date.parse('2026-11-01T00:00:00Z') - overlap, list);
		}
		await it.post('reset-log');
		await f.sync();
		const [first] = await apiLog(it, 'matters');
		assert.strictEqual(Date.parse(new URLSearchParams(first.query).get('updated_since')),
			Date.parse('2026-11-01T02:00:00Z') - 15 * MINUTE);
	}));

test('a change that lies within the overlap is found', firm(SMALL, async (f, it) => {
	await f.sync();
	await it.post('mutate', { collection: 'matters', count: 4, ago_seconds: 600 });
	good(await f.sync());
	await equalsTruth(f, it);
}));

test('a full run tells what is gone and deletes nothing', firm(SMALL, async (f, it) => {
	await f.sync();
	const gone = await it.post('mutate', { collection: 'tasks', op: 'delete', count: 4 });
	good(await f.sync());
	const done = await f.sync('--full');
	good(done);
	assert.strictEqual(done.result.tables.find((t) => t.table === 'tasks').no_longer_seen, 4);
	const left = await compareAll(f, it);
	assert.deepStrictEqual(left.tasks.sort(), gone.ids.sort());
	assert.deepStrictEqual({ ...left, tasks: [] }, NOTHING);
	const [part] = f.rows("SELECT CAST(details AS text) AS details FROM sync_logs WHERE sync_type = 'tasks' " +
		'ORDER BY started_at DESC LIMIT 1');
	assert.deepStrictEqual(JSON.parse(part.details).no_longer_seen_keys.sort(), gone.ids.sort());
}));

test('what a person set survives, until the vendor says something new', firm(SMALL, async (f, it) => {
	await f.sync();
	const open = f.rows("SELECT pp_matter_id FROM exchanges WHERE status = 'PENDING' ORDER BY 1 LIMIT 3")
		.map((row) => row.pp_matter_id);
	const list = open.map((id) => `'${id}'`).join();
	f.change(`UPDATE exchanges SET status = '45D' WHERE pp_matter_id IN (${list})`);
	const own = (table, row) => (open.includes(row.pp_matter_id) ? { status: '45D' } : {});
	await it.post('mutate', { collection: 'matters', count: 230, stamp_only: true });
	good(await f.sync());
	await equalsTruth(f, it, own);
	// Text changes, the status does not.
	await it.post('mutate', { collection: 'matters', count: 230 });
	good(await f.sync('--full'));
	await equalsTruth(f, it, own);
	// "Pending" is new at the vendor, but does not undo what our people know better.
	await it.post('mutate', { collection: 'matters', count: 230, status: 'Pending' });
	good(await f.sync());
	assert.strictEqual(f.value(`SELECT count(*) FROM exchanges WHERE status = '45D' AND pp_matter_id IN (${list})`), 3);
	await it.post('mutate', { collection: 'matters', count: 230, status: 'Closed' });
	good(await f.sync());
	await equalsTruth(f, it);
}));

test('columns of the application are never touched', firm(SMALL, async (f, it) => {
	await f.sync();
	f.change('ALTER TABLE contacts ADD COLUMN our_remark text');
	f.change("UPDATE contacts SET our_remark = 'ours'");
	await it.post('mutate', { collection: 'contacts', count: 320 });
	good(await f.sync('--full'));
	assert.strictEqual(f.value("SELECT count(*) FROM contacts WHERE our_remark = 'ours'"), 320);
	await equalsTruth(f, it);
}));

test('a dry run tells the differences and writes nothing', firm(SMALL, async (f, it) => {
	await f.sync();
	const touched = await it.post('mutate', { collection: 'matters', count: 3 });
	const added = await it.post('mutate', { collection: 'tasks', op: 'add', count: 2 });
	const before = [everything(f), control(f)];
	const done = await f.sync('--dry-run');
	good(done);
	assert.deepStrictEqual([everything(f), control(f)], before);
	const of = (table, change) => done.result.changes.filter((c) => c.table === table && c.change === change);
	assert.deepStrictEqual(of('exchanges', 'update').map((c) => c.key).sort(), touched.ids.sort());
	assert.deepStrictEqual(of('tasks', 'create').map((c) => c.key).sort(), added.ids.sort());
	for (const c of of('exchanges', 'update')) {
		assert.ok('notes' in c.fields && c.fields.notes.before !== c.fields.notes.after);
		assert.ok(!('name' in c.fields));
	}
	const words = await f.lockstep('sync', '--dry-run');
	assert.match(words.out, new RegExp(`~ exchanges ${touched.ids[0]}\\n`));
	assert.match(words.out, /notes: .* -> .*/);
	assert.deepStrictEqual([everything(f), control(f)], before);
	good(await f.sync());
	await equalsTruth(f, it);
}));

test('a cap is partial, and the next runs go on where it stopped', firm(['--contacts', 720, '--matters', 40,
	'--tasks', 30], async (f, it) => {
	const asked = [];
	let runs = 0;
	for (let code = 6; code === 6; runs++) {
		await it.post('reset-log');
		const done = await f.sync();
		code = done.code;
		assert.strictEqual(done.result.status, code ? 'partial' : 'success', done.err);
		const contacts = await apiLog(it, 'contacts');
		assert.ok(contacts.length <= 3, `${contacts.length} pages in one run`);
		asked.push(...contacts.map(skipOf));
		assert.ok(runs < 6);
	}
	// Page after page, none of them twice, from the beginning to the end.
	assert.deepStrictEqual(asked.slice(0, 8), [0, 100, 200, 300, 400, 500, 600, 700]);
	assert.ok(runs >= 3);
	await equalsTruth(f, it);
}, { env: { PP_PAGES_MAX: '3' } }));

test('a record that is asked for by its id comes alone, whatever it is', firm(SMALL, async (f, it) => {
	const paths = async () => (await apiLog(it)).map((e) => e.path);
	good(await f.sync());
	const { ids } = await it.post('mutate', { collection: 'contacts', count: 5 });
	await it.post('reset-log');
	const two = await f.sync('practicepanther', 'contacts', '--record', `${ids[0]},${ids[3]}`);
	good(two);
	assert.deepStrictEqual(await paths(), [`/api/v2/contacts/${ids[0]}`, `/api/v2/contacts/${ids[3]}`]);
	assert.deepStrictEqual([two.result.tables[0].counts.processed, two.result.tables[0].counts.updated], [2, 2]);
	for (const [table, stream] of [['users', 'users'], ['pp_accounts', 'accounts'], ['exchanges', 'matters'], ['tasks', 'tasks']]) {
		await it.post('reset-log');
		const { id } = (await it.truth(stream))[1];
		const done = await f.sync('practicepanther', table, '--record', id);
		good(done);
		assert.deepStrictEqual([await paths(), done.result.tables[0].counts.processed], [[`/api/v2/${stream}/${id}`], 1], table);
	}
	await it.post('reset-log');
	const gone = '00000000-0000-4000-8000-00000000dead';
	const done = await f.sync('practicepanther', 'tasks', '--record', gone);
	good(done);
	assert.deepStrictEqual(await paths(), [`/api/v2/tasks/${gone}`]);
	assert.ok(f.value(`SELECT count(*) AS n FROM sync_logs WHERE CAST(details AS text) LIKE '%${gone}%not_found%' ` +
		`OR CAST(details AS text) LIKE '%not_found%${gone}%'`) >= 1, 'nothing tells that it is not there');
	good(await f.sync());
	await equalsTruth(f, it);
}));

test('a vendor that ignores $top, repeats rows or caps pages loses nothing', async () => {
	for (const mode of ['ignore_top', 'duplicate_rows', 'cap=100', 'cap=37'])
		await firm([...SMALL, '--mode', mode], async (f, it) => {
			const done = await f.sync();
			if (done.code === 0) await equalsTruth(f, it);
			else assert.fail(`${mode}: ${done.code} ${done.err}`);
		})();
});

test('records that move while they are read are all there after the next run', firm(SMALL, async (f, it) => {
	await it.post('plan', { mutations: [
		{ collection: 'contacts', op: 'add', at: 'front', count: 3, on: 'contacts', every: 1 },
		{ collection: 'matters', op: 'delete', at: 'front', count: 2, on: 'matters', every: 1, to: 2 }] });
	await f.sync();
	await it.post('plan', { mutations: [] });
	await f.sync('--full');
	const left = await compareAll(f, it);
	assert.deepStrictEqual({ ...left, exchanges: [] }, NOTHING);
}));
