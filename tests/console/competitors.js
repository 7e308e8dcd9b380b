// SPDX-License-Identifier: Apache-2.0
// competitors.js - competitors, teams, report cards and the reading of scores in the console, by a
// coach, another coach, an administrator and a viewer. The vendor's truth and its log are the judges.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Firm, needs, until, STORE, CONNECTORS } = require('../e2e/firm.js');
const { reaching } = require('../e2e/game_platform.js');
const { Service } = require('../e2e/service.js');
const { startOf } = require('../sandbox/stand_in.js');
const { browsing } = require('./browser.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

const SECRET = 'an hs256 secret of this test, long enough';
const API = '/integrations/syned/v1';
const PLAN = fs.readFileSync(path.join(CONNECTORS, 'metactf.plan.yaml'), 'utf8') + `
server:
  auth: { name: app, algorithm: HS256, secret: "${SECRET}", issuer: "https://app.example", audience: lockstep }
`;
const ANA = 'c0000000-0000-4000-8000-0000000000a1', BEN = 'c0000000-0000-4000-8000-0000000000b2';
const quote = (v) => (v === null ? 'NULL' : typeof v === 'boolean' || typeof v === 'number' ? v : `'${v}'`);

function jwt(sub) {
	const now = Math.floor(Date.now() / 1000);
	const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
	const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: 'https://app.example', aud: 'lockstep',
		iat: now, exp: now + 3600, sub, app_metadata: { role: 'coach' } })}`;
	return `${text}.${crypto.createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

// The application's rows, as an application writes them.
class Club {
	constructor(f, it) {
		Object.assign(this, { f, it });
	}

	insert(table, row) {
		this.f.change(`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.values(row).map(quote)})`);
	}

	// Ready to be registered, unless `more` says otherwise.
	competitor(name, more = {}) {
		const id = more.id || crypto.randomUUID();
		this.insert('competitors', { id, coach_id: ANA, first_name: name, last_name: 'Tester', email_school: `${name.toLowerCase()}@students.example.org`,
			grade: '9', gender: 'x', race: 'x', ethnicity: 'x', level_of_technology: 'high', parent_name: 'P',
			parent_email: 'p@home.example.org', media_release_date: '2026-01-02T03:04:05Z', division: 'high_school', years_competing: 1, ...more });
		return id;
	}

	// One whom the vendor knows already.
	async known(name) {
		const id = crypto.randomUUID();
		const answer = await this.it.ask(`${API}/users`, { method: 'POST', headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ first_name: name, last_name: 'Tester', email: `${name}@known.example.org`, role: 'user', syned_user_id: id }) });
		assert.strictEqual(answer.status, 201, answer.text);
		return this.competitor(name, { id, game_platform_id: id });
	}

	async plan(...rules) {
		await this.it.post('plan', { rules });
	}

	// [method, what, team, user] of the vendor's log since `from`.
	async posts(where) {
		return (await this.it.log()).filter((entry) => entry.method === 'POST' && entry.path === `${API}/${where}` && entry.status < 300);
	}

	async roster(team) {
		return (await this.it.truth('assignments')).filter((one) => one.syned_team_id === team).map((one) => one.syned_user_id).sort();
	}
}

async function asCoach(b, s, id, more) {
	const v = await b.visit(null, more);
	const let_in = await v.context.request.post(`${s.url}/api/login/token`, { data: { token: jwt(id) }, headers: { origin: s.url } });
	assert.strictEqual(let_in.status(), 200, await let_in.text());
	return v;
}

const table = (v, name) => v.page.getByRole('table', { name });
const row = (v, name, text) => table(v, name).locator('tbody tr').filter({ hasText: text });
const toast = (v, text) => v.page.locator('.toast').filter({ hasText: text }).first().waitFor();

