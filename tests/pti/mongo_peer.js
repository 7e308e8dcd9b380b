// SPDX-License-Identifier: Apache-2.0
// mongo_peer.js - a test peer that speaks as much of MongoDB's wire protocol as lockstep needs.
//
// Not MongoDB and no proof of how MongoDB behaves: documents in memory, equality and $gt in filters,
// $set and $unset in updates.  It keeps every command as it came, types included, so that a test can
// judge what is sent.  For a real server see tests/with_mongodb.
'use strict';

const net = require('node:net');

// ---- BSON: [type, value] where JavaScript has no type of its own ----

class Typed {
	constructor(type, value) {
		this.type = type;
		this.value = value;
	}
}
const DOUBLE = 1, TEXT = 2, MAP = 3, LIST = 4, BYTES = 5, OBJECT_ID = 7, TRUTH = 8, DATE = 9, NOTHING = 10,
	INT32 = 16, STAMP = 17, INT64 = 18, DECIMAL = 19;
const NAMES = { [DOUBLE]: 'double', [DATE]: 'date', [INT32]: 'int32', [INT64]: 'int64' };

function read(b, at = 0) {
	const end = at + b.readInt32LE(at) - 1, out = {};
	for (at += 4; at < end;) {
		const type = b[at], zero = b.indexOf(0, at + 1), name = b.toString('utf8', at + 1, zero);
		const [value, next] = readValue(b, type, zero + 1);
		out[name] = value;
		at = next;
	}
	return out;
}

function readValue(b, type, at) {
	switch (type) {
	case DOUBLE: return [new Typed(type, b.readDoubleLE(at)), at + 8];
	case TEXT: return [b.toString('utf8', at + 4, at + 4 + b.readInt32LE(at) - 1), at + 4 + b.readInt32LE(at)];
	case MAP: return [read(b, at), at + b.readInt32LE(at)];
	case LIST: return [Object.values(read(b, at)), at + b.readInt32LE(at)];
	case BYTES: return [new Typed(type, b.subarray(at, at + 5 + b.readInt32LE(at))), at + 5 + b.readInt32LE(at)];
	case OBJECT_ID: return [new Typed(type, b.subarray(at, at + 12)), at + 12];
	case TRUTH: return [b[at] === 1, at + 1];
	case DATE: case STAMP: case INT64: return [new Typed(type, b.readBigInt64LE(at)), at + 8];
	case NOTHING: return [null, at];
	case INT32: return [new Typed(type, b.readInt32LE(at)), at + 4];
	case DECIMAL: return [new Typed(type, b.subarray(at, at + 16)), at + 16];
	default: throw new Error(`BSON type ${type}`);
	}
}

function int(bytes, n) {
	const b = Buffer.alloc(bytes);
	if (bytes === 4) b.writeInt32LE(Number(n));
	else b.writeBigInt64LE(BigInt(n));
	return b;
}

function valueBytes(v) {
	if (v === null) return [NOTHING, Buffer.alloc(0)];
	if (typeof v === 'boolean') return [TRUTH, Buffer.from([v ? 1 : 0])];
	if (typeof v === 'number') return [INT32, int(4, v)];
	if (typeof v === 'string') {
		const text = Buffer.from(v + '\0');
		return [TEXT, Buffer.concat([int(4, text.length), text])];
	}
	if (Array.isArray(v)) return [LIST, write({ ...v })];
	if (!(v instanceof Typed)) return [MAP, write(v)];
	if (v.type === DOUBLE) {
		const b = Buffer.alloc(8);
		b.writeDoubleLE(v.value);
		return [DOUBLE, b];
	}
	return [v.type, Buffer.isBuffer(v.value) ? v.value : int(v.type === INT32 ? 4 : 8, v.value)];
}

function write(document) {
	const parts = Object.entries(document).map(([name, v]) => {
		const [type, bytes] = valueBytes(v);
		return Buffer.concat([Buffer.from([type]), Buffer.from(name + '\0'), bytes]);
	});
	const body = Buffer.concat([...parts, Buffer.from([0])]);
	return Buffer.concat([int(4, body.length + 4), body]);
}

// As a test wants to see it: {$double: 35.3}, {$date: 1790000000123}.
function plain(v) {
	if (v instanceof Typed) return { ['$' + (NAMES[v.type] || v.type)]: Buffer.isBuffer(v.value) ? '…' : Number(v.value) };
	if (Array.isArray(v)) return v.map(plain);
	if (v && typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, one]) => [k, plain(one)]));
	return v;
}

// ---- documents ----

const same = (a, b) => JSON.stringify(plain(a)) === JSON.stringify(plain(b));
const isTest = (v) => v && typeof v === 'object' && !(v instanceof Typed) && Object.keys(v).some((k) => k[0] === '$');

function matches(document, filter) {
	return Object.entries(filter).every(([name, want]) => {
		const has = document[name];
		if (!isTest(want)) return has !== undefined && same(has, want);
		if (Object.keys(want).join() !== '$gt') throw new Error(`no ${Object.keys(want)} here`);
		return typeof has === typeof want.$gt && has > want.$gt; // values of one type only
	});
}

function project(document, projection) {
	const wanted = Object.keys(projection || {}).filter((name) => Number(projection[name].value) === 1);
	return wanted.length === 0 ? document
		: Object.fromEntries(wanted.filter((name) => name in document).map((name) => [name, document[name]]));
}

