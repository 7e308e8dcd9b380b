// SPDX-License-Identifier: Apache-2.0
// faults.js - every way in which a vendor misbehaves, once and always, on the second page of contacts.
'use strict';

const assert = require('node:assert');
const { firm, needs, apiLog, PLAN } = require('./firm.js');
const { equalsTruth } = require('./oracle.js');
const { lanes } = require('./lanes.js');

needs('sqlite3');
const test = lanes(20);

const SMALL = ['--contacts', 250, '--matters', 30, '--tasks', 20];
const network = (more) => PLAN.replace('network:\n', `network:\n      body_max: 20000000\n${more}`);
const PATIENT = network('');
// Only where the vendor never answers.  Everywhere else a stand-in that got no processor for a second
// would look like one, be asked again, and answer what the fault kept back.
const SHORT = network('      stall_timeout: 1s\n      timeout: 8s\n');
const SILENT = new Set(['hold', 'overdue']);
const MATCH = { path_prefix: '/api/v2/contacts', query: 'skip=100' };

// name: [arguments, once, always]: 0 is a run that heals, a pair the exit code and the words that must be said,
// "end" a list that seems to end there, which only the next full run can put right.
const FAULTS = {
	401: [{}, 0, [5, /connect/]],
	invalid_grant: [{}, 0, [5, /connect/]],
	invalid_client: [{}, [6, /refused the request/], [6, /refused the request/]],
	400: [{}, [6, /refused the request/], [6, /refused the request/]],
	403: [{}, [6, /may not read/], [6, /may not read/]],
	404: [{}, [6, /base_url/], [6, /base_url/]],
	429: [{ seconds: 0 }, 0, [6, /fewer requests/]],
	'429_date': [{ seconds: 0 }, 0, [6, /fewer requests/]],
	'429_fraction': [{ seconds: 0 }, 0, [6, /fewer requests/]],
	'429_bare': [{}, 0, [6, /fewer requests/]],
	500: [{}, 0, [6, /failed to answer/]],
	502: [{}, 0, [6, /failed to answer/]],
	503: [{}, 0, [6, /failed to answer/]],
	status: [{ status: 418 }, 0, [6, /418/]],
	object: [{}, 0, [6, /list|object/]],
	empty: [{}, 0, 'end'],
	null: [{}, 0, 'end'],
	empty_list: [{}, 0, 'end'],
	scalars: [{}, 0, [6, /record|object/]],
	html: [{}, 0, [6, /JSON|line/]],
	two_values: [{}, 0, [6, /JSON|line|after/]],
	deep: [{}, 0, [6, /deep|nest/]],
	oversized: [{ bytes: 30000000 }, [6, /large|bytes|MB/], [6, /large|bytes|MB/]],
	gzip_bomb: [{ bytes: 50331648 }, [6, /large|bytes|MB/], [6, /large|bytes|MB/]],
	garbage: [{}, 0, [6, /./]],
	noise: [{}, [6, /not (proper )?HTTP/], [6, /not (proper )?HTTP/]],
	redirect_same: [{}, 0, 0],
	// The other host is not told the token.
	redirect_host: [{}, 0, [5, /connect/]],
	redirect_loop: [{}, [6, /redirect/], [6, /redirect/]],
	refuse: [{}, 0, [6, /./]],
	drop: [{}, 0, [6, /./]],
	reset: [{}, 0, [6, /./]],
	cut: [{}, 0, [6, /./]],
	truncated_json: [{}, 0, [6, /./]],
	bad_utf8: [{}, 'end', 'end'],
	gzip: [{}, 0, 0],
	gzip_broken: [{}, 0, [6, /./]],
	drip: [{ bytes: 8192, every_ms: 30 }, 0, 0],
	delay: [{ delay_ms: 300 }, 0, 0],
	late: [{ delay_ms: 300 }, 0, 0],
	hold: [{}, 0, [6, /./]],
	overdue: [{}, 0, [6, /./]],
};

const contactsState = (f) => f.rows("SELECT state FROM lockstep_state WHERE stream = 'contacts' AND slice = ''")
	.map((row) => JSON.parse(row.state))[0];

// Everything but contacts has come; of contacts the first page, and the cursor stays where it was.
async function failed(f, done, [code, words]) {
	assert.strictEqual(done.code, code, done.err);
	const contacts = done.result.tables.find((t) => t.table === 'contacts');
	assert.strictEqual(contacts.status, 'partial');
	assert.match(contacts.error, words);
	assert.strictEqual(f.value('SELECT count(*) FROM contacts'), 100);
	assert.ok(!contactsState(f).cursor, 'the cursor is ahead');
	for (const t of done.result.tables)
		if (t.table !== 'contacts' && code !== 5) assert.strictEqual(t.status, 'success', t.table);
	assert.doesNotMatch(f.said, /sandbox-(secret|access|refresh)/);
}

async function outcome(f, it, done, expected) {
	if (expected === 0) {
		assert.strictEqual(done.code, 0, done.err);
		assert.strictEqual(done.result.status, 'success');
	} else if (expected !== 'end') {
		await failed(f, done, expected);
	}
	await it.post('plan', []);
	if (expected === 0) return equalsTruth(f, it);
	if (expected[0] === 5) {
		const connected = f.begin(['connect', '--token-stdin']);
		connected.stdin.end('sandbox-refresh-0\n');
		assert.strictEqual((await connected.ended).code, 0);
	}
	const healed = await f.sync(...(expected === 'end' ? ['--full'] : []));
	assert.strictEqual(healed.code, 0, healed.err);
	if (expected !== 'end') {
		// It goes on behind the page that was stored.
		const asked = (await apiLog(it, 'contacts')).map((e) => e.query);
		assert.ok(!/skip=0|^(?!.*skip)/.test(asked.slice(-1)[0]), 'it read to the end');
	}
	return equalsTruth(f, it);
}

const one = (name, args, match, expected) => firm([...SMALL, '--mode', 'keep_refresh_token'], async (f, it) => {
	await it.post('plan', [{ match: { ...MATCH, ...match }, fault: name, args }]);
	await outcome(f, it, await f.sync(), expected);
}, { plan: SILENT.has(name) ? SHORT : PATIENT });

// The longest first.
test('a vendor that is not there is a passing failure, and nothing is lost', firm(SMALL, async (f, it) => {
	const there = f.env.PP_BASE_URL;
	await f.sync();
	f.env.PP_BASE_URL = 'http://127.0.0.1:1/api/v2';
	await it.post('mutate', { collection: 'contacts', count: 9 });
	f.write('lockstep.yaml', SHORT);
	const done = await f.sync('practicepanther', 'users');
	assert.strictEqual(done.code, 75, done.err);
	assert.strictEqual(done.result.status, 'error');
	f.env.PP_BASE_URL = there;
	assert.strictEqual((await f.sync()).code, 0);
	await equalsTruth(f, it);
}));

for (const [kind, match, column] of [['always', {}, 2], ['once', { nth: 1 }, 1]])
	for (const [name, fault] of Object.entries(FAULTS))
		test(`${name}, ${kind}`, one(name, fault[0], match, fault[column]));

test('no fault is without a test', firm(SMALL, async (f, it) => {
	const names = (await it.ask('/sandbox/faults')).text.split('\n').filter(Boolean).map((l) => l.trim().split(' ')[0]);
	assert.deepStrictEqual(names.filter((n) => !(n in FAULTS)), []);
}));
