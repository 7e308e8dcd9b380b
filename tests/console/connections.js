// SPDX-License-Identifier: Apache-2.0
// connections.js - the pages of connections in a browser: a sync begun and seen live, stopped, restarted, a cursor
// changed and contested, a test that fails, a hold released, and a viewer without a button.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, until, STORE, PLAN } = require('../e2e/firm.js');
const { serving } = require('../e2e/service.js');
const { browsing } = require('./browser.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql');

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
const PAGES = PLAN.replace('page_size: 100', 'page_size: 20');
const slow = (delay_ms) => [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'delay', args: { delay_ms } }];
const AT = '/connections/practicepanther';
const API = '/api/connections/practicepanther';
const HOLD = `INSERT INTO lockstep_holds (connection, table_name, check_name, seen, expected, run_id, since, released_by, pass_once)
	VALUES ('practicepanther', 'contacts', 'failed_max', '30 % of 400 rows failed', 'at most 5 %', 'none', '2026-11-26T01:00:00.000Z', '', 0)`;

const row = (v, text) => v.page.getByRole('row').filter({ hasText: text });
const dialog = (v) => v.page.getByRole('dialog');

async function a_sync_is_begun_and_seen_live(v, s, it) {
	await v.go('/connections');
	await v.see('no runs yet');
	await v.page.getByRole('link', { name: 'practicepanther', exact: true }).click();
	await v.see('from the beginning');
	await it.post('plan', slow(1500));
	await v.button('Sync now').click();
	await v.page.getByRole('menuitem', { name: 'Full' }).click();
	await dialog(v).getByRole('button', { name: 'Full sync' }).click();
	await v.see('The sync was asked for');
	// Nobody presses anything: hints alone make it grow.
	const contacts = row(v, 'contacts');
	const seen = new Set();
	await until(async () => {
		const text = (await contacts.textContent()).match(/([\d,]+)(?: of about [\d,]+)? records/);
		if (text) seen.add(text[1]);
		return [...seen].filter((n) => n !== '0').length >= 3;
	}, 'progress that grows on the page');
	assert.ok(await v.page.getByRole('region', { name: 'The sync under way' }).isVisible());
	await v.shot('connection-running');
	// A cursor is not to be changed now, and the page says why.
	assert.strictEqual(await contacts.getByRole('button', { name: 'Change the cursor' }).getAttribute('aria-disabled'), 'true');
}

async function it_is_stopped_and_restarted(v, s, it) {
	await v.button('Stop').click();
	await dialog(v).getByLabel('Reason').fill('the test says so');
	await dialog(v).getByRole('button', { name: 'Stop' }).click();
	await v.see('Stopped by');
	await v.see('the test says so');
	await until(async () => (await s.get(API)).body.running === null, 'the end of the run');
	await it.post('plan', []);
	await v.button('Restart').click();
	await v.see('Restarted; what changed meanwhile is synced now');
	await until(async () => (await s.get(API)).body.runs[0].status === 'success', 'the run after it');
	await v.button('Stop').waitFor();
	await row(v, 'contacts').getByText('220').first().waitFor();
	await v.see('idle');
}

async function a_cursor_is_changed_and_contested(v, s) {
	const set = (cursor, reason, version) => s.call(`${API}/streams/contacts/cursor`, { method: 'PUT', body: { cursor, reason },
		headers: { 'if-match': `"${version}"` } });
	const edit = row(v, 'contacts').getByRole('button', { name: 'Change the cursor of contacts' });

	await edit.click();
	const d = dialog(v);
	await d.getByLabel('Cursor', { exact: true }).fill('soon');
	assert.strictEqual(await d.getByRole('button', { name: 'Set the cursor' }).getAttribute('aria-disabled'), 'true', 'without a reason');
	await d.getByLabel('Reason').fill('the vendor lost a week');
	await d.getByRole('button', { name: 'Set the cursor' }).click();
	await d.getByText('That is no time').first().waitFor();
	// Somebody else is quicker.
	const { version } = (await s.get(`${API}/streams/contacts`)).body;
	assert.strictEqual((await set('2024-05-01T00:00:00Z', 'another administrator', version)).status, 200);
	await d.getByLabel('Cursor', { exact: true }).fill('2025-01-01T00:00:00Z');
	await d.getByRole('button', { name: 'Set the cursor' }).click();
	await d.getByText('it was changed since you saw it').first().waitFor();
	await d.getByText('2024-05-01T00:00:00Z').first().waitFor();
	await v.shot('connection-cursor-conflict');
	await d.getByRole('button', { name: 'Go on with that' }).click();
	await d.getByLabel('Cursor', { exact: true }).fill('2025-01-01T00:00:00Z');
	await d.getByRole('button', { name: 'Set the cursor' }).click();
	await v.see('The cursor of contacts is changed');
	assert.strictEqual((await s.get(`${API}/streams/contacts`)).body.cursor, '2025-01-01T00:00:00Z');
	await row(v, 'contacts').getByText('1 Jan').first().waitFor();
}

