// SPDX-License-Identifier: Apache-2.0
// practicepanther.js - the law firm's page in a browser, beside the stand-in.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, until, STORE } = require('../e2e/firm.js');
const { serving } = require('../e2e/service.js');
const { browsing } = require('./browser.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];

// Three weeks of syncs, a few of them bad.
function history(f) {
	const rows = [];
	for (let i = 0; i < 200; i++) {
		const at = new Date(Date.now() - 26 * 3600e3 - i * 2.5 * 3600e3);
		const status = i % 40 === 9 ? 'error' : i % 25 === 3 ? 'partial' : 'success';
		rows.push(`('${String(i).padStart(8, '0')}-0000-4000-8000-000000000000','${i % 10 ? 'incremental' : 'full'}','${status}','${at.toISOString()}',
			'${new Date(at.getTime() + 1000 * (5 + (i * 7) % 40)).toISOString()}',${50 + (i * 13) % 200},${(i * 3) % 20},${(i * 5) % 30},
			${status === 'error' ? "'the vendor was away: HTTP 503'" : 'NULL'},'{"trigger":"schedule"${status === 'error' ? ',"error_kind":"transient"' : ''}}','practicepanther')`);
	}
	f.change(`INSERT INTO sync_logs (id, sync_type, status, started_at, completed_at, records_processed, records_created,
		records_updated, error_message, details, connection) VALUES ${rows.join(',')};`);
}

test('the firm syncs, stops, goes on, connects, schedules and sees whether all is well', firm(SMALL, (f, it) => serving(f, (s) => browsing(s, async (b) => {
	const v = await b.visit('admin');
	await v.go('/practicepanther');
	await v.see('Nothing was synced yet: press Full Sync.');
	const table = v.page.getByRole('table', { name: 'Completeness of each table' });
	await table.getByRole('row', { name: /^contacts/ }).getByText('Never read whole').first().waitFor();
	await v.axe();

	// Full Sync, seen while it runs and when it is over.
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts' }, fault: 'hold' }]);
	await v.button('Full Sync').click();
	await v.see('Sync started');
	await until(async () => await v.button('Sync Contacts').getAttribute('aria-disabled') === 'true', 'the buttons to wait');
	assert.match(await v.button('Sync Contacts').getAttribute('title'), /running already/);
	await it.post('plan', []);
	await table.getByRole('row', { name: /^contacts/ }).getByText('Complete').first().waitFor();
	const row = f.rows("SELECT count(client_id) AS linked, (SELECT count(*) FROM lockstep_missing_refs WHERE column_name = 'client_id') AS waiting FROM exchanges")[0];
	const cells = v.page.getByRole('table', { name: 'References to other tables' }).getByRole('row', { name: /exchanges\.client_id contacts/ }).getByRole('cell');
	await until(async () => (await cells.allInnerTexts()).slice(3, 5).join() === `${row.linked},${row.waiting}`, 'linked and not linked yet');
	assert.ok(row.waiting > 0);
	await v.page.getByRole('link', { name: /Success.*1.*without errors/ }).waitFor();

	// The checklist, with ticks and figures.
	const list = v.page.locator('.checklist');
	await list.getByRole('listitem').filter({ hasText: 'Success rate of the last 24 hours' }).getByRole('img', { name: 'Holds', exact: true }).waitFor();
	await list.getByText('should be > 95 %').first().waitFor();
	assert.strictEqual(await list.getByRole('listitem').count(), 5);

	// Test Connection.
	await v.button('Test Connection').click();
	await v.button('Test', { exact: true }).click();
	await v.see('PracticePanther answered.');
	await v.axe();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

	// Stop in an emergency, and go on.
	await v.button('Stop', { exact: true }).click();
	await v.page.getByLabel('Reason (optional)').fill('the books are closed');
	await v.button('Stop all syncs').click();
	await v.see('All syncs are stopped');
	await v.see('the books are closed');
	assert.match(await v.button('Full Sync').getAttribute('title'), /restart them first/);
	assert.strictEqual((await s.post('/api/sync/trigger', {})).body.code, 'sync_stopped');
	await v.button('Restart').click();
	await v.see('Syncs go on');
	await until(async () => (await s.get('/api/sync/status')).body.data.running === null &&
		f.value("SELECT count(*) AS n FROM sync_logs WHERE sync_type = 'incremental'") === 1, 'the sync after the stop');

	// The schedule.
	await v.page.getByLabel('Minutes between syncs').fill('0');
	await v.page.getByLabel(/Full sync at/).fill('03:30');
	await v.page.getByLabel('Minutes between syncs').fill('90');
	await v.button('Save schedule').click();
	await v.see('The schedule is saved and in force');
	await v.page.getByText(/03:30/).first().waitFor();
	const { jobs } = (await s.get('/api/sync/status')).body.data.scheduled;
	assert.deepStrictEqual([jobs.incremental.every, jobs.daily_full.cron], ['90m', '30 3 * * *']);
	assert.strictEqual(jobs.daily_full.nextRuns.length, 5);

	// Access: authorised by a page of the vendor's, and taken back.
	await v.see(/Valid for \d+ hours?/);
	await v.button('Authorise again').click();
	const page = await v.page.getByRole('link', { name: 'Open PracticePanther’s page' }).getAttribute('href');
	assert.match(page, /\/OAuth\/Authorize\?.*client_id=sandbox-client/);
	await v.button('Revoke…').click();
	await v.button('Forget them').click();
	await v.see('The tokens are forgotten');
	await v.page.getByLabel('Access').getByText('No token', { exact: true }).first().waitFor();
	await list.getByRole('listitem').filter({ hasText: 'Token refresh' }).getByRole('img', { name: 'Does not hold' }).waitFor();
	await v.leave();
}))));

test('statistics, charts, errors and logs with filters; on a phone; for whoever may only look', firm(SMALL, (f) => serving(f, (s) => browsing(s, async (b) => {
	history(f);
	const started = (await s.post('/api/sync/trigger', { syncType: 'full' })).body;
	await s.finished(started.job);
	const v = await b.visit('admin');
	await v.go('/practicepanther');
	await v.see('In the 30 days before: none.');
	await v.page.locator('.plot canvas').nth(2).waitFor();
	await v.page.getByRole('table', { name: 'Errors by their kind' }).getByText('The vendor was away or busy', { exact: true }).first().waitFor();
	await v.shot('practicepanther');
	await v.axe();
	await v.fits();
	// A chart is a table too.
	await v.button('Table').first().click();
	await v.page.getByRole('table', { name: 'Share of syncs without errors, by day' }).waitFor();

	// An indicator leads to its runs, which the address keeps.
	await v.page.getByRole('link', { name: /Error.*5.*failed/ }).click();
	await v.see('1–5 of 5');
	assert.match(v.page.url(), /status=error/);
	await v.page.getByLabel('Type').selectOption('contacts');
	await v.see('No sync is like that');
	await v.button('Clear').click();
	await v.page.getByRole('link', { name: 'Next page' }).click();
	await v.see(/21–40 of 206/);
	await v.leave();

	const phone = await b.visit('viewer', { size: 'phone', theme: 'dark' });
	await phone.go('/practicepanther');
	await phone.see('In the 30 days before: none.');
	await phone.page.getByText('1–20 of 206').first().waitFor();
	await phone.fits();
	await phone.shot('practicepanther-phone');
	for (const name of ['Full Sync', 'Stop', 'Authorise again', 'Save schedule'])
		assert.strictEqual(await phone.button(name).count(), 0, name);
	await phone.leave();
}))));
