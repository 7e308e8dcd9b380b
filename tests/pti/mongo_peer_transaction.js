// SPDX-License-Identifier: Apache-2.0
// mongo_peer_transaction.js - transactions of the test peer: a snapshot to read, writes that nobody else
// sees before the commit.
//
// As the manual says of MongoDB: a transaction that writes what another one has written since it began, or
// is writing, gets WriteConflict (112) and is over; a write without a transaction waits until the one that
// holds the document ends; a commit that is sent again is answered as the first one was.
'use strict';

const TRANSIENT = ['TransientTransactionError'];
const NO_SUCH = { code: 251, message: 'NoSuchTransaction', labels: TRANSIENT };
const refusal = ({ code, message, labels }) => ({ ok: 0, code, errmsg: message, ...(labels ? { errorLabels: labels } : {}) });

class Conflict extends Error {}

const copy = (collections) => Object.fromEntries(Object.entries(collections).map(([key, all]) => [key, all.map((one) => ({ ...one }))]));
const nameOf = (key, one) => `${key} ${JSON.stringify(one._id)}`;

class Transactions {
	constructor(peer) {
		this.peer = peer;
		this.open = new Map(); // by session
		this.ended = new Map(); // session → number of the one that was committed
		this.version = new Map(); // document → when it was committed
		this.now = 0;
		this.waiting = [];
		this.none = false; // refused, whatever the greeting says
	}

	session(command) {
		return command.lsid.id.value.toString('hex');
	}

	begin(command) {
		const one = { number: command.txnNumber.value, began: this.now, collections: copy(this.peer.collections), wrote: new Map() };
		this.open.set(this.session(command), one);
		return one;
	}

	of(command) {
		const one = this.open.get(this.session(command));
		return one && one.number === command.txnNumber.value ? one : null;
	}

	holder(name) {
		return [...this.open.values()].find((one) => one.wrote.has(name));
	}

	// `one` of a collection is about to be written.
	touch(within, key, one) {
		const name = nameOf(key, one), holder = this.holder(name);
		if (!within) {
			if (holder) throw new Conflict(name);
			this.version.set(name, ++this.now);
			return;
		}
		if ((holder && holder !== within) || (this.version.get(name) || 0) > within.began) throw new Conflict(name);
		within.wrote.set(name, { key, id: one._id });
	}

	async carryOut(name, command) {
		const within = command.autocommit === false;
		if (within && (this.none || this.peer.kind === 'alone'))
			return refusal({ code: 20, message: 'Transaction numbers are only allowed on a replica set member or mongos' });
		if (within && /^(commit|abort)Transaction$/.test(name)) return this.peer.carryOut(name, command);
		if (within) command.within = command.startTransaction ? this.begin(command) : this.of(command);
		if (within && !command.within) return refusal(NO_SUCH);
		for (;;)
			try {
				return this.peer.carryOut(name, command);
			} catch (e) {
				if (!(e instanceof Conflict)) throw e;
				if (within) {
					this.abort(command);
					return refusal({ code: 112, message: 'WriteConflict', labels: TRANSIENT });
				}
				await new Promise((resolve) => this.waiting.push(resolve));
			}
	}

	end(command) {
		this.open.delete(this.session(command));
		this.waiting.splice(0).forEach((resolve) => resolve());
	}

	// What a test holds of a document stays that document.
	publish({ key, id }, from) {
		const all = this.peer.collections[key] ||= [];
		const is = (one) => JSON.stringify(one._id) === JSON.stringify(id);
		const old = all.find(is), now = (from[key] || []).find(is);
		if (!now && old) all.splice(all.indexOf(old), 1);
		if (now && !old) all.push(now);
		if (!now || !old) return;
		for (const name of Object.keys(old)) if (!(name in now)) delete old[name];
		Object.assign(old, now);
	}

	// As a server does after a minute with those whose program died.
	expire() {
		this.open.clear();
		this.waiting.splice(0).forEach((resolve) => resolve());
	}

	commit(command) {
		const one = this.of(command);
		if (!one) return this.ended.get(this.session(command)) === command.txnNumber.value ? { ok: 1 } : refusal(NO_SUCH);
		this.now++;
		for (const [name, where] of one.wrote) {
			this.publish(where, one.collections);
			this.version.set(name, this.now);
		}
		this.ended.set(this.session(command), one.number);
		this.end(command);
		return { ok: 1 };
	}

	abort(command) {
		if (!command.lsid || !this.of(command)) return refusal(NO_SUCH);
		this.end(command);
		return { ok: 1 };
	}
}

module.exports = { Transactions };
