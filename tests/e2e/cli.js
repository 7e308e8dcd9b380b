// SPDX-License-Identifier: Apache-2.0
// cli.js - the commands as a person or a script meets them: words, exit codes, JSON.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { Firm, firm, needs, run, until, apiLog, LOCKSTEP, PLAN, SECRET, CONNECTORS } = require('./firm.js');
const { equalsTruth } = require('./oracle.js');

needs('sqlite3');

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
const SLOW = [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'delay', args: { delay_ms: 2500 } }];
const HELD = [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'hold' }];

// A folder without any vendor.
function alone(work, env = {}, plan = PLAN) {
	return async () => {
		const f = new Firm(null, { PP_BASE_URL: 'http://127.0.0.1:1/api/v2', PP_TOKEN_URL: 'http://127.0.0.1:1/t', ...env }, plan);
		try {
			await work(f);
		} finally {
			f.remove();
		}
	};
}

async function says(f, args, code, words, where = 'err') {
	const done = await f.lockstep(...args);
	assert.strictEqual(done.code, code, `${args.join(' ')}: ${done.err}${done.out}`);
	assert.match(done[where], words);
	return done;
}

test('every command explains itself, with examples', alone(async (f) => {
	const { out } = await f.lockstep('help');
	const names = out.split('Commands:\n')[1].split('\n\n')[0].split('\n').map((l) => l.trim().split(' ')[0]).filter(Boolean);
	assert.ok(names.length >= 13);
	for (const name of names) {
		const help = await says(f, [name, '--help'], 0, /^Examples:\n  \S/m, 'out');
		assert.match(help.out, new RegExp(`^lockstep ${name} - .*\\n\\nUsage: lockstep ${name}`));
		assert.strictEqual((await f.lockstep('help', name)).out, help.out);
		assert.strictEqual(help.err, '');
	}
	await says(f, ['help', 'exit-codes'], 0, /^ +130 .*\n/m, 'out');
	await says(f, [], 2, /Usage/, 'out');
	await says(f, ['--version'], 0, /^lockstep \d+\.\d+/, 'out');
}));

test('a slip of the finger is understood', alone(async (f) => {
	await says(f, ['synk'], 2, /no command 'synk'; did you mean 'sync'\?/);
	await says(f, ['sync', '--ful'], 2, /no option '--ful'; did you mean '--full'\?/);
	await says(f, ['sync', 'nobody'], 3, /no connection 'nobody'; it has: practicepanther/);
	await says(f, ['runs', '--limit', 'x'], 2, /--limit/);
	await says(f, ['runs', '--limit'], 2, /needs a value/);
	await says(f, ['sync', 'practicepanther', 'cats'], 3, /no table or stream 'cats'; it has: users/);
	await says(f, ['init', 'practicepanhter'], 3, /practicepanther/);
}));

test('init writes a plan once', alone(async (f) => {
	const before = fs.readFileSync(f.path('lockstep.yaml'));
	await says(f, ['init', 'practicepanther'], 2, /there already/);
	assert.deepStrictEqual(fs.readFileSync(f.path('lockstep.yaml')), before);
	await says(f, ['init', 'practicepanther', '--plan', 'other.yaml'], 0, /other\.yaml/, 'out');
	assert.deepStrictEqual(fs.readFileSync(f.path('other.yaml')), fs.readFileSync(`${CONNECTORS}/practicepanther.plan.yaml`));
}, {}, 'mine: true\n'));

test('check names what is wrong with the plan, and where', async () => {
	const line = PLAN.split('\n').findIndex((text) => text.includes('page_size: 100')) + 1;
	await alone((f) => says(f, ['check'], 2,
		new RegExp(`lockstep\\.yaml:${line}:5: .*page_sise.*did you mean 'page_size'`)), {},
	PLAN.replace('page_size: 100', 'page_sise: 100'))();
	await alone((f) => says(f, ['check'], 2, /lockstep\.yaml:\d+:\d+: /), {}, 'database: [\n')();
	await alone((f) => says(f, ['check'], 2, /PP_CLIENT_ID is not set/), { PP_CLIENT_ID: undefined })();
	await alone((f) => says(f, ['check', '--plan', 'none.yaml'], 3, /no plan none\.yaml; .*lockstep init/))();
});

