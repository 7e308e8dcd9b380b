// SPDX-License-Identifier: Apache-2.0
// access.js - signing in, who may call, and the audit log, in a browser.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { Firm, needs, until: waits, STORE, PLAN } = require('../e2e/firm.js');
const { serving } = require('../e2e/service.js');
const { IdentityProvider } = require('../e2e/identity_provider.js');
const { browsing, chromium, PASSWORD } = require('./browser.js');

chromium();
needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const URLS = { PP_BASE_URL: 'http://127.0.0.1:1/api/v2', PP_TOKEN_URL: 'http://127.0.0.1:1/t' };

// One server beside a provider, and one browser on it, for all that follows.  It starts anew before each part:
// signing in is limited to five a minute.
const parts = [];
const part = (name, work, plan = (p) => `${PLAN}server:\n  auth:\n${p.plan()}`) => parts.push({ name, work, plan });

test('access in a browser', async (t) => {
	const p = await new IdentityProvider().start();
	const f = new Firm(null, URLS, PLAN);
	try {
		await serving(f, (s) => browsing(s, async (b) => {
			for (const { name, work, plan } of parts) {
				f.write('lockstep.yaml', plan(p));
				await s.restart();
				p.faults = {};
				p.person = { sub: '8c1fb1a2-0000-4000-8000-000000000001', role: 'admin' };
				await t.test(name, () => work(b, s, p, f));
			}
		}), { args: ['--workers', '0'] });
	} finally {
		p.stop();
		f.remove();
	}
});

const field = (v, label) => v.page.getByLabel(label, { exact: true });
const until = (v, path) => v.page.waitForURL((url) => url.pathname + url.search === path);

// The dialog's deed can be done: what was typed is drawn.
const canGoOn = (v) => v.page.waitForFunction(() => !document.querySelector('dialog[open] footer [aria-disabled]'));

async function byName(v, name, password) {
	await field(v, 'Name').fill(name);
	await field(v, 'Password').fill(password);
	await v.button('Sign in', { exact: true }).click();
}

part('where nobody can sign in yet, the page says how to begin', async (b) => {
	const v = await b.visit(null);
	await v.go('/sign-in');
	await v.see('lockstep user add NAME --role admin');
	await v.axe();
	await v.leave();
}, () => PLAN);

part('a local user signs in and lands where they wanted to go', async (b, s) => {
	await b.user('admin');
	const v = await b.visit(null);
	await v.go('/audit?action=user.*');
	await until(v, '/sign-in?to=%2Faudit%3Faction%3Duser.*');
	await v.see('Continue with Club login');
	assert.strictEqual(await field(v, 'Password').getAttribute('autocomplete'), 'current-password');
	assert.strictEqual(await field(v, 'Name').getAttribute('autocomplete'), 'username');
	await v.axe();
	await v.fits();
	await v.shot('sign-in');
	await byName(v, 'test-admin', 'not the password');
	await v.see('Name or password is wrong.');
	assert.strictEqual(await field(v, 'Name').inputValue(), 'test-admin');
	await byName(v, 'test-admin', PASSWORD);
	await until(v, '/audit?action=user.*');
	await v.see('user:test-admin');
	assert.ok((await v.page.evaluate(() => document.cookie)) === '', 'a script sees the session');
	// Who is in already does not see the page, and no address leads elsewhere.
	await v.go('/sign-in?to=//evil.example');
	await until(v, '/');
	// The account menu says who, and the way out.
	await v.page.getByRole('button', { name: /test-admin/ }).click();
	await v.page.getByRole('menuitem', { name: 'Sign out' }).click();
	await until(v, '/sign-in');
	await v.go('/access');
	await until(v, '/sign-in?to=%2Faccess');
	await v.leave();
});

part('too many tries are counted down, and a phone in the dark shows it', async (b) => {
	await b.user('admin');
	const v = await b.visit(null, { size: 'phone', theme: 'dark' });
	await v.go('/sign-in');
	// The sixth of a minute, and one more for every twelve seconds that they took; the wait is long enough to be looked at.
	const shown = () => v.page.evaluate(() => [Number((document.body.textContent.match(/You can try again in (\d+) s/) || [0, 0])[1]),
		document.querySelector('form [type=submit]').getAttribute('aria-disabled')]);
	let left = 0, disabled = null;
	for (let tries = 0; left < 3; tries++) {
		assert.ok(tries < 30, 'nobody is told to wait');
		const answer = v.page.waitForResponse((r) => r.url().endsWith('/api/login'));
		await byName(v, 'test-admin', `wrong ${tries}`);
		assert.ok([401, 429].includes((await answer).status()));
		await v.page.waitForFunction(() => !document.querySelector('[aria-busy]'));
		await v.see(/Name or password is wrong.|You can try again in/);
		[left, disabled] = await shown();
	}
	assert.strictEqual(disabled, 'true');
	await waits(async () => (await shown())[0] < left, 'the wait to be counted down');
	await v.axe();
	await v.fits();
	await v.shot('sign-in-wait-phone-dark');
	await v.leave();
});

