// SPDX-License-Identifier: Apache-2.0
// service.js - a running `lockstep serve` of a firm: started, asked as a client would, ended.
'use strict';

const { until } = require('./firm.js');

class Service {
	constructor(firm, args) {
		this.firm = firm;
		this.args = args;
		this.tokens = {};
	}

	async start() {
		this.child = this.firm.begin(['serve', '--listen', '127.0.0.1:0', ...this.args]);
		this.url = await until(() => {
			if (this.child.exitCode !== null) throw new Error(`it ended: ${this.child.so_far.err}`);
			const said = (this.child.so_far.out + this.child.so_far.err).match(/http:\/\/127\.0\.0\.1:(\d+)/);
			return said && said[0];
		}, 'the address');
	}

	async stop(signal = 'SIGTERM') {
		this.child.kill(signal);
		return this.child.ended;
	}

	async restart(signal = 'SIGTERM') {
		const ended = await this.stop(signal);
		await this.start();
		return ended;
	}

	// An API token of that role, made once.
	async token(role = 'admin') {
		if (!this.tokens[role]) {
			const made = await this.firm.lockstep('token', 'add', `test-${role}`, '--role', role);
			if (made.code !== 0) throw new Error(made.err);
			this.tokens[role] = made.out.match(/lsk_[\w-]+/)[0];
		}
		return this.tokens[role];
	}

	// token null: nobody.  `raw` is a body sent as it is; `stream`: only status and headers.
	async call(path, { method = 'GET', body, raw, type, token, headers = {}, stream } = {}) {
		const sent = { ...headers };
		if (token !== null) sent.authorization = `Bearer ${token || await this.token()}`;
		if (body !== undefined) sent['content-type'] = 'application/json';
		if (type) sent['content-type'] = type;
		const abort = new AbortController();
		const answer = await fetch(this.url + path, { method, redirect: 'manual', headers: sent, signal: abort.signal,
			body: raw !== undefined ? raw : body === undefined ? undefined : JSON.stringify(body) });
		if (stream && /event-stream/.test(answer.headers.get('content-type'))) {
			abort.abort();
			return { status: answer.status, headers: answer.headers, text: '', body: null };
		}
		const text = await answer.text();
		let parsed = null;
		try {
			parsed = JSON.parse(text);
		} catch { /* no JSON */ }
		return { status: answer.status, headers: answer.headers, text, body: parsed };
	}

	get(path, options) {
		return this.call(path, options);
	}

	post(path, body, options) {
		return this.call(path, { method: 'POST', body, ...options });
	}

	// A job that is over.  It leaves the table of those that wait or run; who looked there over the API, again
	// and again, would soon be told to ask less often, and so would the test.
	async finished(job) {
		await until(() => Number(this.firm.value(`SELECT count(*) AS n FROM lockstep_jobs WHERE id = ${job}`)) === 0,
			`the end of job ${job}`);
		return (await this.get(`/api/jobs/${job}`)).body;
	}
}

// Runs `work` beside a server of the firm, which ends whatever happens.
async function serving(firm, work, { env = {}, args = [] } = {}) {
	Object.assign(firm.env, env);
	const s = new Service(firm, args);
	await s.start();
	try {
		await work(s);
	} finally {
		if (s.child.exitCode === null && s.child.signalCode === null) await s.stop('SIGKILL');
	}
}

module.exports = { Service, serving };