test('check names what is wrong with the database', alone(async (f) => {
	const done = await says(f, ['check'], 75, /database: cannot connect to PostgreSQL/);
	assert.ok(!(done.out + done.err).includes('hidden-password'));
}, { LOCKSTEP_DATABASE: 'postgresql://u:hidden-password@127.0.0.1:1/x' }));

test('check names what is wrong with the credentials', firm(SMALL, async (f) => {
	const done = await says(f, ['check'], 5, /invalid_client/);
	assert.match(done.out, /FAILED/);
	assert.ok(!(done.out + done.err).includes('a-wrong-secret'));
}, { env: { PP_CLIENT_SECRET: 'a-wrong-secret' } }));

test('check says that all is well', firm(SMALL, async (f) => {
	const done = await says(f, ['check'], 0, /stream 'users' answers with \d+ records/, 'out');
	assert.ok(!done.out.includes('FAILED'));
	const list = JSON.parse((await f.lockstep('check', '--json')).out);
	assert.ok(list.length >= 3 && list.every((c) => c.ok === true && c.check && c.says));
	assert.strictEqual(f.rows('SELECT count(*) AS n FROM sync_logs')[0].n, 0);
}));

test('manifests in a folder are judged', alone(async (f) => {
	await says(f, ['connectors', 'check', CONNECTORS], 0, /^loads /m, 'out');
	f.write('bad/one.yaml', 'version: 1\ntype: DeclarativeSource\nstreems: []\n');
	await says(f, ['connectors', 'check', f.path('bad')], 2, /REFUSED.*\n.*one\.yaml:\d+:\d+: /, 'out');
	await says(f, ['connectors', 'check', f.path('nowhere')], 3, /nowhere/);
	await says(f, ['connectors', 'list'], 0, /practicepanther/, 'out');
}));

test('runs and status answer in words and in JSON', firm(SMALL, async (f) => {
	await f.sync();
	const { runs, total } = JSON.parse((await f.lockstep('runs', '--json')).out);
	assert.deepStrictEqual([runs.length, total, runs[0].status, runs[0].sync_type], [1, 1, 'success', 'incremental']);
	const parts = JSON.parse((await f.lockstep('runs', '--json', '--parts')).out).runs;
	assert.deepStrictEqual(parts.map((r) => r.sync_type).sort(),
		['accounts', 'contacts', 'incremental', 'matters', 'tasks', 'users']);
	assert.ok(parts.every((r) => r.started_at && r.completed_at && r.parent_id !== r.id));
	const [status] = JSON.parse((await f.lockstep('status', '--json')).out);
	assert.deepStrictEqual(status.tables.map((t) => t.rows).slice(2), [220, 20, 10]);
	assert.deepStrictEqual(JSON.parse((await f.lockstep('quarantine', '--json')).out), []);
	await says(f, ['status'], 0, /last run +success/, 'out');
	await says(f, ['runs'], 0, /incremental/, 'out');
}));

test('migrate --dry-run prints statements and makes nothing', firm(SMALL, async (f, it) => {
	f.change('CREATE TABLE contacts (id text PRIMARY KEY DEFAULT ' +
		"(lower(hex(randomblob(4)) || '-0000-4000-8000-' || hex(randomblob(6)))), ours text)");
	const before = f.rows('SELECT * FROM sqlite_master');
	const done = await says(f, ['migrate', '--dry-run'], 0, /CREATE TABLE .*exchanges/, 'out');
	assert.match(done.out, /ALTER TABLE .*contacts.* ADD /);
	assert.deepStrictEqual(f.rows('SELECT * FROM sqlite_master'), before);
	await says(f, ['sync', '--dry-run'], 2, /lockstep migrate/);
	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	assert.doesNotMatch((await f.lockstep('migrate', '--dry-run')).out, /CREATE|ALTER/);
	const synced = await f.sync();
	assert.strictEqual(synced.code, 0, synced.err + JSON.stringify(synced.result));
	assert.strictEqual((await it.truth('contacts')).length, f.value('SELECT count(*) FROM contacts'));
}));

test('one run at a time', firm(SMALL, async (f, it) => {
	await f.lockstep('migrate');
	await it.post('plan', HELD);
	const first = f.begin(['sync', '-q']);
	await until(async () => (await apiLog(it, 'contacts')).length > 0, 'the run to be under way');
	const second = await f.sync();
	assert.strictEqual(second.code, 4, second.err);
	assert.match(second.err, new RegExp(`${first.pid}`));
	await it.post('plan', []);
	assert.strictEqual((await first.ended).code, 0);
	assert.strictEqual((await f.sync()).code, 0);
	await equalsTruth(f, it);
}));

