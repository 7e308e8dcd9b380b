// SPDX-License-Identifier: Apache-2.0
// runs.js - what the API tells of runs, and how a record gets out of quarantine, beside a stand-in.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const { firm, needs, until, STORE, PLAN } = require('./firm.js');
const { serving } = require('./service.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
// Contacts without an e-mail address are refused.
const STRICT = PLAN.replace('email: "{{ record.email }}"                       # may', 'email: { value: "{{ record.email }}", required: true } # may');
assert.notStrictEqual(STRICT, PLAN);
const strict = (work) => firm(SMALL, (f, it) => serving(f, (s) => work(s, f, it)), { plan: STRICT });

async function full(s) {
	const started = await s.post('/api/sync/trigger', { syncType: 'full' });
	assert.strictEqual(started.status, 202, started.text);
	await s.finished(started.body.job);
	return started.body;
}

// Runs of months, as a server that was never looked at has them.
function history(f, n) {
	const rows = [];
	for (let i = 0; i < n; i++) {
		const at = new Date(Date.now() - 3600e3 - i * 60e3).toISOString();
		const end = new Date(Date.parse(at) + 1000 * (1 + i % 60)).toISOString();
		const status = i % 50 === 7 ? 'error' : i % 20 === 3 ? 'partial' : 'success';
		rows.push(`('${crypto.randomUUID()}','${i % 96 === 0 ? 'full' : 'incremental'}','${status}','${at}','${end}',${i % 300},0,0,${
			status === 'error' ? "'=cmd|the vendor, \"PP\", was away'" : 'NULL'},'{"trigger":"${i % 7 ? 'schedule' : 'manual'}"${status === 'error' ? ',"error_kind":"transient"' : ''}}','practicepanther')`);
	}
	f.change(`INSERT INTO sync_logs (id, sync_type, status, started_at, completed_at, records_processed, records_created,
		records_updated, error_message, details, connection) VALUES ${rows.join(',\n')};`);
}

test('a run is told with its parts, where its time went, its claim and its last lines', strict(async (s, f, it) => {
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 2 }, fault: '429', args: { seconds: 2 } }]);
	const { run, job } = await full(s);
	const one = (await s.get(`/api/runs/${run.toUpperCase()}`)).body;
	assert.strictEqual(one.id, run);
	assert.deepStrictEqual(one.parts.map((p) => p.table), ['users', 'pp_accounts', 'contacts', 'exchanges', 'tasks']);
	const contacts = one.parts[2];
	assert.strictEqual(contacts.status, 'partial');
	assert.ok(contacts.timing.waits.retry_after.ms >= 2000, JSON.stringify(contacts.timing));
	assert.strictEqual(contacts.page_times.pages.reduce((sum, p) => sum + p[5], 0), 220);
	assert.strictEqual(contacts.quarantined, contacts.records_failed);
	assert.ok(contacts.records_failed > 0 && contacts.pages >= 3 && contacts.bytes > 0);
	assert.strictEqual(one.parts[3].cursor.before, null);
	assert.ok(Date.parse(one.parts[3].cursor.after) > 0);
	assert.strictEqual(one.timing.waits.retry_after.count, 1);
	assert.strictEqual(one.quarantined, contacts.records_failed);
	assert.deepStrictEqual(one.attempts.map((a) => [a.run, a.job, a.attempt]), [[run, job, 1]]);
	assert.ok(one.attempts[0].fence > 0 && one.attempts[0].worker);
	assert.strictEqual(one.actor, 'token:test-admin');
	assert.ok(one.log.some((l) => /contacts: waits 2 s/.test(l.text)), JSON.stringify(one.log));
	assert.strictEqual(one.undo.possible, true);
	assert.ok(one.undo.rows > 0 && Date.parse(one.undo.until) > Date.now());
	// A list has nothing that is only looked at one run at a time.
	const { runs } = (await s.get('/api/runs?parts=true')).body;
	assert.ok(runs.length === 6 && runs.every((r) => r.details.timing && !('log' in r.details) && !('page_times' in r.details)));
	// Whoever may only look sees the same.
	assert.strictEqual((await s.get(`/api/runs/${run}`, { token: await s.token('viewer') })).status, 200);
	assert.strictEqual((await s.get('/api/runs/00000000-0000-4000-8000-000000000000')).status, 404);
}));