part('a token is exchanged and not kept; a player and a coach land on what is theirs', async (b, s, p) => {
	const v = await b.visit(null);
	await v.go('/sign-in');
	await v.button('Use a token').click();
	assert.strictEqual(await field(v, 'Token').getAttribute('type'), 'password');
	assert.strictEqual(await field(v, 'Token').getAttribute('autocomplete'), 'off');
	await field(v, 'Token').fill('lsk_nothing');
	await v.button('Sign in', { exact: true }).click();
	await v.see('The API token is unknown, revoked or expired.');
	const token = await s.token('admin');
	await field(v, 'Token').fill(token);
	await v.button('Sign in', { exact: true }).click();
	await until(v, '/');
	const kept = await v.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.documentElement.outerHTML]));
	assert.ok(!kept.includes(token), 'the page keeps the token');
	await v.go('/access?tab=sessions');
	await v.see('this browser');
	await v.see('API token');
	await v.leave();
	for (const [role, home] of [['coach', '/game-platform'], ['player', '/ratings'], ['viewer', '/']]) {
		const one = await b.visit(null);
		await one.context.request.post(`${s.url}/api/login/token`, { data: { token: await s.token(role) }, headers: { origin: s.url } });
		await one.go('/sign-in');
		await until(one, home);
		await one.go('/access');
		await one.see('Your role does not show this page');
		assert.strictEqual(await one.page.getByRole('link', { name: 'Audit log' }).count(), 0, role);
		await one.go('/audit');
		await one.see('Your role does not show this page');
		await one.leave();
	}
});

part('the provider signs in, and what goes wrong says what to do', async (b, s, p) => {
	const v = await b.visit(null);
	await v.go('/sign-in?to=%2Faccess%3Ftab%3Dsessions');
	await v.page.getByRole('link', { name: 'Continue with Club login' }).click();
	await until(v, '/access?tab=sessions');
	await v.see('Provider club');
	await v.page.getByRole('button', { name: /^club/ }).click();
	await v.page.getByRole('menuitem', { name: 'Sign out' }).click();
	await until(v, '/sign-in');
	p.faults = { denied: true };
	await v.page.getByRole('link', { name: 'Continue with Club login' }).click();
	await v.see('The provider did not let you in.');
	p.faults = { nonce: true };
	await v.page.getByRole('link', { name: 'Continue with Club login' }).click();
	await v.see('its answer is not accepted here');
	await v.axe();
	await v.shot('sign-in-refused');
	p.faults = {};
	p.person = { sub: 'nobody@club.example' };
	await v.page.getByRole('link', { name: 'Continue with Club login' }).click();
	await v.see('You are signed in, but have no role here.');
	await v.see('lockstep grant set nobody@club.example --role viewer');
	await v.axe();
	await v.shot('sign-in-no-role');
	await v.leave();
});

part('a page of the application signs in only by a word of the person', async (b, s, p) => {
	const token = p.token({ aud: 'lockstep-api', email: 'ana@club.example' });
	const v = await b.visit(null);
	await v.go(`/sign-in?to=%2Faudit#access_token=${token}&token_type=bearer`);
	await v.see('Continue as ana@club.example');
	assert.ok(!v.page.url().includes('access_token'), 'the token stays in the address');
	assert.strictEqual((await v.context.cookies()).length, 0, 'somebody is signed in by a link');
	await v.axe();
	await v.shot('sign-in-continue');
	await v.button('No, sign in another way').click();
	await v.see('Sign in to Lockstep');
	await v.go('/runs');
	await v.go(`/sign-in?to=%2Faudit#access_token=${token}`);
	await v.button('Continue as ana@club.example').click();
	await until(v, '/audit');
	await v.leave();
	const other = await b.visit(null);
	await other.go('/sign-in#error=access_denied&error_description=x');
	await other.see('The provider did not let you in.');
	await other.go('/sign-in#access_token=spoilt');
	await other.button('Continue', { exact: true }).click();
	await other.see('Go back to your application and sign in there again.');
	await other.leave();
}, (p) => `${PLAN}server:\n  auth:\n${p.plan().replace(/sign_in:.*/, "sign_in: { url: 'https://app.example.org/login' }")}`);