for (const signal of ['SIGINT', 'SIGTERM'])
	test(`${signal} stops a run, and the next goes on`, firm(SMALL, async (f, it) => {
		await it.post('plan', SLOW.map((rule) => ({ ...rule, match: { ...rule.match, query: 'skip=100' } })));
		const child = f.begin(['sync', '-q']);
		await until(async () => (await apiLog(it, 'contacts')).length > 1, 'the second page to be asked for');
		child.kill(signal);
		assert.strictEqual((await child.ended).code, 130);
		assert.strictEqual(JSON.parse((await f.lockstep('runs', '--json')).out).runs[0].status, 'stopped');
		await it.post('plan', []);
		await it.post('reset-log');
		const done = await f.sync();
		assert.strictEqual(done.code, 0, done.err);
		assert.match((await apiLog(it, 'contacts'))[0].query, /skip=100/);
		await equalsTruth(f, it);
	}));

test('sync --json is one document, sync --quiet none', firm(SMALL, async (f) => {
	const done = await f.lockstep('sync', '--json');
	const result = JSON.parse(done.out);
	assert.deepStrictEqual([result.status, result.tables.length], ['success', 5]);
	assert.strictEqual((await f.lockstep('sync', '-q')).out, '');
	const broken = await f.lockstep('sync', 'nobody', '--json');
	assert.ok(JSON.parse(broken.out).error);
	assert.ok(!f.said.includes(SECRET));
}));

test('templates can be tried', alone(async (f) => {
	await says(f, ['expr', '{{ record.a or record.b }}', '--record', '{"b": "1e3"}'], 0, /^"1e3"\n$/, 'out');
	await says(f, ['expr', '{{ record.n }}', '--record', '{"n": 9007199254740993.10}'], 0, /^9007199254740993\.10\n$/, 'out');
	await says(f, ['expr', '{{ nope( }}'], 2, /nope/);
	await says(f, ['expr', '--list'], 0, /selectattr/, 'out');
}));

test('jobs are added, seen and changed', alone(async (f) => {
	const jobs = async (...args) => JSON.parse((await says(f, ['jobs', ...args, '--json'], 0, /./, 'out')).out);

	await says(f, ['migrate'], 0, /CREATE TABLE IF NOT EXISTS lockstep_jobs/, 'out');
	await says(f, ['migrate'], 0, /^-- 0 statements/, 'out');
	await says(f, ['jobs'], 0, /^No jobs/, 'out');
	await says(f, ['jobs', 'add', 'sync', '--args', '{"n":1}'], 0, /^job 1 was added/, 'out');
	await says(f, ['jobs', 'add', 'sync', '--args', '[1]'], 2, /a JSON object/);
	await says(f, ['jobs', 'add', 'sync', '--at', 'soon'], 2, /--at is a time/);
	assert.strictEqual((await jobs('add', 'later', '--at', '2999-01-01T00:00:00Z', '--priority', '7')).state, 'later');
	assert.deepStrictEqual((await jobs()).jobs.map((j) => [j.id, j.task, j.status]),
		[[2, 'later', 'pending'], [1, 'sync', 'pending']]);
	assert.deepStrictEqual((await jobs('show', '1')).args, { n: 1 });
	await says(f, ['jobs', 'show', '9'], 3, /there is no job 9/);
	await says(f, ['jobs', 'cancel', '9', '2', '--reason', 'not now'], 3, /there is no job 9/);
	assert.strictEqual((await jobs('--status', 'cancelled')).jobs[0].error, 'not now');
	await says(f, ['jobs', 'retry', '00000000-0000-0000-0000-000000000002'], 0, /^job 2: due at once/, 'out');
	assert.strictEqual((await jobs('--status', 'ready')).total, 2);
	await says(f, ['jobs', 'snooze', '1', '--until', '2999-01-01T00:00:00Z'], 0, /^job 1: waits until 2999-01-01 00:00/, 'out');
	assert.deepStrictEqual((({ state, run_at }) => [state, run_at])(await jobs('show', '1')), ['later', '2999-01-01T00:00:00Z']);
	await says(f, ['jobs', 'snooze', '1', '2', '9', '--for', '2h'], 3, /there is no job 9/);
	const wait_h = (Date.parse((await jobs('show', '2')).run_at) - Date.now()) / 3600e3;
	assert.ok(wait_h > 1.9 && wait_h <= 2, `${wait_h} h`);
	assert.strictEqual((await jobs('--status', 'later')).total, 2);
	await says(f, ['jobs', 'snooze', '1'], 2, /until when/);
	await says(f, ['jobs', 'snooze', '1', '--for', 'P1M'], 2, /length of time/);
	await says(f, ['jobs', 'snooze', '1', '--for', '1h', '--until', '2999-01-01T00:00:00Z'], 2, /until when/);
	assert.deepStrictEqual(JSON.parse((await f.lockstep('audit', '--action', 'job.snooze', '--json')).out).map((e) => e.target),
		['job:2', 'job:1', 'job:1']);
	await says(f, ['jobs', 'retry', '1'], 0, /due at once/, 'out');
	await says(f, ['jobs', 'redrive', '--all-failed', '--dry-run'], 0, /^0 jobs would be redriven/, 'out');
	await says(f, ['jobs', 'delete', '2'], 0, /^job 2: deleted/, 'out');
	await says(f, ['jobs', 'pause', 'task:sync', '--reason', 'it is down'], 0, /task:sync is paused/, 'out');
	const state = await jobs('counts');
	assert.deepStrictEqual(state.counts, [{ task: 'sync', status: 'pending', count: 1 }]);
	assert.strictEqual(state.pauses[0].reason, 'it is down');
	await says(f, ['jobs', 'resume', 'task:sync'], 0, /goes on/, 'out');
	await says(f, ['jobs', 'resume', 'sync'], 2, /a pause is of/);
	await says(f, ['jobs', 'list', '--status', 'odd'], 2, /not 'odd'/);
	await says(f, ['jobs', 'dance'], 2, /has no 'dance'/);
}));

