// SPDX-License-Identifier: Apache-2.0
// push.js - an application's own changes on their way to a vendor: by plain SQL, through the outbox.
//
// The vendor is a real HTTP server of this file; what it was asked is the judge.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { needs, until, STORE } = require('./firm.js');
const { besideShop } = require('./shop.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const states = (f) => f.rows('SELECT state, count(*) AS n FROM lockstep_outbox GROUP BY state');

test('what any writer does to a row reaches the vendor once, and its id comes back', besideShop(async (f, v) => {
	f.change("INSERT INTO people (id, name) VALUES (1, 'Ana'), (2, 'Bo')");
	await until(() => f.value('SELECT count(*) AS n FROM people WHERE vendor_id IS NOT NULL') === 2, 'the ids');
	assert.deepStrictEqual([...v.users.values()].map((user) => user.name).sort(), ['Ana', 'Bo']);
	f.change("UPDATE people SET name = 'Anna' WHERE id = 1");
	await until(() => [...v.users.values()].some((user) => user.name === 'Anna'), 'the new name');
	f.change('DELETE FROM people WHERE id = 2');
	await until(() => v.users.size === 1, 'the deletion');
	await until(() => f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task = 'push'") === 0, 'the jobs');
	// What was written back went nowhere.
	assert.deepStrictEqual(v.log.map((line) => line.split(' ')[0]).sort(), ['DELETE', 'POST', 'POST', 'PUT']);
	assert.strictEqual(states(f).length, 1, JSON.stringify(states(f)));
}));

test('a change that was taken back never left', besideShop(async (f, v) => {
	const change = `BEGIN; INSERT INTO people (id, name) VALUES (1, 'Ana'); ROLLBACK;
		INSERT INTO people (id, name) VALUES (2, 'Bo');`;
	f.change(change);
	await until(() => v.users.size === 1, 'the other one');
	assert.deepStrictEqual([...v.users.values()].map((user) => user.external_id), ['2']);
}));

test('a process killed while the vendor was at work: looked up, not repeated', besideShop(async (f, v, s) => {
	v.hold = true;
	f.change("INSERT INTO people (id, name) VALUES (1, 'Ana')");
	await until(() => v.held, 'the request');
	assert.strictEqual((await s.stop('SIGKILL')).signal, 'SIGKILL');
	v.held.destroy();
	await s.start();
	await until(() => f.value('SELECT vendor_id FROM people') === 'v1', 'the id that the vendor gave');
	assert.deepStrictEqual(v.log.filter((line) => line.startsWith('POST')), ['POST /users']);
	assert.strictEqual(v.users.size, 1);
}));