test('competitors, teams and scores', async () => {
	const it = await startOf('metactf', '--dataset', 'supabase-sync');
	const f = new Firm(null, {
		...reaching(it),
	}, PLAN);
	const s = new Service(f, []);
	try {
		assert.strictEqual((await f.lockstep('migrate')).code, 0, f.said);
		f.change((await it.ask('/sandbox/application.sql')).text);
		const c = new Club(f, it);
		for (const [id, name] of [[ANA, 'Ana'], [BEN, 'Ben']])
			c.insert('profiles', { id, email: `${name.toLowerCase()}@club.example.org`, role: 'coach', full_name: `${name} Coach`, school_name: `${name} High`, is_approved: true });
		await s.start();
		for (const name of ['game_platform_sync_incremental', 'game_platform_totals_sweep_hourly'])
			assert.strictEqual((await s.post(`/api/schedules/${name}/pause`, {})).status, 200, name);
		await browsing(s, async (b) => {
			await registering(b, s, f, c);
			await keeping(b, s, f, c);
			await together(b, s, f, c);
			await teams(b, s, f, c);
			await scores(b, s, f, c);
			await card(b, s, f, c);
			await others(b, s, f, c);
		});
		assert.ok(!/sandbox-token|example\.org|Tester/.test(f.said), 'somebody or the token was named in a log');
	} finally {
		if (s.child && s.child.exitCode === null && s.child.signalCode === null) await s.stop('SIGKILL');
		f.remove();
		await it.stop();
	}
});

// ---- Add to Game Platform ----

async function registering(b, s, f, c) {
	const rita = c.competitor('Rita'), twin = c.competitor('Twin', { email_school: 'rita@students.example.org' });
	c.competitor('Paul', { grade: null });
	c.competitor('Ina', { is_active: false });
	const slow = c.competitor('Sloane');
	const v = await asCoach(b, s, ANA);
	await v.go('/competitors');
	await row(v, 'Competitors', 'Rita').waitFor();
	assert.deepStrictEqual(await v.page.locator('#nav a').allInnerTexts().then((all) => all.filter((t) => ['Competitors', 'Teams', 'Score sync'].includes(t))),
		['Competitors', 'Teams']);
	assert.strictEqual(await table(v, 'Competitors').locator('tbody tr').count(), 5, "another coach's are shown");
	await v.axe();
	await v.fits();
	await v.shot('competitors-coach');
	// Disabled with the reason, and still reached by the keyboard.
	const add = (who) => row(v, 'Competitors', who).getByRole('button', { name: 'Add to Game Platform' });
	for (const [who, why] of [['Paul', 'Complete compliance steps before registering'], ['Ina', 'Competitor is inactive']]) {
		assert.strictEqual(await add(who).getAttribute('aria-disabled'), 'true', who);
		assert.strictEqual(await add(who).getAttribute('title'), why);
		await add(who).click({ force: true });
	}
	await row(v, 'Competitors', 'Paul').getByText('missing: grade').first().waitFor();

	// Seen as complete before the platform has answered.
	const registrations = { match: { path_prefix: `${API}/users`, method: 'POST' }, fault: 'hold' };
	await c.plan(registrations);
	await add('Rita').click();
	await row(v, 'Competitors', 'Rita').getByText('Complete').first().waitFor();
	assert.strictEqual(await row(v, 'Competitors', 'Rita').locator('[aria-busy]').count(), 1);
	assert.notStrictEqual(f.value(`SELECT status AS s FROM competitors WHERE id = '${rita}'`), 'complete', 'it was not optimistic');
	await c.plan();
	await toast(v, 'Rita Tester is on the Game Platform.');
	await row(v, 'Competitors', 'Rita').getByText('Registered').first().waitFor();
	await row(v, 'Competitors', 'Rita').getByRole('img', { name: 'Already on the Game Platform' }).waitFor();
	assert.strictEqual(f.value(`SELECT status AS s FROM competitors WHERE id = '${rita}'`), 'complete');

	// Refused: taken back, with the platform's own words, which stay in the row.
	await c.plan(registrations);
	await add('Twin').click();
	await row(v, 'Competitors', 'Twin').getByText('Complete', { exact: true }).first().waitFor();
	await c.plan();
	await toast(v, 'Twin Tester was not added: User with this email already exists');
	await row(v, 'Competitors', 'Twin').getByText('Compliance').first().waitFor();
	await row(v, 'Competitors', 'Twin').getByText('User with this email already exists').first().waitFor();
	await v.shot('competitors-refused');
	assert.strictEqual(f.value(`SELECT game_platform_id AS id FROM competitors WHERE id = '${twin}'`), null);

	// A platform that is away: it goes on by itself, and the row turns when it is back.
	await c.plan({ match: { path_prefix: API }, fault: '503' });
	await add('Sloane').click();
	await toast(v, 'Sloane Tester: the platform has not answered yet. It goes on by itself.');
	await row(v, 'Competitors', 'Sloane').getByText('Goes on by itself', { exact: false }).first().waitFor();
	await row(v, 'Competitors', 'Sloane').getByText('Pending').first().waitFor();
	await c.plan();
	await row(v, 'Competitors', 'Sloane').getByText('Registered').first().waitFor();
	assert.strictEqual(f.value(`SELECT status AS s FROM competitors WHERE id = '${slow}'`), 'complete');
	// The server refuses what the page only hides.
	const ina = f.value("SELECT id FROM competitors WHERE first_name = 'Ina'");
	const refused = await s.post(`/api/game-platform/competitors/${ina}`, undefined);
	assert.deepStrictEqual([refused.status, refused.body.detail], [422, 'Competitor is inactive']);

	// Filters stand in the address, and going back goes back.
	await v.page.getByLabel('Status').selectOption('complete');
	await v.page.waitForURL('**/competitors?status=complete');
	await until(async () => await table(v, 'Competitors').locator('tbody tr').count() === 2, 'the filtered list');
	await v.page.getByLabel('Search names').fill('rit');
	await v.page.waitForURL('**q=rit*');
	await until(async () => await table(v, 'Competitors').locator('tbody tr').count() === 1, 'the one found');
	await v.page.getByLabel('Search names').fill('nobody at all');
	await v.see('Nobody matches');
	await v.button('Show all').click();
	await row(v, 'Competitors', 'Paul').waitFor();
	await v.leave();
}