class Peer {
	constructor() {
		this.collections = {};
		this.commands = []; // {name, …} of all but the talk about the connection itself
		this.cursors = new Map();
		this.batch = 2; // documents an answer, so that getMore is needed
		this.broken = null; // {code, message}: what every command is answered with
	}

	collection(command, name) {
		const key = `${command.$db}.${command[name]}`;
		return this.collections[key] ||= [];
	}

	slice(key, ns, all, name) {
		const now = all.splice(0, this.batch);
		const id = all.length > 0 ? key : 0n;
		if (all.length > 0) this.cursors.set(key, { ns, all });
		else this.cursors.delete(key);
		return { cursor: { id: new Typed(INT64, id), ns, [name]: now }, ok: new Typed(DOUBLE, 1) };
	}

	find(command) {
		let all = this.collection(command, 'find').filter((one) => matches(one, command.filter));
		if (command.limit) all = all.slice(0, Number(command.limit.value));
		return this.slice(BigInt(this.commands.length + 1), `${command.$db}.${command.find}`,
			all.map((one) => project(one, command.projection)), 'firstBatch');
	}

	update(command) {
		const { q, u } = command.updates[0];
		const one = this.collection(command, 'update').find((document) => matches(document, q));
		if (one) {
			Object.assign(one, u.$set);
			for (const name of Object.keys(u.$unset || {})) delete one[name];
		}
		return { n: one ? 1 : 0, nModified: one ? 1 : 0, ok: new Typed(DOUBLE, 1) };
	}

	// Only what count_documents() sends: [{$match}, {$group}].
	aggregate(command) {
		const n = this.collection(command, 'aggregate').filter((one) => matches(one, command.pipeline[0].$match)).length;
		return this.slice(0n, `${command.$db}.${command.aggregate}`, n > 0 ? [{ _id: 1, n }] : [], 'firstBatch');
	}

	answer(command) {
		const name = Object.keys(command)[0];
		if (/^(hello|ismaster)$/i.test(name))
			return { ismaster: true, helloOk: true, maxBsonObjectSize: 16777216, maxMessageSizeBytes: 48000000,
				maxWriteBatchSize: 100000, localTime: new Typed(DATE, Date.now()), minWireVersion: 0, maxWireVersion: 17,
				readOnly: false, ok: new Typed(DOUBLE, 1) };
		if (/^(ping|endSessions)$/.test(name)) return { ok: new Typed(DOUBLE, 1) };
		this.commands.push({ name, ...plain(command) });
		if (this.broken) return { ok: new Typed(DOUBLE, 0), code: this.broken.code, errmsg: this.broken.message };
		switch (name) {
		case 'find': return this.find(command);
		case 'update': return this.update(command);
		case 'aggregate': return this.aggregate(command);
		case 'insert':
			this.collection(command, 'insert').push(...command.documents);
			return { n: command.documents.length, ok: new Typed(DOUBLE, 1) };
		case 'drop':
			this.collection(command, 'drop').length = 0;
			return { ok: new Typed(DOUBLE, 1) };
		case 'getMore': {
			const { ns, all } = this.cursors.get(command.getMore.value);
			return this.slice(command.getMore.value, ns, all, 'nextBatch');
		}
		default: return { ok: new Typed(DOUBLE, 0), code: 59, errmsg: `no such command: ${name}` };
		}
	}

	// OP_QUERY only greets; all else comes as OP_MSG, its lists perhaps in sections of their own.
	message(b) {
		const id = b.readInt32LE(4), code = b.readInt32LE(12);
		if (code === 2004) {
			const command = read(b, b.indexOf(0, 20) + 9);
			const body = Buffer.concat([int(4, 8), int(8, 0), int(4, 0), int(4, 1), write(this.answer(command))]);
			return Buffer.concat([int(4, body.length + 16), int(4, 1), int(4, id), int(4, 1), body]);
		}
		let command = {};
		for (let at = 20; at < b.length;) {
			const size = b.readInt32LE(at + 1);
			if (b[at] === 0) {
				command = { ...read(b, at + 1), ...command };
			} else {
				const zero = b.indexOf(0, at + 5), list = [];
				for (let one = zero + 1; one < at + 1 + size; one += b.readInt32LE(one)) list.push(read(b, one));
				command[b.toString('utf8', at + 5, zero)] = list;
			}
			at += 1 + size;
		}
		const body = Buffer.concat([int(4, 0), Buffer.from([0]), write(this.answer(command))]);
		return Buffer.concat([int(4, body.length + 16), int(4, 1), int(4, id), int(4, 2013), body]);
	}

	listen() {
		this.sockets = new Set();
		this.server = net.createServer((socket) => {
			let kept = Buffer.alloc(0);
			this.sockets.add(socket);
			socket.on('error', () => {});
			socket.on('close', () => this.sockets.delete(socket));
			socket.on('data', (data) => {
				kept = Buffer.concat([kept, data]);
				while (kept.length >= 4 && kept.length >= kept.readInt32LE(0)) {
					socket.write(this.message(kept.subarray(0, kept.readInt32LE(0))));
					kept = kept.subarray(kept.readInt32LE(0));
				}
			});
		});
		return new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => {
			this.url = `mongodb://127.0.0.1:${this.server.address().port}`;
			resolve(this);
		}));
	}

	close() {
		for (const socket of this.sockets) socket.destroy();
		return new Promise((resolve) => this.server.close(resolve));
	}
}

module.exports = { Peer, Typed, plain, DOUBLE, DATE, INT32 };
