// SPDX-License-Identifier: Apache-2.0
// console_http.js - how the console comes over the wire: files, codings, headers, sizes, and where it is not.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const http = require('node:http');
const zlib = require('node:zlib');
const { firm, needs, STORE } = require('./firm.js');
const { serving } = require('./service.js');

needs(...(STORE === 'sqlite' ? ['sqlite3'] : ['psql']));

// What the first view may cost, in bytes of gzip.
const SCRIPTS_MAX = 45 * 1024;
const CARD_MAX = 10 * 1024;
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const CARD = '/embed/sync-link-card.js';

const served = (work) => firm([], (f) => serving(f, (s) => work(s), { args: ['--workers', '0'] }));

// The answer as it comes, neither unpacked nor tidied: paths go out letter for letter.
function raw(s, path, headers = {}, method = 'GET') {
	const at = new URL(s.url);
	return new Promise((resolve, reject) => {
		const ask = http.request({ host: at.hostname, port: at.port, path, method, headers }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers,
				body: Buffer.concat(parts) }));
		});
		ask.on('error', reject);
		ask.end();
	});
}

// Every script that the page needs before it shows anything: what it names, and what those import at once.
async function firstScripts(s) {
	const page = (await raw(s, '/', BROWSER)).body.toString();
	const found = new Map();
	const wanted = [...page.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map((m) => new URL(m[1], s.url + '/').pathname);
	while (wanted.length) {
		const path = wanted.pop();
		if (found.has(path)) continue;
		const plain = (await raw(s, path)).body.toString();
		found.set(path, plain);
		for (const m of plain.matchAll(/\b(?:from|import)\s*["']([^"']+\.js)["']/g))
			wanted.push(new URL(m[1], s.url + path).pathname);
	}
	return found;
}

const filesOf = (page) => [...page.matchAll(/(?:src|href)="(\/(?!api\/)[^"]+)"/g)].map((m) => m[1]);

test('the console', (t) => served(async (s) => {
	const first = await raw(s, '/', BROWSER);
	assert.strictEqual(first.status, 200);
	if (/^text\/plain/.test(first.headers['content-type'])) {
		assert.match(first.body.toString(), /no console[^]*make build/);
		t.skip('this build has no console');
		return;
	}
	for (const [what, check] of Object.entries(checks))
		await t.test(what, () => check(s, first));
})());

const checks = {
	'the page': async (s, first) => {
		const h = first.headers;
		assert.match(h['content-type'], /^text\/html; charset=utf-8$/);
		assert.strictEqual(h['content-security-policy'], "default-src 'none'; script-src 'self'; style-src 'self'; "
			+ "connect-src 'self'; img-src 'self' data:; manifest-src 'self'; frame-ancestors 'none'; "
			+ "base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'");
		assert.strictEqual(h['x-content-type-options'], 'nosniff');
		assert.strictEqual(h['referrer-policy'], 'no-referrer');
		assert.strictEqual(h['cross-origin-opener-policy'], 'same-origin');
		assert.ok(h['permissions-policy']);
		assert.strictEqual(h['cache-control'], 'no-cache');
		assert.strictEqual(h['set-cookie'], undefined, 'looking gives nobody a cookie');
		const page = first.body.toString();
		assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=/i, 'nothing inline, as the policy says');
		assert.doesNotMatch(page, /https?:\/\//, 'nothing from elsewhere');
		const again = await raw(s, '/', { ...BROWSER, 'if-none-match': h.etag });
		assert.strictEqual(again.status, 304);
		assert.strictEqual(again.body.length, 0);
	},

	'every file that the page names is there, once for ever, in three codings': async (s, first) => {
		const named = filesOf(first.body.toString());
		assert.ok(named.length >= 2, named.join(' '));
		for (const path of [...named, ...(await firstScripts(s)).keys()]) {
			const plain = await raw(s, path);
			assert.strictEqual(plain.status, 200, path);
			assert.strictEqual(plain.headers['x-content-type-options'], 'nosniff');
			assert.strictEqual(plain.headers['cross-origin-resource-policy'], 'same-origin');
			assert.strictEqual(plain.headers.vary, 'Accept-Encoding');
			if (!path.startsWith('/assets/')) continue;
			assert.strictEqual(plain.headers['cache-control'], 'public, max-age=31536000, immutable', path);
			const tags = new Set([plain.headers.etag]);
			for (const [coding, unpack] of [['gzip', zlib.gunzipSync], ['br', zlib.brotliDecompressSync]]) {
				const packed = await raw(s, path, { 'accept-encoding': coding });
				if (!packed.headers['content-encoding']) {
					assert.ok(!/javascript|css|svg/.test(plain.headers['content-type']), `${path} has no ${coding}`);
					continue;
				}
				assert.strictEqual(packed.headers['content-encoding'], coding);
				assert.ok(unpack(packed.body).equals(plain.body), `${path} as ${coding} is the same`);
				tags.add(packed.headers.etag);
				const had = await raw(s, path, { 'accept-encoding': coding, 'if-none-match': packed.headers.etag });
				assert.strictEqual(had.status, 304);
			}
			const head = await raw(s, path, { 'accept-encoding': 'br' }, 'HEAD');
			assert.strictEqual(head.body.length, 0);
			assert.ok(Number(head.headers['content-length']) > 0);
			assert.ok(tags.size === 3 || !/javascript|css/.test(plain.headers['content-type']), `${path}: a tag for each coding`);
		}
	},

	'the first view is small': async (s) => {
		let bytes = 0;
		const all = await firstScripts(s);
		for (const path of all.keys()) bytes += (await raw(s, path, { 'accept-encoding': 'gzip' })).body.length;
		assert.ok(bytes > 1000 && bytes <= SCRIPTS_MAX, `${bytes} bytes of gzip in ${[...all.keys()].join(' ')}`);
		console.log(`# ${all.size} scripts before the first view: ${bytes} bytes of gzip`);
		for (const [path, text] of all) assert.doesNotMatch(text, /uPlot|u-over/, `${path} brings no charts`);
	},

	'the card is for other sites too, and small': async (s) => {
		const card = await raw(s, CARD, { origin: 'https://shop.example', 'accept-encoding': 'gzip' });
		assert.strictEqual(card.status, 200);
		assert.match(card.headers['content-type'], /^text\/javascript/);
		assert.strictEqual(card.headers['access-control-allow-origin'], '*');
		assert.strictEqual(card.headers['cross-origin-resource-policy'], 'cross-origin');
		assert.match(card.headers['cache-control'], /^public, max-age=\d{2,4}$/);
		assert.ok(card.body.length <= CARD_MAX, `${card.body.length} bytes of gzip`);
		assert.strictEqual((await raw(s, CARD, { 'if-none-match': card.headers.etag, 'accept-encoding': 'gzip' })).status, 304);
		const plain = (await raw(s, CARD)).body.toString();
		assert.doesNotMatch(plain, /\b(?:from|import)\s*\(?\s*["']/, 'it stands alone');
		assert.match(plain, /sync-link-card/);
	},

	'a browser gets the page at every path of the console, a program a problem': async (s, first) => {
		for (const path of ['/connections/practicepanther', '/runs/00000000-0000-4000-8000-000000000000?tab=log',
			'/jobs?state=failed&page=2', '/no/such/page', '/a%2Fb/%C3%A4']) {
			const page = await raw(s, path, BROWSER);
			assert.strictEqual(page.status, 200, path);
			assert.ok(page.body.equals(first.body), path);
			assert.ok(page.headers['content-security-policy'].includes("script-src 'self'"), path);
			for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }]) {
				const answer = await raw(s, path, headers);
				assert.strictEqual(answer.status, 404, `${path} ${headers.accept}`);
				assert.strictEqual(answer.headers['content-type'], 'application/problem+json');
			}
		}
		for (const path of ['/api', '/api/', '/api/nothing', '/assets/', '/assets/gone-0000.js', '/embed/', '/embed/x.js']) {
			const answer = await raw(s, path, BROWSER);
			assert.strictEqual(answer.status, 404, path);
			assert.strictEqual(answer.headers['content-type'], 'application/problem+json', path);
		}
		assert.strictEqual((await raw(s, '/', BROWSER, 'POST')).status, 405);
		assert.strictEqual((await raw(s, '/jobs', BROWSER, 'POST')).status, 404);
		assert.strictEqual((await raw(s, '/livez', BROWSER)).headers['content-type'], 'application/json');
	},

	'strange paths reach nothing': async (s, first) => {
		const script = filesOf(first.body.toString()).find((p) => p.endsWith('.js'));
		for (const path of ['/assets/../api/me', '/../../../../etc/passwd', '/assets/%2e%2e/%2e%2e/etc/passwd',
			'/assets/..%2f..%2fetc%2fpasswd', '/.git/config', '/connections/.env', `${script}.gz`, `${script}.br`, `${script}/`,
			script.replace('/assets/', '/assets//'), '/assets/manifest.json']) {
			const answer = await raw(s, path, BROWSER);
			assert.strictEqual(answer.status, 404, path);
			assert.strictEqual(answer.headers['content-type'], 'application/problem+json', path);
		}
		for (const path of ['/%00', '/runs/%00', '/assets/%', '/assets/%zz', '/%ff%fe'])
			assert.strictEqual((await raw(s, path, BROWSER)).status, 400, path);
		assert.strictEqual((await raw(s, `/${'a'.repeat(9000)}`, BROWSER)).status, 414);
		assert.strictEqual((await raw(s, '/' + 'a/'.repeat(4000), BROWSER)).status, 200, 'long, and nothing else');
		assert.strictEqual((await raw(s, '/' + 'x/'.repeat(100) + '..', BROWSER)).status, 404, 'a climb, far down');
	},

	'files count for no limit': async (s, first) => {
		const script = filesOf(first.body.toString()).find((p) => p.endsWith('.js'));
		const all = await Promise.all(Array.from({ length: 300 }, () => raw(s, script)));
		assert.ok(all.every((a) => a.status === 200 && a.headers.ratelimit === undefined));
		const me = await s.get('/api/me');
		assert.strictEqual(me.status, 200);
	},

	'the API and its document do not change by it': async (s) => {
		const document = (await s.get('/api/openapi.json')).body;
		assert.deepStrictEqual(Object.keys(document.paths).filter((p) => !/^\/(api\/|livez$|readyz$|metrics$)/.test(p)), []);
		const measures = (await s.get('/metrics')).text;
		assert.match(measures, /lockstep_http_requests_total\{route="console",method="GET",status="2xx"\} \d+/);
		assert.doesNotMatch(measures, /route="[^"]*(?:assets|passwd)/, 'no path of a stranger is a label');
	},
};
