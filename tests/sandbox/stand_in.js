// SPDX-License-Identifier: Apache-2.0
// stand_in.js - starts a lockstep-sandbox, talks to it, and ends it.
'use strict';

const { spawn } = require('node:child_process');
const net = require('node:net');

const PROGRAM = process.argv[2];
const BEARER = { authorization: 'Bearer sandbox-access-0' };
// What each vendor takes for a client that may come in, and where its API begins.
const VENDORS = {
	practicepanther: { bearer: BEARER, api: '/api/v2' },
	firecrawl: { bearer: { authorization: 'Bearer fc-00000000-0000-4000-8000-000000000001' }, api: '' },
	tenniscores: { bearer: {}, api: '' },
	metactf: { bearer: { authorization: 'Bearer sandbox-token' }, api: '/integrations/syned/v1' },
};

class StandIn {
	constructor(vendor, child, url, complaints) {
		this.bearer = VENDORS[vendor].bearer;
		this.api = VENDORS[vendor].api;
		this.child = child;
		this.complaints = complaints;
		this.url = url;
		this.port = Number(new URL(url).port);
	}

	// An answer of the vendor, with status, headers and text.
	async ask(path, options = {}) {
		const headers = { ...this.bearer, 'accept-encoding': 'identity', ...options.headers };
		const answer = await fetch(this.url + path, { redirect: 'manual', ...options, headers });
		return { status: answer.status, headers: answer.headers, text: await answer.text() };
	}

	async get(path) {
		const { status, text } = await this.ask(this.api + path);
		if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
		return JSON.parse(text);
	}

	async admin(path) {
		return JSON.parse((await this.ask('/sandbox/' + path)).text);
	}

	async post(path, body) {
		const text = body === undefined ? '' : JSON.stringify(body);
		const answer = await this.ask('/sandbox/' + path, { method: 'POST', body: text });
		if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
		return JSON.parse(answer.text);
	}

	async lines(path) {
		const { text } = await this.ask('/sandbox/' + path);
		return text.split('\n').filter(Boolean);
	}

	async truth(collection) {
		return (await this.lines('truth/' + collection)).map((line) => JSON.parse(line));
	}

	async log() {
		return (await this.lines('log')).map((line) => JSON.parse(line));
	}

	async form(path, members, headers = {}) {
		const answer = await this.ask(path, {
			method: 'POST',
			body: new URLSearchParams(members).toString(),
			headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
		});
		return { status: answer.status, body: JSON.parse(answer.text) };
	}

	// The bytes of one exchange as they come, and how the connection ended.
	raw(path, { headers = {}, patience = 60000 } = {}) {
		return new Promise((resolve) => {
			const pieces = [];
			let error = null;
			const socket = net.connect(this.port, '127.0.0.1');
			const lines = Object.entries({ host: `127.0.0.1:${this.port}`, connection: 'close',
				...this.bearer, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
			socket.setTimeout(patience, () => socket.destroy(new Error('nothing came')));
			socket.on('data', (data) => pieces.push({ at: Date.now(), data }));
			socket.on('error', (e) => { error = e.code || e.message; });
			socket.on('close', () => resolve({ ...parse(pieces), pieces: pieces.length, error }));
			socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
		});
	}

	stop(signal = 'SIGTERM') {
		return new Promise((resolve) => {
			this.child.once('exit', (code, by) => resolve({ code, signal: by }));
			this.child.kill(signal);
		});
	}
}

function parse(pieces) {
	const all = Buffer.concat(pieces.map((p) => p.data));
	const end = all.indexOf('\r\n\r\n');
	if (end < 0) return { all, status: 0, headers: {}, body: Buffer.alloc(0) };
	const [first, ...rest] = all.subarray(0, end).toString('latin1').split('\r\n');
	const headers = {};
	for (const line of rest) {
		const colon = line.indexOf(':');
		headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
	}
	return { all, status: Number(first.split(' ')[1]), headers, body: all.subarray(end + 4) };
}

// Resolves when it is ready; rejects with what it said when it ends instead.
function startOf(vendor, ...args) {
	return new Promise((resolve, reject) => {
		const child = spawn(PROGRAM, [vendor, '--quiet', '--port', 0, ...args].map(String));
		let said = '', complaints = '';
		child.stderr.on('data', (data) => { complaints += data; });
		child.stdout.on('data', (data) => {
			said += data;
			const ready = said.match(/^listening on (\S+)\n/);
			if (ready) resolve(new StandIn(vendor, child, ready[1], () => complaints));
		});
		child.on('exit', (code) => reject(Object.assign(new Error(complaints), { code, said })));
	});
}

// Runs `work` with a stand-in that ends whatever happens.
function withinOf(vendor, args, work) {
	return async () => {
		const it = await startOf(vendor, ...args);
		try {
			await work(it);
		} finally {
			const { code } = await it.stop();
			if (code !== 0) throw new Error(`it ended with ${code}: ${it.complaints()}`);
		}
	};
}

const start = (...args) => startOf('practicepanther', ...args);
const within = (args, work) => withinOf('practicepanther', args, work);

module.exports = { start, within, startOf, withinOf, BEARER, PROGRAM };
