// SPDX-License-Identifier: Apache-2.0
// screenshots.js - a picture of every page, in both themes and two widths, for the documentation.
//
//     [LOCKSTEP_SHOTS=DIR] node tests/console/screenshots.js SANDBOX LOCKSTEP sqlite|postgres [PAGE ...]
//
// The pages are those of web/src/app/pages.ts, which nobody has to list again: a page whose path has a
// part that this file cannot fill in is an error.  The people, records and figures are the stand-ins',
// the same each time; what is told in times of day is not.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { browsing, SIZES } = require('./browser.js');
const { three } = require('./three.js');
const { pages, nameOf } = require('./registry.js');
const { TOP } = require('../e2e/firm.js');

const BYTES_MAX = 6 << 20;
const COLOURS = 64;
const HEIGHT_MAX = { desktop: 1400, phone: 1800 };
const QUIET_MS = 350;

// What stands for :NAME in a path below /FIRST; the address of the page itself is all that tells them apart.
const FILLED = {
	'connections.name': () => 'practicepanther',
	'runs.id': (it) => it.firm.value("SELECT id FROM sync_logs WHERE parent_id IS NULL AND sync_type = 'full' ORDER BY started_at DESC LIMIT 1"),
	'errors.fingerprint': async (it) => (await it.s.get('/api/errors')).body.errors[0].fingerprint,
	'jobs.id': (it) => it.firm.value('SELECT max(id) AS id FROM lockstep_job_history'),
	'schedules.name': () => 'practicepanther:incremental',
	'competitors.id': (it) => it.firm.value('SELECT c.id FROM competitors c JOIN game_platform_stats s ON s.competitor_id = c.id ORDER BY s.challenges_completed DESC LIMIT 1'),
	'teams.id': (it) => it.firm.value('SELECT id FROM teams ORDER BY name LIMIT 1'),
	'players.id': (it) => it.players[0].id,
	'ratings.player': (it) => it.players[0].id,
};

async function addressOf(row, it) {
	const [, first, ...rest] = row.path.split('/');
	const filled = [first];
	for (const part of rest) {
		const fill = part.startsWith(':') ? FILLED[`${first}.${part.slice(1)}`] : () => part;
		if (!fill) throw new Error(`screenshots.js does not know what ${part} of ${row.path} may be; FILLED says it`);
		filled.push(encodeURIComponent(await fill(it)));
	}
	return `/${filled.join('/')}`;
}

// Nothing is asked of the server any more, for a while.  The stream of hints never ends and does not count.
function quiet(page) {
	const open = new Set();
	let since = Date.now();
	const end = (r) => { open.delete(r); since = Date.now(); };
	page.on('request', (r) => { if (!r.url().endsWith('/api/events')) open.add(r); since = Date.now(); });
	page.on('requestfinished', end);
	page.on('requestfailed', end);
	return async () => {
		for (;;) {
			await page.waitForTimeout(50);
			if (open.size === 0 && Date.now() - since > QUIET_MS) return;
		}
	};
}

// Fewer colours are a fourth of the bytes, and nobody sees it in a picture of flat areas.
function reduce(file) {
	try {
		execFileSync('convert', [file, '-strip', '-dither', 'None', '-colors', String(COLOURS), '-define', 'png:compression-level=9', `PNG8:${file}`]);
	} catch (e) {
		if (e.code !== 'ENOENT') throw e;
	}
}

async function shoot(visitor, settled, row, it, size, file) {
	await visitor.go(await addressOf(row, it));
	await visitor.page.locator('h1').first().waitFor();
	await settled();
	const height = await visitor.page.evaluate(() => Math.ceil(document.documentElement.scrollHeight));
	await visitor.page.setViewportSize({ ...SIZES[size], height: Math.min(Math.max(height, SIZES[size].height), HEIGHT_MAX[size]) });
	await settled();
	await visitor.page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
	await visitor.page.setViewportSize(SIZES[size]);
	reduce(file);
}

// Who looks at it: nobody, or whoever may see the most of it.
const roleOf = (row) => (row.bare ? null : !row.roles || row.roles.includes('admin') ? 'admin' : row.roles[0]);

async function all(out, wanted) {
	const rows = (await pages()).filter((row) => wanted.length === 0 || wanted.includes(nameOf(row)));
	const faults = [];
	if (!rows.length) throw new Error('there is no such page');
	fs.mkdirSync(out, { recursive: true });
	await three((it) => browsing(it.s, async (b) => {
		for (const size of Object.keys(SIZES))
			for (const theme of ['light', 'dark'])
				for (const role of new Set(rows.map(roleOf))) {
					const visitor = await b.visit(role, { size, theme });
					const settled = quiet(visitor.page);
					for (const row of rows.filter((r) => roleOf(r) === role)) {
						const file = path.join(out, `${nameOf(row)}-${size}-${theme}.png`);
						await shoot(visitor, settled, row, it, size, file);
						console.log(`${file} ${fs.statSync(file).size}`);
					}
					await visitor.leave().catch((e) => faults.push(e.message));
				}
	}));
	if (faults.length) throw new Error(faults.join('\n'));
}

// Whole or not at all: what a failure left behind shall not pass for the pages as they are.
async function main() {
	const given = process.argv.slice(5);
	const out = process.env.LOCKSTEP_SHOTS || path.join(TOP, 'docs/console');
	const fresh = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-shots-'));
	try {
		await all(fresh, given);
		const bytes = fs.readdirSync(fresh).reduce((n, f) => n + fs.statSync(path.join(fresh, f)).size, 0);
		if (bytes > BYTES_MAX) throw new Error(`${bytes} bytes of pictures; at most ${BYTES_MAX}`);
		fs.mkdirSync(out, { recursive: true });
		if (!given.length)
			for (const old of fs.readdirSync(out).filter((f) => f.endsWith('.png'))) fs.rmSync(path.join(out, old));
		for (const f of fs.readdirSync(fresh)) fs.copyFileSync(path.join(fresh, f), path.join(out, f));
		console.log(`${fs.readdirSync(fresh).length} pictures, ${bytes} bytes, in ${path.relative(process.cwd(), out) || '.'}`);
	} finally {
		fs.rmSync(fresh, { recursive: true, force: true });
	}
}

main().catch((e) => {
	console.error(e);
	process.exitCode = 1;
});
