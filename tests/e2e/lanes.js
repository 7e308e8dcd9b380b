// SPDX-License-Identifier: Apache-2.0
// lanes.js - tests that share nothing but the machine, some at a time: where one waits, as the program
// under test does, the others work.
'use strict';

const test = require('node:test');

// A `test` whose tests run side by side, at most `n` of them, begun in the order of the file. Each is told of in
// that order as a test of its own, with the time that it took itself; the file's other tests run meanwhile, and are
// told of first.
function lanes(n) {
	const waiting = [];
	let free = n;

	function next() {
		while (free > 0 && waiting.length > 0) {
			free--;
			waiting.shift()().finally(() => {
				free++;
				next();
			});
		}
	}

	return (name, work) => {
		const over = new Promise((resolve, reject) => waiting.push(async () => {
			const began = Date.now();
			await Promise.resolve().then(work).then(() => resolve(Date.now() - began), reject);
		}));
		over.catch(() => {}); // told when the test's turn comes
		setImmediate(() => {
			next();
			test(name, async (t) => t.diagnostic(`took ${await over} ms`));
		});
	};
}

module.exports = { lanes };
