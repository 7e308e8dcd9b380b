// SPDX-License-Identifier: Apache-2.0
// identity_provider.js - a stand-in of an application's identity provider: authorization code flow with PKCE,
// published keys, and whatever a test wants it to get wrong.
'use strict';

const http = require('node:http');
const crypto = require('node:crypto');

const b64 = (v) => Buffer.from(typeof v === 'string' ? v : JSON.stringify(v)).toString('base64url');
const sha256 = (text) => crypto.createHash('sha256').update(text).digest('base64url');
const CLIENT = 'lockstep', SECRET = 'provider secret: 10%+';

class IdentityProvider {
	constructor() {
		this.keys = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
		this.codes = new Map();
		this.person = { sub: '8c1fb1a2-0000-4000-8000-000000000001', role: 'admin' };
		this.faults = {}; // what to get wrong: see token() and exchange()
		this.exchanges = [];
		this.server = http.createServer((q, a) => this.answer(q, a));
	}

	async start() {
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}`;
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		this.server.close();
	}

	// As a plan names it.  `more` are further lines of `sign_in`.
	plan(more = '') {
		return `    - name: club
      algorithm: ES256
      jwks_url: ${this.url}/keys
      issuer: ${this.url}
      audience: lockstep-api
      roles_claim: role
      allow_http: true
      sign_in: { label: Club login, authorize_url: '${this.url}/authorize', token_url: '${this.url}/token', client_id: ${CLIENT}, client_secret: '${SECRET}'${more} }
`;
	}

	token(claims, seconds = 600) {
		const now = Math.floor(Date.now() / 1000);
		const text = b64({ alg: 'ES256', typ: 'JWT', kid: 'k1' }) + '.' +
			b64({ iss: this.url, iat: now, exp: now + seconds, ...this.person, ...claims });
		const signature = crypto.sign('sha256', Buffer.from(text), { key: this.keys.privateKey, dsaEncoding: 'ieee-p1363' });
		return `${text}.${signature.toString('base64url')}`;
	}

	// The person says yes at once, or no.
	authorize(query) {
		const back = new URL(query.get('redirect_uri'));
		if (query.get('client_id') !== CLIENT || query.get('response_type') !== 'code' || query.get('code_challenge_method') !== 'S256')
			return null;
		back.searchParams.set('state', query.get('state'));
		back.searchParams.set('session_state', 'what some providers add');
		if (this.faults.denied) {
			back.searchParams.set('error', 'access_denied');
			return back.href;
		}
		const code = crypto.randomBytes(16).toString('hex');
		this.codes.set(code, { challenge: query.get('code_challenge'), redirect: query.get('redirect_uri'), nonce: query.get('nonce') });
		back.searchParams.set('code', code);
		return back.href;
	}

	// A code is good once, for who began and for where it was sent.
	exchange(form, authorization) {
		this.exchanges.push(Object.fromEntries(form));
		const known = this.codes.get(form.get('code'));
		this.codes.delete(form.get('code'));
		const basic = 'Basic ' + Buffer.from(new URLSearchParams([['', CLIENT]]).toString().slice(1) + ':' +
			new URLSearchParams([['', SECRET]]).toString().slice(1)).toString('base64');
		const secret = authorization ? authorization === basic : form.get('client_secret') === SECRET;
		if (!secret) return [401, { error: 'invalid_client' }];
		if (!known || known.challenge !== sha256(form.get('code_verifier') || '') || known.redirect !== form.get('redirect_uri') || this.faults.expired)
			return [400, { error: 'invalid_grant', error_description: `somebody's code ${form.get('code')}` }];
		const nonce = this.faults.nonce ? 'another' : known.nonce;
		const answer = { token_type: 'bearer', expires_in: 600,
			id_token: this.token({ aud: this.faults.audience || CLIENT, nonce, azp: CLIENT, ...this.faults.claims }, this.faults.seconds),
			access_token: this.opaque ? 'opaque' : this.token({ aud: 'lockstep-api', ...this.faults.access }, this.faults.seconds) };
		if (this.faults.no_id) delete answer.id_token;
		return [200, answer];
	}

	async answer(q, a) {
		const url = new URL(q.url, this.url);
		const json = (status, body) => a.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
		let body = '';
		for await (const part of q) body += part;
		if (url.pathname === '/keys')
			return json(200, { keys: [{ ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'ES256' }] });
		if (url.pathname === '/authorize') {
			const back = this.authorize(url.searchParams);
			return back ? a.writeHead(302, { location: back }).end() : json(400, { error: 'invalid_request' });
		}
		if (url.pathname === '/token' && this.faults.broken) return json(503, {});
		if (url.pathname === '/token') return json(...this.exchange(new URLSearchParams(body), q.headers.authorization));
		return json(404, {});
	}
}

module.exports = { IdentityProvider, CLIENT };