// ---- adding, changing, deleting ----

async function keeping(b, s, f) {
	const v = await asCoach(b, s, ANA);
	await v.go('/competitors');
	await v.button('Add a competitor').click();
	const drawer = v.page.getByRole('dialog');
	await drawer.getByText('this is missing: grade, gender, race', { exact: false }).first().waitFor();
	await v.axe();
	await v.shot('competitor-form');
	for (const [label, text] of [['First name', 'Nora'], ['Last name', 'Newcomer'], ['School e-mail', 'nora@'], ['Grade', '11'], ['Gender', 'f'],
		['Race', 'x'], ['Ethnicity', 'x'], ['Level of technology', 'low'], ['Years competing', '0'], ["A parent's name", 'Pat'], ["A parent's e-mail", 'pat@home.example.org']])
		await drawer.getByLabel(label, { exact: true }).fill(text);
	await drawer.getByText('this is missing: the day of the media release', { exact: false }).first().waitFor();
	await drawer.getByLabel('Division').selectOption('high_school');
	// The browser's own check stops what is no address.
	await drawer.getByRole('button', { name: 'Add', exact: true }).click();
	assert.strictEqual(await drawer.getByLabel('School e-mail').evaluate((e) => e.validity.valid), false);
	await drawer.getByLabel('School e-mail').fill('nora@x');
	await drawer.getByRole('button', { name: 'Add', exact: true }).click();
	await drawer.getByText('email_school is no e-mail address').first().waitFor();
	await drawer.getByLabel('School e-mail').fill('nora@students.example.org');
	await drawer.getByRole('button', { name: 'Add', exact: true }).click();
	await toast(v, 'Nora Newcomer was added.');
	await row(v, 'Competitors', 'Nora').getByText('Profile').first().waitFor();
	assert.strictEqual(f.value("SELECT coach_id AS id FROM competitors WHERE first_name = 'Nora'"), ANA);

	await row(v, 'Competitors', 'Nora').getByRole('button', { name: 'More about Nora Newcomer' }).click();
	await v.page.getByRole('menuitem', { name: 'Change' }).click();
	await drawer.getByLabel('Media release').fill('2026-03-04');
	await drawer.getByText('they can be added to the Game Platform', { exact: false }).first().waitFor();
	await drawer.getByRole('button', { name: 'Save', exact: true }).last().click();
	await row(v, 'Competitors', 'Nora').getByText('Compliance').first().waitFor();
	assert.strictEqual(f.value("SELECT grade AS g FROM competitors WHERE first_name = 'Nora'"), '11');

	await row(v, 'Competitors', 'Nora').getByRole('button', { name: 'More about Nora Newcomer' }).click();
	await v.page.getByRole('menuitem', { name: 'Delete' }).click();
	await v.page.getByRole('dialog').getByText('The Game Platform does not know them', { exact: false }).first().waitFor();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await row(v, 'Competitors', 'Rita').getByRole('button', { name: 'More about Rita Tester' }).click();
	await v.page.getByRole('menuitem', { name: 'Delete' }).click();
	await v.page.getByRole('dialog').getByText('The Game Platform keeps its user', { exact: false }).first().waitFor();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await toast(v, 'Deleted');
	await until(() => f.value("SELECT count(*) AS n FROM competitors WHERE first_name = 'Rita'") === 0, 'the deletion');
	await until(async () => await row(v, 'Competitors', 'Rita').count() === 0, 'the row to go');
	await v.leave();
}

