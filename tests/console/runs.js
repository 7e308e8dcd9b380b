// SPDX-License-Identifier: Apache-2.0
// runs.js - the pages of runs and of records in quarantine, in a browser, beside the stand-in.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { firm, needs, until, STORE, PLAN } = require('../e2e/firm.js');
const { serving } = require('../e2e/service.js');
const { browsing } = require('./browser.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SMALL = ['--contacts', 220, '--matters', 20, '--tasks', 10];
// Contacts without an e-mail address are refused.
const STRICT = PLAN.replace('email: "{{ record.email }}"                       # may', 'email: { value: "{{ record.email }}", required: true } # may');
assert.notStrictEqual(STRICT, PLAN);

async function full(s, body = { mode: 'full' }) {
	const started = await s.post('/api/connections/practicepanther/sync', body);
	assert.strictEqual(started.status, 202, started.text);
	return started.body;
}

test('runs, one run, its quarantine and its undo', firm(SMALL, (f, it) => serving(f, (s) => browsing(s, async (b) => {
	const v = await b.visit('admin');
	await v.go('/runs');
	await v.see('No runs yet');
	await v.axe();

	// A run that has to wait is seen while it waits, by whoever was there before it.
	await it.post('plan', [{ match: { path_prefix: '/api/v2/contacts', nth: 2 }, fault: '429', args: { seconds: 2 } }]);
	const { run, job } = await full(s);
	await v.page.getByRole('link', { name: 'Full', exact: true }).click();
	await v.see('Full sync of practicepanther');
	await s.finished(job);
	await v.page.getByRole('img', { name: /^contacts: .*waiting [\d.]+ s/ }).waitFor();
	await v.see('1 wait because the vendor asked to (429)');
	assert.strictEqual(new URL(v.page.url()).pathname, `/runs/${run}`);
	await v.page.getByRole('table', { name: 'Attempts' }).getByText('this one').first().waitFor();
	await v.page.getByRole('list', { name: 'Last lines' }).getByText(/contacts: waits 2 s/).first().waitFor();
	// By the clock of whoever looks (Berlin), with the zone on hovering.
	assert.match(await v.page.getByRole('list', { name: 'Last lines' }).locator('time').first().getAttribute('title'), /\d\d:\d\d:\d\d (CET|CEST)$/);
	await v.axe();
	await v.fits();
	await v.shot('run');

	// A record is mended at its field.
	const { items, total } = (await s.get('/api/quarantine')).body;
	await v.page.getByRole('table', { name: 'Records in quarantine' }).getByRole('link', { name: items[0].key }).click();
	const drawer = v.page.getByRole('dialog', { name: 'Record in quarantine' });
	await drawer.getByText('Required: no value where one is required').first().waitFor();
	await v.axe();
	await v.shot('mend');
	await drawer.getByRole('button', { name: 'Read again from the vendor' }).click();
	await drawer.getByText('The record still cannot become a row').first().waitFor();
	await drawer.getByLabel('email (/email)').fill('someone@example.com');
	assert.match(await drawer.getByLabel('Record (JSON)').inputValue(), /"email": "someone@example\.com"/);
	await drawer.getByRole('button', { name: 'Save corrected record' }).click();
	await v.see('The record is a row now: created');
	await drawer.waitFor({ state: 'detached' });
	assert.strictEqual(f.value(`SELECT email FROM contacts WHERE pp_contact_id = '${items[0].key}'`), 'someone@example.com');

	// Text that is no JSON is told where it breaks, and cannot be sent.
	await v.go(`/quarantine?item=${items[1].id}`);
	await drawer.getByLabel('Record (JSON)').fill('{\n  "id": 1,,\n}');
	await drawer.getByText('This is no JSON: look at line 2, column 11.').first().waitFor();
	await drawer.getByRole('button', { name: 'Dismiss…' }).click();
	await v.page.getByLabel('Reason (optional)').fill('not ours');
	await v.page.getByRole('button', { name: 'Dismiss', exact: true }).click();
	await v.see('Dismissed');
	assert.strictEqual((await s.get('/api/quarantine')).body.total, total - 2);
	await v.see(`1–${Math.min(50, total - 2)} of ${total - 2}`);
	await v.axe();
	await v.shot('quarantine');
	await v.page.getByRole('searchbox').fill('no such key');
	await v.see('No record is like that');
	assert.match(v.page.url(), /q=no\+such\+key/);
	await v.button('Clear').click();

	// All together, once they fit.
	f.write('lockstep.yaml', PLAN.replace(/^/, ''));
	s.child.kill('SIGHUP');
	await until(async () => (await s.get(`/api/quarantine/${items[2].id}`)).body.complaints.length === 0, 'the other plan');
	await v.button('Try all again…').click();
	await v.page.getByRole('button', { name: 'Try again', exact: true }).click();
	await v.see('Nothing is in quarantine');

	// What a run changed is put back, after a look.
	await v.go(`/runs/${run}`);
	await v.button('Undo…').click();
	const undo = v.page.getByRole('dialog', { name: 'Undo this run' });
	await undo.getByLabel('Delete rows that this run created').check();
	await undo.getByRole('button', { name: 'Look what would happen' }).click();
	await undo.getByText('Deleted, for the run had created them').first().waitFor();
	await v.axe();
	await v.shot('undo');
	await undo.getByRole('button', { name: /^Undo [\d,]+ rows/ }).click();
	await until(() => f.value('SELECT count(*) AS n FROM tasks') === 0, 'the undo');
	await v.leave();

	// On a phone, in the dark, for whoever may only look.
	const phone = await b.visit('viewer', { size: 'phone', theme: 'dark' });
	for (const [at, says, shot] of [[`/runs/${run}`, 'Where the time went', 'run-phone'], ['/quarantine', 'Nothing is in quarantine', 'quarantine-phone'],
		['/runs', '1–2 of 2', 'runs-phone']]) {
		await phone.go(at);
		await phone.see(says);
		await phone.fits();
		await phone.shot(shot);
	}
	assert.strictEqual(await phone.page.getByRole('button', { name: /Undo|Cancel|Run again/ }).count(), 0);
	await phone.leave();
})), { plan: STRICT }));

test('the list of runs keeps its filters in the address, and a run is cancelled', firm(SMALL, (f, it) => serving(f, (s) => browsing(s, async (b) => {
	const rows = [];
	for (let i = 0; i < 130; i++) {
		const at = new Date(Date.now() - 3600e3 - i * 7200e3);
		rows.push(`('${`${i}`.padStart(8, '0')}-0000-4000-8000-000000000000','incremental','${i % 10 === 4 ? 'error' : 'success'}','${at.toISOString()}',
			'${new Date(at.getTime() + 1000 * (i + 1)).toISOString()}',${i},0,${i % 7},${i % 10 === 4 ? "'the vendor was away'" : 'NULL'},'{"trigger":"schedule"}','practicepanther')`);
	}
	f.change(`INSERT INTO sync_logs (id, sync_type, status, started_at, completed_at, records_processed, records_created,
		records_updated, error_message, details, connection) VALUES ${rows.join(',')};`);
	const v = await b.visit('admin');
	await v.go('/runs');
	await v.see('1–50 of 130');
	await v.fits();
	await v.shot('runs');
	await v.axe();
	// Going back finds the list where it was left; so does loading anew.
	const scrolled = () => v.page.evaluate(() => Math.round(scrollY));
	await v.page.locator('tbody tr').nth(40).scrollIntoViewIfNeeded();
	await v.page.evaluate(() => scrollBy(0, 120));
	const left = await scrolled();
	assert.ok(left > 300, `${left}`);
	await v.page.locator('tbody tr').nth(40).getByRole('link').first().click();
	await v.see('About this run');
	assert.strictEqual(await scrolled(), 0);
	await v.page.goBack();
	await until(async () => await scrolled() === left, 'the place of before');
	await v.page.reload();
	await until(async () => await scrolled() === left, 'the place of before, loaded anew');
	// A page that is not there any more leads to the last that is.
	await v.go('/runs?page=9');
	await v.page.getByRole('link', { name: 'To its last page' }).click();
	await v.see('101–130 of 130');
	// A link with a filter that nobody knows says which.
	await v.go('/runs?status=nope');
	await v.page.getByRole('alert').getByText('status must be one of').waitFor();
	await v.go('/runs');
	await v.page.getByRole('link', { name: 'Next page' }).click();
	await v.see('51–100 of 130');
	await v.page.getByLabel('Status').selectOption('error');
	await v.see('1–13 of 13');
	assert.match(v.page.url(), /status=error/);
	assert.ok(!/page=/.test(v.page.url()));
	await v.see('the vendor was away');
	const day = new Date(Date.now() - 3 * 86400e3).toISOString().slice(0, 10);
	await v.page.getByLabel('From').fill(day);
	await until(async () => /of [45]$/.test(await v.page.getByRole('navigation', { name: 'Parts of the list' }).innerText()), 'fewer');
	await v.page.goBack();
	await v.go('/runs');
	await v.page.getByRole('button', { name: 'Took' }).click();
	await until(async () => (await v.page.locator('tbody tr').first().innerText()).includes('2 min 10 s'), 'the longest first');
	await v.button('Export').click();
	const [file] = await Promise.all([v.page.waitForEvent('download'), v.page.getByRole('menuitem', { name: /CSV/ }).click()]);
	assert.strictEqual(file.suggestedFilename(), 'runs.csv');

	const vendor = { match: { path_prefix: '/api/v2/' } };
	await it.post('plan', [{ ...vendor, fault: 'hold' }]);
	const { run, job } = await full(s);
	await v.go(`/runs?sort=&status=running`);
	await v.page.getByRole('link', { name: 'Full', exact: true }).click();
	await v.button('Cancel').click();
	await v.button('Stop the run').click();
	await v.see('It stops between two pages');
	await it.post('plan', [{ ...vendor, fault: 'delay', args: { delay_ms: 1500 } }]);
	assert.strictEqual((await s.finished(job)).status, 'cancelled');
	await v.page.getByText('Stopped', { exact: true }).first().waitFor();
	assert.strictEqual((await s.get(`/api/runs/${run}`)).body.status, 'stopped');
	await v.leave();
}))));
