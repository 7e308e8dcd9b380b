// SPDX-License-Identifier: Apache-2.0
// browser.js - the console in a real browser, beside a real server: pages of signed-in people, and
// everything that went wrong in them.
//
// Always: a page that throws, logs an error, breaks the content security policy or gets a 5xx fails
// its test, unless the test says that it expects it.
'use strict';

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createRequire } = require('node:module');
const { TOP, needs } = require('../e2e/firm.js');

const WEB = path.join(TOP, 'web');
const fromWeb = createRequire(path.join(WEB, 'package.json'));
const PASSWORD = 'correct horse battery';
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
// Chromium's own noise about requests that a test meant to fail.
const NOISE = /Failed to load resource/;
// What a failed test tells of each page that is open, in characters.
const SEEN_MAX = 1500;

function chromium() {
	if (!fs.existsSync(path.join(WEB, 'node_modules/playwright-core'))) {
		console.log('1..0 # SKIP playwright-core is not installed (tools/setup test)');
		process.exit(77);
	}
	needs('chromium');
	return fromWeb('playwright-core').chromium;
}

class Visitor {
	constructor(browser, server, context, page) {
		this.browser = browser;
		this.server = server;
		this.context = context;
		this.page = page;
		this.faults = [];
		this.expected = [];
		page.on('pageerror', (e) => this.faults.push(`page error: ${e.stack || e}`));
		page.on('console', (m) => {
			if (m.type() === 'error' && !NOISE.test(m.text())) this.faults.push(`console: ${m.text()}`);
		});
		page.on('response', (r) => {
			if (r.status() >= 500) this.faults.push(`${r.status()} ${r.request().method()} ${r.url()}`);
		});
	}

	// A fault that the test makes itself is none.
	expect(pattern) {
		this.expected.push(pattern);
	}

	async go(to) {
		await this.page.goto(this.server.url + to, { waitUntil: 'domcontentloaded' });
	}

	see(text, options) {
		return this.page.getByText(text, options).first().waitFor();
	}

	button(name, options = {}) {
		return this.page.getByRole('button', { name, ...options });
	}

	// Keeps what the page sends to `url` back until the function that it gives is called: what is shown before the
	// server has answered can be looked at for as long as that takes.
	async hold(url) {
		let go;
		const free = new Promise((resolve) => { go = resolve; }), all = [];
		const held = (route) => {
			all.push(free.then(() => route.continue()));
			return all.at(-1);
		};
		await this.page.route(url, held);
		return async () => {
			go();
			await Promise.all(all);
			await this.page.unroute(url, held);
		};
	}

	// What axe finds in the page as it is, in both themes.  Throws with every finding.
	async axe() {
		const source = fs.readFileSync(fromWeb.resolve('axe-core/axe.min.js'), 'utf8');
		const found = [];
		for (const theme of ['light', 'dark']) {
			await this.page.evaluate((t) => { document.documentElement.dataset.theme = t; }, theme);
			// Axe looks at what was drawn last.
			await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
			// By the debugger, which the page's policy does not bind.
			await this.page.evaluate(source);
			const result = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'],
				runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
			for (const v of result.violations)
				for (const n of v.nodes.slice(0, 5))
					found.push(`${theme}: ${v.id} (${v.help}) at ${n.target.join(' ')}: ${n.failureSummary.replace(/\s+/g, ' ')}`);
		}
		await this.page.evaluate(() => { document.documentElement.dataset.theme = 'auto'; });
		assert.deepStrictEqual(found, []);
	}

	// Nothing is wider than the screen.
	async fits() {
		const [wide, screen, over] = await this.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth,
			[...document.querySelectorAll('main *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1).slice(-3).map((e) => e.outerHTML.slice(0, 150))]);
		assert.ok(wide <= screen, `${this.page.url()} is ${wide} px wide on a screen of ${screen} px: ${over.join('\n')}`);
	}

	async shot(name) {
		if (!process.env.LOCKSTEP_SHOTS) return;
		fs.mkdirSync(process.env.LOCKSTEP_SHOTS, { recursive: true });
		await this.page.screenshot({ path: path.join(process.env.LOCKSTEP_SHOTS, `${name}.png`), fullPage: true });
	}

	check() {
		const left = this.faults.filter((f) => !this.expected.some((e) => e.test(f)));
		assert.deepStrictEqual(left, [], 'the page had faults');
	}

	async leave() {
		await this.context.close();
		this.check();
	}
}

class Console {
	constructor(browser, server) {
		this.browser = browser;
		this.server = server;
		this.made = {};
		this.cookies = {};
	}

	// A local user of that role, made once.
	async user(role) {
		if (!this.made[role]) {
			const name = `test-${role}`;
			const answer = await this.server.post('/api/users', { name, password: PASSWORD, role });
			assert.ok([200, 201].includes(answer.status), answer.text);
			this.made[role] = name;
		}
		return this.made[role];
	}

	// Somebody of that role, signed in (null: nobody), with a browser of their own.
	async visit(role = 'admin', { size = 'desktop', theme = 'light', ...more } = {}) {
		const context = await this.browser.newContext({ viewport: SIZES[size], colorScheme: theme, locale: 'en-GB',
			timezoneId: 'Europe/Berlin', reducedMotion: 'reduce', ...more });
		// Nothing waits longer than it has to; a machine that is busy with all the others may need long.
		context.setDefaultTimeout(60000);
		const page = await context.newPage();
		if (role && this.cookies[role]) {
			await context.addCookies(this.cookies[role]);
		} else if (role) {
			const answer = await context.request.post(`${this.server.url}/api/login`,
				{ data: { name: await this.user(role), password: PASSWORD }, headers: { origin: this.server.url } });
			assert.strictEqual(answer.status(), 200, await answer.text());
			// Signing in is limited to a few a minute.
			this.cookies[role] = await context.cookies();
		}
		return new Visitor(this.browser, this.server, context, page);
	}
}

// Runs `work` with a browser on the server, which ends whatever happens.
async function browsing(server, work) {
	const home = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-browser-'));
	const browser = await chromium().launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		env: { ...process.env, HOME: home }, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
			'--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
			'--font-render-hinting=none', '--js-flags=--expose-gc'] });
	try {
		await work(new Console(browser, server));
	} catch (e) {
		for (const page of browser.contexts().flatMap((c) => c.pages())) {
			const seen = await page.locator('body').innerText({ timeout: 5000 }).catch((why) => why.message);
			console.log(`# ${page.url()} shows ${JSON.stringify(seen.slice(0, SEEN_MAX))}`);
		}
		throw e;
	} finally {
		await browser.close();
		fs.rmSync(home, { recursive: true, force: true });
	}
}

module.exports = { browsing, chromium, SIZES, PASSWORD };