// ---- all who are ready ----

async function together(b, s, f, c) {
	f.change("UPDATE competitors SET email_school = 'twin@students.example.org' WHERE first_name = 'Twin'");
	const v = await asCoach(b, s, ANA);
	await v.go('/competitors');
	const before = (await c.posts('users')).length;
	await v.button('Add all who are ready (2)').click();
	await v.page.getByRole('dialog').getByText('2 competitors have completed the compliance steps', { exact: false }).first().waitFor();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Add 2 competitors' }).click();
	await v.see('Adding has ended: 2 of 2');
	await until(() => f.value(`SELECT count(*) AS n FROM competitors WHERE coach_id = '${ANA}' AND status = 'complete'`) === 3, 'all of them');
	assert.strictEqual((await c.posts('users')).length - before, 2, 'nobody else was registered');
	await v.shot('competitors-all');
	await v.leave();
}

// ---- teams ----

async function teams(b, s, f, c) {
	const kim = await c.known('Kim'), lou = await c.known('Lou'), max = await c.known('Max');
	c.competitor('Quinn');
	c.competitor('Uma', { division: 'college' });
	const v = await asCoach(b, s, ANA);
	await v.go('/teams');
	await v.see('No teams yet');
	await v.button('Add a team').first().click();
	await v.page.getByLabel('Name').fill('Red');
	await v.page.getByLabel('Division').last().selectOption('high_school');
	await v.page.getByLabel('Affiliation').fill('Ana High');
	await v.button('Add', { exact: true }).click();
	await v.page.waitForURL(/\/teams\/[0-9a-f-]{36}$/);
	const red = v.page.url().split('/').pop();
	await v.see('On the platform');
	const made = (await c.it.truth('teams')).find((t) => t.syned_team_id === red);
	assert.strictEqual(made.division, 'high_school');
	assert.strictEqual(made.affiliation, 'Ana High');
	const place = (n) => v.page.locator(`[data-place="${n}"]`);
	const choose = async (n, who) => {
		await v.button(`Add a competitor at place ${n}`).click();
		await v.page.getByRole('dialog').getByRole('button', { name: who }).click();
	};
	await v.axe();
	await v.shot('team-empty');

	// What comes before the platform's word is seen.
	await c.plan({ match: { path_prefix: `${API}/users/assign_team` }, fault: 'hold' });
	await choose(1, 'Kim Tester');
	await place(1).locator('[data-sync="pending"]').waitFor();
	assert.deepStrictEqual(await c.roster(red), []);
	await c.plan();
	await place(1).locator('[data-sync="synced"]').waitFor();
	assert.deepStrictEqual(await c.roster(red), [kim]);
	await choose(3, 'Quinn Tester');
	await place(3).locator('[data-sync="not_on_platform"]').waitFor();
	await choose(2, 'Lou Tester');
	await place(2).locator('[data-sync="synced"]').waitFor();
	// Of another division: not to be chosen, and it says why.
	await v.button('Add a competitor at place 4').click();
	const uma = v.page.getByRole('dialog').getByRole('button', { name: 'Uma Tester' });
	assert.strictEqual(await uma.getAttribute('title'), 'Of another division than the team');
	await v.page.keyboard.press('Escape');
	// Somebody whom the platform refuses: the badge says why.
	await c.plan({ match: { path_prefix: `${API}/users/assign_team` }, fault: '400' });
	await choose(4, 'Max Tester');
	await place(4).locator('[data-sync="error"]').waitFor();
	await place(4).locator('.tone-bad').last().waitFor();
	await v.axe();
	await v.shot('team');
	await c.plan();
	await v.button('Sync now').click();
	await toast(v, 'Synced');
	await place(4).locator('[data-sync="synced"]').waitFor();
	assert.deepStrictEqual(await c.roster(red), [kim, lou, max].sort());
	// Registered from the team's page; the badge turns by itself.
	await place(3).getByRole('button', { name: 'Add to Game Platform' }).click();
	await place(3).locator('[data-sync="synced"]').waitFor();

	// Moved by the keyboard alone: to another place, then to another team.
	await place(1).getByRole('button', { name: 'Move or remove Kim Tester' }).focus();
	await v.page.keyboard.press('Enter');
	await v.page.locator('[role=menuitem]:focus').filter({ hasText: 'To place 2' }).waitFor();
	await v.page.keyboard.press('Enter');
	await place(2).getByText('Kim Tester').first().waitFor();
	await place(1).getByText('Lou Tester').first().waitFor();
	await until(() => f.value(`SELECT position AS p FROM team_members WHERE competitor_id = '${kim}'`) === 2, 'the new place');
	await place(1).dragTo(place(5));
	await place(5).getByText('Lou Tester').first().waitFor();
	await until(() => f.value(`SELECT position AS p FROM team_members WHERE competitor_id = '${lou}'`) === 5, 'the place it was dragged to');
	const blue = (await s.post('/api/teams', { name: 'Blue', division: 'high_school', coach_id: ANA })).body.id;
	await place(2).getByRole('button', { name: 'Move or remove Kim Tester' }).click();
	await v.page.getByRole('menuitem', { name: 'To Blue' }).click();
	await toast(v, 'Kim Tester is on Blue now.');
	await until(async () => (await c.roster(blue)).includes(kim) && !(await c.roster(red)).includes(kim), 'the move at the vendor');
	// Taken off: seen at once, and in the vendor's log.
	const off = (await c.posts('users/delete_assignment')).length;
	await place(5).getByRole('button', { name: 'Move or remove Lou Tester' }).click();
	await v.page.getByRole('menuitem', { name: 'Take off the team' }).click();
	await place(5).getByText('Add a competitor').first().waitFor();
	await until(async () => (await c.posts('users/delete_assignment')).length > off, 'the removal at the vendor');
	await until(async () => !(await c.roster(red)).includes(lou), 'the roster without them');

	assert.strictEqual(await v.button('Delete').getAttribute('title'), 'Remove all members first');
	await v.go('/teams');
	await row(v, 'Teams', 'Red').getByText('2 of 6').first().waitFor();
	await row(v, 'Teams', 'Red').getByText('2 synced').first().waitFor();
	await v.axe();
	await v.shot('teams');
	await written(v, f, red, max);
	await v.leave();
	await drifting(b, s, f, c, red, blue, max);
}

