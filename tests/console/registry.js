// SPDX-License-Identifier: Apache-2.0
// registry.js - the console's own table of pages (web/src/app/pages.ts), for whoever walks all of them.
'use strict';

const path = require('node:path');
const { createRequire } = require('node:module');
const { TOP } = require('../e2e/firm.js');

const WEB = path.join(TOP, 'web');

async function pages() {
	const { build } = createRequire(path.join(WEB, 'package.json'))('esbuild');
	const later = { name: 'later', setup: (b) => b.onResolve({ filter: /./ }, (a) =>
		(a.kind === 'dynamic-import' ? { path: a.path, external: true } : undefined)) };
	const made = await build({ entryPoints: [path.join(WEB, 'src/app/pages.ts')], absWorkingDir: WEB, bundle: true, write: false,
		format: 'esm', platform: 'neutral', mainFields: ['module', 'main'], jsx: 'automatic', jsxImportSource: 'preact',
		loader: { '.css': 'empty' }, plugins: [later] });
	const text = Buffer.from(made.outputFiles[0].contents).toString('base64');
	return (await import(`data:text/javascript;base64,${text}`)).pages;
}

// "/runs/:id" is "runs-one".
const nameOf = (row) => row.path.replace(/\/:(\w+)/g, '-one').replace(/^\//, '').replaceAll('/', '-') || 'overview';

module.exports = { pages, nameOf };
