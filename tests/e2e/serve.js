// SPDX-License-Identifier: Apache-2.0
// serve.js - the service as a whole: it runs by itself, ends well, survives its end, and says how it is.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const http = require('node:http');
const { spawn } = require('node:child_process');
const { firm, needs, until, apiLog, STORE, PLAN } = require('./firm.js');
const { equalsTruth } = require('./oracle.js');
const { lanes } = require('./lanes.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql', 'python3');
// For what waits most of its time.
const beside = lanes(2);

const SMALL = ['--contacts', 240, '--matters', 60, '--tasks', 40, '--users', 4, '--mode', 'keep_refresh_token'];
const SLOW = { rules: [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'delay', args: { delay_ms: 250 } }] };
// Whoever is killed then is in the middle of it, however late the kill comes.
const THIRD_HELD = { rules: [{ match: { path_prefix: '/api/v2/contacts', nth: 3 }, fault: 'hold' }] };
const SERVER = 'server:\n  listen: 127.0.0.1:0\n';
const withServer = (more = '') => `${SERVER}${more}\n${PLAN.replace('page_size: 100', 'page_size: 20')}`;
const RUNS = "SELECT id, status, CAST(details AS text) AS details FROM sync_logs WHERE parent_id IS NULL ORDER BY started_at";

// A service under way; `url` is where it answers.
async function serve(f, { args = [], env = {} } = {}) {
	Object.assign(f.env, env);
	const child = f.begin(['serve', ...args]);
	const line = await Promise.race([
		until(() => child.so_far.out.match(/^lockstep \S+ serves (\S+) with \d+ workers\n/m), 'the service to be ready'),
		child.ended.then((done) => { throw new Error(`it ended with ${done.code}: ${done.err}`); }),
	]);
	child.url = line[1];
	return child;
}

async function end(child, signal = 'SIGTERM') {
	child.kill(signal);
	return child.ended;
}

async function get(child, where) {
	const answer = await fetch(child.url + where);
	return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
}

// Makes a schedule due at once, as if its time had come; SIGHUP has the scheduler look.
function due(f, child, name) {
	const ms = Date.now() - 1;
	f.change(`UPDATE lockstep_schedules SET anchor_ms = ${ms}, next_ms = ${ms}, due_ms = ${ms} WHERE name = '${name}'`);
	child.kill('SIGHUP');
}

const runs = (f) => f.rows(RUNS).map((row) => ({ ...row, details: JSON.parse(row.details) }));
const whole = (f) => until(() => runs(f).some((run) => run.status === 'success'), 'a whole run');
const contactsRead = (it) => until(async () => (await apiLog(it, 'contacts')).length > 2, 'a run under way');
// What is not finished; state 1 is running.
const unfinished = (f, ...tasks) => f.rows(`SELECT id, task, state FROM lockstep_jobs WHERE task IN ('${tasks.join("', '")}')`);