// Another program writes into the tables, and no job of ours comes of it: the pages follow nevertheless.
async function written(v, f, red, max) {
	const badge = (word) => v.page.locator(`[data-place="4"] [data-sync="${word}"]`).waitFor();
	const problem = (sql) => f.change(`UPDATE team_members SET game_platform_sync_error = ${sql} WHERE competitor_id = '${max}'`);
	const named = (name) => f.change(`UPDATE competitors SET first_name = '${name}' WHERE id = '${max}'`);
	const live = () => v.page.locator('.live-live').waitFor();
	await v.go(`/teams/${red}`);
	await live();
	await badge('synced');
	problem("'refused by somebody'");
	await badge('error');
	problem('NULL');
	await badge('synced');
	await v.go('/competitors');
	await live();
	await row(v, 'Competitors', 'Max Tester').waitFor();
	named('Maximilian');
	await row(v, 'Competitors', 'Maximilian Tester').waitFor();
	named('Max');
	await row(v, 'Competitors', 'Max Tester').waitFor();
}

async function drifting(b, s, f, c, red, blue, max) {
	// Somebody changed it there.
	await c.it.ask(`${API}/users/delete_assignment`, { method: 'POST', headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ syned_user_id: max, syned_team_id: red }) });
	const a = await b.visit('admin');
	await a.go('/teams?tab=drift');
	await a.see('Not compared yet');
	await a.button('Compare now').click();
	await row(a, 'Differences', 'Max Tester').getByText('Not on the team there').first().waitFor();
	await a.axe();
	await a.shot('drift');
	await a.button('Repair').click();
	await a.page.getByRole('dialog').getByRole('button', { name: 'Repair' }).click();
	await toast(a, 'being synced');
	await until(async () => (await c.roster(red)).includes(max), 'the repair');
	// Deleted with the platform's outcome.
	f.change(`DELETE FROM team_members WHERE team_id = '${blue}'`);
	await until(async () => (await c.roster(blue)).length === 0, 'the empty team');
	await a.go(`/teams/${blue}`);
	await a.button('Delete').click();
	await a.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await toast(a, 'Deleted, here and at the Game Platform.');
	assert.ok(!(await c.it.truth('teams')).some((t) => t.syned_team_id === blue), 'the vendor still has it');
	const phone = await b.visit('admin', { size: 'phone', theme: 'dark' });
	await phone.go(`/teams/${red}`);
	await phone.see('Max Tester');
	await phone.fits();
	await phone.shot('team-phone');
	await phone.leave();
	await a.leave();
}