test('runs are filtered, sorted, paged by the last one seen, and exported', strict(async (s, f) => {
	history(f, 400);
	const list = async (query) => (await s.get(`/api/runs?${query}`)).body;
	assert.strictEqual((await list('limit=5')).total, 400);
	assert.strictEqual((await list('status=error')).total, 8);
	assert.strictEqual((await list('trigger=manual')).total, 58);
	const from = new Date(Date.now() - 3600e3 - 99.5 * 60e3).toISOString();
	assert.strictEqual((await list(`from=${from}`)).total, 100);
	assert.strictEqual((await list(`to=${from}&type=full`)).total, 3);
	const first = await list('limit=150');
	// What comes meanwhile does not shift the next page.
	history(f, 3);
	const second = await list(`limit=150&after=${first.next}`), third = await list(`limit=150&after=${second.next}`);
	const seen = new Set([...first.runs, ...second.runs, ...third.runs].map((r) => r.id));
	assert.deepStrictEqual([seen.size, third.next], [400, null]);
	const longest = (await list('sort=duration&limit=3')).runs.map((r) => (Date.parse(r.completed_at) - Date.parse(r.started_at)) / 1000);
	assert.deepStrictEqual(longest, [60, 60, 60]);
	assert.strictEqual((await list('sort=records&limit=1')).runs[0].records_processed, 299);
	assert.strictEqual((await s.get('/api/runs?after=00000000-0000-4000-8000-000000000000')).status, 404);
	assert.strictEqual((await s.get('/api/runs?sort=colour')).status, 400);

	const csv = await s.get('/api/runs/export?status=error');
	const rows = csv.text.trim().split('\r\n');
	assert.match(csv.headers.get('content-disposition'), /runs\.csv/);
	assert.strictEqual(rows.length, 9);
	assert.ok(rows.slice(1).every((r) => r.includes(`,"'=cmd|the vendor, ""PP"", was away"`)), rows[1]);
	const lines = (await s.get('/api/runs/export?format=ndjson')).text.trim().split('\n').map((l) => JSON.parse(l));
	assert.strictEqual(lines.length, 403);
	const piece = await s.get('/api/runs/export?format=ndjson&limit=100');
	const rest = await s.get(`/api/runs/export?format=ndjson&after=${piece.headers.get('x-next-after')}`);
	assert.strictEqual(rest.text.trim().split('\n').length, 303);
	assert.strictEqual(rest.headers.get('x-next-after'), null);
}));

