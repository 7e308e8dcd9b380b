// SPDX-License-Identifier: Apache-2.0
// t_mongo_peer.js - the contract of the stores of players against the test peer, and what is sent:
// t_mongo_peer.js T_PTI_PLAYERS T_PTI_WEEKLY
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { Peer } = require('./mongo_peer.js');

function suite(url, set, program = process.argv[2]) {
	return new Promise((resolve) => {
		const child = spawn(program, ['mongodb'], { env: { ...process.env, LOCKSTEP_TEST_MONGODB: url,
			...(set ? { LOCKSTEP_TEST_MONGODB_SET: '1' } : {}) } });
		let said = '';
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
		child.on('close', (code) => resolve({ code, said }));
	});
}

const NOTES = 'lockstep_pti_results';

function judge(peer) {
	const of = (name) => peer.commands.filter((one) => one.name === name);
	assert.ok(of('getMore').length > 0, 'cursors were read to their end');
	for (const { filter, projection } of of('find').filter((one) => one.projection)) {
		assert.deepStrictEqual(projection, { _id: { $int32: 0 }, id: { $int32: 1 }, name: { $int32: 1 }, pti: { $int32: 1 },
			pti_source_url: { $int32: 1 }, pti_source_name: { $int32: 1 }, pti_last_synced: { $int32: 1 },
			pti_sync_enabled: { $int32: 1 } });
		assert.ok(typeof filter.id === 'string' || filter.pti_sync_enabled === true);
	}
	const seen = new Set();
	for (const { updates } of of('update')) {
		assert.strictEqual(updates.length, 1);
		const { q, u, upsert, multi } = updates[0];
		assert.ok(!upsert && !multi && typeof q.id === 'string');
		if (u.$unset) {
			assert.deepStrictEqual(u, { $unset: { pti_source_url: '', pti_source_name: '', pti_last_synced: '',
				pti_sync_enabled: '' } });
			seen.add('unlink');
			continue;
		}
		assert.deepStrictEqual(Object.keys(u), ['$set']);
		assert.deepStrictEqual(Object.keys(u.$set.pti), ['$double']);
		assert.deepStrictEqual(Object.keys(u.$set.pti_last_synced), ['$date']);
		const linking = 'pti_source_url' in u.$set;
		seen.add(linking ? 'link' : 'update');
		assert.deepStrictEqual(Object.keys(u.$set), linking
			? ['pti', 'pti_source_url', 'pti_source_name', 'pti_last_synced', 'pti_sync_enabled']
			: ['pti', 'pti_last_synced']);
		assert.deepStrictEqual(Object.keys(q), linking ? ['id'] : ['id', 'pti_source_url']);
	}
	assert.deepStrictEqual([...seen].sort(), ['link', 'unlink', 'update']);
}

for (const kind of ['alone', 'set', 'mongos'])
	test(`${kind}: the suite of all stores holds, and only what was agreed goes over the wire`, async () => {
		const peer = await new Peer(kind).listen();
		try {
			const { code, said } = await suite(peer.url, kind !== 'alone');
			assert.strictEqual(code, 0, said);
			judge(peer);
			const within = peer.commands.filter((one) => one.autocommit === false);
			assert.strictEqual(within.length > 0, kind !== 'alone');
			for (const one of within.filter(({ startTransaction }) => startTransaction))
				assert.deepStrictEqual(one.readConcern, { level: 'snapshot' });
			for (const one of within.filter(({ name }) => name === 'commitTransaction'))
				assert.strictEqual(one.writeConcern.w, 'majority');
			for (const { name, insert } of peer.commands.filter(({ name }) => name === 'insert'))
				assert.ok(name === 'insert' && (insert === 'players' || insert === NOTES));
			assert.strictEqual(peer.transactions.open.size, 0, 'no transaction is left open');
		} finally {
			await peer.close();
		}
	});

// Each is answered once in a run of the suite, which comes to the same end.
const FAULTS = {
	'a conflict in the middle': [{ on: 'update', within: true, code: 112, labels: ['TransientTransactionError'] }],
	'a conflict at the note': [{ on: 'insert', within: true, code: 112, labels: ['TransientTransactionError'] }],
	'a conflict at the commit': [{ on: 'commitTransaction', code: 251, labels: ['TransientTransactionError'] }],
	'a conflict several times': [1, 2, 3].map(() => ({ on: 'update', within: true, code: 112, labels: ['TransientTransactionError'] })),
	'a server that goes away in the middle': [{ on: 'update', within: true, applied: true, cut: true }],
	'a commit nobody heard of, carried out': [{ on: 'commitTransaction', code: 64, labels: ['UnknownTransactionCommitResult'], applied: true }],
	'a commit nobody heard of, not carried out': [{ on: 'commitTransaction', code: 64, labels: ['UnknownTransactionCommitResult'] }],
	'a commit whose answer is lost': [{ on: 'commitTransaction', applied: true, cut: true }],
	'a commit that is lost': [{ on: 'commitTransaction', cut: true }],
	'a commit whose transaction is forgotten after it': [
		{ on: 'commitTransaction', code: 91, labels: ['UnknownTransactionCommitResult'], applied: true },
		{ on: 'commitTransaction', code: 251, labels: ['TransientTransactionError'] },
	],
};
for (const [what, faults] of Object.entries(FAULTS))
	test(`set, ${what}: the suite holds`, async () => {
		const peer = await new Peer('set').listen();
		try {
			peer.faults = faults.map((one) => ({ ...one }));
			const { code, said } = await suite(peer.url, true);
			assert.strictEqual(code, 0, said);
			assert.deepStrictEqual(peer.faults, [], 'all of it went wrong');
		} finally {
			await peer.close();
		}
	});

// Of an address that other programs share.
for (const set of ['', '&replicaSet=rs0'])
	test(`set: what an address says of reads and writes is not for transactions ${set}`, async () => {
		const peer = await new Peer('set').listen();
		try {
			const { code, said } = await suite(`${peer.url}/?readPreference=secondaryPreferred&w=1&readConcernLevel=local&retryWrites=false${set}`, true);
			assert.strictEqual(code, 0, said);
			const within = peer.commands.filter(({ autocommit }) => autocommit === false);
			for (const one of within.filter(({ name }) => name === 'find' || name === 'update' || name === 'insert'))
				assert.ok(!('writeConcern' in one), JSON.stringify(one));
			for (const one of within.filter(({ name }) => name === 'commitTransaction'))
				assert.strictEqual(one.writeConcern.w, 'majority');
		} finally {
			await peer.close();
		}
	});

test('a server whose greeting promises what it does not have is written to as one of its own', async () => {
	const peer = await new Peer('set').listen();
	try {
		peer.transactions.none = true;
		const { code, said } = await suite(peer.url, false);
		assert.match(said, /not ok \d+ - notes are kept where there are transactions/);
		assert.strictEqual((said.match(/^not ok/gm) || []).length, 1, said);
		assert.strictEqual(code, 1);
		assert.strictEqual(peer.commands.filter(({ startTransaction }) => startTransaction).length, 1, 'it is asked once');
	} finally {
		await peer.close();
	}
});

for (const kind of ['alone', 'set'])
	test(`${kind}: a weekly run whose n-th contact fails or is its last, for every n`, async () => {
		const peer = await new Peer(kind).listen();
		try {
			const { code, said } = await suite(peer.url, kind === 'set', process.argv[3]);
			assert.strictEqual(code, 0, said);
		} finally {
			await peer.close();
		}
	});