// ---- the reading of scores ----

async function scores(b, s, f, c) {
	const v = await b.visit('admin');
	await v.go('/score-sync');
	await v.see('Nothing to change', { exact: false });
	await v.button('Incremental sync').click();
	await v.see('Incremental sync: job', { exact: false });
	await until(() => f.value("SELECT count(*) AS n FROM game_platform_sync_runs WHERE status = 'completed'") >= 1, 'the cycle');
	await v.page.getByRole('img', { name: /^Batches over time/ }).waitFor();
	await v.see('Sentinel of Flash CTFs');
	// Calls for scores and for Flash CTFs, as the figure above them counts both.
	const told = (await s.get('/api/game-platform/telemetry?hours=24')).body;
	const calls = (of) => of.by_hour.reduce((n, h) => n + h.calls, 0);
	assert.ok(calls(told.odl_scores) > 0 && calls(told.flash_ctf_progress) > 0);
	const both = Math.max(...told.odl_scores.by_hour.map((h) => h.calls
		+ (told.flash_ctf_progress.by_hour.find((o) => o.hour === h.hour)?.calls ?? 0)));
	await v.page.getByRole('img', { name: `Calls by hour: at most ${both} in an hour` }).waitFor();
	await table(v, 'Tiers').getByText('high').first().waitFor();
	await v.page.getByRole('list', { name: 'How old scores of tier high are' }).waitFor();
	await v.shot('score-sync');
	for (const what of ['Dry run', 'Totals sweep', 'Full sync']) {
		await v.button('More', { exact: true }).click();
		await v.page.getByRole('menuitem', { name: what }).click();
		if (what === 'Full sync') await v.page.getByRole('dialog').getByRole('button', { name: 'Read everything' }).click();
		await v.see(`${what}: job`, { exact: false });
	}
	await until(() => f.value("SELECT count(*) AS n FROM lockstep_jobs WHERE task LIKE 'game_platform_%'") === 0, 'the jobs');
	// A tier that is late: its bars have another hue, and the page says which key of the plan to change.
	f.change("UPDATE lockstep_members SET done_ms = done_ms - 7200000 WHERE stream = 'odl_scores'");
	await v.go('/score-sync');
	await v.see('connections.metactf.schedule', { exact: false });
	await v.page.getByRole('list', { name: 'How old scores of tier high are' }).locator('li.late').first().waitFor();
	await v.axe();
	await v.shot('score-sync-late');
	await v.page.getByRole('link', { name: 'Cycles', exact: true }).first().click();
	await until(async () => await table(v, 'Cycles').locator('tbody tr').count() >= 2, 'the cycles');
	await v.page.getByLabel('Status').selectOption('failed');
	await v.see('No cycle is like that');
	await v.page.getByLabel('Status').selectOption('completed');
	await table(v, 'Cycles').locator('tbody tr').first().waitFor();
	await v.axe();
	await v.shot('score-cycles');

	// Somebody whose scores fail, tried again from the list.
	const one = f.rows("SELECT id, game_platform_id AS remote FROM competitors WHERE first_name = 'Max'")[0];
	await c.plan({ match: { path_prefix: `${API}/scores` }, fault: '404' });
	assert.strictEqual((await s.post(`/api/game-platform/sync-state/${one.id}/retry`, undefined)).status, 202);
	await until(() => f.value(`SELECT last_result AS r FROM game_platform_sync_state WHERE syned_user_id = '${one.remote}'`) === 'failure', 'the failure');
	await c.plan();
	await v.go('/score-sync?tab=states&result=failure');
	await row(v, "Competitors' scores", 'Max Tester').getByText('Failed').first().waitFor();
	await v.axe();
	await v.shot('score-states');
	await row(v, "Competitors' scores", 'Max Tester').getByRole('button', { name: 'Try again' }).click();
	await until(() => f.value(`SELECT last_result AS r FROM game_platform_sync_state WHERE syned_user_id = '${one.remote}'`) === 'success', 'the retry');
	await v.see('Nobody');
	const phone = await b.visit('admin', { size: 'phone' });
	await phone.go('/score-sync');
	await phone.see('Freshness by tier');
	await phone.fits();
	await phone.shot('score-sync-phone');
	await phone.leave();
	// A viewer may look, without anybody's name and without the buttons.
	const viewer = await b.visit('viewer');
	await viewer.go('/score-sync');
	await viewer.see('Freshness by tier');
	assert.strictEqual(await viewer.button('Incremental sync').count(), 0);
	await viewer.go('/score-sync?tab=states');
	await table(viewer, "Competitors' scores").locator('tbody tr').first().waitFor();
	assert.strictEqual(await viewer.page.getByText('Tester').count(), 0, 'a viewer sees names');
	await viewer.go('/competitors');
	await viewer.see('Your role does not show this page');
	await viewer.leave();
	await v.leave();
}

