// SPDX-License-Identifier: Apache-2.0
// sign_in.js - coming in by a token or by the application's identity provider, as a browser does; and cards in
// pages of other origins.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs, until, STORE, PLAN } = require('./firm.js');
const { serving } = require('./service.js');
const { IdentityProvider, CLIENT } = require('./identity_provider.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const URLS = { PP_BASE_URL: 'http://127.0.0.1:1/api/v2', PP_TOKEN_URL: 'http://127.0.0.1:1/t' };
const SAME = { 'sec-fetch-site': 'same-origin' };
const APP = 'https://app.example.org';
const EMBED = `  embed_origins: [${APP}, 'http://localhost:3000']\n`;

// A server beside a provider.
function club(work, { more = '', head = EMBED } = {}) {
	return async () => {
		const p = await new IdentityProvider().start();
		const f = new Firm(null, URLS, `${PLAN}server:\n${head}  auth:\n${p.plan(more)}`);
		try {
			await serving(f, (s) => work(s, p, f));
		} finally {
			p.stop();
			f.remove();
		}
	};
}

// Each Set-Cookie by itself, also where fetch joins them (Debian 12's Node); no value of ours has a comma.
const cookiesOf = (headers) => (headers.getSetCookie ? headers.getSetCookie()
	: (headers.get('set-cookie') || '').split(/, *(?=[\w-]+=)/).filter(Boolean));

// A browser's jar: cookies by name, as this host set them.
class Browser {
	constructor(s) {
		this.s = s;
		this.jar = new Map();
	}

	async go(url, { method = 'GET', body, headers = {} } = {}) {
		const cookie = [...this.jar].map(([k, v]) => `${k}=${v}`).join('; ');
		const own = url.startsWith('/');
		const answer = await fetch(own ? this.s.url + url : url, { method, redirect: 'manual',
			headers: { ...SAME, ...(own && cookie ? { cookie } : {}), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
			body: body && JSON.stringify(body) });
		for (const set of own ? cookiesOf(answer.headers) : []) {
			const [, name, value, marks] = set.match(/^([^=]+)=([^;]*)(.*)$/);
			assert.match(marks, /; HttpOnly; SameSite=Lax; Max-Age=\d+$/);
			if (/Max-Age=0$/.test(marks)) this.jar.delete(name);
			else this.jar.set(name, value);
		}
		const text = await answer.text();
		return { status: answer.status, to: answer.headers.get('location'), headers: answer.headers,
			body: /json/.test(answer.headers.get('content-type')) ? JSON.parse(text) : text };
	}

	async there(from = '/jobs?state=dead', name = 'club') {
		const out = await this.go(`/api/sign-in/${name}?to=${encodeURIComponent(from)}`);
		assert.strictEqual(out.status, 303, JSON.stringify(out.body));
		return out.to;
	}

	// Wholly: there, yes, and back; where the browser ends.
	async signIn(from) {
		const back = (await this.go(await this.there(from))).to;
		return (await this.go(back.slice(this.s.url.length))).to;
	}

	async me() {
		return (await this.go('/api/me')).body;
	}
}

// The word that the sign-in page is given.
const problem = (to) => new URL(to, 'http://x').searchParams.get('problem');

test('a person signs in by the provider and comes back to where they were', club(async (s, p, f) => {
	const b = new Browser(s);
	assert.deepStrictEqual((await b.go('/api/sign-in')).body, { local: false,
		providers: [{ name: 'club', label: 'Club login', kind: 'redirect', url: '/api/sign-in/club' }] });
	const there = new URL(await b.there());
	assert.strictEqual(there.origin + there.pathname, `${p.url}/authorize`);
	assert.strictEqual(there.searchParams.get('redirect_uri'), `${s.url}/api/sign-in/club/callback`);
	for (const name of ['state', 'nonce', 'code_challenge']) assert.match(there.searchParams.get(name), /^[\w-]{43}$/);
	assert.ok(![...b.jar.values()].join().includes(there.searchParams.get('state')), 'the cookie shows the state');

	assert.strictEqual(await b.signIn('/jobs?state=dead'), '/jobs?state=dead');
	assert.deepStrictEqual([...b.jar.keys()], ['lockstep']);
	const me = await b.me();
	assert.deepStrictEqual([me.kind, me.name, me.roles, me.session, me.provider, me.subject],
		['jwt', 'jwt:8c1fb1a2', ['admin'], true, 'club', p.person.sub]);
	assert.ok(Date.parse(me.expires_at) - Date.now() <= 600e3, 'it outlives the token');
	assert.strictEqual((await b.go('/api/users')).status, 200);
	assert.notStrictEqual(p.exchanges[0].code_verifier, there.searchParams.get('code_challenge'));
	const { items } = (await b.go('/api/sessions')).body;
	assert.deepStrictEqual(items.map((l) => [l.name, l.provider, l.own]), [['jwt:8c1fb1a2', 'club', true]]);
	const [entry] = JSON.parse((await f.lockstep('audit', '--action', 'login', '--json')).out);
	assert.deepStrictEqual([entry.actor, entry.details], ['jwt:8c1fb1a2', { by: 'sign_in', provider: 'club' }]);

	// What is said here of the person counts at once, and so does what they may do by the cookie.
	await f.lockstep('grant', 'set', p.person.sub, '--role', 'viewer');
	assert.strictEqual((await b.go('/api/users')).status, 403);
	await f.lockstep('grant', 'deny', p.person.sub);
	assert.strictEqual((await b.me()).kind, 'nobody');
	assert.strictEqual((await b.go('/api/jobs')).status, 401);
	await f.lockstep('grant', 'remove', p.person.sub);
	assert.deepStrictEqual((await b.me()).roles, ['admin']);
	assert.strictEqual((await b.go('/api/logout', { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
	assert.strictEqual((await b.go('/api/logout', { method: 'POST' })).status, 204);
	assert.strictEqual((await b.me()).kind, 'nobody');
	assert.ok(!f.value('SELECT count(*) FROM lockstep_logins'), 'a session stays behind');
}));

test('an id_token alone is enough, and is good for a session only', club(async (s, p) => {
	const b = new Browser(s);
	p.opaque = true;
	assert.strictEqual(await b.signIn('/'), '/');
	const me = await b.me();
	assert.deepStrictEqual([me.kind, me.roles], ['jwt', ['admin']]);
	const id = p.token({ aud: CLIENT });
	assert.strictEqual((await s.get('/api/users', { token: id })).status, 401);
	assert.strictEqual((await b.go('/api/login/token', { method: 'POST', body: { token: id } })).status, 401);
}, { more: ', client_secret_in: body' }));

test('what comes back wrong lets nobody in', club(async (s, p, f) => {
	const cases = [
		[{ denied: true }, 'denied'], [{ expired: true }, 'refused'], [{ nonce: true }, 'refused'],
		[{ audience: 'another' }, 'refused'], [{ claims: { azp: 'another' } }, 'refused'],
		[{ no_id: true }, 'refused'], [{ claims: { iss: 'https://evil.example' } }, 'refused'],
		[{ claims: { is_anonymous: true }, access: { aud: 'else' } }, 'refused'],
		[{ claims: { sub: 'somebody else' }, access: {} }, null],
		[{ broken: true }, 'unreachable'],
	];
	for (const [faults, word] of cases) {
		const b = new Browser(s);
		p.faults = faults;
		const to = await b.signIn('/runs');
		if (word === null) { // the access token is another's: what the provider says of who signed in counts
			assert.strictEqual(to, '/runs');
			assert.strictEqual((await b.me()).subject, 'somebody else');
		} else {
			assert.strictEqual(problem(to), word, JSON.stringify(faults));
			assert.strictEqual(new URL(to, 'http://x').searchParams.get('to'), '/runs');
			assert.deepStrictEqual([...b.jar.keys()], [], JSON.stringify(faults));
		}
		await s.restart(); // five in a minute
	}
	assert.doesNotMatch(f.said, /somebody's code|provider secret/);
	assert.match(f.said, /invalid_grant/);
}));

test('only the browser that began it ends it', club(async (s, p) => {
	const path = (url) => url.slice(s.url.length);
	const victim = new Browser(s), other = new Browser(s);
	const back = path((await other.go(await other.there())).to);
	// The address of another's way back, opened by somebody who did not begin, or began another.
	assert.strictEqual(problem((await victim.go(back)).to), 'state');
	await victim.there();
	assert.strictEqual(problem((await victim.go(back)).to), 'state');
	assert.strictEqual((await victim.me()).kind, 'nobody');
	assert.strictEqual(p.exchanges.length, 0, 'a code was tried');
	const again = path((await other.go(await other.there())).to);
	assert.strictEqual(problem((await other.go(again.replace(/state=[^&]+/, 'state=x'))).to), 'state');
	assert.strictEqual((await other.go('/api/sign-in/nobody')).status, 404);
	// The limit is by address, and five ways back in a minute are enough.
	const b = new Browser(s);
	assert.strictEqual(await b.signIn('/'), '/');
	assert.strictEqual(problem((await b.go(again)).to), 'state');
	await until(async () => (await b.go(again)).status === 429, 'the limit');
}));

test('where one comes back to is a path of ours, whatever was asked for', club(async (s, p) => {
	for (const [from, to] of [['//evil.example', '/'], ['https://evil.example', '/'], ['/\\evil.example', '/'], ['\\\\evil', '/'],
		['/%09/evil.example', '/'], ['/x/../api/me', '/'], ['/%61pi/me', '/'], ['/\t/evil.example', '/'], ['javascript:alert(1)', '/'], ['', '/'],
		['/api/logout', '/'], ['/x'.repeat(400), '/'], ['/a b', '/'], ['/runs?x=1#y', '/runs?x=1#y']]) {
		const b = new Browser(s);
		const back = (await b.go(await b.there(from))).to;
		const value = [...b.jar.values()][0];
		assert.strictEqual(Buffer.from(value.split('.')[1], 'base64url').toString(), to, from);
		if (from.startsWith('/runs')) assert.strictEqual((await b.go(back.slice(s.url.length))).to, to);
	}
	// Nor what somebody put into the cookie.
	const b = new Browser(s);
	const back = (await b.go(await b.there())).to.slice(s.url.length);
	const [name, value] = [...b.jar][0];
	b.jar.set(name, value.split('.')[0] + '.' + Buffer.from('//evil.example').toString('base64url'));
	assert.strictEqual(problem((await b.go(back)).to), 'state');
	assert.strictEqual(p.exchanges.length, 1);
}));

test('a token is exchanged for a session that is worth as much', club(async (s, p, f) => {
	const b = new Browser(s);
	const come = (token, headers) => b.go('/api/login/token', { method: 'POST', body: { token }, headers });
	const ci = await s.token('viewer');
	assert.deepStrictEqual((await come(ci)).body, { name: 'token:test-viewer', roles: ['viewer'] });
	assert.deepStrictEqual([(await b.me()).kind, (await b.me()).session, (await b.me()).expires_at !== null], ['token', true, true]);
	const cookie = b.jar.get('lockstep');
	const rows = f.value(`SELECT count(*) AS n FROM lockstep_logins WHERE sealed LIKE '%${ci.slice(4)}%' OR hash LIKE '%${cookie}%'`);
	assert.strictEqual(Number(rows), 0, 'the token or the cookie stands in the database');
	assert.strictEqual((await b.go('/api/users')).status, 403);
	await f.lockstep('token', 'revoke', 'test-viewer');
	assert.strictEqual((await b.me()).kind, 'nobody', 'a revoked token goes on in a session');
	b.jar.clear();
	for (const [token, says] of [[ci, /revoked/], ['lse_' + 'x'.repeat(43), /card/], ['no token', /three parts/],
		[p.token({ aud: 'lockstep-api' }, -10), /expired/]]) {
		const got = await come(token);
		assert.deepStrictEqual([got.status, got.body.code], [401, 'bad_credentials'], token);
		assert.match(got.body.detail, says);
		assert.ok(!b.jar.size);
	}
	await until(async () => (await come(ci)).status === 429, 'the limit');
	await s.restart();
	assert.strictEqual((await come(p.token({ aud: 'lockstep-api' }), { 'sec-fetch-site': 'cross-site' })).status, 403, 'another site signs somebody in');
	assert.strictEqual((await come(p.token({ aud: 'lockstep-api', role: 'coach' }, 300))).status, 200);
	const me = await b.me();
	assert.deepStrictEqual([me.kind, me.roles, me.provider], ['jwt', ['coach'], 'club']);
	assert.ok(Math.abs(Date.parse(me.expires_at) - Date.now() - 300e3) < 60e3, me.expires_at);
	// An administrator ends it.
	const [session] = (await s.get('/api/sessions')).body.items;
	assert.deepStrictEqual([session.name, session.own], ['jwt:8c1fb1a2', false]);
	assert.strictEqual((await s.call(`/api/sessions/${session.id}`, { method: 'DELETE' })).status, 204);
	assert.strictEqual((await s.call(`/api/sessions/${session.id}`, { method: 'DELETE' })).status, 404);
	assert.strictEqual((await b.me()).kind, 'nobody');
	const { items } = (await s.get(`/api/audit?action=session.end&from=${new Date(Date.now() - 60e3).toISOString()}`)).body;
	assert.deepStrictEqual(items.map((e) => e.target), ['jwt:8c1fb1a2']);
	assert.deepStrictEqual((await s.get('/api/audit?from=2100-01-01T00:00:00Z')).body.items, []);
	assert.deepStrictEqual((await s.get('/api/audit?to=2001-01-01T00:00:00Z')).body.items, []);
	assert.strictEqual((await s.get('/api/audit?to=yesterday')).status, 400);
}));

test('an embed token opens one card and nothing else', club(async (s, p, f) => {
	const player = '5d0e77c4-0000-4000-8000-000000000002', other = '5d0e77c4-0000-4000-8000-000000000003';
	const mint = (body, token) => s.post('/api/embed-tokens', { scope: 'pti', ...body }, { token });
	const made = await mint({ player });
	assert.deepStrictEqual([made.status, made.body.player, made.body.scope], [201, player, 'pti']);
	const { token } = made.body;
	assert.match(token, /^lse_[\w-]{43}$/);
	assert.ok(Math.abs(Date.parse(made.body.expires_at) - Date.now() - 900e3) < 60e3);
	const card = (id, what, method = 'GET', body) => s.call(`/api/players/${id}/pti/${what}`, { method, body, token });
	// There is no plan for PTI here: what is let in finds no connection, what is not does not come so far.
	for (const [what, method, body] of [['status', 'GET'], ['link', 'POST', { print_page_url: 'https://x.example' }],
		['link', 'DELETE'], ['refresh', 'POST']]) {
		assert.ok(![401, 403].includes((await card(player, what, method, body)).status), `${method} ${what}`);
		assert.strictEqual((await card(other, what, method, body)).body.code, 'embed_scope', `${method} ${what} of another`);
	}
	for (const path of [`/api/players/${player}/pti/history`, '/api/me', '/api/events', '/api/jobs', '/api/sign-in', '/api/openapi.json', '/api/tokens'])
		assert.strictEqual((await s.get(path, { token })).body.code, 'embed_scope', path);
	assert.strictEqual((await mint({ player }, token)).body.code, 'embed_scope');
	assert.ok(!(await s.get('/api/tokens')).text.includes('lse_'));
	assert.strictEqual(Number(f.value(`SELECT count(*) AS n FROM lockstep_embed_tokens WHERE hash LIKE '%${token.slice(4)}%'`)), 0);

	// A player for themselves, an administrator for everybody, nobody else; not for longer than an hour.
	const mine = p.token({ aud: 'lockstep-api', sub: player, role: 'player' }, 120);
	const own = await mint({ player, ttl_s: 3600 }, mine);
	assert.strictEqual(own.status, 201);
	assert.ok(Date.parse(own.body.expires_at) - Date.now() < 121e3, 'it outlives what it was made with');
	assert.strictEqual((await mint({ player: other }, mine)).body.code, 'not_yours');
	assert.strictEqual((await mint({ player }, await s.token('coach'))).status, 403);
	for (const wrong of [{ player, ttl_s: 3601 }, { player, scope: 'all' }, {}, { player, ttl_s: 0 }])
		assert.strictEqual((await mint(wrong)).status, 400, JSON.stringify(wrong));
	// It ends with its time, and when the player is denied.
	await f.lockstep('grant', 'deny', player);
	assert.strictEqual((await card(player, 'status')).status, 401);
	await f.lockstep('grant', 'remove', player);
	assert.notStrictEqual((await card(player, 'status')).status, 401);
	f.change('UPDATE lockstep_embed_tokens SET expires_ms = 1');
	assert.strictEqual((await card(player, 'status')).status, 401);
	await mint({ player });
	assert.strictEqual(Number(f.value('SELECT count(*) AS n FROM lockstep_embed_tokens')), 1, 'what has expired stays');
}));

test('only pages of the origins that the plan names may call, and only for a card', club(async (s) => {
	const path = '/api/players/x/pti/status';
	const token = await s.token();
	const preflight = (origin, at = path) => s.call(at, { method: 'OPTIONS', token: null,
		headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' } });
	const cors = (answer) => [...answer.headers.keys()].filter((h) => h.startsWith('access-control'));
	for (const origin of [APP, 'http://localhost:3000']) {
		const yes = await preflight(origin);
		assert.deepStrictEqual([yes.status, yes.headers.get('access-control-allow-origin'), yes.headers.get('vary')], [204, origin, 'Origin']);
		assert.strictEqual(yes.headers.get('access-control-allow-methods'), 'GET');
		assert.strictEqual(yes.headers.get('access-control-allow-headers'), 'Authorization, Content-Type');
		assert.strictEqual(yes.headers.get('access-control-allow-credentials'), null);
		const got = await s.get(path, { token, headers: { origin } });
		assert.deepStrictEqual([got.headers.get('access-control-allow-origin'), got.headers.get('vary')], [origin, 'Origin']);
		// Errors too: the page has to say what is wrong.
		assert.strictEqual((await s.get(path, { token: null, headers: { origin } })).headers.get('access-control-allow-origin'), origin);
	}
	assert.strictEqual((await preflight(APP, '/api/players/x/pti/link')).headers.get('access-control-allow-methods'), 'POST, DELETE');
	for (const hostile of ['null', 'https://app.example.org.evil.example', 'https://evil.example', 'https://xapp.example.org',
		'http://app.example.org', 'https://app.example.org:444', 'https://app.example.org/', 'https://APP.example.org', 'https://app.example.orG',
		'https://app.example.org, https://evil.example', '*', '']) {
		assert.deepStrictEqual(cors(await preflight(hostile)), [], hostile);
		assert.deepStrictEqual(cors(await s.get(path, { token, headers: { origin: hostile } })), [], hostile);
	}
	for (const elsewhere of ['/api/me', '/api/users', '/api/players/x/pti/history', '/api/embed-tokens', '/api/login/token', '/api/nothing']) {
		assert.deepStrictEqual(cors(await preflight(APP, elsewhere)), [], elsewhere);
		assert.deepStrictEqual(cors(await s.get(elsewhere, { token, headers: { origin: APP } })), [], elsewhere);
	}
}));

test('a page of the application may sign in instead, and without either there is no way', club(async (s, p, f) => {
	f.write('lockstep.yaml', `${PLAN}server:\n  auth:\n${p.plan().replace(/sign_in:.*/, "sign_in: { url: 'https://app.example.org/login' }")}`);
	await s.restart();
	const b = new Browser(s);
	assert.deepStrictEqual((await b.go('/api/sign-in')).body.providers,
		[{ name: 'club', label: 'club', kind: 'page', url: 'https://app.example.org/login' }]);
	assert.strictEqual((await b.go('/api/sign-in/club')).status, 404);
	assert.strictEqual((await b.go('/api/sign-in/club/callback?code=x&state=y')).status, 404);
	f.write('lockstep.yaml', PLAN);
	await s.restart();
	assert.deepStrictEqual((await b.go('/api/sign-in')).body, { local: false, providers: [] });
}));