part('an administrator keeps users, tokens and grants', async (b, s, p, f) => {
	const v = await b.visit('admin');
	await v.go('/access');
	await v.see('test-admin');
	await v.axe();
	await v.fits();
	const row = (name) => v.page.getByRole('row', { name: new RegExp(name) });
	const choose = async (name, item) => {
		await v.button(`Actions of ${name}`).click();
		await v.page.getByRole('menuitem', { name: item }).click();
	};

	// Users.
	await v.button('Add a user').first().click();
	const dialog = v.page.getByRole('dialog');
	await field(v, 'Name').fill('bea');
	await field(v, 'Password').fill('short');
	await v.see('7 more characters');
	assert.strictEqual(await dialog.getByRole('button', { name: 'Add', exact: true }).first().getAttribute('aria-disabled'), 'true');
	assert.strictEqual(await field(v, 'Password').getAttribute('autocomplete'), 'new-password');
	await field(v, 'Password').fill('password1234');
	await field(v, 'Role').selectOption('viewer');
	await canGoOn(v);
	await v.axe();
	await v.shot('access-add-user');
	await dialog.getByRole('button', { name: 'Add', exact: true }).first().click();
	await v.see(/tried first/);
	await field(v, 'Password').fill('a long walk by the river');
	await dialog.getByRole('button', { name: 'Add', exact: true }).first().click();
	await row('bea').waitFor();
	assert.strictEqual(await dialog.count(), 0);
	await choose('bea', 'Change role');
	await field(v, 'Role').selectOption('coach');
	await v.button('Change', { exact: true }).click();
	await row('bea.*Coach').waitFor();
	await choose('bea', 'Disable');
	await v.button('Disable', { exact: true }).click();
	await row('bea.*Disabled').waitFor();
	await choose('bea', 'Enable');
	await row('bea.*Active').waitFor();
	await choose('bea', 'Set password');
	await field(v, 'New password').fill('another walk by the sea');
	await v.button('Set password', { exact: true }).click();
	await v.see('bea has a new password');
	await v.shot('access-users');
	await choose('bea', 'Delete');
	assert.strictEqual(await v.button('Delete', { exact: true }).getAttribute('aria-disabled'), 'true');
	await field(v, 'Type bea to go on').fill('bea');
	await v.button('Delete', { exact: true }).click();
	await row('bea').waitFor({ state: 'detached' });
	// The own account is left to others.
	await v.button('Actions of test-admin').click();
	assert.strictEqual(await v.page.getByRole('menuitem', { name: 'Delete' }).getAttribute('aria-disabled'), 'true');
	await v.page.keyboard.press('Escape');
	// What is done elsewhere shows by itself.
	assert.strictEqual((await s.post('/api/users', { name: 'carl', password: PASSWORD, role: 'viewer' })).status, 201);
	await row('carl').waitFor();

	// Tokens.
	await v.page.getByRole('link', { name: /API tokens/ }).click();
	await until(v, '/access?tab=tokens');
	await v.button('Add a token').first().click();
	await field(v, 'Name').fill('ci');
	await field(v, 'Role').selectOption('viewer');
	await v.button('Make the token').first().click();
	const secret = await v.page.locator('[data-secret]').textContent();
	assert.match(secret, /^lsk_[\w-]{43}$/);
	assert.deepStrictEqual((await s.get('/api/me', { token: secret })).body.roles, ['viewer']);
	await v.axe();
	await v.button('Copy the token').click();
	await v.see(/Copied|select the text instead/);
	await v.button('I have stored it').click();
	await row('ci.*Viewer').waitFor();
	assert.ok(!(await v.page.content()).includes(secret), 'the token is still in the page');
	await v.shot('access-tokens');
	await v.button('Revoke ci').click();
	await v.button('Revoke', { exact: true }).click();
	await row('ci.*Viewer').waitFor({ state: 'detached' });
	assert.strictEqual((await s.get('/api/me', { token: secret })).body.kind, 'nobody');

	// Grants.
	await v.page.getByRole('link', { name: /Grants/ }).click();
	await v.see('What tokens claim counts');
	await v.button('Add a grant').first().click();
	await field(v, 'Subject').fill('5d0e77c4-0000-4000-8000-000000000002');
	await field(v, 'May').selectOption('denied');
	await canGoOn(v);
	await v.axe();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
	await row('5d0e77c4.*club.*Denied').waitFor();
	await v.shot('access-grants');
	await choose('5d0e77c4', 'Change');
	await field(v, 'May').selectOption('coach');
	await v.page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click();
	await row('5d0e77c4.*Coach').waitFor();
	await choose('5d0e77c4', 'Remove');
	await v.button('Remove', { exact: true }).click();
	await v.see('What tokens claim counts');

	// Sessions.
	const other = await b.visit('viewer');
	await other.go('/');
	await v.page.getByRole('link', { name: /Signed in/ }).click();
	await row('^test-viewer.*Password').waitFor();
	await v.axe();
	await v.shot('access-sessions');
	await v.button('End the session of user:test-viewer').click();
	await v.button('End it').click();
	await row('^test-viewer').waitFor({ state: 'detached' });
	await other.go('/jobs');
	await other.see('Sign in to Lockstep');
	await other.leave();
	await v.leave();

	// On a phone.
	const phone = await b.visit('admin', { size: 'phone', theme: 'dark' });
	for (const tab of ['users', 'tokens', 'grants', 'sessions']) {
		await phone.go(`/access?tab=${tab}`);
		await phone.page.getByRole('heading', { level: 2 }).waitFor();
		await phone.page.waitForFunction(() => !document.querySelector('.waiting'));
		await phone.fits();
		await phone.shot(`access-${tab}-phone-dark`);
	}
	await phone.axe();
	await phone.leave();
});