// ---- the report card ----

async function card(b, s, f) {
	const best = f.rows('SELECT competitor_id AS id, challenges_completed AS n FROM game_platform_stats ORDER BY challenges_completed DESC, competitor_id LIMIT 1')[0];
	const v = await b.visit('admin');
	// What stands below the report does not jump when it comes: its room is kept.
	let goOn;
	const held = new Promise((resolve) => { goOn = resolve; });
	await v.page.route('**/report', async (route) => { await held; await route.continue(); });
	await v.go(`/competitors/${best.id}`);
	const below = v.page.getByRole('heading', { name: 'Details' });
	await below.waitFor();
	assert.ok((await below.boundingBox()).y > 800, 'the details stand where the report will be');
	goOn();
	await v.see('What stands out');
	await v.page.unroute('**/report');
	const figure = v.page.locator('.stat').filter({ hasText: 'Challenges' }).first().locator('.stat-value');
	assert.strictEqual((await figure.innerText()).replace(/,/g, ''), String(best.n));
	await table(v, 'Points by domain').locator('tbody tr').first().waitFor();
	assert.strictEqual(await table(v, 'Points by domain').locator('tbody tr').count(),
		Number(f.value(`SELECT count(DISTINCT challenge_category) AS n FROM game_platform_challenge_solves d JOIN competitors c
			ON CAST(c.game_platform_id AS text) = d.syned_user_id WHERE c.id = '${best.id}'`)));
	await table(v, 'Challenges solved lately').locator('tbody tr').first().waitFor();
	await v.see('NIST NICE work roles');
	await v.axe();
	await v.shot('report-card');
	await v.button('Ask now').click();
	await toast(v, 'Their scores are being asked for');
	await v.page.getByRole('button', { name: /^More about/ }).click();
	await v.page.getByRole('menuitem', { name: 'Reset the password' }).click();
	await v.page.getByRole('dialog').getByRole('button', { name: 'Send the mail' }).click();
	await toast(v, 'The Game Platform has no such call');
	// On paper: the report without what one presses.
	await v.page.emulateMedia({ media: 'print' });
	assert.strictEqual(await v.page.locator('.page-actions').isVisible(), false);
	assert.strictEqual(await v.page.locator('#nav').isVisible(), false);
	await v.shot('report-card-print');
	const phone = await b.visit('admin', { size: 'phone', theme: 'dark' });
	await phone.go(`/competitors/${best.id}`);
	await phone.see('What stands out');
	await phone.fits();
	await phone.shot('report-card-phone');
	await phone.go('/competitors');
	await phone.see('Twin Tester');
	await phone.fits();
	await phone.shot('competitors-phone');
	await phone.leave();
	await v.leave();
}