async function a_held_table_is_released(v, s, f) {
	f.change(HOLD);
	await v.go(AT);
	await v.see('Held tables');
	await v.see('30 % of 400 rows failed');
	await v.axe();
	await v.button('Release once').click();
	await dialog(v).getByRole('button', { name: 'Release once' }).click();
	await v.see('Released; the next sync writes it again');
	await v.page.getByText('Held tables').waitFor({ state: 'detached' });
	assert.deepStrictEqual((await s.get(API)).body.held, []);
	assert.strictEqual(Number(f.value('SELECT pass_once FROM lockstep_holds')), 1);
}

async function every_tab_shows_what_it_is_about(v, it) {
	const contact = (await it.truth('contacts'))[0];
	const tab = (name) => v.page.getByRole('navigation', { name: /^About/ }).getByRole('link', { name }).click();

	await v.axe();
	await tab('Runs');
	await row(v, 'Incremental').first().waitFor();
	await tab('Timeline');
	await v.see('A cursor was set.');
	await v.see('Syncs were stopped.');
	await v.axe();
	await v.shot('connection-timeline');
	await tab('Records');
	await v.page.getByLabel('Table').selectOption('contacts');
	await v.page.getByLabel('Key').fill(contact.id);
	await v.see('What the vendor sent');
	await v.page.getByLabel('the vendor\'s record', { exact: true }).getByText(contact.id).first().waitFor();
	await v.axe();
	await v.shot('connection-record');
	await tab('Mapping');
	await v.see('{{ record.id }}');
	await v.axe();
	await v.shot('connection-mapping');
	await tab('Settings');
	await v.see('set (secret)');
	assert.ok(!(await v.page.content()).includes('sandbox-secret'));
	await v.axe();
	await v.shot('connection-settings');
	await tab('Sign-in');
	await v.see('Last renewed');
	await v.axe();
	await v.shot('connection-sign-in');
}

async function the_switch_is_optimistic_and_taken_back(v) {
	const turn = v.page.getByRole('switch', { name: 'practicepanther: syncs on' });

	await v.go('/connections');
	await turn.waitFor();
	assert.strictEqual(await turn.getAttribute('aria-checked'), 'true');
	v.expect(/503/);
	await v.page.route('**/stop', (r) => r.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"detail":"the database is away"}' }));
	await turn.click();
	await v.see('the database is away');
	await turn.and(v.page.locator('[aria-checked=true]')).waitFor();
	await v.page.unroute('**/stop');
	await turn.click();
	await v.page.getByRole('switch', { checked: false }).waitFor();
	await v.see('Stopped by');
	await turn.click();
	await v.page.getByRole('switch', { checked: true }).waitFor();
	await v.page.getByLabel('State').selectOption('stopped');
	await v.see('No connection matches');
	assert.match(v.page.url(), /state=stopped/);
	await v.button('Clear').click();
	await v.page.getByLabel('Choose practicepanther').click();
	await v.button('Run now').waitFor();
	await v.axe();
	await v.shot('connections');
}

async function the_vendor_is_off(v, s, f) {
	f.env.PP_BASE_URL = 'http://127.0.0.1:1/api/v2'; // where nobody is
	await s.restart();
	await v.go(AT);
	await v.button('Test', { exact: true }).click();
	await dialog(v).getByText('It does not work.').first().waitFor();
	await dialog(v).getByText('See whether the vendor is up').first().waitFor();
	await v.shot('connection-test');
	await dialog(v).getByRole('button', { name: 'Close' }).last().click();
}

async function a_viewer_sees_no_buttons(b) {
	for (const [size, theme] of [['desktop', 'light'], ['phone', 'dark']]) {
		const v = await b.visit('viewer', { size, theme });
		await v.go('/connections');
		await v.page.getByRole('link', { name: 'practicepanther', exact: true }).waitFor();
		assert.strictEqual(await v.page.getByRole('switch').count(), 0);
		await v.fits();
		await v.shot(`connections-viewer-${size}`);
		await v.go(AT);
		await row(v, 'contacts').first().waitFor();
		for (const name of ['Sync now', 'Stop', 'Restart', 'Test', 'Change the cursor of contacts'])
			assert.strictEqual(await v.button(name, { exact: true }).count(), 0, name);
		assert.strictEqual(await v.page.getByRole('link', { name: 'Records' }).count(), 0);
		await v.fits();
		await v.shot(`connection-viewer-${size}`);
		for (const tab of ['runs', 'timeline', 'mapping', 'settings', 'sign-in']) {
			await v.go(`${AT}?tab=${tab}`);
			await v.page.locator('main h2').first().waitFor();
			await v.fits();
			await v.shot(`connection-${tab}-${size}`);
		}
		assert.strictEqual(await v.button('Forget the tokens').count(), 0);
		await v.leave();
	}
}

test('the pages of connections', firm(SMALL, (f, it) => serving(f, (s) => browsing(s, async (b) => {
	const v = await b.visit('admin');

	await a_sync_is_begun_and_seen_live(v, s, it);
	await it_is_stopped_and_restarted(v, s, it);
	await a_cursor_is_changed_and_contested(v, s);
	await a_held_table_is_released(v, s, f);
	await every_tab_shows_what_it_is_about(v, it);
	await the_switch_is_optimistic_and_taken_back(v);
	await a_viewer_sees_no_buttons(b);
	await the_vendor_is_off(v, s, f);
	await v.leave();
})), { plan: PAGES }));
