// SPDX-License-Identifier: Apache-2.0
// schedules.js - `lockstep schedules` as a person or a script meets it.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs, PLAN } = require('./firm.js');

needs('sqlite3');

// A folder with a plan, without any vendor.
function alone(work) {
	return async () => {
		const f = new Firm(null, { PP_BASE_URL: 'http://127.0.0.1:1/api/v2', PP_TOKEN_URL: 'http://127.0.0.1:1/t' }, PLAN);
		try {
			await work(f);
		} finally {
			f.remove();
		}
	};
}

async function says(f, args, code, words, where = 'out') {
	const done = await f.lockstep('schedules', ...args);
	assert.strictEqual(done.code, code, `${args.join(' ')}: ${done.err}${done.out}`);
	assert.match(done[where], words);
	return done;
}

async function json(f, ...args) {
	return JSON.parse((await says(f, [...args, '--json'], 0, /./)).out);
}

test('a preview needs no plan and no database', alone(async (f) => {
	await says(f, ['preview', '0 2 * * *', '--timezone', 'America/New_York', '--plan', 'none.yaml'], 0,
		/^at 02:00 every day \(America\/New_York\)\nnext .*\n\d{4}-\d\d-\d\d 0[23]:00 -0[45]:00  in /);
	assert.strictEqual((await json(f, 'preview', '*/15 * * * *', '--count', '7')).length, 7);
	await says(f, ['preview', '61 * * * *'], 2, /its minute '61' is not right: it takes 0 to 59/, 'err');
	await says(f, ['preview', '0 0 31 2 *'], 2, /no such day/, 'err');
	await says(f, ['preview', '0 2 * * *', '--timezone', 'America/New_Yrok'], 2, /did you mean 'America\/New_York'/, 'err');
}));

test('a schedule is made, changed, paused, run and deleted', alone(async (f) => {
	await says(f, ['create', 'nightly', '--cron', '15 3 * * *', '--task', 'cleanup'], 0, /nightly  at 03:15 every day \(UTC\)  \d{4}-/);
	await says(f, ['create', 'nightly', '--cron', '15 3 * * *', '--task', 'cleanup'], 4, /Cron job already exists: nightly/, 'err');
	await says(f, ['set', 'nightly', '--every', '2h', '--overlap', 'queue'], 0, /every 2 hours/);
	await says(f, ['set', 'nightly', '--cron', '* *'], 2, /fewer than five fields/, 'err');
	await says(f, ['pause', 'nightly', '--reason', 'maintenance'], 0, /paused: maintenance/);
	const [one] = await json(f);
	assert.deepStrictEqual([one.name, one.cron, one.every, one.overlap, one.task, one.args, one.paused, one.next_at, one.version],
		['nightly', null, '2h', 'queue', 'cleanup', {}, true, null, 3]);
	await says(f, ['run', 'nightly'], 0, /^Job 1 was added\.\n$/);
	assert.deepStrictEqual(await json(f, 'run', 'nightly'), { job: 1, coalesced: true });
	const fires = await json(f, 'fires', 'nightly');
	assert.deepStrictEqual([fires[0].outcome, fires[0].job, fires[0].job_status], ['manual', 1, 'pending']);
	await says(f, ['resume', 'nightly'], 0, / on\n$/);
	assert.strictEqual((await json(f, 'next', 'nightly')).length, 5);
	await says(f, ['delete', 'nightly'], 0, /Deleted/);
	await says(f, [], 0, /No schedules yet/);
}));

test('what cannot be says why', alone(async (f) => {
	await says(f, [], 3, /no database|does not exist/, 'err');
	await says(f, ['create', 'x', '--every', '5m', '--task', 't', '--args', '[]'], 2, /not a JSON object/, 'err');
	await says(f, ['create', 'x', '--every', '5m', '--cron', '@daily', '--task', 't'], 2, /not both/, 'err');
	await says(f, ['create', 'x', '--every', '5m'], 2, /needs a task/, 'err');
	await says(f, ['delete', 'x'], 3, /Cron job not found: x/, 'err');
	await says(f, ['pauze', 'x'], 2, /did you mean 'pause'/, 'err');
	await says(f, ['next'], 2, /lockstep schedules next NAME/, 'err');
}));
