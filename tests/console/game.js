// SPDX-License-Identifier: Apache-2.0
// game.js - the game platform's dashboard in the browser: its figures beside counts in the database, its
// filters in the address, its deeds in the vendor's log, and what a coach and a viewer see of it.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { until } = require('../e2e/firm.js');
const { API, COACHES, playing } = require('../e2e/game_field.js');
const { browsing } = require('./browser.js');

const DAY = 86400e3;
const NOW = Date.now();
const iso = (ms) => new Date(ms).toISOString();
const [ANA, BEN, CAT] = COACHES;
const TOPICS = ['web', 'osint', ''];
const monthStart = (back) => Date.UTC(new Date(NOW).getUTCFullYear(), new Date(NOW).getUTCMonth() - back, 1, 0, 0, 1);

// ---- what there is ----

// Nine competitors whom the vendor knows and one of Ana's whom it does not, in four teams, with solves and
// events.  People of the field are Pat0 to Pat9 of coach n % 3.
async function populate(field) {
	const who = [];
	for (let n = 0; n < 10; n++) who.push(await field.competitor(n < 9));
	const sql = [`UPDATE profiles SET full_name = 'Ana Coach' WHERE id = '${ANA}'`, `UPDATE profiles SET full_name = 'Ben Coach' WHERE id = '${BEN}'`,
		`UPDATE competitors SET division = 'college' WHERE id = '${who[1]}'`];
	who.slice(0, 9).forEach((id, n) => {
		let points = 0;
		const many = 2 * (n + 1);
		for (let k = 0; k < many; k++) {
			// Pat0 and Pat3 on days in a row, the others all on one.
			const at = NOW - (n % 3 === 0 ? k + 1 : 2) * DAY - k * 60e3;
			points += 100 + 10 * k;
			sql.push(`INSERT INTO game_platform_challenge_solves (syned_user_id, challenge_solve_id, challenge_title, challenge_category,
				challenge_points, solved_at, source) VALUES ('${id}', ${100 * n + k}, 'Challenge ${k}', '${TOPICS[k % 3]}', ${100 + 10 * k}, '${iso(at)}', 'odl')`);
		}
		sql.push(`INSERT INTO game_platform_stats (competitor_id, challenges_completed, total_score, monthly_ctf_challenges, last_activity)
			VALUES ('${id}', ${many}, ${points}, ${n}, '${iso(NOW - (n === 6 ? 40 : 1) * DAY)}')`);
	});
	const took = (n, back) => sql.push(`INSERT INTO game_platform_flash_ctf_events (syned_user_id, event_id, name, challenges_solved, score, started_at)
		VALUES ('${who[n]}', 'Flash ${back}', 'Flash ${back}', 2, ${300 + n}, '${iso(monthStart(back))}')`);
	for (let back = 0; back < 6; back++) took(0, back);
	took(1, 0);
	took(3, 1);
	took(3, 2);
	sql.push(`INSERT INTO game_platform_challenge_solves (syned_user_id, challenge_solve_id, challenge_title, challenge_category, challenge_points,
		solved_at, source, event_id) VALUES ('${who[3]}', 9001, 'Lost Packet', 'networking', 150, '${iso(monthStart(1) + 60e3)}', 'flash_ctf', 'Flash 1')`);
	field.f.change(sql.join(';\n') + ';');
	const team = async (coach, name, division, ...of) => {
		const made = await field.call(coach, 'POST', '/api/teams', { name, division });
		assert.strictEqual(made.status, 201, made.text);
		for (const n of of) {
			const put = await field.call(coach, 'POST', `/api/teams/${made.body.id}/members`, { competitor_id: who[n] });
			assert.strictEqual(put.status, 201, put.text);
		}
		return made.body.id;
	};
	const teams = { alpha: await team(ANA, 'Alpha', 'high_school', 0, 3, 9), beta: await team(ANA, 'Beta', 'high_school', 6),
		gamma: await team(BEN, 'Gamma', 'college', 1), delta: await team(CAT, 'Delta', 'high_school') };
	await until(async () => field.waiting().length === 0, 'everything mirrored');
	return { who, teams };
}

// ---- what is seen ----