part('the audit log is filtered by the address, paged, looked into, verified and saved', async (b, s, p, f) => {
	for (let i = 0; i < 40; i++) // more than a page, with what was done above
		assert.strictEqual((await s.call('/api/grants', { method: 'PUT', body: { issuer: p.url, subject: `somebody ${i}`, access: 'coach' } })).status, 200);
	const v = await b.visit('admin');
	await v.go('/audit');
	const rows = v.page.locator('tbody tr[data-key]');
	await v.see('grant.set');
	assert.strictEqual(await rows.count(), 50);
	const newest = await rows.first().getAttribute('data-key');
	await v.axe();
	await v.fits();
	await v.shot('audit');
	await v.page.getByRole('link', { name: 'Older' }).click();
	await v.page.waitForURL(/before=\d+/);
	await v.page.getByRole('link', { name: 'Newest' }).waitFor();
	await v.page.waitForFunction((newest) => document.querySelector('tbody tr[data-key]').dataset.key < newest, newest);
	await v.page.goBack();
	await v.page.waitForFunction(() => document.querySelectorAll('tbody tr[data-key]').length === 50);
	await field(v, 'Did').selectOption('user.*');
	await v.page.waitForURL(/action=user/);
	const users = Number(f.value("SELECT count(*) AS n FROM lockstep_audit WHERE action LIKE 'user.%'"));
	await v.page.waitForFunction((n) => document.querySelectorAll('tbody tr[data-key]').length === n, Math.min(50, users));
	await rows.last().click();
	await v.page.waitForURL(/entry=\d+/);
	await v.see('"role": "admin"');
	await v.axe();
	await v.shot('audit-entry');
	await v.button('Close').click();
	await v.page.waitForURL((url) => !url.searchParams.has('entry'));
	// It is live.
	assert.strictEqual((await s.post('/api/users', { name: 'dora', password: PASSWORD, role: 'viewer' })).status, 201);
	await v.see('user:dora');
	await v.page.getByRole('link', { name: 'user:dora' }).click();
	await v.page.waitForURL(/target=user%3Adora/);
	await field(v, 'To').fill('2001-01-01');
	await v.see('Nothing matches');
	await v.button('Clear the filters').click();
	await until(v, '/audit');
	await v.button('Verify the chain').click();
	await v.see(/Whole: \d+ entries/);
	const [download] = await Promise.all([v.page.waitForEvent('download'), v.button('Export CSV').click()]);
	const text = fs.readFileSync(await download.path(), 'utf8');
	assert.strictEqual(download.suggestedFilename(), 'audit.csv');
	assert.match(text, /^number,at,actor,from,action,target,details,request,hash\r\n/);
	assert.strictEqual(text.trimEnd().split('\r\n').length - 1, Number(f.value('SELECT count(*) AS n FROM lockstep_audit')));
	await v.leave();
	// A row that somebody changed in the database shows.
	if (STORE === 'sqlite') {
		f.change("DROP TRIGGER IF EXISTS lockstep_audit_no_update; DROP TRIGGER IF EXISTS lockstep_audit_update; UPDATE lockstep_audit SET actor = 'x' WHERE number = 3");
		const again = await b.visit('admin', { size: 'phone' });
		await again.go('/audit');
		await again.button('Verify the chain').click();
		await again.see('Broken at entry 3');
		await again.fits();
		await again.shot('audit-broken-phone');
		await again.leave();
	}
});
