// SPDX-License-Identifier: Apache-2.0
// keyboard.js - the command palette, the letters, and the main deeds without a mouse.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { needs, until, STORE } = require('../e2e/firm.js');
const { besideShop } = require('../e2e/shop.js');
const { browsing } = require('./browser.js');
const { focused, heading, options, palette, command } = require('./hands.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const here = (page) => page.evaluate(() => location.pathname + location.search);

test('the palette and the keyboard', besideShop(async (f, vendor, s) => {
	vendor.users.set('v1', { id: 'v1', name: 'Ana' });
	const job = (await s.post('/api/connections/shop/sync', { mode: 'full' })).body.job;
	await s.finished(job);
	const run = f.value('SELECT id FROM sync_logs WHERE parent_id IS NULL');
	await browsing(s, async (b) => {
		const v = await b.visit('admin'), { page } = v;
		const runs = () => Number(f.value('SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL'));
		await v.go('/queue');
		await v.see('Live');

		await t_walk(v);
		// To a page, to what was last, to what has a number.
		await command(page, 'schedu', 'Schedules');
		await heading(page, 'Schedules');
		await palette(page, 'run shop');
		await options(page).filter({ hasText: 'success' }).first().waitFor();
		await v.axe();
		await v.shot('palette');
		await page.keyboard.press('Escape');
		await command(page, run, `Run ${run}`);
		await page.waitForURL(`**/runs/${run}`);
		await heading(page);
		assert.strictEqual(await page.locator('h1').count(), 1);
		await command(page, `job ${job}`, `Job ${job}`);
		await page.waitForURL(`**/jobs/${job}`);
		await palette(page, 'zzzz');
		await v.see('Nothing is called that.');
		await page.keyboard.press('Escape');
		await page.locator('.palette').waitFor({ state: 'detached' });

		// To do something; what takes long or is hard to take back asks first.
		await command(page, 'sync shop', 'Sync shop now');
		await v.see('A sync of shop was asked for');
		await until(() => runs() === 2, 'the sync');
		await command(page, 'full sync shop', 'Full sync of shop');
		await page.getByRole('dialog', { name: 'Read all of shop' }).waitFor();
		await page.keyboard.press('Escape');
		await page.getByRole('dialog').waitFor({ state: 'detached' });
		await command(page, 'stop shop', 'Stop shop');
		await page.getByRole('dialog', { name: 'Stop shop' }).waitFor();
		await page.waitForFunction(() => document.activeElement.matches('dialog input'));
		await page.keyboard.type('by keyboard');
		await page.keyboard.press('Enter');
		await v.see('shop is stopped');
		assert.strictEqual(runs(), 2, 'a question that was left does nothing');
		await palette(page, 'shop');
		await options(page).filter({ hasText: 'Restart shop' }).waitFor();
		assert.strictEqual(await options(page).filter({ hasText: 'Sync shop now' }).count(), 0, 'a stopped one is not synced');
		await page.keyboard.press('Escape');
		await command(page, 'restart shop', 'Restart shop');
		await v.see('shop is restarted');
		await command(page, 'run schedule cleanup', 'Run schedule cleanup');
		await v.see('cleanup runs now');

		// Remembered: the names of what was used, and nothing that was typed.
		await palette(page);
		assert.match(await options(page).first().innerText(), /Run schedule cleanup/);
		await page.keyboard.press('Escape');
		const kept = await page.evaluate(() => localStorage.getItem('lockstep.commands'));
		assert.match(kept, /^run:cleanup\nrestart:shop\n/);
		assert.ok(!kept.includes(run) && !kept.includes('job'), kept);

		// What does not come is said, and the page goes on.
		await page.route('**/api/connections/shop/sync', (route) => route.fulfill({ status: 429, headers: { 'retry-after': '7' },
			contentType: 'application/problem+json', body: '{"status":429,"detail":"Too often."}' }));
		await command(page, 'sync shop', 'Sync shop now');
		await v.see('Wait 7 s and try again.');
		await page.getByRole('button', { name: 'Put away' }).last().click();
		await v.leave();

		const eye = await b.visit('viewer');
		await eye.go('/connections');
		await eye.page.getByRole('link', { name: 'shop' }).waitFor();
		await palette(eye.page, 'shop');
		await options(eye.page).filter({ hasText: 'success' }).first().waitFor();
		for (const deed of ['Sync shop', 'Stop shop', 'Full sync'])
			assert.strictEqual(await options(eye.page).filter({ hasText: deed }).count(), 0, deed);
		await eye.page.keyboard.press('Escape');
		await t_forbidden(eye);
		await eye.leave();
		await t_letters(await b.visit('admin'));
		await t_deeds(await b.visit('admin'), f, vendor, s);
	});
}));

// From the first press of Tab to every page that has a letter.
async function t_walk(v) {
	const { page } = v;
	await page.keyboard.press('Tab');
	assert.strictEqual(await focused(page), 'A Skip to the content');
	await page.keyboard.press('Enter');
	assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'main');

	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keys' }).waitFor();
	await v.axe();
	await v.shot('keys');
	const ways = (await page.locator('dl.keys > div').evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.innerText))))
		.filter(([key]) => /^g \w$/.test(key));
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	assert.ok(ways.length >= 13, `${ways.length} pages have letters`);
	assert.strictEqual(new Set(ways.map((w) => w[0])).size, ways.length, 'each letter once');
	const titles = new Set();
	for (const [key, name] of ways) {
		for (const one of key.split(' ')) await page.keyboard.press(one);
		await heading(page, name);
		assert.strictEqual(await page.locator('h1').count(), 1, name);
		await page.waitForFunction((t) => document.title === `${t} · Lockstep`, name);
		titles.add(await page.title());
	}
	assert.strictEqual(titles.size, ways.length, 'each title once');
	const nav = await page.locator('#nav a').count();
	assert.strictEqual(nav, ways.length, 'every page of the navigation has a letter');
}

