// SPDX-License-Identifier: Apache-2.0
// hostile.js - whatever anybody sends to any route, the server answers it: no crash, no 500, nothing of
// its SQL, files or secrets in what it says. And whatever the game platform answers, the same holds.
//
// LOCKSTEP_HOSTILE_SEED repeats one run, LOCKSTEP_HOSTILE_ROUNDS makes it longer and tries every fault,
// LOCKSTEP_HOSTILE_SHOW prints what was answered how often.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const { Firm, firm, needs, STORE, CONNECTORS, PLAN, SECRET } = require('./firm.js');
const { reaching } = require('./game_platform.js');
const { startOf } = require('../sandbox/stand_in.js');
const { serving } = require('./service.js');
const { lanes } = require('./lanes.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));
const test = lanes(3);

const SEED = Number(process.env.LOCKSTEP_HOSTILE_SEED || 1);
const LONG = Boolean(process.env.LOCKSTEP_HOSTILE_ROUNDS);
const ROUNDS = Number(process.env.LOCKSTEP_HOSTILE_ROUNDS || 5);
const show = (statuses) => process.env.LOCKSTEP_HOSTILE_SHOW && console.error(JSON.stringify(statuses, null, 1));
const PATIENCE_MS = 60000, LIE_MS = 300;
// One caller would soon be told to wait.
const CALLERS = 24;
const RUNNER = 'runner-secret-of-the-test-0123456789';
const COACH = 'c0000000-0000-4000-8000-000000000001', ONE = 'd0000000-0000-4000-8000-000000000001';
const TEAM = 'e0000000-0000-4000-8000-000000000001';

// ---- chance ----

class Chance {
	constructor(seed) {
		this.state = seed >>> 0;
	}

	below(n) {
		this.state = (this.state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * n);
	}

	of(list) {
		return list[this.below(list.length)];
	}

	once(n) {
		return this.below(n) === 0;
	}
}

// ---- what is sent ----

// As they stand in a path or a query: encoded already, or wrongly so.
const TEXTS = ['', '%20', '%00', 'a%00b', '%ff%fe', '%c0%af', '%ed%a0%80', '%', '%zz', '%2', "'", "'%20OR%201=1--", '%22;DROP%20TABLE%20jobs;--',
	'..%2f..%2fetc%2fpasswd', '%2e%2e', '..', '.', '%0d%0aX-Injected:%20yes', '$%7BPP_CLIENT_SECRET%7D', '%7B%7Brecord%7D%7D',
	'%25s%25n', '%F0%9F%98%80', '%E2%80%AE', '%25', '_', '*', 'a'.repeat(300), '%41'.repeat(3000), 'null', 'undefined', 'true', 'TRUE',
	'[]', '%7B%7D', 'high_school', 'full', 'metactf', 'practicepanther', 'admin', '7d', 'syncing', 'x+y', '+', '2026-02-30T25:61:61Z', '2026-01-01T00:00:00Z',
	'0000-00-00T00:00:00Z', '9999-12-31T23:59:59.999999999Z', 'Europe/Berlin', '../UTC', 'cursor', 'eyJhIjoxfQ', '_-_', '*/5%20*%20*%20*%20*', '0%200%2031%202%20*',
	COACH, ONE, TEAM, COACH.toUpperCase(), COACH.slice(1), `${COACH}0`, '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
const NUMBERS = ['0', '-0', '1', '-1', '007', '2147483648', '4294967296', '9223372036854775807', '9223372036854775808', '-9223372036854775808',
	'-9223372036854775809', '18446744073709551616', '1e3', '1e400', '-1e400', '1.5', '0.1', '1e-400', '9'.repeat(400), '0x10', 'NaN', 'Infinity', '%D9%A1', '1%20', '+1'];
const JSON_NUMBERS = ['0', '-0', '1', '-1', '2147483648', '4294967296', '9007199254740993', '9223372036854775807', '9223372036854775808',
	'-9223372036854775809', '1e3', '1e400', '-1e400', '1.5', '1e-400', '0.30000000000000004', '9'.repeat(400)];
const JSON_TEXTS = ['""', '" "', '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udc00\\ud800"', '"\\uffff"', '"\\r\\nX: y"', '"\' OR 1=1--"', '"../../etc/passwd"',
	'"${PP_CLIENT_SECRET}"', '"{{ record }}"', '"%s%n"', '"\u{1F600}"', '"=cmd|1"', `"${'a'.repeat(5000)}"`, `"${'\u00e9'.repeat(150)}"`, '"a@b"', '"a@b.example"',
	'"2026-02-30T25:61:61Z"', '"2026-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999Z"', '"-0001-01-01T00:00:00Z"', '"* * * * *"', '"0 0 31 2 *"', '"@daily"', '"PT1S"',
	'"P99999999999999999999Y"', '"Europe/Berlin"', '"../UTC"', '"x".."y"', `"${COACH}"`, `"${ONE}"`, `"${TEAM}"`, '"1"', '"true"', '"high_school"', '"high"', '"*"', '"task:"'];
const JSON_OTHERS = ['null', 'true', 'false', '[]', '{}', '[[]]', '[null]', '[1,"a",{}]', '{"a":{"a":{"a":1}}}', '{"":""}', '{"a":1,"a":2}', '{"__proto__":1}',
	`[${'1,'.repeat(2000)}1]`, `${'['.repeat(300)}${']'.repeat(300)}`];

// What gets by the checks of form.
const PROPER = { uuid: ONE, 'date-time': '2026-05-01T00:00:00Z', date: '2026-05-01', email: 'a@b.example' };
const NAMED = { task: 'game_platform_sync', task_type: 'game_platform_sync', cron: '*/5 * * * *', schedule: '*/5 * * * *', every: '5m', timezone: 'Europe/Berlin',
	email: 'a@b.example', email_school: 'x@students.example.org', parent_email: 'p@home.example.org', competitor_id: ONE, coach_id: COACH };

// A JSON text for that schema: mostly of its type, so that what is behind the check is met too.
function value(r, schema = {}, name = '') {
	const type = Array.isArray(schema.type) ? r.of(schema.type) : schema.type;
	if (r.once(r.mild ? 25 : 6)) return r.of(r.of([JSON_NUMBERS, JSON_TEXTS, JSON_OTHERS]));
	if (r.mild && PROPER[schema.format]) return `"${PROPER[schema.format]}"`;
	if (schema.enum && !r.once(r.mild ? 40 : 5)) return JSON.stringify(r.of(schema.enum));
	if (schema.format === 'uuid' && !r.once(4)) return JSON.stringify(r.of([COACH, ONE, TEAM]));
	switch (type) {
	case 'object': return object(r, schema);
	case 'array': return `[${Array.from({ length: r.below(4) }, () => value(r, schema.items))}]`;
	case 'integer':
	case 'number': return r.mild ? String(schema.minimum || 0) : r.of(JSON_NUMBERS);
	case 'boolean': return r.of(['true', 'false']);
	case 'string': return r.mild ? JSON.stringify(NAMED[name] || r.of(['abcd', '9', 'Oak & Co', "O'Neil", '\u00e9\u{1F600}']).padEnd(schema.minLength || 0, 'x')) : r.once(3) ? JSON.stringify('abcdefghijklmnopqrst'.slice(0, schema.minLength || 4)) : r.of(JSON_TEXTS);
	default: return r.of(r.of([JSON_NUMBERS, JSON_TEXTS, JSON_OTHERS]));
	}
}

function object(r, schema) {
	const members = [];
	for (const [name, one] of Object.entries(schema.properties || {}))
		if ((schema.required || []).includes(name) ? !r.once(r.mild ? 40 : 8) : !r.once(3)) members.push(`"${name}":${value(r, one, name)}`);
	if (r.once(r.mild ? 40 : 12)) members.push(`${r.of(JSON_TEXTS)}:${r.of(JSON_OTHERS)}`);
	if (r.once(12) && members.length) members.push(members[0]);
	return `{${members}}`;
}

function body(r, schema) {
	const text = Buffer.from(schema && !r.once(r.mild ? 40 : 10) ? value(r, { ...schema, type: schema.type || 'object' }) : r.of([...JSON_OTHERS, ...JSON_TEXTS, '', ' ', '\u{FEFF}{}']));
	switch (r.below(r.mild ? 100 : 14)) {
	case 0: return text.subarray(0, r.below(text.length + 1));
	case 1: return Buffer.concat([text, Buffer.from(r.of(['{}', ',', '\0', ']', '//']))]);
	case 2: {
		const broken = Buffer.from(text);
		for (let n = 0; n < 3 && broken.length; n++) broken[r.below(broken.length)] = r.below(256);
		return broken;
	}
	case 3: return r.once(8) ? Buffer.from('['.repeat(200000)) : text;
	default: return text;
	}
}

const HEADERS = ['Accept: text/html', 'Accept: ', 'Accept: */*;q=0', `Accept: ${'a/b,'.repeat(1500)}`, 'Content-Type: text/plain', 'Content-Type: application/json; charset=\xff',
	'Content-Type: multipart/form-data; boundary=', 'Content-Encoding: gzip', 'Content-Encoding: br, gzip', 'Idempotency-Key: ', `Idempotency-Key: ${'k'.repeat(4000)}`, 'Idempotency-Key: \xff\xfe',
	'Idempotency-Key: same', 'Idempotency-Key: "quoted"', 'X-Request-Id: \x01\x02', `X-Request-Id: ${'r'.repeat(2000)}`, 'If-None-Match: *', 'If-None-Match: "', 'Range: bytes=0-', 'Range: bytes=-99999999999999999999',
	'Origin: null', 'Origin: https://evil.example', 'Cookie: lockstep=', `Cookie: ${'a=b;'.repeat(90)}`, 'Cookie: lockstep_session=%00; __Host-lockstep=x', 'Last-Event-ID: -1', 'Last-Event-ID: 99999999999999999999',
	'X-Forwarded-For: \' OR 1', 'Host: ', 'Host: evil.example', 'Expect: 200-maybe', 'Upgrade: websocket', 'TE: trailers', 'Authorization: Basic Og==', 'Authorization: Bearer', 'Authorization: Bearer a.b.c',
	'Authorization: Bearer eyJhbGciOiJub25lIn0.e30.', 'If-Modified-Since: yesterday', ' folded: header', 'NoColon', 'X: \0'];

function parameters(r, list) {
	const parts = [];
	for (const p of list) {
		if (r.mild ? !r.once(3) : r.once(3)) continue;
		const numeric = p.schema.type === 'integer' ? !r.once(4) : r.once(8);
		const sent = p.schema.enum && !r.once(r.mild ? 20 : 3) ? r.of(p.schema.enum) : r.mild && !r.once(4) ? { integer: '2', boolean: 'true' }[p.schema.type] || r.of([COACH, 'a', '%25', '_', '%27']) : r.of(numeric ? NUMBERS : TEXTS);
		parts.push(r.once(15) ? p.name : `${p.name}=${sent}`);
		if (r.once(15)) parts.push(parts[0]);
	}
	if (r.once(15)) parts.push(`${r.of(TEXTS)}=${r.of(TEXTS)}`);
	if (r.once(20)) parts.push('&&&=&=');
	return parts.length ? `?${parts.join('&')}` : '';
}

function request(r, route, token) {
	const all = route.parameters || [], own = [];
	r.mild = r.once(2);
	const where = route.path.replace(/\{(\w+)\}/g, (_, name) =>
		r.once(2) || (r.mild && !r.once(8)) ? r.of({ competitor: [ONE], team: [TEAM], name: ['metactf', 'practicepanther'] }[name] || [COACH, ONE, TEAM]) : r.of(r.once(3) ? NUMBERS : TEXTS));
	const schema = route.requestBody && Object.values(route.requestBody.content)[0].schema;
	const sent = schema || r.once(6) ? body(r, schema) : null;
	if (r.once(r.mild ? 20 : 4)) own.push(r.of(HEADERS));
	if (r.once(20)) own.push(r.of(HEADERS));
	const has = (name) => own.some((line) => line.toLowerCase().startsWith(`${name}:`));
	if (!has('host')) own.push('Host: 127.0.0.1');
	if (!has('authorization')) own.push(`Authorization: Bearer ${token}`);
	if (sent && !has('content-type')) own.push('Content-Type: application/json');
	let pieces = [sent || Buffer.alloc(0)], lies = false;
	if (sent && r.once(12)) {
		own.push('Transfer-Encoding: chunked');
		lies = true;
		pieces = [Buffer.from(`${r.of([sent.length.toString(16), 'zz', 'ffffffffffffffff', '-1', '0'])}\r\n`), sent, Buffer.from('\r\n0\r\n\r\n')];
	} else if (sent || route.method !== 'GET') {
		lies = r.once(30);
		own.push(`Content-Length: ${lies ? r.of(['99999999999999999999', '-1', 'x', '1', '1048577']) : (sent || '').length}`);
	}
	const method = r.once(40) ? r.of(['HEAD', 'OPTIONS', 'TRACE', 'BREW', 'get', 'PATCH', 'DELETE', 'PUT']) : route.method;
	const query = parameters(r, all.filter((p) => p.in === 'query'));
	return { lies, bytes: Buffer.concat([Buffer.from(`${method} ${where}${query} HTTP/1.1\r\n${own.join('\r\n')}\r\nConnection: close\r\n\r\n`, 'latin1'), ...pieces]) };
}

// ---- what comes back ----

// The bytes of one exchange; an answer that is a stream is not read to its end.
function exchange(port, { bytes, lies }) {
	return new Promise((resolve, reject) => {
		const pieces = [];
		const socket = net.connect(port, '127.0.0.1');
		const text = () => Buffer.concat(pieces).toString('latin1');
		// A server that waits for the body that was announced is left, as such a client would leave it.
		socket.setTimeout(lies ? LIE_MS : PATIENCE_MS, () => {
			socket.destroy();
			if (!lies) reject(new Error(`no answer to ${bytes.toString('latin1').slice(0, 500)}`));
		});
		socket.on('data', (data) => {
			pieces.push(data);
			if (/^content-type: text\/event-stream/im.test(text())) socket.destroy();
		});
		socket.on('error', () => {});
		socket.on('close', () => resolve(text()));
		socket.write(bytes);
	});
}

const LEAKS = /\bSELECT\b.*\bFROM\b|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE\b.*\bSET\b|SQLSTATE|sqlite|syntax error at|no such (table|column):|constraint failed|relation "|\/tmp\/|\/dev\/shm\/|\/home\/|\/work\/|lockstep-e2e|lockstep\.db|\.[ch]:\d+|0x[0-9a-f]{8,}|root:x/i;
const SECRETS = [SECRET, 'sandbox-token', RUNNER];

function judge({ bytes, lies }, answer, complaints) {
	const sent = bytes.toString('latin1');
	const status = Number((answer.match(/^HTTP\/1\.1 (\d{3}) /) || [])[1] || 0);
	const complain = (what) => complaints.push(`${what}\n  sent: ${JSON.stringify(sent.slice(0, 700))}\n  came: ${JSON.stringify(answer.slice(0, 900))}`);
	if (status >= 500 && status !== 501 && status !== 503 && status !== 502 && status !== 504) complain(`status ${status}`);
	if (status === 408 && !lies) complain('waited for more');
	if (status === 0 && !lies) complain('no answer');
	if (/^x-injected/im.test(answer)) complain('a header was slipped in');
	const body = answer.slice(answer.indexOf('\r\n\r\n') + 4), leak = body.match(LEAKS);
	// The description of all routes is full of such words.
	if (leak && !sent.includes(leak[0]) && !sent.startsWith('GET /api/openapi.json ')) complain(`a leak: ${leak[0].slice(0, 200)}`);
	for (const secret of SECRETS) if (answer.includes(secret)) complain('a secret');
	return status;
}

async function callers(s) {
	const tokens = [];
	for (let n = 0; n < CALLERS; n++) tokens.push((await s.post('/api/tokens', { name: `caller-${n}`, role: 'admin' })).body.token);
	assert.ok(tokens.every(Boolean));
	return tokens;
}

// Everything that the document names, `ROUNDS` times over.
async function assail(s, seed) {
	const r = new Chance(seed), complaints = [], statuses = {}, tokens = await callers(s);
	const port = Number(new URL(s.url).port);
	const { paths } = (await s.get('/api/openapi.json')).body;
	const routes = Object.entries(paths).flatMap(([where, item]) => Object.entries(item)
		.filter(([method]) => ['get', 'post', 'put', 'patch', 'delete'].includes(method))
		.map(([method, operation]) => ({ ...operation, path: where, method: method.toUpperCase() })));
	assert.ok(routes.length > 40);
	for (let n = 0; n < ROUNDS * routes.length; n++) {
		const route = routes[n % routes.length];
		const secret = /^\/api\/(jobs\/run|internal\/|webhooks\/)/.test(route.path);
		const sent = request(r, route, secret ? RUNNER : tokens[n % CALLERS]), { bytes } = sent;
		const status = judge(sent, await exchange(port, sent), complaints);
		const at = `${route.method} ${route.path}`;
		(statuses[at] = statuses[at] || {})[status] = (statuses[at][status] || 0) + 1;
		assert.ok(s.child.exitCode === null && s.child.signalCode === null,
			`the server ended: ${s.child.so_far.err.slice(-6000)}\n  sent: ${JSON.stringify(bytes.toString('latin1').slice(0, 2000))}`);
	}
	show(statuses);
	assert.deepStrictEqual(complaints, [], `${complaints.slice(0, 20).join('\n')}\n${s.child.so_far.err.slice(-3000)}`);
	assert.strictEqual((await s.get('/livez', { token: null })).status, 200);
	const ended = await s.stop();
	assert.deepStrictEqual([ended.code, ended.signal], [0, null], ended.err.slice(-6000));
}

const GAME = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8');
const SECRETS_OF_SERVER = `server: { job_runner_secret: ${RUNNER}, internal_sync_secret: ${RUNNER} }\n`;

// A coach with a competitor and a team, beside a stand-in of the game platform.
const game = (work) => async () => {
	const it = await startOf('metactf', '--dataset', 'empty');
	const f = new Firm(null, {
		...reaching(it),
	}, GAME + SECRETS_OF_SERVER);
	try {
		await serving(f, async (s) => {
			f.change(`INSERT INTO profiles (id, email, role, full_name, school_name, is_approved) VALUES ('${COACH}', 'coach@school.example.org', 'coach', 'C C', 'Oak', true);
				INSERT INTO competitors (id, coach_id, first_name, last_name, email_school, grade, gender, race, ethnicity, level_of_technology, parent_name, parent_email, media_release_date, years_competing)
				VALUES ('${ONE}', '${COACH}', 'Pat', 'Player', 'pat@students.example.org', '9', 'x', 'x', 'x', 'high', 'P', 'p@home.example.org', '2026-01-02T03:04:05Z', 1);
				INSERT INTO teams (id, coach_id, name, division) VALUES ('${TEAM}', '${COACH}', 'Team', 'high_school')`);
			await work(s, f, it);
		});
	} finally {
		f.remove();
		await it.stop();
	}
};

// ---- the vendor's answers ----

const FAULTS = ['garbage', 'noise', 'bad_utf8', 'deep', 'gzip_bomb', 'cut',
	'truncated_json', 'gzip', 'gzip_broken', 'object', 'empty', 'null', 'empty_list', 'scalars', 'html', 'two_values', 'oversized', 'reset', 'drop',
	'refuse', 'redirect_same', 'redirect_host', 'redirect_loop'];
const FAULTS_USUAL = 6;
const CALLS = [['POST', `/api/game-platform/competitors/${ONE}`], ['POST', `/api/game-platform/teams/${TEAM}/sync`],
	['POST', `/api/game-platform/competitors/${ONE}/password-reset`], ['GET', '/api/game-platform/drift?users=true'],
	['POST', '/api/game-platform/drift/repair'], ['POST', '/api/game-platform/scores/sync'], ['GET', '/api/game-platform/status']];

// A platform that answers nonsense is told of as such, and once it is itself again everything goes on.
test('no answer of the game platform breaks the server', game(async (s, f, it) => {
	const complaints = [], statuses = {}, tokens = await callers(s);
	const faults = FAULTS.slice(0, LONG ? FAULTS.length : FAULTS_USUAL);
	for (const fault of faults) {
		await it.post('plan', { rules: [{ match: { path_prefix: '/integrations/' }, fault }] });
		await Promise.all(CALLS.map(async ([method, where]) => {
			const answer = await s.call(where, { method, token: tokens[faults.indexOf(fault)] });
			judge({ bytes: Buffer.from(`${fault}: ${method} ${where}`), lies: false },
				`HTTP/1.1 ${answer.status} \r\n\r\n${answer.text}`, complaints);
			(statuses[fault] = statuses[fault] || []).push(`${answer.status} ${answer.body && (answer.body.detail || answer.body.code || '')}`);
		}));
		assert.ok(s.child.exitCode === null && s.child.signalCode === null, `the server ended: ${s.child.so_far.err.slice(-6000)}`);
	}
	show(statuses);
	assert.deepStrictEqual(complaints, [], `${complaints.slice(0, 20).join('\n')}\n${s.child.so_far.err.slice(-3000)}`);
	await it.post('plan', { rules: [] });
	const answer = await s.call(CALLS[0][1], { method: 'POST', token: tokens[CALLERS - 1] });
	assert.strictEqual(answer.status, 200, answer.text);
	const ended = await s.stop();
	assert.deepStrictEqual([ended.code, ended.signal], [0, null], ended.err.slice(-6000));
}));

// Eight handlers answer everybody. Those who wait for a platform that takes its time are answered later, all
// the same, when so many wait that the others would have to.
test('a platform that takes its time keeps nobody else waiting', game(async (s, f, it) => {
	const tokens = await callers(s);
	await it.post('plan', { rules: [{ match: { path_prefix: '/integrations/' }, fault: 'delay', args: { delay_ms: 2000 } }] });
	const answers = await Promise.all(tokens.slice(0, 10).map((token) => s.post(`/api/game-platform/competitors/${ONE}`, undefined, { token })));
	const later = answers.filter((a) => a.status === 202);
	assert.ok(later.length >= 3 && later.every((a) => a.body.status === 'pending' && a.body.job), answers.map((a) => a.status).join());
	assert.ok(answers.some((a) => a.status === 200), answers.map((a) => `${a.status} ${a.text}`).join('\n'));
}));

test('no request to the game platform\'s server breaks it', game((s) => assail(s, SEED)));

test('no request to PracticePanther\'s server breaks it', firm(['--contacts', 20, '--matters', 5, '--tasks', 5],
	(f) => serving(f, (s) => assail(s, SEED + 1)), { plan: PLAN + SECRETS_OF_SERVER }));