// ---- others ----

async function others(b, s, f) {
	const v = await asCoach(b, s, BEN);
	await v.go('/competitors');
	await v.see('No competitors yet');
	await v.go(`/competitors/${f.value("SELECT id FROM competitors WHERE first_name = 'Max'")}`);
	await v.see('Competitor not found or access denied');
	await v.go('/teams');
	await v.see('No teams yet');
	await v.go(`/teams/${f.value("SELECT id FROM teams WHERE name = 'Red'")}`);
	await v.see('Team not found or access denied');
	for (const address of ['/coaches', '/score-sync']) {
		await v.go(address);
		await v.see('Your role does not show this page');
	}
	await v.leave();
	const a = await b.visit('admin');
	await a.go('/coaches');
	await row(a, 'Coaches', 'Ben Coach').waitFor();
	await a.axe();
	await a.shot('coaches');
	await a.button('Add a coach').click();
	const id = crypto.randomUUID();
	await a.page.getByLabel('Id').fill(id);
	await a.page.getByLabel('E-mail').fill('cleo@club.example.org');
	await a.page.getByLabel('Full name').fill('Cleo Coach');
	await a.button('Add', { exact: true }).click();
	await row(a, 'Coaches', 'Cleo Coach').waitFor();
	assert.strictEqual(f.value(`SELECT role AS r FROM profiles WHERE id = '${id}'`), 'coach');
	await row(a, 'Coaches', 'Ana Coach').getByRole('link', { name: 'Competitors' }).click();
	await a.page.waitForURL(`**/competitors?coach=${ANA}`);
	await row(a, 'Competitors', 'Twin').waitFor();
	await a.shot('competitors-admin');
	// However long a name is, the columns beside it stay in sight.
	f.change(`UPDATE teams SET name = '${'Wolfeschlegelsteinhausenbergerdorff'.repeat(3)}' WHERE name = 'Red'`);
	for (const [address, name] of [['/teams', 'Teams'], ['/competitors', 'Competitors']]) {
		await a.go(address);
		await row(a, name, 'Wolfe').first().waitFor();
		const [wide, place] = await table(a, name).evaluate((t) => [t.scrollWidth, t.parentElement.clientWidth]);
		assert.ok(wide <= place, `${address} is ${wide} px wide in a place of ${place} px`);
	}
	await a.leave();
}
