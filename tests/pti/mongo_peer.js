// SPDX-License-Identifier: Apache-2.0
// mongo_peer.js - a test peer that speaks as much of MongoDB's wire protocol as lockstep needs.
//
// Not MongoDB and no proof of how MongoDB behaves: documents in memory, equality, $gt and $in in filters,
// $set and $unset in updates.  It keeps every command as it came, types included, so that a test can
// judge what is sent.  For a real server see tests/with_mongodb.
//
// As a server of its own it refuses transactions; as a replica set of one member (`new Peer('set')`) or
// as mongos it has them (mongo_peer_transaction.js).  `faults` is what goes wrong, each once:
//   { on: 'update', code, labels, applied, cut, before }
// the next command of that name (of a transaction when `within`) is carried out when `applied`; then
// `before` is awaited, and it is answered with that error, or with nothing on a connection that is `cut`.
'use strict';

const net = require('node:net');
const { Transactions } = require('./mongo_peer_transaction.js');

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
		if (want.$in) return want.$in.some((one) => same(has, one));
		if (Object.keys(want).join() !== '$gt') throw new Error(`no ${Object.keys(want)} here`);
		return typeof has === typeof want.$gt && has > want.$gt; // values of one type only
	});
}

const order = (v) => (v instanceof Typed ? Number(v.value) : v);

function sorted(all, sort) {
	const [name] = Object.keys(sort || {});
	return name ? [...all].sort((a, b) => (order(a[name]) < order(b[name]) ? -1 : 1)) : all;
}

function project(document, projection) {
	const wanted = Object.keys(projection || {}).filter((name) => Number(projection[name].value) === 1);
	return wanted.length === 0 ? document
		: Object.fromEntries(wanted.filter((name) => name in document).map((name) => [name, document[name]]));
}

const refusal = ({ code, message = 'refused', labels }) => ({ ok: new Typed(DOUBLE, 0), code, errmsg: message,
	...(labels ? { errorLabels: labels } : {}) });

class Peer {
	constructor(kind = 'alone') {
		this.kind = kind; // 'alone', 'set', 'mongos'
		this.collections = {};
		this.commands = []; // {name, …} of all but the talk about the connection itself
		this.cursors = new Map();
		this.batch = 2; // documents an answer, so that getMore is needed
		this.broken = null; // {code, message}: what every command is answered with
		this.faults = [];
		this.transactions = new Transactions(this);
	}

	collection(command, name) {
		const key = `${command.$db}.${command[name]}`;
		const all = command.within ? command.within.collections : this.collections;
		return all[key] ||= [];
	}

	touch(command, name, one) {
		this.transactions.touch(command.within, `${command.$db}.${command[name]}`, one);
	}

	slice(key, ns, all, name) {
		const now = all.splice(0, this.batch);
		const id = all.length > 0 ? key : 0n;
		if (all.length > 0) this.cursors.set(key, { ns, all });
		else this.cursors.delete(key);
		return { cursor: { id: new Typed(INT64, id), ns, [name]: now }, ok: new Typed(DOUBLE, 1) };
	}

	find(command) {
		let all = sorted(this.collection(command, 'find').filter((one) => matches(one, command.filter)), command.sort);
		if (command.limit) all = all.slice(0, Number(command.limit.value));
		return this.slice(BigInt(this.commands.length + 1), `${command.$db}.${command.find}`,
			all.map((one) => project(one, command.projection)), 'firstBatch');
	}

	update(command) {
		const { q, u } = command.updates[0];
		const one = this.collection(command, 'update').find((document) => matches(document, q));
		if (one) {
			this.touch(command, 'update', one);
			Object.assign(one, u.$set);
			for (const name of Object.keys(u.$unset || {})) delete one[name];
		}
		return { n: one ? 1 : 0, nModified: one ? 1 : 0, ok: new Typed(DOUBLE, 1) };
	}

