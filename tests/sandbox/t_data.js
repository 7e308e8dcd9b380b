// SPDX-License-Identifier: Apache-2.0
// t_data.js - the invented firm: its size, its shapes, its nasty values, and that it repeats.
'use strict';

const test = require('node:test');
const assert = require('node:assert');
const { within, start } = require('./stand_in.js');

const KEYS = {
	contacts: ['id', 'account_ref', 'is_primary_contact', 'display_name', 'first_name',
		'middle_name', 'last_name', 'phone_mobile', 'phone_home', 'phone_fax', 'phone_work',
		'email', 'notes', 'custom_field_values', 'status'],
	accounts: ['id', 'display_name', 'number', 'company_name', 'address_street_1',
		'address_street_2', 'address_city', 'address_state', 'address_country',
		'address_zip_code', 'tags', 'company_custom_field_values', 'assigned_to_users',
		'created_at', 'updated_at', 'notes', 'primary_contact', 'other_contacts'],
	matters: ['id', 'account_ref', 'number', 'display_name', 'name', 'notes', 'rate', 'open_date',
		'close_date', 'statute_of_limitation_date', 'tags', 'status', 'assigned_to_users',
		'custom_field_values', 'created_at', 'updated_at'],
	tasks: ['id', 'account_ref', 'matter_ref', 'subject', 'notes', 'priority', 'status',
		'due_date', 'assigned_to_users', 'assigned_to_contacts', 'tags', 'created_at',
		'updated_at'],
	users: ['id', 'is_active', 'display_name', 'first_name', 'last_name', 'middle_name', 'email',
		'created_at', 'updated_at'],
};
const SMALL = ['--contacts', 600, '--matters', 500, '--tasks', 400];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,2}[1-9])?$/;

const some = (records, what, test) => assert.ok(records.some(test), `no record with ${what}`);

test('by default the firm has the recorded size', within([], async (it) => {
	const stats = await it.admin('stats');
	assert.strictEqual(stats.contacts, 11193);
	assert.strictEqual(stats.matters, 7155);
	assert.strictEqual(stats.tasks, 7155);
	assert.strictEqual(stats.users, 6);
	const lines = await it.lines('truth/contacts');
	assert.strictEqual(lines.length, 11193);
	const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length;
	assert.ok(bytes > 800 && bytes < 900, `${bytes} bytes a contact`);
	assert.strictEqual((await it.lines('truth/accounts')).length, stats.accounts);
}));

test('the same seed gives the same bytes, another seed others', async () => {
	const firms = await Promise.all([7, 7, 8].map((seed) => start(...SMALL, '--seed', seed)));
	for (const collection of Object.keys(KEYS)) {
		const texts = await Promise.all(firms.map(async (it) =>
			(await it.ask('/sandbox/truth/' + collection)).text));
		assert.strictEqual(texts[0], texts[1]);
		assert.notStrictEqual(texts[0], texts[2]);
	}
	await Promise.all(firms.map((it) => it.stop()));
});

test('every record has the keys of its shape', within([...SMALL, '--plain'], async (it) => {
	for (const [collection, keys] of Object.entries(KEYS)) {
		const records = await it.truth(collection);
		const ids = new Set(records.map((r) => r.id));
		assert.strictEqual(ids.size, records.length);
		for (const record of records) {
			assert.deepStrictEqual(Object.keys(record).sort(), [...keys].sort());
			assert.match(record.id, UUID);
		}
		assert.deepStrictEqual(records.map((r) => r.id), [...ids].sort());
	}
}));

test('times have up to three fraction digits and no offset', within(SMALL, async (it) => {
	const times = (await it.truth('matters')).flatMap((r) => [r.created_at, r.updated_at]);
	for (const time of times) assert.match(time, TIME);
	for (const digits of [0, 1, 2, 3])
		some(times, `${digits} digits`, (t) => (t.split('.')[1] || '').length === digits);
	for (const m of await it.truth('matters')) {
		if (m.open_date) assert.match(m.open_date, /T(19|20):00:00$/);
		assert.ok(Date.parse(m.updated_at + 'Z') >= Date.parse(m.created_at + 'Z'));
	}
}));

