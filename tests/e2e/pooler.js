// SPDX-License-Identifier: Apache-2.0
// pooler.js - serving and working behind PgBouncer in transaction mode, with `server.notify: off`.
//
// The pool is smaller than what connects to it and its connections live for a second only, so that
// nothing that a session would keep (a prepared statement, a setting, a lock) is there the next time.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawn, execFileSync } = require('node:child_process');
const { firm, needs, until, apiLog, STORE, PLAN } = require('./firm.js');
const { serving } = require('./service.js');
const { equalsTruth } = require('./oracle.js');

if (STORE !== 'postgres') throw new Error('a pooler is PostgreSQL\'s');
needs('psql', 'pgbouncer');

const SMALL = ['--contacts', 240, '--matters', 60, '--tasks', 40, '--users', 4, '--mode', 'keep_refresh_token'];
const PORT = 6543; // the name of a socket in a folder of our own
const SERVER_LIFE_S = 1;
const plan = (notify) => `server:\n  listen: 127.0.0.1:0\n  notify: ${notify}\n  workers: 4\n${PLAN.replace('page_size: 100', 'page_size: 20')}`;

// PgBouncer before the firm's database; `url` is what a plan would name.
class Pooler {
	async start(database) {
		const [, name, options] = database.match(/^postgresql:\/\/\/(\w+)\?(.*)$/);
		const server = new URLSearchParams(options);
		this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-pooler-'));
		fs.chmodSync(this.folder, 0o777);
		fs.writeFileSync(path.join(this.folder, 'ini'), `[databases]
${name} = host=${server.get('host')} user=${server.get('user')}
[pgbouncer]
unix_socket_dir = ${this.folder}
listen_port = ${PORT}
auth_type = any
pool_mode = transaction
default_pool_size = 3
server_lifetime = ${SERVER_LIFE_S}
logfile = ${path.join(this.folder, 'log')}
`);
		// It refuses to be root.
		const user = process.getuid() === 0 ? ['-u', 'postgres'] : [];
		this.child = spawn('pgbouncer', ['-q', ...user, path.join(this.folder, 'ini')], { stdio: ['ignore', 'ignore', 'pipe'] });
		let said = '';
		this.child.stderr.on('data', (data) => { said += data; });
		this.url = `postgresql:///${name}?host=${this.folder}&port=${PORT}&user=${server.get('user')}`;
		await until(() => {
			if (this.child.exitCode !== null) throw new Error(`pgbouncer ended: ${said}`);
			return fs.existsSync(path.join(this.folder, `.s.PGSQL.${PORT}`));
		}, 'pgbouncer');
	}

	async stop() {
		const ended = new Promise((resolve) => this.child.on('exit', resolve));
		if (this.child.exitCode === null && this.child.signalCode === null) {
			this.child.kill('SIGKILL');
			await ended;
		}
		fs.rmSync(this.folder, { recursive: true, force: true });
	}
}

const pooled = (work, notify = 'off') => firm(SMALL, async (f, it) => {
	const pooler = new Pooler();
	await pooler.start(f.database);
	f.env.LOCKSTEP_DATABASE = pooler.url; // f.rows() and f.change() go directly
	try {
		await work(f, it);
	} finally {
		await pooler.stop();
	}
}, { plan: plan(notify) });

const advisory = (f) => Number(f.value(`SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND
	database = (SELECT oid FROM pg_database WHERE datname = current_database())`));
const beats = (f) => f.rows('SELECT id, beat_ms FROM lockstep_sessions ORDER BY id');
const finished = (f, task) => Number(f.value(`SELECT count(*) AS n FROM lockstep_job_history WHERE task = '${task}' AND outcome = 0`));

function due(f, name) {
	const ms = Date.now() - 1;
	f.change(`UPDATE lockstep_schedules SET anchor_ms = ${ms}, next_ms = ${ms}, due_ms = ${ms} WHERE name = '${name}'`);
}

async function working(f, work) {
	const child = f.begin(['work', '--workers', '2', '--no-scheduler']);
	try {
		await until(() => child.so_far.out.includes('works with 2 workers'), 'the other process');
		await work(child);
	} finally {
		if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
		await child.ended;
	}
}

test('a schedule starts a sync, jobs that anybody adds are done, and what there is to ask is answered', pooled(async (f, it) => {
	await serving(f, (s) => working(f, async () => {
		due(f, 'practicepanther:incremental');
		s.child.kill('SIGHUP');
		await until(async () => (await s.get('/api/runs')).body.runs.some((run) => run.status === 'success'), 'a whole run');
		await equalsTruth(f, it);
		f.change("SELECT count(*) FROM (SELECT job_queue_enqueue('cleanup', '{}'::jsonb, now(), 100) FROM generate_series(1, 300)) AS all_of_them");
		await until(() => finished(f, 'cleanup') === 300, 'the jobs');
		assert.strictEqual((await s.get('/readyz', { token: null })).status, 200);
	}));
	assert.doesNotMatch(f.said, /prepared statement|cannot be reached|session \d+ is over|dead workers/);
}));

test('who works is taken for alive as long as he works, and leaves no lock behind', pooled(async (f) => {
	await serving(f, (s) => working(f, async () => {
		const first = await until(() => beats(f).length === 2 && beats(f), 'two sessions');
		const ids = first.map((row) => row.id);
		await until(() => beats(f).every((row, i) => row.beat_ms > first[i].beat_ms + 6000), 'both to live on');
		assert.deepStrictEqual(beats(f).map((row) => row.id), ids);
		assert.strictEqual(advisory(f), 0);
	}));
	assert.doesNotMatch(f.said, /session \d+ is over|dead workers/);
}));

test('a worker that is killed is replaced by another', pooled(async (f, it) => {
	await it.post('plan', { rules: [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'delay', args: { delay_ms: 250 } }] });
	await serving(f, (s) => working(f, async (other) => {
		assert.strictEqual((await s.post('/api/connections/practicepanther/sync', {})).status, 202);
		await until(async () => (await apiLog(it, 'contacts')).length > 2, 'a run under way');
		other.kill('SIGKILL');
		await it.post('plan', { rules: [] });
		await until(async () => (await s.get('/api/runs')).body.runs.some((run) => run.status === 'success'), 'a whole run');
		await equalsTruth(f, it);
	}), { args: ['--workers', '1'] });
}));

// From 1.21 on PgBouncer carries prepared statements from one connection to the next.
const [major, minor] = execFileSync('pgbouncer', ['--version'], { encoding: 'utf8' }).match(/(\d+)\.(\d+)/).slice(1).map(Number);
const carries = major > 1 || minor >= 21 ? 'this PgBouncer keeps prepared statements' : false;

// Some statement comes to the wrong connection first: a later one, or one without which it cannot begin.
test('without `notify: off` it says what is wrong', { skip: carries }, pooled(async (f) => {
	const reason = 'the plan has to say `server.notify: off`';
	try {
		await serving(f, () => until(() => f.said.includes(reason), 'the reason'));
	} catch (error) {
		assert.ok(f.said.includes(reason), error.message);
	}
}, 'on'));