	insert(command) {
		for (const one of command.documents) {
			if (this.collection(command, 'insert').some((other) => JSON.stringify(other._id) === JSON.stringify(one._id)))
				return { n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key' }], ok: new Typed(DOUBLE, 1) };
			this.touch(command, 'insert', one);
			this.collection(command, 'insert').push(one);
		}
		return { n: command.documents.length, ok: new Typed(DOUBLE, 1) };
	}

	remove(command) {
		const all = this.collection(command, 'delete'), gone = all.filter((one) => matches(one, command.deletes[0].q));
		for (const one of gone) {
			this.touch(command, 'delete', one);
			all.splice(all.indexOf(one), 1);
		}
		return { n: gone.length, ok: new Typed(DOUBLE, 1) };
	}

	// Only what count_documents() sends: [{$match}, {$group}].
	aggregate(command) {
		const n = this.collection(command, 'aggregate').filter((one) => matches(one, command.pipeline[0].$match)).length;
		return this.slice(0n, `${command.$db}.${command.aggregate}`, n > 0 ? [{ _id: 1, n }] : [], 'firstBatch');
	}

	hello() {
		const set = { setName: 'rs0', setVersion: 1, secondary: false, hosts: [this.host], me: this.host };
		return { ismaster: true, isWritablePrimary: true, helloOk: true, maxBsonObjectSize: 16777216, maxMessageSizeBytes: 48000000,
			maxWriteBatchSize: 100000, localTime: new Typed(DATE, Date.now()), logicalSessionTimeoutMinutes: 30, minWireVersion: 0,
			maxWireVersion: 17, readOnly: false, ...(this.kind === 'set' ? set : this.kind === 'mongos' ? { msg: 'isdbgrid' } : {}),
			ok: new Typed(DOUBLE, 1) };
	}

	carryOut(name, command) {
		switch (name) {
		case 'find': return this.find(command);
		case 'update': return this.update(command);
		case 'aggregate': return this.aggregate(command);
		case 'insert': return this.insert(command);
		case 'delete': return this.remove(command);
		case 'commitTransaction': return this.transactions.commit(command);
		case 'abortTransaction': return this.transactions.abort(command);
		case 'drop':
			this.collection(command, 'drop').length = 0;
			return { ok: new Typed(DOUBLE, 1) };
		case 'getMore': {
			const { ns, all } = this.cursors.get(command.getMore.value);
			return this.slice(command.getMore.value, ns, all, 'nextBatch');
		}
		default: return refusal({ code: 59, message: `no such command: ${name}` });
		}
	}

	// Undefined: nothing is answered, the connection is cut.
	async answer(command) {
		const name = Object.keys(command)[0];
		if (/^(hello|ismaster)$/i.test(name)) return this.hello();
		if (/^(ping|endSessions)$/.test(name)) return { ok: new Typed(DOUBLE, 1) };
		this.commands.push({ name, ...plain(command) });
		if (this.broken) return refusal(this.broken);
		const at = this.faults.findIndex((one) => one.on === name && (!one.within || command.autocommit === false));
		const fault = at < 0 ? null : this.faults.splice(at, 1)[0];
		const did = fault && !fault.applied ? null : await this.transactions.carryOut(name, command);
		if (!fault) return did;
		if (fault.before) await fault.before();
		if (fault.cut) return undefined;
		if ((fault.labels || []).includes('TransientTransactionError')) this.transactions.abort(command);
		return fault.code ? refusal(fault) : did;
	}

	// OP_QUERY only greets; all else comes as OP_MSG, its lists perhaps in sections of their own.
	async message(b) {
		const id = b.readInt32LE(4), code = b.readInt32LE(12);
		if (code === 2004) {
			const command = read(b, b.indexOf(0, 20) + 9);
			const body = Buffer.concat([int(4, 8), int(8, 0), int(4, 0), int(4, 1), write(await this.answer(command))]);
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
		const answer = await this.answer(command);
		if (!answer) return null;
		const body = Buffer.concat([int(4, 0), Buffer.from([0]), write(answer)]);
		return Buffer.concat([int(4, body.length + 16), int(4, 1), int(4, id), int(4, 2013), body]);
	}

	listen() {
		this.sockets = new Set();
		this.server = net.createServer((socket) => {
			let kept = Buffer.alloc(0), turn = Promise.resolve(); // answers go out in the order of the commands
			const reply = async (b) => {
				const answer = await this.message(b);
				if (answer) socket.write(answer);
				else socket.destroy();
			};
			this.sockets.add(socket);
			socket.on('error', () => {});
			socket.on('close', () => this.sockets.delete(socket));
			socket.on('data', (data) => {
				kept = Buffer.concat([kept, data]);
				while (kept.length >= 4 && kept.length >= kept.readInt32LE(0)) {
					const one = kept.subarray(0, kept.readInt32LE(0));
					turn = turn.then(() => reply(one));
					kept = kept.subarray(kept.readInt32LE(0));
				}
			});
		});
		return new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => {
			this.host = `127.0.0.1:${this.server.address().port}`;
			this.url = `mongodb://${this.host}`;
			resolve(this);
		}));
	}

	close() {
		for (const socket of this.sockets) socket.destroy();
		return new Promise((resolve) => this.server.close(resolve));
	}
}

module.exports = { Peer, Typed, plain, DOUBLE, DATE, INT32 };