test('contacts and accounts are two sides of the same', within(SMALL, async (it) => {
	const contacts = await it.truth('contacts');
	const listed = (await it.truth('accounts')).flatMap((a) => {
		const all = [a.primary_contact, ...a.other_contacts].filter(Boolean);
		for (const c of all)
			assert.deepStrictEqual(c.account_ref, { id: a.id, display_name: a.display_name });
		if (a.primary_contact) assert.strictEqual(a.primary_contact.is_primary_contact, true);
		for (const c of a.other_contacts) assert.strictEqual(c.is_primary_contact, false);
		return all;
	});
	const byId = (a, b) => (a.id < b.id ? -1 : 1);
	assert.deepStrictEqual(listed.sort(byId), contacts.sort(byId));
}));

test('matters and tasks point at what there is, nearly always', within(SMALL, async (it) => {
	const accounts = new Set((await it.truth('accounts')).map((r) => r.id));
	const matters = await it.truth('matters');
	const names = new Map(matters.map((r) => [r.id, r.display_name]));
	const known = matters.filter((m) => m.account_ref && accounts.has(m.account_ref.id));
	assert.ok(known.length > 0.97 * matters.length && known.length < matters.length);
	const tasks = await it.truth('tasks');
	const linked = tasks.filter((t) => t.matter_ref && names.has(t.matter_ref.id));
	assert.ok(linked.length > 0.95 * tasks.length && linked.length < tasks.length);
	for (const t of linked)
		assert.strictEqual(t.matter_ref.display_name, names.get(t.matter_ref.id));
}));

test('contacts have every nasty value', within(SMALL, async (it) => {
	const all = await it.truth('contacts');
	some(all, 'nothing but nulls', (c) => c.display_name === null && c.first_name === null &&
		c.last_name === null && c.phone_mobile === null && c.email === null && c.notes === null);
	some(all, 'HTML', (c) => c.notes && c.notes.includes('<b>Monday</b> &amp;'));
	some(all, 'emoji', (c) => c.notes && c.notes.includes('\u{1F468}\u200D\u{1F469}'));
	some(all, 'NUL in notes', (c) => c.notes && c.notes.includes('\0'));
	some(all, 'NUL in a name', (c) => c.last_name && c.last_name.includes('\0'));
	some(all, '258 characters', (c) => c.display_name && c.display_name.length === 258);
	some(all, 'a phone of 31', (c) => c.phone_work && c.phone_work.length === 31);
	some(all, 'notes of 4.7 KB', (c) => c.notes && c.notes.length === 4700);
	some(all, 'an unknown status', (c) => c.status === 'Prospect');
	some(all, 'no status', (c) => !('status' in c));
	some(all, 'an extra key', (c) => 'future_field' in c);
	some(all, 'empty texts', (c) => c.email === '' && c.phone_home === '');
	some(all, 'escapes', (c) => c.notes && c.notes.includes('\u{1F600} \u2028'));
	some(all, 'a company', (c) => c.first_name === null && c.last_name === null && c.display_name);
	const emails = all.map((c) => c.email).filter(Boolean);
	assert.ok(new Set(emails).size < emails.length, 'no email twice');
	for (const email of emails) assert.ok(email.length <= 50);
}));

test('matters have every nasty value', within(SMALL, async (it) => {
	const text = (await it.ask('/sandbox/truth/matters')).text;
	const all = await it.truth('matters');
	some(all, 'nulls', (m) => m.notes === null && m.rate === null && m.open_date === null);
	some(all, '258 and 251 characters', (m) => m.display_name.length === 258 &&
		m.name.length === 251);
	some(all, 'NUL in the name', (m) => m.name && m.name.includes('\0'));
	some(all, 'no name', (m) => m.name === null);
	some(all, 'no account', (m) => m.account_ref === null);
	some(all, 'an unknown status', (m) => m.status === 'OnHold');
	some(all, 'no status', (m) => !('status' in m));
	some(all, 'null status', (m) => m.status === null);
	some(all, 'null values', (m) => m.custom_field_values === null);
	some(all, 'a label twice', (m) => (m.custom_field_values || [])
		.filter((v) => v.custom_field_ref.label === 'Bank').length === 2);
	some(all, 'an unknown type', (m) => (m.custom_field_values || [])
		.some((v) => v.custom_field_ref.value_type === 'Address'));
	assert.ok(text.includes('"value_number":509135.89,'));
	assert.ok(text.includes('"value_number":9007199254740.93,'));
	assert.match(text, /"value_number":-\d+\.\d+,/);
}));