test('it is alive, ready and measured', firm(SMALL, async (f) => {
	const child = await serve(f);
	try {
		assert.strictEqual((await get(child, '/livez')).status, 200);
		await until(async () => (await get(child, '/readyz')).status === 200, 'readiness');
		const metrics = await get(child, '/metrics');
		assert.strictEqual(metrics.status, 200);
		assert.match(metrics.text, /^lockstep_workers\{state="idle"\} \d+$/m);
		assert.match(metrics.text, /# EOF\n$/);
	} finally {
		const done = await end(child);
		assert.strictEqual(done.code, 0, done.err);
	}
}, { plan: withServer() }));

test('a schedule starts a sync by itself', firm(SMALL, async (f, it) => {
	const child = await serve(f);
	try {
		due(f, child, 'practicepanther:incremental');
		await whole(f);
		assert.strictEqual(runs(f)[0].details.trigger, 'schedule');
		await equalsTruth(f, it);
		assert.deepStrictEqual(f.rows("SELECT name FROM lockstep_schedules ORDER BY name").map((row) => row.name),
			['cleanup', 'practicepanther:full', 'practicepanther:incremental', 'watch']);
	} finally {
		await end(child);
	}
}, { plan: withServer() }));

test('SIGTERM releases the sync that runs, and the next start finishes it', firm(SMALL, async (f, it) => {
	await it.post('plan', SLOW);
	const first = await serve(f);
	due(f, first, 'practicepanther:incremental');
	await contactsRead(it);
	const done = await end(first);
	assert.strictEqual(done.code, 0, done.err);
	assert.deepStrictEqual(unfinished(f, 'sync').map((row) => row.state === 1), [false]);
	assert.strictEqual(runs(f).filter((run) => run.status === 'running').length, 0);
	await it.post('plan', { rules: [] });
	const second = await serve(f);
	try {
		await whole(f);
		await equalsTruth(f, it);
		await until(() => unfinished(f, 'sync').length === 0, 'the job to be done');
	} finally {
		await end(second);
	}
}, { plan: withServer() }));

test('a sync of a process that was killed goes on with the next start', firm(SMALL, async (f, it) => {
	await it.post('plan', THIRD_HELD);
	const first = await serve(f);
	due(f, first, 'practicepanther:incremental');
	await contactsRead(it);
	const done = await end(first, 'SIGKILL');
	assert.strictEqual(done.signal, 'SIGKILL');
	assert.strictEqual(unfinished(f, 'sync').length, 1, 'it was in the middle of it');
	await it.post('plan', { rules: [] });
	const second = await serve(f);
	try {
		await whole(f);
		await equalsTruth(f, it);
		await until(() => unfinished(f, 'sync').length === 0, 'the job to be done');
	} finally {
		await end(second);
	}
}, { plan: withServer() }));

test('SIGHUP takes a good plan over and refuses a bad one', firm(SMALL, async (f) => {
	const child = await serve(f);
	const heard = (what) => until(() => child.so_far.err.match(what), () => `${what} in ${child.so_far.err}`);
	try {
		f.write('lockstep.yaml', withServer().replace('every: 15m', 'every: quarterly'));
		child.kill('SIGHUP');
		await heard(/'quarterly' is not a length of time/);
		await heard(/the plan stays as it was/);
		assert.strictEqual((await get(child, '/readyz')).status, 200);
		f.write('lockstep.yaml', withServer('  workers: 3').replace('every: 15m', 'every: 20m'));
		child.kill('SIGHUP');
		await heard(/server\.workers has changed: that takes a restart/);
		await heard(/the new plan is in force/);
		assert.strictEqual(f.value("SELECT every FROM lockstep_schedules WHERE name = 'practicepanther:incremental'"), '20m');
	} finally {
		const done = await end(child);
		assert.strictEqual(done.code, 0, done.err);
	}
}, { plan: withServer() }));

// What a service manager hears, as text; Node has no datagram sockets of this kind.
async function listener(f) {
	const file = f.path('notify.socket');
	const child = spawn('python3', ['-u', '-c', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("listening")
while True:
    print(s.recv(4096).decode(), end="")
`, file]);
	let said = '';
	child.stdout.on('data', (data) => { said += data; });
	await until(() => said.includes('listening'), 'the listener');
	return { file, said: () => said, stop: () => child.kill('SIGKILL') };
}

test('a service manager hears how it is', firm(SMALL, async (f) => {
	const ear = await listener(f);
	try {
		const child = await serve(f, { env: { NOTIFY_SOCKET: ear.file, WATCHDOG_USEC: '2000000' } });
		await until(() => ear.said().includes('READY=1\nSTATUS='), 'READY=1');
		await until(() => ear.said().split('WATCHDOG=1').length > 2, 'the watchdog to be fed twice');
		child.kill('SIGHUP');
		await until(() => /RELOADING=1\nMONOTONIC_USEC=\d+\n[^]*READY=1/.test(ear.said()), 'RELOADING=1');
		await end(child);
		await until(() => /STOPPING=1\n[^]*EXTEND_TIMEOUT_USEC=\d+\n/.test(ear.said()), 'STOPPING=1');
	} finally {
		ear.stop();
	}
}, { plan: withServer() }));

// Keeps what is posted to it; the first call is told to come again, or none is answered at all.
async function receiver(silent = false) {
	const calls = [];
	const server = http.createServer((request, response) => {
		let body = '';
		request.on('data', (data) => { body += data; });
		request.on('end', () => {
			calls.push({ url: request.url, headers: request.headers, body });
			if (silent) return;
			const busy = calls.length === 1;
			response.writeHead(busy ? 503 : 200, busy ? { 'retry-after': '1' } : {}).end();
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { calls, port: server.address().port, stop: () => server.close() && server.closeAllConnections() };
}

beside('what is wrong is told once, signed, and to Sentry too', firm(SMALL, async (f) => {
	const there = await receiver();
	f.write('lockstep.yaml', withServer(`  alerts:
    webhook: http://127.0.0.1:${there.port}/hook
    webhook_secret: a-secret-of-the-receiver
    sentry_dsn: http://abc@127.0.0.1:${there.port}/42`));
	const child = await serve(f);
	try {
		for (let i = 0; i < 6; i++)
			f.change(`INSERT INTO sync_logs (id, sync_type, status, started_at, connection, error_message)
				VALUES ('${crypto.randomUUID()}', 'full', 'error', '${new Date().toISOString()}', 'practicepanther', 'secret-of-a-person')`);
		due(f, child, 'watch');
		const hook = await until(() => there.calls.filter((call) => call.url === '/hook').pop(), 'the webhook');
		const sentry = await until(() => there.calls.find((call) => call.url === '/api/42/envelope/'), 'Sentry');
		const said = JSON.parse(hook.body);
		assert.strictEqual(said.alert, 'success_rate');
		assert.strictEqual(said.subject, 'connection:practicepanther');
		assert.strictEqual(said.state, 'raised');
		assert.strictEqual(hook.headers['x-lockstep-signature'], 'sha256=' + crypto.createHmac('sha256', 'a-secret-of-the-receiver')
			.update(`${hook.headers['x-lockstep-timestamp']}.${hook.body}`).digest('hex'));
		assert.match(sentry.headers['x-sentry-auth'], /sentry_key=abc$/);
		assert.strictEqual(JSON.parse(sentry.body.split('\n')[2]).tags.alert, 'success_rate');
		await until(() => there.calls.length === 3, 'the refused call to come again');
		const before = f.value("SELECT count(*) AS n FROM lockstep_schedule_fires WHERE schedule = 'watch'");
		due(f, child, 'watch');
		await until(() => f.value("SELECT count(*) AS n FROM lockstep_schedule_fires WHERE schedule = 'watch'") > before, 'another look');
		await until(() => unfinished(f, 'watch', 'alert').length === 0, 'quiet');
		assert.strictEqual(there.calls.length, 3, 'nothing is told twice');
		assert.ok(!there.calls.some((call) => call.body.includes('secret-of-a-person')));
	} finally {
		await end(child);
		there.stop();
	}
}, { plan: withServer() }));

const told = (there, alert) => until(() => there.calls.map((call) => JSON.parse(call.body)).find((said) => said.alert === alert), alert);
const hooked = (there, more = '') => withServer(`  alerts:
    webhook: http://127.0.0.1:${there.port}/hook
    webhook_secret: a-secret-of-the-receiver${more}`);

test('refused credentials are no reason to try again, but to tell a person', firm(SMALL, async (f) => {
	const there = await receiver();
	f.write('lockstep.yaml', hooked(there));
	const child = await serve(f);
	try {
		due(f, child, 'practicepanther:incremental');
		const job = await until(() => f.rows("SELECT attempt, output FROM lockstep_job_history WHERE task = 'sync'")[0], 'the job to be dead');
		assert.strictEqual(job.attempt, 1);
		assert.strictEqual(JSON.parse(job.output).attention, true);
		due(f, child, 'watch');
		const said = await told(there, 'attention');
		assert.strictEqual(said.subject, 'connection:practicepanther');
		for (let n = 2; n <= 3; n++) {
			due(f, child, 'practicepanther:incremental');
			await until(() => f.value("SELECT count(*) AS n FROM lockstep_job_history WHERE task = 'sync'") === n, 'another try');
		}
		due(f, child, 'watch');
		assert.strictEqual((await told(there, 'repeated_failures')).measured, 3);
	} finally {
		await end(child);
		there.stop();
	}
}, { env: { PP_REFRESH_TOKEN: 'refused' } }));

test('the use of a vendor\'s limit is watched', firm(SMALL, async (f) => {
	const there = await receiver();
	f.write('lockstep.yaml', hooked(there, '\n    budget: 0%'));
	const child = await serve(f);
	try {
		due(f, child, 'practicepanther:incremental');
		await whole(f);
		due(f, child, 'watch');
		const said = await told(there, 'budget_use');
		assert.strictEqual(said.limit, 0);
		assert.ok(said.measured > 0 && said.measured <= 100);
	} finally {
		await end(child);
		there.stop();
	}
}));

test('a second signal ends at once, and what was given up is done by the next start', firm(SMALL, async (f) => {
	const deaf = await receiver(true);
	f.write('lockstep.yaml', hooked(deaf, '\n    budget: 0%'));
	const first = await serve(f);
	due(f, first, 'practicepanther:incremental');
	await whole(f);
	due(f, first, 'watch');
	await until(() => deaf.calls.length > 0, 'the call that gets no answer');
	const timer = setInterval(() => first.kill('SIGTERM'), 100);
	const done = await first.ended;
	clearInterval(timer);
	deaf.stop();
	assert.strictEqual(done.code, 143, done.err);
	const there = await receiver();
	f.write('lockstep.yaml', hooked(there, '\n    budget: 0%'));
	const second = await serve(f);
	try {
		assert.strictEqual((await told(there, 'budget_use')).state, 'raised');
	} finally {
		await end(second);
		there.stop();
	}
}));

if (STORE === 'sqlite')
	test('`lockstep work` says that a file is not for several machines', firm(SMALL, async (f) => {
		const done = await f.lockstep('work');
		assert.strictEqual(done.code, 2);
		assert.match(done.err, /SQLite file.*need PostgreSQL/);
	}, { plan: withServer() }));
else
	beside('a worker of another process takes over from one that was killed', firm(SMALL, async (f, it) => {
		await it.post('plan', THIRD_HELD);
		const first = await serve(f);
		due(f, first, 'practicepanther:incremental');
		await contactsRead(it);
		const other = f.begin(['work', '--workers', '2']);
		await until(() => other.so_far.out.includes('works with 2 workers'), 'the other process');
		await end(first, 'SIGKILL');
		await it.post('plan', { rules: [] });
		try {
			await whole(f);
			await equalsTruth(f, it);
		} finally {
			const done = await end(other);
			assert.strictEqual(done.code, 0, done.err);
		}
	}, { plan: withServer() }));