async function t_forbidden(v) {
	const { page } = v;
	await v.go('/access');
	await v.see('Your role does not show this page');
	await v.axe();
	await page.getByRole('link', { name: 'Go to your start page' }).click();
	await heading(page, 'Overview');
	await v.go('/no/such/page');
	await v.see('Nothing is at this address');
	assert.strictEqual(await page.title(), 'There is no such page · Lockstep');
	await v.axe();
	await page.goBack();
	await v.see('Rate budgets');
	await v.go('/practicepanther');
	await v.see('The plan has no such connection');
	await v.axe();
}

// Single letters can be switched off, for whoever speaks to the computer.
async function t_letters(v) {
	const { page } = v;
	await v.go('/jobs');
	await v.see('Succeeded');
	await page.keyboard.press('?');
	await page.getByRole('switch', { name: 'Single letters are commands' }).focus();
	await page.keyboard.press('Space');
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	for (const key of ['p', 'j', 'g', 'c']) await page.keyboard.press(key);
	assert.strictEqual(await here(page), '/jobs');
	assert.strictEqual(await page.locator('.live-paused').count(), 0);
	assert.strictEqual(await page.evaluate(() => document.activeElement.tagName === 'TR'), false);
	await command(page, 'single letters', 'Single letters as commands: on');
	await page.keyboard.press('/');
	assert.strictEqual(await page.evaluate(() => document.activeElement.matches('[data-search]')), true);
	await page.keyboard.type('gp?j');
	await page.waitForURL(/q=gp/);
	await v.leave();
}

// The main deeds, without a mouse: a sync, a retry, a schedule switched off.
async function t_deeds(v, f, vendor, s) {
	const { page } = v;
	const tabTo = async (name) => {
		for (let i = 0; i < 120; i++) {
			await page.keyboard.press('Tab');
			if ((await focused(page)).endsWith(name)) return;
		}
		throw new Error(`Tab never comes to ${name}`);
	};
	const before = Number(f.value('SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL'));
	await v.go('/connections');
	await page.getByRole('link', { name: 'shop' }).waitFor();
	await page.keyboard.press('j');
	await page.keyboard.press('x');
	await v.see('1 connection chosen');
	await page.keyboard.press('x');
	await page.keyboard.press('Enter');
	await page.waitForURL('**/connections/shop');
	await heading(page, 'shop');
	await tabTo('Sync now');
	await page.keyboard.press('Enter');
	await page.getByRole('menuitem', { name: 'Incremental' }).waitFor();
	await page.waitForFunction(() => document.activeElement.role === 'menuitem');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('Enter');
	await v.see('The sync was asked for');
	await until(() => Number(f.value('SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL')) > before, 'the sync');
	await until(() => Number(f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task = 'sync'")) === 0, 'its end');

	vendor.broken = true;
	const job = (await s.post('/api/jobs', { task: 'sync', args: { connection: 'shop', mode: 'full' }, max_attempts: 1 })).body.id;
	await s.finished(job);
	vendor.broken = false;
	for (const key of ['g', 'j']) await page.keyboard.press(key);
	await heading(page, 'Jobs');
	await command(page, `#${job}`, `Job ${job}`);
	await page.locator('.life .here', { hasText: 'Failed' }).waitFor();
	await tabTo('Retry');
	await page.keyboard.press('Enter');
	await page.locator('.life .here', { hasText: 'Succeeded' }).waitFor();

	for (const key of ['g', 's']) await page.keyboard.press(key);
	await heading(page, 'Schedules');
	await tabTo('cleanup fires by itself');
	await page.keyboard.press('Space');
	await until(() => [1, true].includes(f.value("SELECT paused AS n FROM lockstep_schedules WHERE name = 'cleanup'")), 'the pause');
	// A switch whose change is on its way takes no other.
	await page.waitForFunction(() => document.activeElement.getAttribute('aria-checked') === 'false' && !document.activeElement.hasAttribute('aria-disabled'));
	await page.keyboard.press('Space');
	await until(() => [0, false].includes(f.value("SELECT paused AS n FROM lockstep_schedules WHERE name = 'cleanup'")), 'the way back');

	// A drawer takes the focus, keeps it, and gives it back to what opened it.
	await tabTo('cleanup');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog', { name: 'cleanup' }).waitFor();
	for (let i = 0; i < 12; i++) {
		await page.keyboard.press('Tab');
		assert.ok(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest('dialog')), 'the focus left the drawer');
	}
	// At once: in the same turn in which it goes, not a frame later.
	const after = page.evaluate(() => new Promise((done) => {
		const watch = new MutationObserver(() => {
			if (document.querySelector('dialog')) return;
			watch.disconnect();
			done(`${document.activeElement.tagName} ${document.activeElement.innerText.slice(0, 40)}`);
		});
		watch.observe(document.body, { childList: true, subtree: true });
	}));
	await page.keyboard.press('Escape');
	assert.strictEqual(await after, 'A cleanup');
	await v.leave();
}
