// SPDX-License-Identifier: Apache-2.0
// ratings.js - ratings in the console and the card in somebody else's page: every state and text, by a
// player, an administrator, and a page of another origin with a scoped token.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const { Firm, needs, until, STORE } = require('../e2e/firm.js');
const { jwt: sign } = require('../e2e/jwt.js');
const { serving } = require('../e2e/service.js');
const { startOf } = require('../sandbox/stand_in.js');
const { browsing } = require('./browser.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SECRET = 'an hs256 secret of this test, long enough';
const KEY = 'fc-00000000-0000-4000-8000-000000000001';
const ANA = '11111111-1111-4111-8111-111111111111', BEN = '22222222-2222-4222-8222-222222222222';
const plan = (url, origin) => `database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
  pti:
    connector: tenniscores
    network: { allow_http: true, allow_private: true }
    config: ${JSON.stringify({ firecrawl_key: KEY, firecrawl_url: url, requests_per_minute: 6000, cooldown: '8s' })}
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
  embed_origins: ["${origin}"]
`;
const LONG = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3);
const page = (id) => `https://gbpta.paddlescores.com/player.php?print&p=${encodeURIComponent(id)}`;

const jwt = (claims) => sign(SECRET, claims);

// The application: a page of its own that holds the card, and its backend that asks for scoped tokens.
async function application() {
	const state = { body: '', tokens: 0, token: null };
	const server = http.createServer((req, res) => {
		if (req.url === '/token') {
			state.tokens++;
			res.setHeader('content-type', 'application/json');
			state.token().then((token) => res.end(JSON.stringify({ token })));
			return;
		}
		res.setHeader('content-type', 'text/html; charset=utf-8');
		res.setHeader('content-security-policy', `default-src 'self'; script-src ${state.lockstep}; connect-src 'self' ${state.lockstep}`);
		res.end(`<!doctype html><html lang="en"><head><title>Profile</title></head><body><main><h1>Profile</h1>${state.body}</main></body></html>`);
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	state.origin = `http://127.0.0.1:${server.address().port}`;
	state.close = () => new Promise((resolve) => {
		server.closeAllConnections();
		server.close(resolve);
	});
	return state;
}

const card = (page_) => page_.locator('sync-link-card');

test('ratings', async () => {
	const it = await startOf('firecrawl', '--players', 40, '--mode', 'no_limits');
	const app = await application();
	const f = new Firm(null, { PP_BASE_URL: 'http://127.0.0.1:1', PP_TOKEN_URL: 'http://127.0.0.1:1' }, plan(it.url, app.origin));
	try {
		await serving(f, async (s) => {
			app.lockstep = s.url;
			for (const [id, name] of [[ANA, 'Ana Example'], [BEN, 'Ben Example']])
				f.change(`INSERT INTO players (id, name) VALUES ('${id}', '${name}')`);
			const all = (await it.lines('truth?league=gbpta')).map((line) => JSON.parse(line));
			const one = all.find((who) => who.pti !== null && who.pti > 0);
			const now = (what) => it.post('players', { league: 'gbpta', id: one.id, ...what });
			await now({ pti: 34.8 });
			await browsing(s, async (b) => {
				await byPlayer(b, s, f, one, now);
				await byAdmin(b, s, f);
				await embedded(b, s, f, app, one, now);
			});
		});
	} finally {
		f.remove();
		await it.stop();
		await app.close();
	}
});

// A player's own page: not linked, a wrong address, linked, changed, the same, a pause, unlinked.
async function byPlayer(b, s, f, one, now) {
	const v = await b.visit(null);
	const let_in = await v.context.request.post(`${s.url}/api/login/token`,
		{ data: { token: jwt({ sub: ANA, app_metadata: { role: 'player' } }) }, headers: { origin: s.url } });
	assert.strictEqual(let_in.status(), 200, await let_in.text());
	await v.go('/');
	await v.page.waitForURL('**/ratings');
	await v.see('Link your Paddlescores profile for automatic PTI updates');
	await v.see('Your name is the link', { exact: false });
	assert.strictEqual(await v.page.getByText('Click "Print"').count(), 0);
	assert.strictEqual(await v.button('Read matches').getAttribute('title'), 'Link a page first');
	// A player sees no page of the engine.
	assert.deepStrictEqual(await v.page.locator('#nav a').allInnerTexts(), ['Ratings']);
	await v.axe();
	await v.fits();
	await v.shot('ratings-unlinked');

	await v.button('Link PTI').click();
	await v.see('Please enter your Paddlescores print page URL');
	const field = v.page.getByLabel('Paddlescores Print Page URL');
	await field.fill('https://evil.example/player.php?print&p=x');
	await v.button('Link PTI').click();
	await v.see('Invalid URL. Please provide your Paddlescores print page URL.');
	assert.strictEqual(await field.inputValue(), 'https://evil.example/player.php?print&p=x');
	await v.shot('ratings-error');
	await field.fill(page(one.id));
	await field.press('Enter');
	await v.see('PTI linked successfully! Current PTI: 34.8');
	await v.see('✓ Linked');
	await v.see('Your PTI syncs automatically from Paddlescores');
	await card(v.page).locator('.value', { hasText: /^34\.8$/ }).waitFor();
	assert.match(await card(v.page).locator('time').getAttribute('datetime'), /^20\d\d-/);

	await now({ pti: 35.3 });
	await v.button('Refresh Now').click();
	await v.see('PTI updated: 34.8 → 35.3');
	await card(v.page).locator('.value', { hasText: /^35\.3$/ }).waitFor();
	await v.page.getByRole('table', { name: 'Changes of the rating' }).getByText('35.3').first().waitFor();
	// Asked again at once: a pause, counted down on the button, which does nothing meanwhile.
	await v.button('Refresh Now').click();
	await v.see('PTI was refreshed a moment ago', { exact: false });
	await card(v.page).getByText(/^Refresh in \d s$/).first().waitFor();
	await card(v.page).getByText('Refresh Now').first().waitFor();
	await v.button('Refresh Now').click();
	await v.see('PTI is already up to date');
	await v.button('Read matches').click();
	await v.see('PTI was refreshed a moment ago', { exact: false });
	await v.shot('ratings-linked');
	await v.axe();

	await v.button('Unlink').click();
	await v.see('PTI sync unlinked');
	await v.see('Current PTI: 35.3, not kept up to date.');
	assert.strictEqual(f.value(`SELECT count(*) AS n FROM players WHERE id = '${ANA}' AND pti_source_url IS NULL`), 1);
	// Somebody else's page is not theirs.
	await v.go(`/ratings/${BEN}`);
	await v.button('Link PTI').waitFor();
	await v.page.getByLabel('Paddlescores Print Page URL').fill(page(one.id));
	await v.button('Link PTI').click();
	await v.see('Can only link your own PTI');
	await v.leave();
}

async function byAdmin(b, s, f) {
	const v = await b.visit('admin');
	await v.go('/ratings');
	await v.see('Nobody has linked a page yet');
	await v.see('Credits spent in', { exact: false });
	f.change(`UPDATE players SET pti = 21.5, pti_source_url = 'https://gbpta.tenniscores.com/?print&mod=x&p=y', pti_source_name = 'Ben',
		pti_sync_enabled = ${STORE === 'sqlite' ? '1' : 'true'} WHERE id = '${BEN}'`);
	await v.page.reload();
	const table = v.page.getByRole('table', { name: 'Linked players' });
	await table.getByText('Ben Example').first().waitFor();
	await table.getByText('never').first().waitFor();
	await v.axe();
	await v.shot('ratings-admin');
	// The weekly job, with its cost first.
	await v.button('Run the weekly job').click();
	await v.button('Only tell what it would cost').click();
	await v.page.waitForURL('**/jobs/*');
	await v.go('/ratings');
	await v.button('Run the weekly job').click();
	await v.button('Run', { exact: true }).click();
	await v.page.getByRole('dialog').getByText('spends credits', { exact: false }).first().waitFor();
	await v.page.getByRole('dialog').last().getByRole('button', { name: 'Run', exact: true }).click();
	await v.page.waitForURL('**/jobs/*');
	await until(() => f.value('SELECT count(*) AS n FROM lockstep_pti_runs WHERE completed_at IS NOT NULL') > 0, 'the weekly run');
	await v.go('/ratings');
	await v.page.getByRole('table', { name: 'Runs of the weekly job' }).locator('tbody tr').first().click();
	await v.see('A run of the weekly job');
	// What is open is in the address.
	assert.match(v.page.url(), /\/ratings\?run=[0-9a-f-]{36}$/);
	await v.page.reload();
	await v.see('A run of the weekly job');
	await v.page.keyboard.press('Escape');
	// The failure is told with what it means.
	await table.getByText('1 in a row').first().waitFor();
	await v.button('Read a roster').click();
	await v.page.getByLabel("The team's page").fill('https://gbpta.paddlescores.com/nothing');
	await v.button('Read', { exact: true }).click();
	await v.page.getByRole('dialog').getByRole('alert').waitFor();
	await v.page.keyboard.press('Escape');
	// A player is known by their name, however long: what stands beside it stays in sight.
	await table.getByRole('link', { name: 'Ben Example' }).click();
	await v.page.getByRole('heading', { name: 'Rating of Ben Example' }).waitFor();
	await v.see(BEN);
	f.change(`UPDATE players SET name = 'Ben ${LONG}' WHERE id = '${BEN}'`);
	await v.go('/ratings');
	await table.getByText('1 in a row').waitFor();
	assert.ok(await table.evaluate((t) => t.scrollWidth <= t.parentElement.clientWidth), 'the list is wider than its place');
	const phone = await b.visit('admin', { size: 'phone', theme: 'dark' });
	await phone.go('/ratings');
	await phone.see(`Ben ${LONG}`);
	await phone.fits();
	await phone.shot('ratings-phone');
	await phone.leave();
	// A viewer has no business here.
	const viewer = await b.visit('viewer');
	await viewer.go('/ratings');
	await viewer.see('Your role does not show this page');
	await viewer.leave();
	await v.leave();
}

// In a page of another origin with a policy of its own; the token is for Ana's rating and nothing else.
async function embedded(b, s, f, app, one, now) {
	const token = async (ttl_s) => {
		const made = await s.post('/api/embed-tokens', { player: ANA, ttl_s, scope: 'pti' });
		assert.ok(made.status < 300, made.text);
		return made.body.token;
	};
	app.token = () => token(600);
	app.body = `<script src="${s.url}/embed/sync-link-card.js"></script>
		<sync-link-card server="${s.url}" player="${ANA}" token-url="/token"></sync-link-card>`;
	const v = await b.visit(null);
	await v.page.goto(app.origin);
	await v.see('Link your Paddlescores profile for automatic PTI updates');
	const heard = v.page.evaluate(() => new Promise((resolve) => {
		document.addEventListener('pti-update', (e) => resolve(e.detail.pti), { once: true });
	}));
	await now({ pti: -2.4 });
	await v.page.getByLabel('Paddlescores Print Page URL').fill(page(one.id));
	await v.button('Link PTI').click();
	// Here nobody takes the toast, so the card shows it.
	await card(v.page).getByText('PTI linked successfully! Current PTI: -2.4').first().waitFor();
	assert.strictEqual(await heard, -2.4);
	await card(v.page).locator('.value', { hasText: /^-2\.4$/ }).waitFor();
	await v.shot('card-embedded');
	await v.axe();
	// A token that has run out is asked for anew, once, and the person notices nothing.
	const tokens = app.tokens;
	f.change('DELETE FROM lockstep_embed_tokens');
	await now({ pti: 1 });
	// To link was to ask; nobody waits here for the pause after it.
	f.change('UPDATE lockstep_pti_players SET refreshed_ms = 0');
	await card(v.page).getByText('Refresh Now').click();
	await card(v.page).getByText('PTI updated: -2.4 → 1.0').first().waitFor();
	assert.ok(app.tokens > tokens, 'no new token was asked for');
	// Its token opens nothing else.
	const stolen = await app.token();
	for (const path of [`/api/players/${BEN}/pti/status`, '/api/pti/players', '/api/connections', '/api/events'])
		assert.strictEqual((await s.get(path, { token: stolen, stream: true })).status, 403, path);
	await v.leave();
	// Another origin gets nothing, and says so as a person understands it.
	const elsewhere = await application();
	Object.assign(elsewhere, { lockstep: s.url, token: app.token, body: app.body });
	const w = await b.visit(null);
	w.expect(/CORS|blocked/);
	await w.page.goto(elsewhere.origin);
	await w.see('The server does not answer. Try again in a moment.');
	await w.button('Try again').waitFor();
	await w.leave();
	await elsewhere.close();
}
