// SPDX-License-Identifier: Apache-2.0
// build.mjs - bundles, names by content, compresses and lists what the console consists of.
//
//     node web/build.mjs --out DIR [--depfile FILE --target NAME]
//
// DIR then holds index.html, assets/NAME-HASH.EXT, embed/sync-link-card.js, a .br and a .gz beside
// each, and manifest.json: {"files": [{path, file, type, immutable, etag}]}.  The same sources give
// the same bytes.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const web = dirname(fileURLToPath(import.meta.url));
const TYPES = {
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.html': 'text/html; charset=utf-8',
	'.webmanifest': 'application/manifest+json',
};
const SHARED = {
	absWorkingDir: web, bundle: true, minify: true, metafile: true, write: false, charset: 'utf8', logLevel: 'warning',
	target: ['chrome125', 'firefox126', 'safari17.5'], legalComments: 'none', jsx: 'automatic', jsxImportSource: 'preact',
};

function option(name) {
	const at = process.argv.indexOf(name);
	return at > 0 ? process.argv[at + 1] : undefined;
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
const extension = (name) => /\.[a-z]+$/.exec(name)?.[0] ?? '';

const out = option('--out');
if (!out) {
	console.error('build.mjs: say --out DIR');
	process.exit(2);
}
rmSync(out, { recursive: true, force: true });

const files = [];
function put(path, file, bytes, immutable) {
	const at = join(out, file);
	mkdirSync(dirname(at), { recursive: true });
	writeFileSync(at, bytes);
	writeFileSync(`${at}.gz`, gzipSync(bytes, { level: 9 }));
	writeFileSync(`${at}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }));
	files.push({ path, file, type: TYPES[extension(file)], immutable, etag: hashOf(bytes) });
}

const app = await build({
	...SHARED,
	entryPoints: { main: 'src/main.tsx' },
	outdir: 'out', format: 'esm', splitting: true,
	entryNames: 'assets/[name]-[hash]', chunkNames: 'assets/[name]-[hash]', assetNames: 'assets/[name]-[hash]',
});
const card = await build({ ...SHARED, entryPoints: { card: 'src/embed/card.ts' }, outdir: 'out', format: 'iife' });
const first = await build({ ...SHARED, entryPoints: { first: 'src/app/first.js' }, outdir: 'out', format: 'iife',
	entryNames: 'assets/[name]-[hash]' });

const inputs = new Set(['package.json', 'package-lock.json', 'build.mjs', 'index.html', 'src/icon.svg']);
const outs = new Map();
for (const made of [app, first, card]) {
	for (const name of Object.keys(made.metafile.inputs))
		inputs.add(name);
	for (const file of made.outputFiles)
		outs.set(relative(join(web, 'out'), file.path), Buffer.from(file.contents));
}

const named = (pattern) => {
	const name = [...outs.keys()].find((n) => pattern.test(n));
	if (!name)
		throw new Error(`nothing is named like ${pattern}`);
	return `/${name}`;
};
// What the first page needs beside the entry itself: asked for at once, not one after another.
const main = named(/^assets\/main-.*\.js$/);
const preloads = [];
function preload(name) {
	for (const i of app.metafile.outputs[name].imports)
		if (i.kind === 'import-statement' && !preloads.includes(`/${relative('out', i.path)}`)) {
			preloads.push(`/${relative('out', i.path)}`);
			preload(i.path);
		}
}
preload(`out${main}`);

for (const [name, bytes] of outs)
	// Style sheets of later chunks are in the first one too, and nothing names them.
	if (name.startsWith('assets/') && (!name.endsWith('.css') || /\/main-/.test(name)))
		put(`/${name}`, name, bytes, true);
put('/embed/sync-link-card.js', 'embed/sync-link-card.js', outs.get('card.js'), false);
const icon = readFileSync(join(web, 'src/icon.svg'));
const iconName = `assets/icon-${hashOf(icon).slice(0, 8)}.svg`;
put(`/${iconName}`, iconName, icon, true);

const html = readFileSync(join(web, 'index.html'), 'utf8')
	.replace('<!-- head -->', [
		`<link rel="icon" href="/${iconName}" type="image/svg+xml">`,
		`<script src="${named(/^assets\/first-.*\.js$/)}"></script>`,
		`<link rel="stylesheet" href="${named(/^assets\/main-.*\.css$/)}">`,
		...preloads.map((p) => `<link rel="modulepreload" href="${p}">`),
		`<script type="module" src="${main}"></script>`,
	].join('\n\t'));
put('/', 'index.html', Buffer.from(html), false);
files.sort((a, b) => (a.path < b.path ? -1 : 1));
writeFileSync(join(out, 'manifest.json'), `${JSON.stringify({ files, initial: [main, ...preloads] }, null, 1)}\n`);

const depfile = option('--depfile');
if (depfile)
	writeFileSync(depfile, `${option('--target')}: ${[...inputs].map((i) => resolve(web, i)).join(' ')}\n`);

if (process.argv.includes('--sizes')) {
	const gz = (path) => readFileSync(join(out, `${path.slice(1)}.gz`)).length;
	let sum = 0;
	for (const path of [main, ...preloads])
		sum += gz(path);
	for (const f of files)
		console.log(`${String(gz(`/${f.file}`)).padStart(8)}  ${f.path}`);
	console.log(`initial JavaScript: ${sum} bytes gzip`);
}
