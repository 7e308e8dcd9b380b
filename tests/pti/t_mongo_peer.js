// SPDX-License-Identifier: Apache-2.0
// t_mongo_peer.js - the contract of the stores of players against the test peer, and what is sent:
// t_mongo_peer.js T_PTI_PLAYERS
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { spawn } = require('node:child_process');
const { Peer } = require('./mongo_peer.js');

function suite(url) {
	return new Promise((resolve) => {
		const child = spawn(process.argv[2], ['mongodb'], { env: { ...process.env, LOCKSTEP_TEST_MONGODB: url } });
		let said = '';
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => { said += data; });
		child.on('close', (code) => resolve({ code, said }));
	});
}

test('the suite of all stores holds, and only what was agreed goes over the wire', async () => {
	const peer = await new Peer().listen();
	try {
		const { code, said } = await suite(peer.url);
		assert.strictEqual(code, 0, said);
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
	} finally {
		await peer.close();
	}
});