test('a record leaves quarantine corrected, read again, all together, or dismissed', strict(async (s, f, it) => {
	const { run } = await full(s);
	const viewer = await s.token('viewer');
	const all = (await s.get(`/api/quarantine?run=${run}`)).body;
	const blind = (await s.get(`/api/quarantine?run=${run}`, { token: viewer })).body;
	assert.match(blind.items[0].id, /^[0-9a-f]{32}$/, 'no hash of the key that anybody can compute');
	assert.deepStrictEqual(blind.items.map((i) => [i.field, i.key]), all.items.map((i) => [i.field, null]));
	assert.ok(blind.items.every((i, n) => i.id && i.id !== all.items[n].id));
	assert.ok(all.total >= 4, `${all.total}`);
	assert.deepStrictEqual(all.groups, [{ connection: 'practicepanther', table: 'contacts', reason: 'required', count: all.total }]);
	const [a, b, c] = all.items;
	assert.deepStrictEqual([a.table, a.field, a.reason, a.tries], ['contacts', 'email', 'required', 1]);
	assert.strictEqual((await s.get(`/api/quarantine/${a.id}`, { token: viewer })).status, 403);
	assert.strictEqual((await s.get(`/api/quarantine?q=${a.key.slice(0, 8)}`)).body.items[0].key, a.key);
	assert.strictEqual((await s.get(`/api/quarantine?q=${a.key.slice(0, 8)}`, { token: viewer })).body.total, 0);
	assert.strictEqual((await s.get('/api/quarantine?q=EMAIL', { token: viewer })).body.total, all.total);
	assert.strictEqual((await s.get('/api/quarantine?reason=type')).body.total, 0);

	const shown = (await s.get(`/api/quarantine/${a.id}`)).body;
	assert.strictEqual(shown.record.id, a.key);
	assert.deepStrictEqual(shown.complaints, [{ field: 'email', pointer: '/email', reason: 'required', detail: 'no value where one is required' }]);
	assert.strictEqual(shown.can_read_again, true);

	// By a person, wrong and right.
	const wrong = await s.post(`/api/quarantine/${a.id}/retry`, { record: { ...shown.record, is_primary_contact: 'perhaps' } });
	assert.deepStrictEqual([wrong.status, wrong.body.code], [422, 'record_refused']);
	assert.deepStrictEqual(wrong.body.complaints.map((x) => x.pointer).sort(), ['/email', '/is_primary_contact']);
	const right = await s.post(`/api/quarantine/${a.id}/retry`, { text: shown.text.replace('"email": null', '"email": "someone@example.com"') });
	assert.strictEqual((await s.post(`/api/quarantine/${b.id}/retry`, { text: 'no JSON' })).status, 400);
	assert.deepStrictEqual(right.body, { outcome: 'created', source: 'given', key: a.key });
	assert.strictEqual(f.value(`SELECT email FROM contacts WHERE pp_contact_id = '${a.key}'`), 'someone@example.com');
	assert.strictEqual((await s.post(`/api/quarantine/${a.id}/retry`)).status, 404);

	// As the vendor has it: still refused, and counted.
	const again = await s.post(`/api/quarantine/${b.id}/retry`);
	assert.deepStrictEqual([again.status, again.body.source], [422, 'vendor']);
	assert.strictEqual((await s.get(`/api/quarantine/${b.id}`)).body.tries, 2);

	// All that match, as a job.
	const count = (await s.post('/api/quarantine/retry', { connection: 'practicepanther', table: 'contacts' })).body;
	assert.deepStrictEqual(count, { matched: all.total - 1, dry_run: true, job: null });
	const started = await s.post('/api/quarantine/retry', { connection: 'practicepanther', reason: 'required', dry_run: false });
	assert.strictEqual(started.status, 202, started.text);
	const job = await s.finished(started.body.job);
	assert.deepStrictEqual([job.output.tried, job.output.refused, job.output.created], [all.total - 1, all.total - 1, 0]);

	// The plan is mended: what was kept and what the vendor has come through.
	f.write('lockstep.yaml', PLAN);
	await s.restart();
	assert.deepStrictEqual((await s.get(`/api/quarantine/${b.id}`)).body.complaints, []);
	assert.strictEqual((await s.post(`/api/quarantine/${b.id}/retry`)).body.outcome, 'created');
	const dismissed = await s.call(`/api/quarantine/${c.id}?reason=not+ours`, { method: 'DELETE' });
	assert.strictEqual(dismissed.status, 204, dismissed.text);
	const long = '"'.repeat(2500);
	f.change(`INSERT INTO lockstep_quarantine (connection, stream, table_name, record_key, column_name, code, says, sealed, tries, first_at, last_at)
		VALUES ('practicepanther', 'contacts', 'contacts', '${long}', 'email', 'required', 'x', '', 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`);
	const long_id = Buffer.from(`practicepanther\ncontacts\n${long}`).toString('base64url');
	assert.strictEqual((await s.call(`/api/quarantine/${long_id}`, { method: 'DELETE' })).status, 204, 'however long its key is');
	const rest = await s.post('/api/quarantine/retry', { connection: 'practicepanther', dry_run: false });
	assert.strictEqual((await s.finished(rest.body.job)).output.created, all.total - 3);
	assert.strictEqual((await s.get('/api/quarantine')).body.total, 0);
	assert.strictEqual(f.value('SELECT count(*) AS n FROM contacts'), (await it.truth('contacts')).length - 1);

	const deeds = (await s.get('/api/audit?limit=100')).body.items;
	assert.deepStrictEqual(deeds.filter((e) => e.action === 'quarantine.dismiss').map((e) => e.details),
		[{ table: 'contacts', key: long, reason: null }, { table: 'contacts', key: c.key, reason: 'not ours' }]);
	assert.strictEqual(deeds.filter((e) => e.action === 'quarantine.retry').length, 2);
	assert.ok(!JSON.stringify(deeds).includes('someone@example.com'));
	const told = async (token) => (await s.get('/api/connections/practicepanther/timeline?limit=200', { token })).text;
	assert.ok((await told()).includes(c.key) && !(await told(viewer)).includes(c.key), 'whose it was is for administrators');
	f.change(`UPDATE sync_logs SET details = '{"table":"contacts","no_longer_seen_keys":["${c.key}"],"select":{"records":["${c.key}"]}}'
		WHERE parent_id = '${run}'`);
	const part = (await s.get(`/api/runs/${run}`)).body.parts[0];
	assert.deepStrictEqual([part.no_longer_seen_keys, part.select.records], [[c.key], [c.key]]);
	for (const path of [`/api/runs/${run}`, '/api/runs?parts=true', '/api/runs/export?format=ndjson&parts=true'])
		assert.ok(!(await s.get(path, { token: viewer })).text.includes(c.key), path);
}));

