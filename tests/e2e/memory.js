// SPDX-License-Identifier: Apache-2.0
// memory.js - the peak of a process does not grow with what passes through it.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const fs = require('node:fs');
const { firm, needs, PLAN } = require('./firm.js');

needs('sqlite3');

const LIMIT_KIB = 8 * 1024;
const FEW = Number(process.env.LOCKSTEP_MEMORY_FEW || 10000);
const MANY = Number(process.env.LOCKSTEP_MEMORY_MANY || 1000000);

// Contacts alone, without the columns that other tables feed.
function contactsOnly() {
	const tables = PLAN.indexOf('    tables:\n');
	return PLAN.slice(0, tables) + `    tables:
      contacts:
        from: contacts
        key: { pp_contact_id: "{{ record.id }}" }
        columns:
          first_name: "{{ record.first_name }}"
          last_name: "{{ record.last_name }}"
          email: "{{ record.email }}"
          phone: "{{ record.phone_mobile or record.phone_work or record.phone_home }}"
        raw: pp_data
        stamp: last_sync_at
`;
}

function peak(pid) {
	try {
		return Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/^VmHWM:\s+(\d+) kB$/m)[1]);
	} catch {
		return 0;
	}
}

async function peakOf(contacts) {
	let most = 0;
	await firm(['--plain', '--contacts', contacts, '--matters', 0, '--tasks', 0, '--no-gzip'], async (f) => {
		f.budget(10000000, 'PT5M');
		const child = f.begin(['sync', '-q', '--full']);
		const timer = setInterval(() => { most = Math.max(most, peak(child.pid)); }, 5);
		const { code, err } = await child.ended;
		clearInterval(timer);
		assert.strictEqual(code, 0, err);
		assert.strictEqual(f.value('SELECT count(*) FROM contacts'), contacts);
	}, { plan: contactsOnly() })();
	return most;
}

test(`${MANY} contacts need no more memory than ${FEW}`, async () => {
	const few = await peakOf(FEW), many = await peakOf(MANY);
	console.log(`# peak at ${FEW} contacts: ${few} KiB; at ${MANY}: ${many} KiB`);
	assert.ok(few > 0 && many - few <= LIMIT_KIB, `${many - few} KiB more`);
});
