// SPDX-License-Identifier: Apache-2.0
// overview.js - the first page, errors, limits and workers in a browser: what goes wrong at the vendor shows
// without a reload, says what to do, is muted, tried again, and goes away.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, until, STORE, PLAN } = require('../e2e/firm.js');
const { serving } = require('../e2e/service.js');
const { browsing } = require('./browser.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SMALL = ['--contacts', 120, '--matters', 10, '--tasks', 5];
const refused = [{ match: { path_prefix: '/api/v2/' }, fault: '403' }];
const held = [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'hold' }];
const console_of = (work) => firm(SMALL, (f, it) => serving(f, (s) => browsing(s, (b) => work({ b, s, f, it }))));
const sync = async (s) => s.finished((await s.post('/api/sync/trigger', { syncType: 'full' })).body.job);

// A page is looked at as everybody has it: two themes, two widths, and nothing axe finds.
async function looked_at(b, path, name, text) {
	for (const [size, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
		const v = await b.visit('admin', { size, theme });
		await v.go(path);
		await v.see(text);
		if (path === '/budgets') await v.page.locator('.plot canvas').first().waitFor();
		await v.fits();
		await v.shot(`${name}-${size}-${theme}`);
		if (size === 'desktop') await v.axe();
		await v.leave();
	}
}

test('overview, errors, limits and workers', console_of(async ({ b, s, it, f }) => {
	// A fresh installation says what to do first, and its button does it; the rest comes by itself.
	await looked_at(b, '/', 'overview-fresh', 'Nothing has run yet');
	const v = await b.visit('admin');
	await v.go('/');
	await v.see('lockstep sync practicepanther --full --wait');
	assert.strictEqual(await v.page.locator('a.stat').count(), 5, 'cards');
	assert.ok(await v.page.getByRole('table', { name: 'The next fires' }).locator('tbody tr').count() === 4);
	await v.button('Sync practicepanther now').click();
	await v.see('The first sync has begun');
	await v.page.getByRole('table', { name: 'The last runs' }).getByText('Success').first().waitFor();
	await v.page.getByText('First steps').waitFor({ state: 'detached' });
	await v.see('The connection is in step');
	await v.page.locator('a.stat', { hasText: 'Success, 24 h' }).getByText('100').first().waitFor();

	// Somebody else's run fails: it shows here, with what to do.
	await it.post('plan', refused);
	await sync(s);
	await v.see('The last run of practicepanther failed');
	await v.see(/1 connection needs attention/);
	const notice = v.page.locator('.notice');
	await notice.getByText(/Give that user the permission/).first().waitFor();
	assert.match(await notice.getByRole('link', { name: 'Look at the run' }).getAttribute('href'), /^\/runs\/[0-9a-f-]{36}$/);
	await looked_at(b, '/', 'overview', 'The last run of practicepanther failed');
	await sync(s);
	await v.see('practicepanther failed 2 times in a row');

	// It is one error, happened twice; by the keyboard from the overview.
	await v.page.keyboard.press('g');
	await v.page.keyboard.press('e');
	const table = v.page.getByRole('table', { name: 'Errors' });
	await table.locator('tbody tr').getByText('2', { exact: true }).first().waitFor();
	assert.strictEqual(await table.locator('tbody tr').count(), 1);
	await looked_at(b, '/errors', 'errors', 'HTTP 403');
	await table.locator('tbody tr').click();
	const drawer = v.page.getByRole('dialog', { name: 'Error' });
	await drawer.getByText(/Give that user the permission/).first().waitFor();
	assert.match(v.page.url(), /open=[0-9a-f]{16}/);
	assert.strictEqual(await drawer.getByRole('table').getByRole('link', { name: /^Run / }).count(), 2);
	await v.axe();
	await v.shot('error-drawer');

	// Muted: gone from here and from the overview, until it is unmuted.
	await drawer.getByRole('button', { name: 'Mute' }).click();
	const muting = v.page.getByRole('dialog', { name: 'Mute this error' });
	await muting.getByLabel('For').selectOption('604800');
	await muting.getByLabel('Reason').fill('they know');
	await v.axe();
	await muting.getByRole('button', { name: 'Mute', exact: true }).click();
	await drawer.getByText('they know').first().waitFor();
	await v.page.keyboard.press('Escape');
	await v.see('Nothing went wrong');
	assert.strictEqual((await s.get('/api/overview')).body.health.state, 'ok');
	await v.page.getByLabel('Muted').selectOption('true');
	await table.getByText('Muted').first().waitFor();
	await table.locator('tbody tr').click();
	await drawer.getByRole('button', { name: 'Unmute' }).click();
	await drawer.getByRole('button', { name: 'Mute', exact: true }).waitFor();

	// Tried again when the vendor is well: first it says how much that is.
	await it.post('plan', []);
	await drawer.getByRole('button', { name: 'Try again' }).click();
	const question = v.page.getByRole('dialog', { name: 'Try again' });
	await question.getByText(/^This tries (\d jobs?|a sync of 1 connection)/).first().waitFor();
	await question.getByRole('button', { name: /^Try / }).click();
	await v.see(/on the way/);
	const good = () => f.value("SELECT count(*) AS n FROM sync_logs WHERE parent_id IS NULL AND status = 'success'");
	await until(() => Number(good()) === 2, 'the run that goes well');
	await v.page.keyboard.press('Escape');
	await v.go('/');
	await v.see('The connection is in step');
	const own = await b.visit('admin');
	await own.go((await s.get('/api/errors')).body.errors[0].href);
	await own.see('The last times');
	assert.match(await own.page.title(), /^Error: .+ · Lockstep$/);
	await own.axe();
	await own.leave();

	// What the vendor allows, and how much of it was used.
	await looked_at(b, '/budgets', 'budgets', 'of 300 used');
	await v.go('/budgets');
	const { used } = (await s.get('/api/budgets')).body.budgets[0];
	await v.page.locator('.budget-now').getByText(String(used), { exact: true }).first().waitFor();
	await v.button('Table').click();
	await v.page.getByRole('table', { name: /by the hour/ }).locator('tbody tr').last().getByText(String(used), { exact: true }).waitFor();

	// A worker at work is drained, says so everywhere, and takes jobs again.
	await it.post('plan', held);
	const { job } = (await s.post('/api/sync/trigger', { syncType: 'full' })).body;
	await v.go('/workers');
	await v.page.getByRole('link', { name: 'sync of practicepanther' }).waitFor();
	await looked_at(b, '/workers', 'workers', 'answers you');
	await v.button('Drain').click();
	const asking = v.page.getByRole('dialog', { name: /^Drain / });
	await asking.getByLabel(/Reason/).fill('new memory');
	await asking.getByRole('button', { name: 'Drain' }).click();
	await v.page.getByRole('table', { name: 'Workers' }).getByText('Draining', { exact: true }).first().waitFor();
	await it.post('plan', []);
	assert.strictEqual((await s.finished(job)).status, 'succeeded');
	await v.page.getByText('Drained', { exact: true }).first().waitFor();
	const first = await b.visit('viewer');
	await first.go('/');
	await first.see(/takes no more jobs/);
	await v.button('Undo').click();
	await v.page.getByRole('table', { name: 'Workers' }).getByText('Ready').first().waitFor();
	await first.page.getByText(/takes no more jobs/).waitFor({ state: 'detached' });

	// Who may only look is offered nothing else.
	await first.go('/workers');
	await first.see('answers you');
	assert.strictEqual(await first.button('Drain').count(), 0);
	await first.go('/errors');
	await first.page.getByRole('table', { name: 'Errors' }).locator('tbody tr').click();
	await first.see('The last times');
	assert.strictEqual(await first.button('Mute').count() + await first.button('Try again').count(), 0);
	await first.leave();
	await v.leave();
}));
