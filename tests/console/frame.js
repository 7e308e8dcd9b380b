// SPDX-License-Identifier: Apache-2.0
// frame.js - what is around every page: live updates, colours, small screens, the focus, and what is told
// when something does not come.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { needs, until, STORE } = require('../e2e/firm.js');
const { besideShop } = require('../e2e/shop.js');
const { browsing } = require('./browser.js');
const { weight } = require('./weight.js');
const { focused, heading, options, palette, command } = require('./hands.js');
const { pages } = require('./registry.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const MANY = 10000;

// The focus comes to what is called that.
const focuses = (page, what) => until(async () => (await focused(page)) === what, `the focus of ${what}`);

test('live updates: paused, hidden, cut, refused', besideShop(async (f, vendor, s) => {
	const later = '2099-01-01T00:00:00Z';
	const add = () => s.post('/api/jobs', { task: 'cleanup', run_at: later });
	await browsing(s, async (b) => {
		const v = await b.visit('admin'), { page } = v;
		const streams = new Set();
		page.on('request', (r) => r.url().endsWith('/api/events') && streams.add(r));
		for (const end of ['requestfailed', 'requestfinished']) page.on(end, (r) => streams.delete(r));
		const rows = page.locator('tbody tr[data-key]');
		const shows = (n) => until(async () => (await rows.count()) === n, `${n} jobs`);
		await v.go('/jobs?state=later');
		await page.locator('.live-live').waitFor();
		await add();
		await shows(1);

		// Paused: counted, and nothing moves.
		await page.keyboard.press('p');
		await add();
		await page.getByText(/Paused, \d+ change/).first().waitFor();
		await page.evaluate(() => new Promise((done) => setTimeout(done, 1300)));
		assert.strictEqual(await rows.count(), 1);
		await page.getByRole('button', { name: /Paused/ }).click();
		await shows(2);

		// A tab that nobody sees holds no stream, and catches up.
		const visible = (state) => page.evaluate((value) => {
			Object.defineProperty(document, 'visibilityState', { get: () => value, configurable: true });
			document.dispatchEvent(new Event('visibilitychange'));
		}, state);
		assert.strictEqual(streams.size, 1);
		await visible('hidden');
		await until(() => streams.size === 0, 'the end of the stream');
		await add();
		await visible('visible');
		await shows(3);
		await page.locator('.live-live').waitFor();

		// The server goes and comes back at the same address.
		v.expect(/503/);
		await s.stop();
		await page.getByRole('button', { name: 'Connection lost' }).waitFor();
		await page.getByText('Connection lost. The page tries again by itself').waitFor({ state: 'attached' });
		// A part of the console that was not there yet comes by itself when the server is back.
		await page.locator('#nav').getByRole('link', { name: 'Workers' }).click();
		await v.see('This part of the console could not be loaded.');
		await v.button('Try again').click();
		await v.see('Look whether lockstep serve runs', { exact: false });
		f.change(`INSERT INTO job_queue (task_type, run_at) VALUES ('cleanup', '${later}')`);
		s.child = f.begin(['serve', '--listen', s.url.slice('http://'.length)]);
		await v.see('Sign of life');
		await page.goBack();
		await shows(4);
		await page.locator('.live-live').waitFor();

		// Refused once (a full server), it is asked again.
		let refused = 0;
		await page.route('**/api/events', (route) => (refused++ ? route.continue() : route.fulfill({ status: 503, body: '' })));
		await visible('hidden');
		await visible('visible');
		await page.getByRole('button', { name: 'Connection lost' }).waitFor();
		await page.locator('.live-live').waitFor();
		assert.ok(refused >= 2);
		await page.unroute('**/api/events');

		await t_week(v, rows);

		await t_half_written(v, s);

		// An administrator ends the session: to the sign-in page, and back to the same address.
		await endSession(s);
		await page.waitForURL('**/sign-in?to=*');
		await signInAgain(page);
		await page.waitForURL('**/jobs?state=later');
		await shows(4);
		await v.leave();
	});
}));

async function endSession(s) {
	const listed = await s.get('/api/sessions');
	const mine = listed.body.items.find((one) => /test-admin/.test(JSON.stringify(one)));
	assert.strictEqual((await s.call(`/api/sessions/${mine.id}`, { method: 'DELETE' })).status, 204);
}

async function signInAgain(page) {
	await page.getByLabel('Name', { exact: true }).fill('test-admin');
	const password = page.getByLabel('Password', { exact: true });
	await password.fill('correct horse battery');
	await password.press('Enter');
}

// What was written when the session ended is there after signing in, on the page that was never left.
async function t_half_written(v, s) {
	const { page } = v;
	const form = page.locator('dialog').filter({ hasText: 'Arguments' });
	await v.button('Add a job').click();
	await form.locator('textarea').fill('{"days": 77}');
	await endSession(s);
	await v.see('Your session has ended');
	assert.match(page.url(), /\/jobs\?state=later$/);
	await signInAgain(page);
	await page.getByText('Your session has ended').waitFor({ state: 'hidden' });
	assert.strictEqual(await form.locator('textarea').inputValue(), '{"days": 77}');
	await page.locator('.live-live').waitFor();
	await page.keyboard.press('Escape');
	await form.waitFor({ state: 'detached' });
}

// 40,000 hints, in bursts: the page stays as large as it is. One object or one number kept of each would show.
const BURST = 2000, BURSTS = 20;

async function t_week(v, rows) {
	const { page } = v;
	const debug = await v.context.newCDPSession(page);
	const hint = (i) => `event: job\nid: ${i}\ndata: {"id":"${i}","state":"running"}\n\n`;
	let bursts = 0;
	await page.route('**/api/events', (route) => {
		bursts++;
		return route.fulfill({ contentType: 'text/event-stream', body: `retry: 20\n\n${Array.from({ length: BURST }, (_, i) => hint(bursts * BURST + i)).join('')}` });
	});
	const round = (n) => {
		const end = bursts + n;
		return until(() => bursts >= end, 'the bursts');
	};
	const hide = (state) => page.evaluate((value) => {
		Object.defineProperty(document, 'visibilityState', { get: () => value, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, state);
	await hide('hidden');
	await hide('visible');
	await round(5);
	const before = await weight(debug);
	// By the page's own clock: what it told while it was weighed comes late.
	const began = await page.evaluate(() => {
		performance.clearResourceTimings();
		return performance.now();
	});
	await round(BURSTS);
	const [ended, asked] = await page.evaluate(() => [performance.now(),
		performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/jobs?')).length]);
	const after = await weight(debug), hints = BURST * BURSTS, seconds = (ended - began) / 1000;
	assert.ok(asked <= seconds + 2, `${hints} hints led to ${asked} questions in ${seconds} s`);
	assert.ok(after.nodes <= before.nodes * 1.1 + 50, `nodes: ${before.nodes} to ${after.nodes}`);
	assert.ok(after.listeners <= before.listeners * 1.1 + 50, `listeners: ${before.listeners} to ${after.listeners}`);
	assert.ok(after.objects <= before.objects + hints / 4, `objects: ${before.objects} to ${after.objects}`);
	assert.ok(after.bytes <= before.bytes + 3 * hints, `bytes of them: ${before.bytes} to ${after.bytes}`);
	await page.unroute('**/api/events');
	await hide('hidden');
	await hide('visible');
	await page.locator('.live-live').waitFor();
	assert.ok(await rows.count() > 0);
}

test('what is told when something does not come', besideShop(async (f, vendor, s) => {
	await browsing(s, async (b) => {
		const v = await b.visit('admin'), { page } = v;
		v.expect(/503|500|ERR_FAILED/);
		const answer = (status, body, more = {}) => (route) => route.fulfill({ status, contentType: 'application/problem+json',
			body: typeof body === 'string' ? body : JSON.stringify({ status, ...body }), ...more });
		const states = [
			[answer(503, { detail: 'The server is going down.' }), 'The server is going down.', 'Try again in a moment.'],
			[answer(429, { detail: 'Too many calls.' }, { headers: { 'retry-after': '3', 'content-type': 'application/problem+json' } }), 'Too many calls.', 'Wait 3 s and try again.'],
			[answer(500, '<html>proxy error</html>', { contentType: 'text/html' }), 'The server answered 500.', 'Try again'],
			[answer(200, '{"jobs": [', { contentType: 'application/json' }), 'The server does not answer.', 'Look whether lockstep serve runs'],
			[(route) => route.abort(), 'The server does not answer.', 'Look whether lockstep serve runs'],
		];
		for (const [handle, says, next] of states) {
			await page.route('**/api/connections', handle);
			await v.go('/connections');
			await page.locator('.failed', { hasText: says }).filter({ hasText: next }).waitFor();
			await page.unroute('**/api/connections');
			await page.getByRole('button', { name: 'Try again' }).click();
			await page.getByRole('link', { name: 'shop' }).waitFor();
			if (says !== 'Too many calls.' && says !== 'The server does not answer.') continue;
			// What was seen stays, with a word that it is old.
			await page.route('**/api/connections', handle);
			await s.post('/api/connections/shop/sync', {});
			await page.locator('.stale', { hasText: says }).waitFor();
			assert.strictEqual(await page.getByRole('link', { name: 'shop' }).count() > 0, true);
			await page.unroute('**/api/connections');
			await page.locator('.stale').getByRole('button').click();
			await page.locator('.stale').waitFor({ state: 'detached' });
		}

		// A page that fails takes nothing else along.
		v.expect(/console: (TypeError|Error)/);
		await page.route('**/api/connections', (route) => route.fulfill({ json: { other: 1 } }));
		await page.reload();
		await v.see('The page failed');
		for (const key of ['g', 'w']) await page.keyboard.press(key);
		await heading(page, 'Workers');
		await page.unroute('**/api/connections');

		// What the frame asks for itself is asked for until it comes.
		let times = 0;
		await page.route('**/api/console', (route) => (times++ ? route.continue() : route.abort()));
		await page.reload();
		await until(() => times === 2, 'the second try');

		// A part of the console that does not come: told, and loaded anew.
		await page.route('**/assets/audit-*.js', (route) => route.abort());
		await page.locator('#nav').getByRole('link', { name: 'Audit log' }).click();
		await v.see('This part of the console could not be loaded.');
		await heading(page, 'Audit log');
		await v.axe();
		await page.unroute('**/assets/audit-*.js');
		await page.getByRole('button', { name: 'Try again' }).click();
		await v.see('Verify');
		await page.route('**/assets/palette-*.js', (route) => route.abort());
		await page.keyboard.press('Control+k');
		await v.see('This part of the console could not be loaded.');
		await page.unroute('**/assets/palette-*.js');
		await v.leave();

		await t_lost(await b.visit('admin'));
		await t_copy(await b.visit('admin'));
		await t_many(await b.visit('admin'), s);
	});
}));

// Who looks is asked again when the answer is lost on the way: nobody is left with a page of nothing but its name.
async function t_lost(v) {
	const { page } = v;
	await page.addInitScript(() => {
		const timeout = AbortSignal.timeout.bind(AbortSignal);
		AbortSignal.timeout = (ms) => timeout(ms / 10);
	});
	let lost = true;
	await page.route('**/api/me', (route) => (lost ? undefined : route.continue()));
	await v.go('/workers');
	await v.see('The server does not answer.');
	lost = false;
	await page.getByRole('heading', { name: 'Workers', level: 1 }).waitFor();
	await v.leave();
}

// Plain http has no clipboard for pages.
async function t_copy(v) {
	const { page } = v;
	await page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined }));
	await v.go('/outbox');
	const copy = page.getByRole('button', { name: 'Copy the command' });
	await copy.focus();
	await page.keyboard.press('Enter');
	await v.see('Copied');
	await focuses(page, 'BUTTON Copy the command');
	const command_text = await page.locator('.command code').innerText();
	await page.keyboard.press('/');
	await page.keyboard.press('Control+v');
	await until(async () => (await page.locator('[data-search]').inputValue()) === command_text, 'what was copied');

	// Beside an open dialog nothing can be reached: what is told is told in it, and outlives it.
	await v.go('/schedules?schedule=cleanup');
	const drawer = page.getByRole('dialog', { name: 'cleanup' });
	await page.route('**/api/schedules/cleanup/run', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json',
		body: '{"status":409,"detail":"It runs already."}' }));
	await drawer.getByRole('button', { name: 'Run now' }).click();
	await drawer.locator('.toast', { hasText: 'It runs already.' }).waitFor();
	await page.keyboard.press('Escape');
	await drawer.waitFor({ state: 'detached' });
	await v.see('It runs already.');
	await page.getByRole('button', { name: 'Put away' }).click();
	await page.getByText('It runs already.').waitFor({ state: 'detached' });
	await v.leave();
}

// Ten thousand rows: few are drawn, keys go through all, and the row with the focus stays.
async function t_many(v, s) {
	const { page } = v;
	const one = (await s.get('/api/schedules')).body.schedules[0];
	let first = 0;
	await page.route('**/api/schedules', (route) => (route.request().method() === 'GET' ? route.fulfill({ json: {
		schedules: Array.from({ length: MANY }, (_, i) => ({ ...one, name: `s${first + i}` })) } }) : route.continue()));
	await v.go('/schedules');
	await page.locator('tr[data-key=s0]').waitFor();
	const drawn = () => page.locator('tr[data-key]').count();
	assert.ok(await drawn() < 150, `${await drawn()} rows are drawn`);
	const key = () => page.evaluate(() => document.activeElement.dataset.key);
	for (let i = 0; i < 30; i++) await page.keyboard.press('j');
	await until(async () => (await key()) === 's29', 's29');

	// Scrolled far away it still has the focus, and the next is the next.
	const box = page.locator('.table.windowed');
	await box.evaluate((e) => { e.scrollTop = e.scrollHeight; });
	await page.locator(`tr[data-key=s${MANY - 1}]`).waitFor();
	assert.strictEqual(await key(), 's29');
	assert.ok(await drawn() < 150);
	await page.keyboard.press('j');
	await until(async () => (await key()) === 's30', 's30');
	assert.ok(await page.locator('tr[data-key=s30]').evaluate((e) => {
		const [at, place] = [e.getBoundingClientRect(), e.closest('.table').getBoundingClientRect()];
		return at.top >= place.top + 30 && at.bottom <= place.bottom;
	}), 'it is seen, below the head');

	// Rows change under it: it stays, wherever it is now.
	first = -200;
	await s.post('/api/schedules/cleanup/resume', {});
	await box.locator('tr[data-key=s30][aria-rowindex="232"]').waitFor({ state: 'attached' });
	assert.strictEqual(await key(), 's30');
	await v.leave();
}

test('colours, contrast, small and enlarged screens', besideShop(async (f, vendor, s) => {
	vendor.users.set('v1', { id: 'v1', name: 'Ana' });
	await s.finished((await s.post('/api/connections/shop/sync', { mode: 'full' })).body.job);
	await browsing(s, async (b) => {
		await t_theme(await b.visit('admin', { theme: 'dark' }));
		await t_phone(await b.visit('admin', { size: 'phone' }));
		const all = (await pages()).filter((row) => row.nav && !row.connector);
		for (const width of [320, 640]) {
			const v = await b.visit('admin', { viewport: { width, height: 700 } }), { page } = v;
			await v.go('/queue');
			await page.locator('.live-live').waitFor();
			for (const row of all) {
				await page.keyboard.press('g');
				await page.keyboard.press(row.keys);
				await heading(page, row.title);
				await page.locator('main .waiting').first().waitFor({ state: 'detached' });
				// A connection may have a long name.
				await page.evaluate(() => document.querySelectorAll('main .filter option:first-child').forEach((o) => {
					o.textContent = 'connection:practicepanther of the branch office';
				}));
				await v.fits();
				assert.deepStrictEqual(await small(page), [], `${row.path} at ${width} px`);
				await v.shot(`frame-${width}${row.path.replace('/', '-')}`);
			}
			await v.leave();
		}
		await t_forced(b);
	});
}));

// What is to be pressed and is smaller than 24 px (links within a text may be).
const small = (page) => page.evaluate(() => [...document.querySelectorAll('button, input, select, summary, [role=button], a.button, #nav a')]
	.filter((e) => e.checkVisibility() && !e.closest('.unseen') && getComputedStyle(e).clipPath === 'none')
	.map((e) => [e, (e.closest('label') || e).getBoundingClientRect()])
	.filter(([e, r]) => r.width > 0 && e.getBoundingClientRect().width > 1 && (r.width < 23.5 || r.height < 23.5))
	.map(([e, r]) => `${e.outerHTML.slice(0, 120)} ${Math.round(r.width)}x${Math.round(r.height)}`));

async function t_theme(v) {
	const { page } = v;
	const back = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	await page.addInitScript(() => new MutationObserver(() => {
		// The colours are chosen before there is anything to draw.
		if (document.body && !window.first) window.first = document.documentElement.dataset.theme || 'none';
	}).observe(document, { childList: true, subtree: true }));
	await v.go('/');
	await v.see('Live');
	const dark = await back();
	await command(page, 'colours light', 'Colours: light');
	await page.waitForFunction(() => document.documentElement.dataset.theme === 'light');
	const light = await back();
	assert.notStrictEqual(light, dark);
	await page.reload();
	await v.see('Live');
	assert.strictEqual(await page.evaluate(() => window.first), 'light', 'no flash');
	assert.strictEqual(await back(), light, 'what was chosen beats the system');
	await page.getByRole('button', { name: /test-admin/ }).click();
	await page.getByRole('menuitemradio', { name: 'Colours: auto' }).click();
	await until(async () => (await back()) === dark, 'the system\'s colours');

	// Compact lists.
	await v.go('/schedules');
	await v.see('cleanup');
	await command(page, 'compact', 'Lists: compact');
	await page.waitForFunction(() => document.documentElement.dataset.density === 'compact');
	await page.reload();
	await v.see('cleanup');
	assert.strictEqual(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--row')), '28px');
	await v.leave();
}

async function t_phone(v) {
	const { page } = v;
	const button = page.getByRole('button', { name: 'Pages' });
	const link = (name) => page.locator('#nav').getByRole('link', { name });
	await v.go('/');
	await button.click();
	await link('Schedules').waitFor();
	assert.strictEqual(await button.getAttribute('aria-expanded'), 'true');
	await v.axe();
	await v.shot('phone-nav');
	await page.keyboard.press('Escape');
	await page.locator('#nav').waitFor({ state: 'hidden' });
	await focuses(page, 'BUTTON Pages');
	await button.click();
	await link('Overview').click(); // where one is already
	await page.locator('#nav').waitFor({ state: 'hidden' });
	await button.click();
	await link('Schedules').click();
	await heading(page, 'Schedules');
	await page.locator('#nav').waitFor({ state: 'hidden' });
	await v.leave();
}

// With more contrast, with the system's own colours, without motion: read, and the focus seen.
async function t_forced(b) {
	const outline = (page) => page.evaluate(() => {
		const c = getComputedStyle(document.activeElement);
		return c.outlineStyle !== 'none' && parseFloat(c.outlineWidth) >= 2;
	});
	for (const how of [{ contrast: 'more' }, { forcedColors: 'active' }]) {
		const v = await b.visit('admin', how), { page } = v;
		await v.go('/connections');
		await page.getByRole('link', { name: 'shop' }).waitFor();
		if (how.contrast) await v.axe();
		for (let i = 0; i < 25; i++) {
			await page.keyboard.press('Tab');
			assert.ok(await page.evaluate(() => document.activeElement === document.body) || await outline(page),
				`the focus is not seen: ${await focused(page)}`);
		}
		await page.keyboard.press('j');
		assert.ok(await outline(page));
		await palette(page, 'schedu');
		if (how.forcedColors) {
			assert.ok(await options(page).first().evaluate((e) => getComputedStyle(e).outlineStyle === 'solid'), 'the choice is seen');
			await v.shot('forced-colours');
		}
		assert.strictEqual(await page.evaluate(() => [...document.getAnimations()].filter((a) => a.effect.getComputedTiming().duration > 1).length), 0);
		await v.leave();
	}
}