const card = (v, label) => v.page.locator('.stat', { hasText: label });
const figure = async (v, label) => Number((await card(v, label).locator('.stat-value').innerText()).replace(/ of .*/s, '').replace(/\D/g, ''));
const table = (v, name) => v.page.getByRole('table', { name });
// A column of a table as texts.
const column = (v, name, n) => table(v, name).locator(`tbody tr td:nth-child(${n})`).allInnerTexts();
const settles = (look, want, what) => until(async () => JSON.stringify(await look()) === JSON.stringify(want), what)
	.catch(async () => assert.deepStrictEqual(await look(), want, what));
const dialog = (v) => v.page.getByRole('dialog').last();
const query = (v) => Object.fromEntries(new URL(v.page.url()).searchParams);
const BOARD = 'Challenges done, by competitor';
const MOMENTUM = 'Momentum in Flash CTFs, by competitor';

test('the dashboard', () => playing(['--password-reset'], async (field) => {
	// Their half hour would come in the middle of it.
	for (const name of ['game_platform_sync_incremental', 'game_platform_totals_sweep_hourly'])
		assert.strictEqual((await field.s.post(`/api/schedules/${name}/pause`, {})).status, 200, name);
	const w = await populate(field);
	await browsing(field.s, async (b) => {
		const v = await b.visit('admin');
		await v.go('/game-platform');
		await figures(v, field);
		await v.axe();
		await v.fits();
		await v.shot('game');
		await leaderboard(v, field, w);
		await ctf(v, field, w);
		await filters(v, field);
		await drawer(v, field, w);
		await alerts(v);
		await timeline(v, field);
		await apart(v);
		await live(v, field, w);
		await v.leave();
		await small(b, w);
		await byCoach(b, field, w);
		const viewer = await b.visit('viewer');
		await viewer.go('/game-platform');
		await viewer.see('Your role does not show this page');
		await viewer.leave();
		// A coach whom no profile names is told so once, not by every part.
		const nobody = await b.visit('coach');
		await nobody.go('/game-platform');
		await nobody.see('No coach belongs to you');
		assert.strictEqual(await nobody.page.getByRole('alert').count(), 0);
		await nobody.axe();
		await nobody.leave();
	});
}, { alone: true }));

