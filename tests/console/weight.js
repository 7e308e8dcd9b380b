// SPDX-License-Identifier: Apache-2.0
// weight.js - what a page holds on to, after garbage was collected: nodes of the document, listeners,
// bytes of heap and, of these, what the page's own program made.
//
// The bytes alone do not tell of a leak: code that runs often is compiled anew, for thousands of rounds, and
// that is more than a small object for each of them.  So objects, functions, texts and the like are counted,
// and what the engine made for itself is not.
'use strict';

const OWN = ['object', 'closure', 'array', 'string', 'concatenated string', 'sliced string', 'number', 'bigint', 'regexp', 'symbol'];

async function snapshot(debug) {
	const parts = [];
	const add = ({ chunk }) => parts.push(chunk);
	debug.on('HeapProfiler.addHeapSnapshotChunk', add);
	await debug.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
	debug.off('HeapProfiler.addHeapSnapshotChunk', add);
	return JSON.parse(parts.join(''));
}

// {objects, bytes} of what the program made.
function own({ snapshot: { meta }, nodes }) {
	const [type, size] = ['type', 'self_size'].map((name) => meta.node_fields.indexOf(name));
	const counted = meta.node_types[type].map((name) => OWN.includes(name));
	const sum = { objects: 0, bytes: 0 };
	for (let i = 0; i < nodes.length; i += meta.node_fields.length)
		if (counted[nodes[i + type]]) {
			sum.objects++;
			sum.bytes += nodes[i + size];
		}
	return sum;
}

// `debug`: a session with the page's debugger (context.newCDPSession).
async function weight(debug) {
	const kept = own(await snapshot(debug));
	for (let i = 0; i < 3; i++) await debug.send('HeapProfiler.collectGarbage');
	const { nodes, jsEventListeners } = await debug.send('Memory.getDOMCounters');
	return { nodes, listeners: jsEventListeners, heap: (await debug.send('Runtime.getHeapUsage')).usedSize, ...kept };
}

module.exports = { weight };
