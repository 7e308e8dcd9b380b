// SPDX-License-Identifier: Apache-2.0
// limits.js - no window at the vendor ever sees more than the budget, through restarts and siblings.
'use strict';

const assert = require('node:assert');
const { firm, needs, apiLog, until, PLAN } = require('./firm.js');
const { equalsTruth } = require('./oracle.js');
const { lanes } = require('./lanes.js');

needs('sqlite3');
const test = lanes(4);

const LIMIT = 20;
const SECONDS = 6;
const ENFORCED = ['--contacts', 420, '--matters', 60, '--tasks', 40, '--rate-limit', `${LIMIT}/${SECONDS}`];
const SMALL_PAGES = PLAN.replace('page_size: 100', 'page_size: 20');

async function neverExceeded(it) {
	const window = await it.admin(`window?seconds=${SECONDS}`);
	assert.ok(window.max <= LIMIT, `${window.max} requests in ${SECONDS} s`);
	const log = await it.log();
	assert.deepStrictEqual(log.filter((e) => e.status === 429), []);
	return window;
}

const limited = (work, plan = SMALL_PAGES) => firm(ENFORCED, async (f, it) => {
	f.budget(LIMIT, `PT${SECONDS}S`);
	await work(f, it);
}, { plan });

test('a run never exceeds its budget, and uses it', limited(async (f, it) => {
	const done = await f.sync();
	assert.strictEqual(done.code, 0, done.err);
	const window = await neverExceeded(it);
	assert.ok(window.max > LIMIT / 2, 'the budget was hardly used');
	assert.ok(window.requests > 2 * LIMIT, 'the budget was never the limit');
	await equalsTruth(f, it);
}));

test('nor do runs that are killed and begun again', limited(async (f, it) => {
	for (let i = 1; i <= 3; i++) {
		const child = f.begin(['sync', '-q']);
		const seen = (await apiLog(it)).length;
		await until(async () => (await apiLog(it)).length >= seen + 9, 'some requests');
		child.kill('SIGKILL');
		await child.ended;
	}
	const done = await f.sync();
	assert.strictEqual(done.code, 0, done.err);
	await neverExceeded(it);
	await equalsTruth(f, it);
}));

// Two connections with one credential, each a process of its own, on one database.
function twins(plan) {
	const at = plan.indexOf('  practicepanther:\n');
	const second = plan.slice(at).replace('  practicepanther:\n', '  sibling:\n')
		.replace(/^ {6}(users|pp_accounts|contacts|exchanges|tasks):$/gm, '      their_$1:')
		.replace(/table: (\w+)/g, 'table: their_$1');
	return plan + '\n' + second;
}

test('nor do two processes with one credential', limited(async (f, it) => {
	// Each connection keeps a token of its own.
	await it.post('plan', { modes: { keep_refresh_token: true } });
	await f.lockstep('migrate');
	const both = await Promise.all([f.sync('practicepanther'), f.sync('sibling')]);
	assert.deepStrictEqual(both.map((done) => done.code), [0, 0], both.map((done) => done.err).join());
	await neverExceeded(it);
	await equalsTruth(f, it);
}, twins(SMALL_PAGES)));

const SMALL = ['--contacts', 250, '--matters', 20, '--tasks', 10];

for (const [fault, seconds] of [['429', 2], ['429_date', 3], ['429_fraction', 0]])
	test(`after a ${fault} the vendor is left alone for as long as it asked`, firm(SMALL, async (f, it) => {
		await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 2 }, fault, args: { seconds } }]);
		const done = await f.sync();
		assert.strictEqual(done.code, 0, done.err);
		const log = await apiLog(it), at = log.findIndex((e) => e.status === 429);
		// A date has whole seconds: what is left of the one it names.
		const asked_ms = fault === '429_date' ? Date.parse(log[at].retry_after) - Date.parse(log[at].at)
			: Number(log[at].retry_after) * 1000;
		assert.ok(log[at + 1].t_ms - log[at].t_ms >= asked_ms, `${log[at + 1].t_ms - log[at].t_ms} < ${asked_ms}`);
		await equalsTruth(f, it);
	}));
