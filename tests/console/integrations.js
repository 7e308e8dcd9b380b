// SPDX-License-Identifier: Apache-2.0
// integrations.js - integrations whose schedules are their own, among the connections in a browser: their runs,
// freshness and figures, a cycle that failed, and credits that are used up.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { needs, STORE } = require('../e2e/firm.js');
const { browsing } = require('./browser.js');
const { three, at, MINUTE } = require('./three.js');

needs(STORE === 'sqlite' ? 'sqlite3' : 'psql');

const row = (v, text) => v.page.getByRole('row').filter({ hasText: text });
const connection = async (s, name) => (await s.get(`/api/connections/${name}`)).body;

async function the_list_knows_their_schedules_and_runs(v) {
	await v.go('/connections');
	const game = row(v, 'metactf');
	await game.getByText('every 30 minutes').first().waitFor();
	await game.getByRole('link', { name: /^Success: incremental/ }).first().waitFor();
	assert.strictEqual(await game.getByRole('link', { name: /^Success: incremental/ }).first().getAttribute('href'), '/score-sync');
	await game.getByText(/^due in/).first().waitFor();
	const ratings = row(v, 'pti');
	await ratings.getByText('on Sunday').first().waitFor();
	await ratings.getByText('no runs yet').first().waitFor();
	assert.strictEqual(await v.page.getByText('by hand only').count(), 0);
	await v.axe();
	await v.fits();
}

async function the_detail_shows_whose_turn_it_is(v) {
	await v.go('/connections/metactf');
	await row(v, 'odl_scores').getByText('none late').first().waitFor();
	await row(v, 'flash_ctf_progress').waitFor();
	await row(v, 'game_platform_totals_sweep_hourly').getByText('every hour').first().waitFor();
	assert.strictEqual(await v.page.getByRole('link', { name: 'Score sync' }).first().getAttribute('href'), '/score-sync');
	await v.axe();
	await v.fits();
	await v.shot('connection-score-sync');
	await v.go('/connections/pti');
	await v.page.getByRole('link', { name: /^Linked players/ }).getByText('6', { exact: true }).first().waitFor();
	await v.axe();
	await v.shot('connection-ratings');
}

async function it_is_run_by_its_schedule(v, s) {
	await v.button('Run now').click();
	await v.page.getByRole('menuitem', { name: 'Pti weekly' }).click();
	await v.see('The run was asked for');
	await row(v, 'Weekly').getByText('Success').first().waitFor();
	const now = await connection(s, 'pti');
	assert.ok(now.last_success_at && now.fresh_for_s > 0, JSON.stringify(now));
	assert.strictEqual(now.runs.length, 1);
}

// Stopping holds back what its schedules make, too.
async function it_is_stopped_with_its_lanes(v, s, f) {
	const paused = () => f.rows("SELECT scope FROM lockstep_pauses ORDER BY scope").map((r) => r.scope);

	await v.button('Stop').click();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
	await v.see('Stopped by');
	assert.deepStrictEqual(paused(), ['lane:connection:pti', 'lane:pti_sync']);
	await v.button('Restart').click();
	await v.button('Stop').waitFor();
	assert.deepStrictEqual(paused(), []);
	assert.strictEqual((await connection(s, 'pti')).state, 'ok');
}

async function what_goes_wrong_needs_attention(v, s, f) {
	f.change(`INSERT INTO game_platform_sync_runs (id, status, sync_type, started_at, completed_at, error_message) VALUES
		('70000000-0000-4000-8000-00000000f001', 'failed', 'incremental', '${at(-MINUTE)}', '${at(-2 * MINUTE)}', 'the platform refused the token')`);
	f.change('UPDATE lockstep_pti_spend SET credits = 400');
	await v.go('/connections');
	await row(v, 'metactf').getByText('Failing').first().waitFor();
	await row(v, 'pti').getByText('Needs attention').first().waitFor();
	await v.go('/');
	await v.see('The last run of metactf failed');
	await v.see('the platform refused the token');
	await v.see('pti cannot go on');
	await v.see('400 of 500 are spent');
	assert.strictEqual((await connection(s, 'metactf')).state, 'failing');
	await v.axe();
}

async function a_viewer_on_a_phone_sees_the_same(b) {
	const v = await b.visit('viewer', { size: 'phone', theme: 'dark' });

	await v.go('/connections/metactf');
	await v.see('odl_scores');
	assert.strictEqual(await v.button('Run now').count(), 0);
	await v.fits();
	await v.leave();
}

test('integrations with schedules of their own', () => three(async (it) => browsing(it.s, async (b) => {
	const v = await b.visit('admin');

	await the_list_knows_their_schedules_and_runs(v);
	await the_detail_shows_whose_turn_it_is(v);
	await it_is_run_by_its_schedule(v, it.s);
	await it_is_stopped_with_its_lanes(v, it.s, it.firm);
	await what_goes_wrong_needs_attention(v, it.s, it.firm);
	await a_viewer_on_a_phone_sees_the_same(b);
	await v.leave();
}), { runs: 20 }));
