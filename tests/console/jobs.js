// SPDX-License-Identifier: Apache-2.0
// jobs.js - jobs, the queue, schedules, the outbox and conflicts, as an operator works with them.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { Firm, needs, until, STORE } = require('../e2e/firm.js');
const { ONE_STREAM } = require('../e2e/game_platform.js');
const { serving } = require('../e2e/service.js');
const { besideShop, PLAN } = require('../e2e/shop.js');
const { browsing } = require('./browser.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const HELD = PLAN.replace('      shop_users:\n', '      shop_users:\n        raw: raw\n')
	.replace('columns: { name: "{{ record.name }}" }', 'columns: { name: { value: "{{ record.name }}", conflict: hold } }');
const LATER = '2099-01-01T00:00:00Z';

// What a year of work leaves, in a few rows: each state, errors, an hour of throughput.
function past(f) {
	const now = Date.now(), rows = [];
	for (let i = 1; i <= 120; i++) {
		const outcome = i % 9 === 0 ? 1 : i % 25 === 0 ? 2 : 0, at = now - (i % 60) * 60000;
		rows.push(`(${i}, ${outcome}, 0, ${STORE === 'sqlite' ? 0 : 'false'}, 1, 5, 0, 1, ${at - 9000}, ${at - 9500}, ${at - 4000}, ${at}, ` +
			`'${i % 3 ? 'sync' : 'cleanup'}', 'schedule', '', '{"connection":"shop"}', ${outcome === 1 ? `'The vendor answered 503: the upstream is overloaded, try again in a while (${i})'` : 'NULL'})`);
	}
	f.change('INSERT INTO lockstep_job_history (id, outcome, priority, one, attempt, attempts_max, crashes, lane_max, run_at_ms, ' +
		`added_ms, claimed_ms, finished_ms, task, origin, actor, args, error) VALUES ${rows.join()}`);
	f.change(STORE === 'sqlite' ? "UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'lockstep_jobs'; INSERT INTO sqlite_sequence (name, seq) SELECT 'lockstep_jobs', 1000 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'lockstep_jobs')"
		: 'ALTER TABLE lockstep_jobs ALTER COLUMN id RESTART WITH 1000');
}

// The two pictures of a page that are looked at: wide and light, narrow and dark.
async function pictures(b, path, name, seen) {
	if (!process.env.LOCKSTEP_SHOTS) return;
	for (const [size, theme] of [['desktop', 'light'], ['desktop', 'dark'], ['phone', 'light'], ['phone', 'dark']]) {
		const v = await b.visit('admin', { size, theme });
		await v.go(path);
		await v.see(seen);
		await v.shot(`${name}-${size}-${theme}`);
		await v.fits();
		await v.leave();
	}
}

test('jobs: found, looked into, retried while one watches, cancelled in bulk', besideShop(async (f, vendor, s) => {
	past(f);
	await browsing(s, async (b) => {
		const v = await b.visit('admin'), { page } = v;
		const row = (text) => page.locator('tbody tr', { hasText: text });
		await v.go('/jobs');
		await v.see('Succeeded');

		// The tiles filter; errors are in the list and found in it; the address says it all.
		await page.locator('.tile', { hasText: 'Failed' }).click();
		await v.see('the upstream is overloaded');
		await page.getByPlaceholder('Text in the error').fill('while (117)');
		await until(async () => (await page.locator('tbody tr').count()) === 1, 'one row');
		assert.match(page.url(), /state=failed/);
		assert.match(page.url(), /q=while/);
		await v.axe();
		await v.fits();

		// A dead letter of this server's own: retried, it succeeds before one's eyes.
		vendor.broken = true;
		const job = (await s.post('/api/jobs', { task: 'sync', args: { connection: 'shop', mode: 'full' }, max_attempts: 1 })).body.id;
		await v.go(`/jobs/${job}`);
		await page.locator('.life .here', { hasText: 'Failed' }).waitFor();
		await page.locator('tbody tr', { hasText: '1' }).first().waitFor();
		assert.match(await page.locator('pre.error').innerText(), /400|broken/);
		await v.axe();
		vendor.broken = false;
		await page.getByRole('button', { name: 'Retry' }).click();
		await page.locator('.life .here', { hasText: 'Succeeded' }).waitFor();
		await until(async () => (await page.locator('tbody tr').count()) >= 2, 'both attempts');
		await v.see('Look at its run');

		// Another like it, edited: what is no JSON is said at once.
		await page.getByRole('button', { name: 'More' }).click();
		await page.getByRole('menuitem', { name: /other arguments/ }).click();
		const args = page.getByRole('textbox', { name: 'Arguments' });
		await args.fill('{"connection":');
		await v.see('This is no JSON');
		await args.fill('{"connection": "shop", "mode": "incremental"}');
		await page.getByLabel('Not before').fill('2098-05-05T05:05');
		await page.getByRole('button', { name: 'Run it' }).click();
		await page.locator('.life .here', { hasText: 'Later' }).waitFor();

		// Many: chosen by x and Shift, and all that match after a count.
		for (let i = 0; i < 6; i++) await s.post('/api/jobs', { task: 'cleanup', run_at: LATER });
		await v.go('/jobs?state=later&task=cleanup');
		await row('cleanup').first().waitFor();
		await page.keyboard.press('j');
		await page.keyboard.press('x');
		await page.locator('tbody tr').nth(2).locator('input').click({ modifiers: ['Shift'] });
		await v.see('3 jobs chosen');
		await page.locator('.bulk').getByRole('button', { name: 'Cancel' }).click();
		await page.getByRole('button', { name: 'Cancel 3 jobs' }).click();
		await v.see('3 jobs cancelled');
		await until(async () => (await page.locator('tbody tr').count()) === 3, 'three left');
		await page.getByRole('button', { name: 'All that match' }).click();
		await page.getByRole('menuitem', { name: 'Cancel' }).click();
		await page.getByRole('button', { name: 'Cancel 3 jobs' }).click();
		await v.see('No job matches');
		assert.strictEqual(f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task = 'cleanup' AND state = 2"), 0);

		// What somebody else adds shows by itself.
		f.change("INSERT INTO job_queue (task_type, run_at) VALUES ('cleanup', '2099-01-01T00:00:00Z')");
		await row('cleanup').first().waitFor();

		// Paused with a reason, for all to see; and resumed.
		await v.go('/queue');
		await v.see('Workers in use');
		await page.getByRole('button', { name: 'Pause', exact: true }).click();
		await page.getByLabel(/Reason/).fill('moving house');
		await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
		await v.see('moving house');
		await v.axe();
		await pictures(b, '/queue', 'queue', 'moving house');
		await page.getByRole('button', { name: 'Resume' }).first().click();
		await page.getByText('moving house').waitFor({ state: 'detached' });
		await pictures(b, '/jobs', 'jobs', /overloaded/);
		await pictures(b, '/jobs?state=failed', 'jobs-failed', 'overloaded');
		await pictures(b, `/jobs/${job}`, 'job', 'Look at its run');
		await v.leave();

		// A viewer looks, and is offered nothing.
		const eye = await b.visit('viewer', { size: 'phone', theme: 'dark' });
		await eye.go(`/jobs/${job}`);
		await eye.see('An administrator sees them');
		assert.strictEqual(await eye.page.getByRole('button', { name: 'Retry' }).count(), 0);
		await eye.go('/jobs');
		await eye.page.locator('tbody tr').first().waitFor();
		assert.strictEqual(await eye.page.locator('tbody input[type=checkbox]').count(), 0);
		await eye.fits();
		await eye.axe();
		await eye.leave();
	});
}));

test('schedules: made with a live preview, toggled, run, changed from two tabs', besideShop(async (f, vendor, s) => {
	await browsing(s, async (b) => {
		const v = await b.visit('admin'), { page } = v;
		await v.go('/schedules');
		await v.see('cleanup');
		await page.getByRole('button', { name: 'New schedule' }).click();
		await page.getByLabel('Name', { exact: true }).fill('mine');
		await page.getByLabel('Task', { exact: true }).fill('cleanup');
		await page.getByLabel('Cron').fill('30 2 * *');
		await page.locator('.preview .complaint').waitFor();
		await page.getByLabel('Cron').fill('30 2 * * 1-5');
		await page.getByLabel('Time zone').selectOption('America/New_York');
		await page.locator('.preview li', { hasText: ' 02:30:00 -0' }).first().waitFor();
		assert.strictEqual(await page.locator('.preview li').count(), 5);
		await v.see('The clocks there go');
		await v.shot('schedule-form');
		await v.axe();
		await page.getByRole('button', { name: 'Make it' }).click();
		const row = page.locator('tbody tr', { hasText: 'mine' });
		await row.waitFor();

		// Off at once, and taken back when the server refuses.
		const toggle = page.getByRole('switch', { name: /mine/ });
		const off = toggle.and(page.locator('[aria-checked=false]'));
		const answer = await v.hold('**/api/schedules/mine/pause');
		await toggle.click();
		await off.waitFor();
		assert.strictEqual(Number(f.value("SELECT paused AS n FROM lockstep_schedules WHERE name = 'mine'")), 0, 'it does not wait for the server');
		await answer();
		await until(() => f.value("SELECT paused AS n FROM lockstep_schedules WHERE name = 'mine'") === 1, 'the pause');
		await page.route('**/api/schedules/mine/resume', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json',
			body: JSON.stringify({ status: 409, detail: 'Somebody said no.' }) }));
		await row.getByText('Paused').first().waitFor();
		await toggle.click();
		await v.see('Somebody said no.');
		await off.waitFor();
		await page.unroute('**/api/schedules/mine/resume');
		await page.getByRole('button', { name: 'Put away' }).first().click();

		// Run by hand: the strip tells of it when the job is over.
		await page.getByRole('button', { name: 'Run mine now' }).click();
		await page.getByRole('img', { name: /The last 1 slot: none failed; the latest by hand, succeeded/ }).waitFor();

		// Two tabs: the second to save is shown both versions, and may still have its way.
		const change = async (tab, cron) => {
			await tab.go('/schedules?schedule=mine');
			await tab.page.getByRole('button', { name: 'Change', exact: true }).click();
			await tab.page.getByLabel('Cron').fill(cron);
			return tab.page.getByRole('button', { name: 'Save', exact: true });
		};
		const other = await b.visit('admin');
		const [mine, theirs] = [await change(v, '5 5 * * *'), await change(other, '6 6 * * *')];
		await theirs.click();
		await until(() => f.value("SELECT cron AS n FROM lockstep_schedules WHERE name = 'mine'") === '6 6 * * *', 'the first to save');
		await mine.click();
		await v.see('Somebody else changed it meanwhile');
		assert.match(await page.locator('.sides').innerText(), /5 5 \* \* \*[\s\S]*6 6 \* \* \*/);
		await v.shot('schedule-conflict');
		await v.axe();
		await page.getByRole('button', { name: 'Save mine over it' }).click();
		await until(() => f.value("SELECT cron AS n FROM lockstep_schedules WHERE name = 'mine'") === '5 5 * * *', 'ours to be saved');
		await other.leave();
		await v.go('/schedules?schedule=mine');
		await v.see('What its last slots came to');
		await pictures(b, '/schedules?schedule=mine', 'schedule', 'What its last slots came to');
		await v.axe();
		await page.getByRole('button', { name: 'Delete' }).click();
		await page.getByRole('button', { name: 'Delete it' }).click();
		await row.waitFor({ state: 'detached' });
		await pictures(b, '/schedules', 'schedules', 'cleanup');
		await v.leave();
	});
}));