test('what a person decides at the command line is in the audit log', alone(async (f) => {
	const audit = async () => JSON.parse((await f.lockstep('audit', '--json', '--limit', '100')).out).reverse();
	const contents = 'private-key-of-a-person';

	assert.strictEqual((await f.lockstep('migrate')).code, 0);
	f.change("INSERT INTO lockstep_outbox (connection, watch, table_name, record_key, op, state) VALUES " +
		[1, 2, 3].map((i) => `('practicepanther', 'w', 't', '${contents}', 'update', '${i < 3 ? 'failed' : 'unknown'}')`).join());
	f.change('INSERT INTO lockstep_holds (connection, table_name, check_name, seen, expected, run_id, since, released_by, pass_once) ' +
		"VALUES ('practicepanther', 'contacts', 'failed_max', '9', '1', '', '2026-01-01T00:00:00Z', '', 0)");
	f.change('INSERT INTO lockstep_conflicts (connection, table_name, record_key, column_name, sealed, since) ' +
		`VALUES ('practicepanther', 'contacts', '${contents}', 'phone', '', '2026-01-01T00:00:00Z')`);

	await says(f, ['outbox', 'retry', '1'], 0, /1 is pending/, 'out');
	await says(f, ['outbox', 'cancel', '2'], 0, /2 is cancelled/, 'out');
	await says(f, ['outbox', 'resolve', '3', 'happened'], 0, /3 is done/, 'out');
	await says(f, ['outbox', 'retry', '2'], 4, /cannot be retried/);
	await says(f, ['hold', 'release', 'practicepanther', '--once'], 0, /1 released/, 'out');
	await says(f, ['hold', 'release', 'practicepanther'], 3, /nothing is held/);
	await says(f, ['conflicts', 'practicepanther', 'contacts', contents, 'phone', '--take', 'local'], 0, /Decided/, 'out');
	const job = (await says(f, ['jobs', 'add', 'sync'], 0, /was added/, 'out')).out.match(/\d+/)[0];
	await says(f, ['jobs', 'cancel', job, '999'], 3, /no job 999/);
	await says(f, ['jobs', 'pause', 'task:sync'], 0, /is paused/, 'out');
	await says(f, ['schedules', 'create', 'mine', '--every', '1h', '--task', 'cleanup'], 0, /mine/, 'out');
	await says(f, ['schedules', 'create', 'mine', '--every', '1h', '--task', 'cleanup'], 4, /already exists/);
	await says(f, ['schedules', 'delete', 'mine'], 0, /Deleted/, 'out');

	const said = await audit();
	assert.deepStrictEqual(said.map((e) => [e.action, e.target]), [
		['outbox.retry', 'outbox:1'], ['outbox.cancel', 'outbox:2'], ['outbox.resolve', 'outbox:3'],
		['hold.release', 'connection:practicepanther'], ['conflict.decide', 'connection:practicepanther'],
		['job.add', `job:${job}`], ['job.cancel', `job:${job}`], ['queue.pause', 'task:sync'],
		['schedule.create', 'schedule:mine'], ['schedule.delete', 'schedule:mine']]);
	for (const entry of said) assert.match(entry.actor, /^cli:\S+$/);
	assert.deepStrictEqual([said[2].details.from, said[2].details.to], ['unknown', 'done']);
	assert.deepStrictEqual(said[4].details, { table: 'contacts', column: 'phone', take: 'local' });
	assert.ok(!JSON.stringify(said).includes(contents), 'a key of a record is in the log');
	await says(f, ['audit', 'verify'], 0, /is whole/, 'out');
}));