test('tasks have every nasty value', within(SMALL, async (it) => {
	const all = await it.truth('tasks');
	some(all, 'nulls', (t) => t.notes === null && t.priority === null && t.due_date === null);
	some(all, 'no matter', (t) => t.matter_ref === null);
	some(all, 'null status', (t) => t.status === null);
	some(all, 'no status', (t) => !('status' in t));
	some(all, 'an unknown status', (t) => t.status === 'Deferred');
	some(all, 'an unknown priority', (t) => t.priority === 'Urgent');
	some(all, 'a long subject', (t) => t.subject.length > 255);
	some(all, 'nobody', (t) => t.assigned_to_users.length === 0);
	some(all, 'several people', (t) => t.assigned_to_users.length === 3);
	some(all, 'an evening', (t) => t.due_date && /T0[56]:37:00$/.test(t.due_date));
}));

test('a custom field value has six keys, of which its type fills one', within(SMALL, async (it) => {
	const filled = { TextBox: 'value_string', TextEditor: 'value_string', DropDownList: 'value_string',
		Address: 'value_string', Date: 'value_date_time', DateTime: 'value_date_time',
		Number: 'value_number', Currency: 'value_number', Contact: 'contact_ref' };
	const values = (await it.truth('matters')).flatMap((m) => m.custom_field_values || []);
	const types = new Set();
	for (const { custom_field_ref: ref, value_boolean: flag, ...rest } of values) {
		types.add(ref.value_type);
		assert.strictEqual(Object.keys(rest).length, 4);
		if (ref.value_type !== 'Checkbox') assert.strictEqual(flag, false);
		for (const [key, value] of Object.entries(rest))
			assert.strictEqual(value !== null, key === filled[ref.value_type]);
		if (ref.value_type === 'Date') assert.match(rest.value_date_time, /T0[78]:00:00$/);
	}
	assert.strictEqual(types.size, 10);
	const labels = (await it.get('/customfields/matter')).map((f) => f.label);
	for (const label of ['Type of Exchange', 'Rel Value', 'Day 45', 'Day 180', 'Failed Exchange?'])
		assert.ok(labels.includes(label));
	assert.strictEqual(labels.filter((l) => l === 'Bank').length, 2);
}));

test('a plain firm has nothing nasty', within([...SMALL, '--plain'], async (it) => {
	for (const c of await it.truth('contacts')) {
		assert.ok(c.first_name && c.last_name && c.display_name.length < 60);
		assert.ok(['Active', 'Archived'].includes(c.status));
	}
	const text = (await it.ask('/sandbox/truth/matters')).text;
	assert.ok(!text.includes('\\u0000') && !text.includes('future_field'));
	for (const t of await it.truth('tasks')) assert.ok(t.matter_ref && t.account_ref);
}));

test('one record by its id is the record of the list', within(SMALL, async (it) => {
	for (const collection of Object.keys(KEYS)) {
		const [, second] = await it.truth(collection);
		assert.deepStrictEqual(await it.get(`/${collection}/${second.id}`), second);
		assert.deepStrictEqual(await it.get(`/${collection}/${second.id.toUpperCase()}`), second);
		const stranger = second.id.slice(0, -1) + (second.id.endsWith('0') ? '1' : '0');
		assert.strictEqual((await it.ask(`/api/v2/${collection}/${stranger}`)).status, 404);
		assert.strictEqual((await it.ask(`/api/v2/${collection}/17`)).status, 400);
	}
	assert.deepStrictEqual(await it.get('/users/me'), (await it.truth('users'))[0]);
	assert.strictEqual((await it.ask('/api/v2/practice_areas')).status, 404);
	assert.strictEqual((await it.ask('/api/v1/contacts')).status, 404);
	assert.strictEqual((await it.ask('/api/v2/contacts', { method: 'POST' })).status, 405);
}));