test('what is stuck is decided: conflicts and changes in the outbox', besideShop(async (f, vendor, s) => {
	const sync = async () => s.finished((await s.post('/api/connections/shop/sync', { mode: 'full' })).body.job);
	for (const id of ['v1', 'v2', 'v3']) vendor.users.set(id, { id, name: 'before' });
	await sync();
	for (const id of ['v1', 'v2', 'v3']) vendor.users.get(id).name = `their ${id}`;
	f.change("UPDATE shop_users SET name = 'our ' || shop_id");
	await sync();
	f.change('INSERT INTO lockstep_outbox (connection, watch, table_name, record_key, op, state, changed, before_row, after_row, last_error, attempts) VALUES ' +
		[['11', 'failed'], ['12', 'failed'], ['13', 'unknown'], ['14', 'failed']].map(([key, state]) => `('shop', 'people', 'people', '${key}', 'update', ` +
			`'${state}', '["name"]', '{"id":${key},"name":"Ana"}', '{"id":${key},"name":"Anna"}', 'The vendor answered 422: name ${key} is taken', 3)`).join());
	await browsing(s, async (b) => {
		const v = await b.visit('admin'), { page } = v;
		await v.go('/conflicts');
		await v.see('their v1');
		await v.axe();
		await pictures(b, '/conflicts', 'conflicts', 'their v1');
		const row = (text) => page.locator('tbody tr', { hasText: text });
		await row('their v1').getByRole('button', { name: 'Take theirs' }).click();
		await row('their v1').waitFor({ state: 'detached' });
		await row('their v2').getByRole('button', { name: 'Keep ours' }).click();
		await row('their v2').waitFor({ state: 'detached' });
		await row('their v3').getByRole('button', { name: /Another value/ }).click();
		await page.getByRole('textbox', { name: 'Value' }).fill('neither');
		await page.getByRole('button', { name: 'Write it' }).click();
		await v.see('Nothing to decide');
		assert.deepStrictEqual(f.rows('SELECT name FROM shop_users ORDER BY shop_id').map((r) => r.name), ['their v1', 'our v2', 'neither']);

		await v.go('/outbox');
		await v.see('name 12 is taken');
		await v.axe();
		await pictures(b, '/outbox', 'outbox', 'name 12 is taken');
		await row('name 13').click();
		await v.see('Anna');
		await v.axe();
		await pictures(b, '/outbox?change=3', 'outbox-change', 'Anna');
		await page.getByRole('button', { name: 'Mark as sent' }).click();
		await page.getByLabel(/Reason/).fill('seen there');
		await page.getByRole('button', { name: 'Mark as sent' }).last().click();
		await v.see('Its contents are erased');
		await page.getByRole('button', { name: 'Close' }).click();
		await page.locator('.tile', { hasText: 'Failed' }).click();
		await until(async () => (await page.locator('tbody tr').count()) === 3, 'three failed');
		await page.getByRole('button', { name: 'All that match' }).click();
		await page.getByRole('menuitem', { name: 'Drop' }).click();
		await page.getByRole('button', { name: 'Drop 3 changes' }).click();
		await v.see('No change matches');
		assert.strictEqual(f.value("SELECT count(*) AS n FROM lockstep_outbox WHERE state = 'cancelled'"), 3);
		await v.leave();

		const eye = await b.visit('viewer');
		await eye.go('/outbox?change=3');
		await eye.see('An administrator sees what it holds');
		assert.strictEqual(await eye.page.getByRole('button', { name: 'Mark as sent' }).count(), 0);
		await eye.leave();
	});
}, { plan: HELD }));