// Five cards, each as the rows say, each with its change and the list behind it.
async function figures(v, field, coach) {
	const mine = coach ? `coach_id = '${coach}'` : '1 = 1';
	const of = `competitor_id IN (SELECT id FROM competitors WHERE ${mine})`;
	const users = `syned_user_id IN (SELECT game_platform_id FROM competitors WHERE ${mine})`;
	const count = (sql) => Number(field.f.value(`SELECT ${sql}`));
	const want = {
		'Active on Platform': count(`count(*) AS n FROM game_platform_stats WHERE last_activity >= '${iso(NOW - 14 * DAY)}' AND ${of}`),
		'Registered Competitors': count(`count(game_platform_id) AS n FROM competitors WHERE ${mine}`),
		'Team Enrollment': count(`count(*) AS n FROM team_members WHERE ${of}`),
		'Total Challenges Solved': count(`coalesce(sum(challenges_completed), 0) AS n FROM game_platform_stats WHERE ${of}`),
		'Monthly CTF Participation': count(`count(DISTINCT syned_user_id) AS n FROM game_platform_flash_ctf_events
			WHERE started_at >= '${iso(NOW - 30 * DAY)}' AND ${users}`),
	};
	await card(v, 'Active on Platform').waitFor();
	await settles(async () => Object.fromEntries(await Promise.all(Object.keys(want).map(async (k) => [k, await figure(v, k)]))), want, 'cards');
	for (const label of Object.keys(want)) {
		assert.strictEqual(await card(v, label).locator('.spark polyline').count(), 1, `${label} has a line`);
		assert.match(await card(v, label).locator('.delta').innerText(), /^([+−][\d,]+|0)$/, `${label} has a change`);
		assert.match(await card(v, label).getAttribute('href'), /#(board|momentum|teams|months)$/);
	}
}

async function leaderboard(v, field, w) {
	const all = field.rows(`SELECT c.first_name || ' ' || c.last_name AS name, s.challenges_completed AS n FROM game_platform_stats s
		JOIN competitors c ON c.id = s.competitor_id ORDER BY 2 DESC`);
	await settles(() => column(v, BOARD, 2), all.map((r) => r.name), 'by challenges');
	await settles(() => column(v, BOARD, 4), all.map((r) => String(r.n)), 'challenges');
	await table(v, BOARD).getByRole('button', { name: 'Competitor' }).click();
	await settles(() => column(v, BOARD, 2), all.map((r) => r.name).sort(), 'by name');
	assert.deepStrictEqual([query(v).sort, query(v).order], ['name', 'asc']);
	await v.page.keyboard.press('/');
	await v.page.keyboard.type('pat3');
	await settles(() => column(v, BOARD, 2), ['Pat3 Player'], 'found');
	await v.page.reload();
	await settles(() => column(v, BOARD, 2), ['Pat3 Player'], 'found again by the address');
	// By topic.
	await table(v, BOARD).getByRole('link', { name: 'Pat3 Player' }).click();
	await dialog(v).getByRole('heading', { name: 'Challenge totals by topic' }).waitFor();
	const topics = field.rows(`SELECT coalesce(nullif(challenge_category, ''), 'Uncategorized') AS topic, count(*) AS n, sum(challenge_points) AS p
		FROM game_platform_challenge_solves WHERE syned_user_id = '${w.who[3]}' GROUP BY 1 ORDER BY 2 DESC, 3 DESC`);
	await settles(async () => (await column(v, 'Challenge totals by topic', 1)).map((t) => t.trim()), topics.map((t) => t.topic), 'topics');
	assert.deepStrictEqual(await column(v, 'Challenge totals by topic', 3), topics.map((t) => String(t.n)));
	assert.deepStrictEqual((await column(v, 'Challenge totals by topic', 2)).map((t) => t.replace(/,/g, '')), topics.map((t) => String(t.p)));
	await v.axe();
	await v.shot('game-topics');
	await v.page.keyboard.press('Escape');
	await until(async () => await v.page.getByRole('dialog').count() === 0, 'closed');
	await v.page.getByRole('searchbox').fill('nobody of that name');
	await v.see('Nobody is called like', { exact: false });
	await card(v, 'Total Challenges').click();
	await settles(() => column(v, BOARD, 2), all.map((r) => r.name), 'the card leads to the whole list');
	assert.deepStrictEqual([query(v).q, query(v).sort], [undefined, undefined]);
}

// The chart with both of its measures, and the momentum list with events and challenges.
async function ctf(v, field, w) {
	const part = v.page.getByRole('region', { name: 'Monthly CTF', exact: true });
	await part.locator('canvas').waitFor();
	const months = (what) => Array.from({ length: 12 }, (_, i) => 11 - i).map((back) => String(field.f.value(`SELECT ${what} AS n
		FROM game_platform_flash_ctf_events WHERE started_at >= '${iso(monthStart(back) - 1000)}' AND started_at < '${iso(back ? monthStart(back - 1) - 1000 : NOW + DAY)}'`)));
	await part.getByRole('button', { name: 'Table' }).click();
	await settles(() => column(v, 'Competitors in Flash CTFs by month', 2), months('count(DISTINCT syned_user_id)'), 'pace');
	await part.getByRole('button', { name: 'Absolute' }).click();
	await settles(async () => (await column(v, 'Points in Flash CTFs by month', 2)).map((t) => t.replace(/,/g, '')), months('coalesce(sum(score), 0)'), 'points');
	assert.strictEqual(query(v).measure, 'absolute');
	await part.getByRole('button', { name: 'Chart' }).click();
	await part.locator('canvas').waitFor();
	await part.getByRole('button', { name: 'Pace' }).click();

	const rows = async () => (await table(v, MOMENTUM).locator('tbody tr').allInnerTexts()).map((t) => `${t.match(/None|Declining|Active/)} ${t.match(/Pat\d/)}`);
	await settles(async () => (await rows()).filter((r) => /Pat[0136]/.test(r)).sort(), ['Active Pat0', 'Active Pat1', 'Declining Pat3', 'None Pat6'], 'momentum');
	await v.page.getByRole('link', { name: 'Declining 1' }).click();
	await settles(rows, ['Declining Pat3'], 'only who declines');
	await table(v, MOMENTUM).locator('tbody tr').click();
	await dialog(v).getByRole('heading', { name: 'Flash CTFs of Pat3 Player' }).waitFor();
	await settles(() => dialog(v).locator('details').count(), 2, 'two events');
	await dialog(v).getByText('Flash 1').first().click();
	await dialog(v).getByText('Lost Packet').first().waitFor();
	await v.axe();
	await v.shot('game-events');
	await v.page.reload();
	await dialog(v).getByRole('heading', { name: 'Flash CTFs of Pat3 Player' }).waitFor();
	await dialog(v).getByRole('button', { name: 'Close' }).click();
	await v.page.getByRole('link', { name: 'Everybody' }).click();
	await settles(async () => (await rows()).length, 9, 'everybody');
	await table(v, MOMENTUM).getByRole('button', { name: '12 months' }).click();
	await settles(async () => (await column(v, MOMENTUM, 5)).slice(0, 3), ['6', '2', '1'], 'by the events of a year');
	assert.deepStrictEqual([query(v).msort, query(v).morder], ['year', 'desc']);
	await table(v, MOMENTUM).getByRole('button', { name: 'Momentum' }).click();
}

async function filters(v, field) {
	await v.go('/game-platform');
	await v.page.getByLabel('Coach').selectOption({ label: 'Ana Coach, Oak Academy' });
	await figures(v, field, ANA);
	await settles(() => v.page.locator('.team-tile strong').allInnerTexts(), ['Beta', 'Alpha'], 'her teams');
	assert.strictEqual(query(v).coach, ANA);
	await v.page.reload();
	await figures(v, field, ANA);
	await settles(() => column(v, BOARD, 2), ['Pat6 Player', 'Pat3 Player', 'Pat0 Player'], 'her competitors');
	await v.page.getByLabel('Coach').selectOption(BEN);
	await v.page.getByLabel('Division').selectOption('college');
	await settles(() => column(v, BOARD, 2), ['Pat1 Player'], 'of one division');
	await settles(() => v.page.locator('.team-tile strong').allInnerTexts(), ['Gamma'], 'one team');
	await v.page.getByLabel('Time').selectOption('all');
	await until(async () => await card(v, 'Active on Platform').locator('.delta').count() === 0, 'all time has nothing before it');
	assert.deepStrictEqual(query(v), { coach: BEN, division: 'college', range: 'all' });
	await v.button('Clear').click();
	await figures(v, field);
	assert.deepStrictEqual(query(v), {});
	const before = v.page.waitForResponse((r) => r.url().includes('/dashboard/timeline'));
	await v.button('Refresh').click();
	await before;
	await v.see('Last updated just now');
}

// A team's members, and the three deeds: asked, awaited, told, and really done at the vendor.
async function drawer(v, field, w) {
	const alpha = v.page.locator('.team-tile', { hasText: 'Alpha' });
	const stats = field.rows(`SELECT sum(total_score) AS p, sum(challenges_completed) AS n FROM game_platform_stats
		WHERE competitor_id IN ('${w.who[0]}', '${w.who[3]}')`)[0];
	await settles(async () => (await alpha.locator('b').allInnerTexts()).map((t) => t.replace(/,/g, '')),
		[String(Math.round(stats.p / 2)), String(stats.n), '2 / 3'], 'a tile');
	await alpha.getByText('1 awaiting add').first().waitFor();
	await alpha.click();
	const name = (n) => `Pat${n} Player`;
	await settles(() => column(v, 'Members: On Game Platform', 1), [name(0), name(3)], 'on the platform');
	await v.axe();
	await v.shot('game-team');
	await dialog(v).getByRole('link', { name: 'Awaiting Add' }).click();
	await settles(() => column(v, 'Members: Awaiting Add', 1), [name(9)], 'awaiting');
	// Who is not there has no password there.
	await v.button(`What to do with ${name(9)}`).click();
	await v.page.getByRole('menuitem', { name: 'Reset password' }).and(v.page.locator('[aria-disabled=true][title="Not on the Game Platform yet"]')).waitFor();
	await v.page.keyboard.press('Escape');
	await dialog(v).getByRole('link', { name: 'Full Roster' }).click();
	await settles(() => column(v, 'Members: Full Roster', 2), [name(0), name(3), name(9)], 'the roster');
	await v.see('Waiting for Add');

	const calls = async (what) => (await field.it.log()).filter((l) => `${l.method} ${l.path}`.includes(what)).length;
	const reset = 'POST ' + API + '/auth/send_password_reset_email';
	await v.button(`What to do with ${name(3)}`).click();
	await v.page.getByRole('menuitem', { name: 'Reset password' }).click();
	await dialog(v).getByText(`The platform sends ${name(3)} a mail`, { exact: false }).first().waitFor();
	await dialog(v).getByRole('button', { name: 'Cancel' }).click();
	assert.strictEqual(await calls(reset), 0, 'nothing is done before it is confirmed');
	await v.button(`What to do with ${name(3)}`).click();
	await v.page.getByRole('menuitem', { name: 'Reset password' }).click();
	await v.button('Send the mail').click();
	await v.see(`${name(3)}: The platform sends a mail to set a new password.`);
	assert.strictEqual(await calls(reset), 1);

	// Somebody took Pat3 off at the vendor: the team's sync puts them back.
	const gone = await field.it.ask(`${API}/users/delete_assignment`, { method: 'POST', body: JSON.stringify({ syned_user_id: w.who[3] }),
		headers: { 'content-type': 'application/json' } });
	assert.ok(gone.status < 300, gone.text);
	await v.button('Sync this team').click();
	await dialog(v).getByRole('button', { name: 'Sync', exact: true }).click();
	await v.see(/^Synced: 1 assigned, 0 taken off/);
	assert.ok((await field.rosters())[w.teams.alpha].includes(w.who[3]));

	await v.button(`What to do with ${name(3)}`).click();
	await v.page.getByRole('menuitem', { name: 'Move to another team' }).click();
	await dialog(v).getByRole('button', { name: 'Move', exact: true }).and(v.page.locator('[aria-disabled=true]')).waitFor();
	// Only her own teams of the division are offered.
	const choices = dialog(v).getByLabel('To the team').locator('option');
	await settles(() => choices.allInnerTexts(), ['Choose a team', 'Beta (1 of 6)'], 'teams to move to');
	await dialog(v).getByLabel('To the team').selectOption(w.teams.beta);
	await v.shot('game-move');
	await dialog(v).getByRole('button', { name: 'Move', exact: true }).click();
	await v.see(`${name(3)} is on Beta now.`, { exact: false });
	await settles(() => column(v, 'Members: Full Roster', 2), [name(0), name(9)], 'without them');
	assert.strictEqual(field.f.value(`SELECT team_id AS n FROM team_members WHERE competitor_id = '${w.who[3]}'`), w.teams.beta);
	await field.equal();
	await v.page.keyboard.press('Escape');
	await v.page.locator('.team-tile', { hasText: 'Beta' }).getByText('2 / 2').first().waitFor();
	assert.deepStrictEqual(query(v), {});
}

async function alerts(v) {
	const access = v.page.getByRole('region', { name: 'Access and sync issues' });
	await access.getByText('No Game Platform ID assigned').first().waitFor();
	await access.getByText('Pat9 Player').first().waitFor();
	await access.getByText('No sync errors reported.').first().waitFor();
	await v.page.getByRole('region', { name: 'Inactive logins' }).getByText('Pat6 Player').first().waitFor();
	await v.page.getByLabel('Coach').selectOption(CAT);
	await access.getByText('All competitors have platform IDs.').first().waitFor();
	await v.page.getByRole('region', { name: 'Inactive logins' }).getByText('Everybody was there lately.').first().waitFor();
	await v.page.getByLabel('Division').selectOption('middle_school');
	await v.see('Nobody has figures yet');
	await v.see('No team here');
	await v.see('Nobody is on the platform yet');
	await v.see('Nobody took part in twelve months');
	await v.shot('game-empty');
	await v.button('Clear').click();
}

async function timeline(v, field) {
	const part = v.page.getByRole('region', { name: 'Activity' });
	await settles(() => part.locator('.happenings > li').count(), 8, 'the latest');
	await v.button('Full screen').click();
	const lines = dialog(v).locator('.happenings > li');
	await until(async () => await lines.count() === 50, 'a page');
	await v.shot('game-timeline');
	const shown = async (kind, words) => {
		await dialog(v).getByLabel('Kind').selectOption(kind);
		await until(async () => await lines.count() > 0 && (await lines.allInnerTexts()).every((t) => words.test(t)), `only ${kind}`);
	};
	await shown('streak', /days in a row/);
	await shown('flash_ctf', /took part in Flash/);
	await shown('team', /^Team .* was made at the platform|was (put on|taken off) team/);
	await shown('other', /was sent a mail/);
	await shown('solve', / solved Challenge/);
	await v.axe();
	const all = Number(field.f.value(`SELECT count(*) AS n FROM game_platform_challenge_solves WHERE solved_at >= '${iso(NOW - 30 * DAY)}'`));
	let seen = await lines.count();
	assert.strictEqual(seen, 50);
	await dialog(v).getByRole('link', { name: 'Older' }).click();
	await until(async () => await lines.count() === all - 50, 'the rest');
	seen += await lines.count();
	assert.strictEqual(seen, all);
	assert.deepStrictEqual(query(v), { timeline: 'full', kind: 'solve', tpage: '2' });
	await dialog(v).getByRole('button', { name: 'Table' }).click();
	await settles(async () => (await column(v, 'Events by day', 2)).reduce((sum, n) => sum + Number(n), 0), all, 'events by day');
	await dialog(v).getByRole('link', { name: 'Newer' }).waitFor();
	await dialog(v).getByRole('button', { name: 'Close' }).click();
	assert.deepStrictEqual(query(v), {});
}

// A part that cannot be read says so alone, and is tried again alone.
async function apart(v) {
	await v.page.route('**/dashboard/alerts*', (r) => r.abort());
	await v.page.reload();
	const access = v.page.getByRole('region', { name: 'Access and sync issues' });
	await access.getByRole('alert').waitFor();
	await table(v, BOARD).getByText('Pat8 Player').first().waitFor();
	await v.page.unroute('**/dashboard/alerts*');
	await access.getByRole('button', { name: 'Try again' }).click();
	await access.getByText('Pat9 Player').first().waitFor();
}

// What others do appears by itself: an edit over the API, and a cycle that reads scores.
async function live(v, field, w) {
	await v.see('Scores read never');
	await table(v, BOARD).getByText('Pat8 Player').first().waitFor();
	const put = await field.s.call(`/api/competitors/${w.who[8]}`, { method: 'PUT', body: { first_name: 'Renamed8' } });
	assert.strictEqual(put.status, 200, put.text);
	await table(v, BOARD).getByText('Renamed8 Player').first().waitFor();
	await v.button('Read scores now').click();
	await v.see('Scores are being read. The page follows by itself.');
	await v.page.getByText(/Scores read (just now|\d+ s ago)/).first().waitFor();
}

async function small(b, w) {
	const phone = await b.visit('admin', { size: 'phone', theme: 'dark' });
	await phone.go('/game-platform');
	await table(phone, BOARD).getByText('Pat3 Player').first().waitFor();
	await phone.page.locator('.team-tile').first().waitFor();
	await phone.page.locator('.happenings > li').first().waitFor();
	await phone.fits();
	await phone.shot('game-phone');
	await phone.go(`/game-platform?team=${w.teams.alpha}`);
	await table(phone, 'Members: On Game Platform').getByText('Pat0 Player').first().waitFor();
	await phone.fits();
	await phone.shot('game-phone-team');
	await phone.leave();
	const dark = await b.visit('admin', { theme: 'dark' });
	await dark.go('/game-platform');
	await dark.page.locator('.happenings > li').first().waitFor();
	await dark.page.locator('canvas').waitFor();
	await dark.shot('game-dark');
	await dark.leave();
}

// Ben sees what is his, whatever his address says.
async function byCoach(b, field, w) {
	const v = await b.visit(null);
	const let_in = await v.context.request.post(`${field.s.url}/api/login/token`, { data: { token: field.tokens[BEN] }, headers: { origin: field.s.url } });
	assert.strictEqual(let_in.status(), 200, await let_in.text());
	await v.go('/');
	await v.page.waitForURL('**/game-platform');
	await figures(v, field, BEN);
	assert.strictEqual(await v.page.getByLabel('Coach').count(), 0);
	await settles(() => v.page.locator('.team-tile strong').allInnerTexts(), ['Gamma'], 'his team');
	await settles(async () => (await column(v, BOARD, 2)).sort(), ['Pat1 Player', 'Pat4 Player', 'Pat7 Player'], 'his competitors');
	await v.go(`/game-platform?coach=${ANA}`);
	await figures(v, field, BEN);
	const page = await v.page.locator('main').innerText();
	assert.ok(!/Pat[0369] |Alpha|Beta|Delta/.test(page), 'somebody else’s is shown');
	await v.shot('game-coach');
	// Addresses of another coach's team and competitor show nothing of them.
	await v.go(`/game-platform?team=${w.teams.alpha}`);
	await dialog(v).getByText('Team not found or access denied').first().waitFor();
	await v.go(`/game-platform?topics=${w.who[0]}`);
	await dialog(v).getByText('Competitor not found or access denied').first().waitFor();
	// His own team he may sync.
	await v.go(`/game-platform?team=${w.teams.gamma}`);
	await v.button('Sync this team').click();
	await dialog(v).getByRole('button', { name: 'Sync', exact: true }).click();
	await v.see(/^Synced: /);
	await v.axe();
	await v.leave();
}
