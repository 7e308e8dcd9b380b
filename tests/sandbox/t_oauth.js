// SPDX-License-Identifier: Apache-2.0
// t_oauth.js - codes and tokens: what is granted, what is refused, and what works only once.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { within } = require('./stand_in.js');

const SMALL = ['--contacts', 20, '--matters', 5, '--tasks', 5];
const CLIENT = { client_id: 'sandbox-client', client_secret: 'sandbox-secret' };
const refresh = (it, token, path = '/OAuth/Token') =>
	it.form(path, { grant_type: 'refresh_token', refresh_token: token, ...CLIENT });
const refused = (error) => ({ status: 400, body: { error } });

async function allowed(it, token) {
	const { status, text } = await it.ask('/api/v2/users/me', { headers: { authorization: 'bearer ' + token } });
	if (status === 401) assert.match(JSON.parse(text).message, /^Authorization has been denied/);
	return status === 200;
}

test('a refresh token works once and gives a new pair', within(SMALL, async (it) => {
	const { status, body } = await refresh(it, 'sandbox-refresh-0');
	assert.strictEqual(status, 200);
	assert.strictEqual(body.token_type, 'bearer');
	assert.strictEqual(body.expires_in, 86399);
	assert.ok(await allowed(it, body.access_token));
	assert.deepStrictEqual(await refresh(it, 'sandbox-refresh-0'), refused('invalid_grant'));
	const next = await refresh(it, body.refresh_token, '/oauth/token');
	assert.strictEqual(next.status, 200);
	assert.notStrictEqual(next.body.refresh_token, body.refresh_token);
	assert.ok(await allowed(it, body.access_token), 'rotation ended a live access token');
	const { tokens } = await it.admin('stats');
	assert.strictEqual(tokens.refreshes, 2);
	assert.strictEqual(tokens.reuses, 1);
}));

test('client credentials count only in the body', within(SMALL, async (it) => {
	const members = { grant_type: 'refresh_token', refresh_token: 'sandbox-refresh-0' };
	const basic = 'Basic ' + Buffer.from('sandbox-client:sandbox-secret').toString('base64');
	assert.deepStrictEqual(await it.form('/OAuth/Token', members, { authorization: basic }), refused('invalid_client'));
	assert.deepStrictEqual(await it.form('/OAuth/Token', { ...members, ...CLIENT, client_secret: 'x' }),
		refused('invalid_client'));
	assert.strictEqual((await refresh(it, 'sandbox-refresh-0')).status, 200);
}));

test('client_credentials is no grant unless asked for', within(SMALL, async (it) => {
	const ask = () => it.form('/OAuth/Token', { grant_type: 'client_credentials', ...CLIENT });
	assert.deepStrictEqual(await ask(), refused('unsupported_grant_type'));
	await it.post('plan', { modes: { grant_client_credentials: true } });
	assert.ok(await allowed(it, (await ask()).body.access_token));
	assert.deepStrictEqual(await it.form('/OAuth/Token', { grant_type: 'password', ...CLIENT }),
		refused('unsupported_grant_type'));
	assert.strictEqual((await it.ask('/OAuth/Token')).status, 405);
}));

test('consent gives a code that works once, for the same redirect', within(SMALL, async (it) => {
	const redirect = 'http://127.0.0.1:9/back?x=1';
	const consent = (more = {}) => it.ask('/OAuth/Authorize?' + new URLSearchParams({ response_type: 'code',
		client_id: 'sandbox-client', redirect_uri: redirect, state: 'a b&c', ...more }));
	const where = async (more) => new URL((await consent(more)).headers.get('location'));
	const to = await where();
	assert.strictEqual(to.origin + to.pathname, 'http://127.0.0.1:9/back');
	assert.strictEqual(to.searchParams.get('x'), '1');
	assert.strictEqual(to.searchParams.get('state'), 'a b&c');
	const spend = (code, uri) => it.form('/OAuth/Token',
		{ grant_type: 'authorization_code', code, redirect_uri: uri, ...CLIENT });
	const code = to.searchParams.get('code');
	assert.deepStrictEqual(await spend(code, redirect + '2'), refused('invalid_grant'));
	const { body } = await spend(code, redirect);
	assert.ok(await allowed(it, body.access_token));
	assert.strictEqual((await refresh(it, body.refresh_token)).status, 200);
	assert.deepStrictEqual(await spend(code, redirect), refused('invalid_grant'));
	assert.strictEqual((await where({ sandbox_deny: 1 })).searchParams.get('error'), 'access_denied');
	for (const wrong of [{ state: '' }, { client_id: 'x' }, { redirect_uri: 'http://elsewhere.example/' },
		{ response_type: 'token' }])
		assert.strictEqual((await consent(wrong)).status, 400);
}));

test('access tokens end with their time, on the stand-in\'s clock',
	within([...SMALL, '--clock', 'virtual', '--token-seconds', 600], async (it) => {
		const { body } = await refresh(it, 'sandbox-refresh-0');
		assert.strictEqual(body.expires_in, 600);
		await it.post('clock/advance?seconds=599');
		assert.ok(await allowed(it, body.access_token));
		await it.post('clock/advance?seconds=1');
		assert.ok(!await allowed(it, body.access_token));
		assert.ok(!await allowed(it, 'sandbox-access-0'));
		assert.strictEqual((await refresh(it, body.refresh_token)).status, 200);
	}));

test('live tokens can be revoked', within(SMALL, async (it) => {
	assert.ok(await allowed(it, 'sandbox-access-0'));
	assert.deepStrictEqual(await it.post('revoke'), { access: 1, refresh: 0 });
	assert.ok(!await allowed(it, 'sandbox-access-0'));
	const { body } = await refresh(it, 'sandbox-refresh-0');
	assert.ok(await allowed(it, body.access_token));
	assert.deepStrictEqual(await it.post('revoke?what=refresh'), { access: 0, refresh: 1 });
	assert.deepStrictEqual(await refresh(it, body.refresh_token), refused('invalid_grant'));
	assert.ok(!await allowed(it, 'nonsense'));
}));

test('a dropped answer has rotated the token all the same', within(SMALL, async (it) => {
	await it.post('rotate-drop');
	await assert.rejects(refresh(it, 'sandbox-refresh-0'));
	assert.deepStrictEqual(await refresh(it, 'sandbox-refresh-0'), refused('invalid_grant'));
	const [lost] = await it.log();
	assert.strictEqual(lost.status, 0);
	assert.strictEqual((await it.admin('stats')).tokens.refresh_live, 1);
}));

test('token answers can lack what clients like to rely on', within(SMALL, async (it) => {
	await it.post('plan', { modes: { keep_refresh_token: true, no_expires_in: true } });
	const { body } = await refresh(it, 'sandbox-refresh-0');
	assert.ok(!('refresh_token' in body) && !('expires_in' in body));
	assert.strictEqual((await refresh(it, 'sandbox-refresh-0')).status, 200);
}));