// ---- the game platform's administrator ----

const GAME = `database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
  metactf:
    connector: metactf
    config: { base_url: "http://127.0.0.1:1", enabled: "false" }
    tables: { assignments: { from: assignments, key: { syned_user_id: "{{ record.syned_user_id }}" } } }
`;

test('with a game platform its three quick actions are there, and overdue jobs are red', async () => {
	const f = new Firm(null, {}, GAME);
	f.write('connectors/metactf.yaml', ONE_STREAM);
	try {
		await serving(f, async (s) => {
			await s.post('/api/queue/pause', { reason: 'a look at what waits' });
			f.change("INSERT INTO job_queue (task_type, run_at) VALUES ('game_platform_sync', '2026-01-01T00:00:00Z')");
			await browsing(s, async (b) => {
				const v = await b.visit('admin');
				await v.go('/jobs');
				await v.see(/ overdue$/);
				const start = async (name) => {
					await v.page.getByRole('button', { name: 'Game platform' }).click();
					await v.page.getByRole('menuitem', { name }).click();
				};
				const jobs = (task) => f.rows(`SELECT args, state FROM lockstep_jobs WHERE task = '${task}' ORDER BY id`);
				await start(/^Full/);
				await until(() => jobs('game_platform_totals_sweep').length === 1, 'the sweep');
				assert.match(jobs('game_platform_sync')[1].args, /"forceFullSync": ?true/);
				assert.strictEqual(jobs('game_platform_totals_sweep')[0].state, 2, 'it comes later');
				await start(/^Incremental/);
				await until(() => jobs('game_platform_sync').length === 3, 'the incremental one');
				assert.match(jobs('game_platform_sync')[2].args, /"forceFullSync": ?false/);
				await start(/^Totals/);
				await until(() => jobs('game_platform_totals_sweep').length === 2, 'the totals');
				await pictures(b, '/jobs', 'jobs-game', /overdue/);
				await v.leave();
			});
		}, { args: ['--no-scheduler'] });
	} finally {
		f.remove();
	}
});
