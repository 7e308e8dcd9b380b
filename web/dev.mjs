// SPDX-License-Identifier: Apache-2.0
// dev.mjs - the console while one works on it: built anew when a source changed, its API another's.
//
//     node web/dev.mjs --api http://127.0.0.1:8080 [--port 5173]
//
// Sends the same headers as the server, so that what the policy forbids is seen at once.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const web = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'console-'));
const option = (name, otherwise) => {
	const at = process.argv.indexOf(name);
	return at > 0 ? process.argv[at + 1] : otherwise;
};
const api = new URL(option('--api', 'http://127.0.0.1:8080'));
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
	+ "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
let built = 0;

function newest(dir) {
	return Math.max(...readdirSync(dir, { withFileTypes: true }).map((f) =>
		(f.isDirectory() ? newest(join(dir, f.name)) : statSync(join(dir, f.name)).mtimeMs)));
}

function fresh() {
	if (newest(join(web, 'src')) > built) {
		built = Date.now();
		execFileSync(process.execPath, [join(web, 'build.mjs'), '--out', out], { stdio: 'inherit' });
	}
	return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).files;
}

createServer((req, res) => {
	const path = req.url.split('?', 1)[0];

	if (/^\/(api|metrics|livez|readyz)\b/.test(path)) {
		const there = request(api, { path: req.url, method: req.method, headers: { ...req.headers, host: api.host,
			...(req.headers.origin ? { origin: api.origin } : {}) } }, (back) => {
			res.writeHead(back.statusCode, back.headers);
			back.pipe(res);
		});
		there.on('error', () => res.writeHead(502).end());
		req.pipe(there);
		return;
	}
	try {
		const files = fresh();
		const file = files.find((f) => f.path === path) ?? (path.startsWith('/assets/') ? null : files.find((f) => f.path === '/'));
		if (!file || !existsSync(join(out, file.file)))
			return void res.writeHead(404).end();
		res.writeHead(200, { 'Content-Type': file.type, 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-cache' });
		res.end(readFileSync(join(out, file.file)));
	} catch (e) {
		res.writeHead(500, { 'Content-Type': 'text/plain' }).end(String(e));
	}
}).listen(Number(option('--port', '5173')), '127.0.0.1', function listening() {
	console.log(`console at http://127.0.0.1:${this.address().port}, API at ${api.origin}`);
});