test('so are a new access at the vendor and cursors that were forgotten', firm(SMALL, async (f) => {
	const child = f.begin(['connect', '--token-stdin']);
	child.stdin.end('sandbox-refresh-0\n');
	assert.strictEqual((await child.ended).code, 0);
	assert.strictEqual((await f.sync('--reset-cursor')).code, 0);
	assert.strictEqual((await f.sync()).code, 0);
	assert.deepStrictEqual(JSON.parse((await f.lockstep('audit', '--json')).out).map((e) => [e.action, e.target]),
		[['cursor.reset', 'connection:practicepanther'], ['token.connected', 'connection:practicepanther']]);
}));

test('status tells of a table that is held, and what to do', firm(SMALL, async (f, it) => {
	const held = async () => JSON.parse((await f.lockstep('status', '--json')).out)[0].held;
	assert.strictEqual((await f.sync()).code, 0);
	assert.deepStrictEqual(await held(), []);
	await it.post('mutate', { collection: 'contacts', count: 120 });
	assert.strictEqual((await f.sync('--full')).code, 6);
	const hold = (await held()).find((h) => h.table === 'contacts');
	assert.strictEqual(hold.check, 'changed_max');
	const { out } = await says(f, ['status'], 0, /held +contacts since .* by changed_max: .*, expected/, 'out');
	const [, next] = out.match(/`(lockstep hold release \S+ contacts)`/);
	assert.ok(hold.next.includes(next));
	assert.strictEqual((await f.lockstep(...next.split(' ').slice(1), '--once')).code, 0);
	assert.ok(!(await held()).some((h) => h.table === 'contacts'));
	assert.doesNotMatch((await f.lockstep('status')).out, /held +contacts/);
}, { plan: PLAN.replace('    network:\n', '    checks: { changed_max: 10% }\n    network:\n') }));

test('an undo at the command line is in the audit log, a dry one is not', firm(SMALL, async (f) => {
	assert.strictEqual((await f.sync('--full')).code, 0);
	const { runs } = JSON.parse((await f.lockstep('runs', '--json')).out);
	const audit = async () => JSON.parse((await f.lockstep('audit', '--json')).out);
	assert.strictEqual((await f.lockstep('undo', runs[0].id, '--dry-run')).code, 0);
	assert.deepStrictEqual(await audit(), []);
	assert.strictEqual((await f.lockstep('undo', runs[0].id, '--yes', '--table', 'contacts')).code, 0);
	assert.deepStrictEqual((await audit()).map((e) => [e.action, e.target, e.details]),
		[['run.undo', `run:${runs[0].id}`, { table: 'contacts', force: false, delete_created: false }]]);
}));

test('shells can complete', alone(async (f) => {
	const { out } = await f.lockstep('completion', 'bash');
	f.write('completion', out);
	assert.strictEqual((await run('bash', ['-n', f.path('completion')])).code, 0);
	const tried = await run('bash', ['-c', `. ${f.path('completion')}; PATH=${LOCKSTEP.replace(/\/[^/]*$/, '')}:$PATH; ` +
		'COMP_WORDS=(lockstep sy); COMP_CWORD=1; _lockstep; echo "${COMPREPLY[*]}"']);
	assert.match(tried.out, /^sync\b/, tried.err);
	for (const shell of ['zsh', 'fish']) await says(f, ['completion', shell], 0, /sync/, 'out');
	assert.ok(JSON.parse((await f.lockstep('schema')).out).$defs);
}));