test('nothing is mended while a sync runs', strict(async (s, f, it) => {
	await full(s);
	const { items } = (await s.get('/api/quarantine')).body;
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'hold' }]);
	const started = await s.post('/api/sync/trigger', { syncType: 'contacts' });
	await until(async () => (await s.get('/api/sync/status')).body.data.running, 'a running sync');
	const refused = await s.post(`/api/quarantine/${items[0].id}/retry`, { record: {} });
	assert.deepStrictEqual([refused.status, refused.body.code], [409, 'sync_running']);
	await it.post('plan', []);
	await s.finished(started.body.job);
}));

test('the statistics tell durations, errors, the time before, and the checklist', strict(async (s, f) => {
	history(f, 300);
	await full(s);
	const { data } = (await s.get('/api/sync/statistics', { token: await s.token('viewer') })).body;
	assert.ok(data.durations.p50 > 20 && data.durations.p50 < data.durations.p95 && data.durations.p95 <= data.durations.longest);
	assert.ok(data.durations.byDay.length >= 1 && data.durations.byType.some((t) => t.syncType === 'full'));
	const kinds = Object.fromEntries(data.errors.map((x) => [x.kind, x.syncs]));
	assert.deepStrictEqual(kinds, { incomplete: 15, transient: 6, records: 1 });
	assert.strictEqual(data.previous.totalSyncs, 0);
	const list = Object.fromEntries(data.checklist.map((k) => [k.id, k]));
	assert.deepStrictEqual(Object.keys(list), ['success_rate', 'stuck', 'rate_limit', 'error_rate', 'token']);
	assert.deepStrictEqual([list.success_rate.ok, list.stuck.ok, list.rate_limit.ok, list.token.ok], [false, true, true, true]);
	assert.strictEqual(list.success_rate.threshold, '> 95 %');

	const { tables } = (await s.get('/api/sync/completeness')).body.data;
	const by = Object.fromEntries(tables.map((t) => [t.table, t]));
	assert.strictEqual(by.contacts.fromVendor + by.contacts.quarantined, by.contacts.atVendor);
	assert.strictEqual(by.contacts.atVendor, 220);
	const client = by.exchanges.links.find((l) => l.column === 'client_id');
	assert.strictEqual(client.linked, f.value('SELECT count(client_id) AS n FROM exchanges'));
	assert.strictEqual(client.linked + client.waiting + client.none, by.exchanges.fromVendor);
	assert.strictEqual(client.waiting, f.value("SELECT count(*) AS n FROM lockstep_missing_refs WHERE column_name = 'client_id'"));
}));
