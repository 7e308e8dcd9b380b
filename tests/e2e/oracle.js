// SPDX-License-Identifier: Apache-2.0
// oracle.js - which rows a vendor's records must have become, by rules written without the plan.
'use strict';

const assert = require('node:assert');
const { STORE } = require('./firm.js');

// The parts and their order are asked for one by one: how a locale writes a day differs between Nodes.
const day = new Intl.DateTimeFormat('en', { timeZone: 'America/Los_Angeles', year: 'numeric', month: '2-digit',
	day: '2-digit' });
const COMPANY_KEYS = { street_1: 'address_street_1', street_2: 'address_street_2', city: 'address_city',
	state: 'address_state', zip_code: 'address_zip_code', country: 'address_country' };
const MATTER_STATUS = { active: 'PENDING', open: 'PENDING', pending: 'PENDING', inprogress: '45D',
	closed: 'COMPLETED', completed: 'COMPLETED', cancelled: 'TERMINATED', archived: 'COMPLETED' };
const TASK_STATUS = { open: 'PENDING', pending: 'PENDING', notcompleted: 'PENDING', inprogress: 'IN_PROGRESS',
	working: 'IN_PROGRESS', completed: 'COMPLETED', done: 'COMPLETED', cancelled: 'CANCELLED',
	onhold: 'ON_HOLD', conditional: 'ON_HOLD' };
const PRIORITY = { low: 'LOW', normal: 'MEDIUM', medium: 'MEDIUM', high: 'HIGH', urgent: 'URGENT',
	critical: 'URGENT' };

// PostgreSQL cannot hold U+0000 in a text, so neither store is given one.
const plain = (text) => text.replace(/\\u0000/g, '');
// Every number as a text, so that none of its digits is lost on the way through JavaScript.
const exact = (line) => JSON.parse(plain(line).replace(/"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*/g,
	(token) => (token[0] === '"' ? token : `"${token}"`)));
const orNull = (v) => (v === undefined ? null : v);
const mapped = (map, v, otherwise) =>
	(typeof v === 'string' && map[v.toLowerCase().replace(/[^a-z0-9]/g, '')]) || otherwise;

function dateOf(text) {
	if (!text) return null;
	const parts = day.formatToParts(new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + 'Z'));
	const part = (type) => parts.find((p) => p.type === type).value;
	return `${part('year')}-${part('month')}-${part('day')}`;
}

function address(account) {
	if (!account || !Object.values(COMPANY_KEYS).some((key) => account[key])) return null;
	return Object.fromEntries(Object.entries(COMPANY_KEYS).map(([ours, theirs]) => [ours, account[theirs] ?? null]));
}

function money(matter) {
	for (const v of matter.custom_field_values || [])
		if (v.custom_field_ref.label === 'Rel Value' && ['Currency', 'Number'].includes(v.custom_field_ref.value_type)
			&& v.value_number !== null)
			return v.value_number;
	return null;
}

function contactRow(c, accounts) {
	const account = accounts.get(c.account_ref && c.account_ref.id);
	return {
		first_name: c.first_name, last_name: c.last_name, email: c.email,
		phone: c.phone_mobile || c.phone_work || c.phone_home || null,
		company: account ? account.company_name : null,
		address: address(account),
		pp_account_id: c.account_ref ? c.account_ref.id : null,
		is_primary_contact: c.is_primary_contact,
	};
}

// The row of the client of a matter: the primary contact of its account, then the first by id.
function client(matter, contacts) {
	const account = matter.account_ref && matter.account_ref.id;
	const all = contacts.filter((row) => account && row.pp_account_id === account);
	const primary = all.filter((row) => row.is_primary_contact);
	return (primary.length ? primary : all).map((row) => row.id).sort()[0] || null;
}

function matterRow(m) {
	return {
		name: m.name || m.display_name || null,
		status: mapped(MATTER_STATUS, m.status, 'PENDING'),
		start_date: dateOf(m.open_date || m.opened_date),
		exchange_value: money(m),
		notes: m.notes || m.description || null,
	};
}

function taskRow(t, users, exchanges) {
	const person = (t.assigned_to_users || [])[0] || {};
	const found = users.find((u) => u.pp_user_id === person.id) ||
		users.find((u) => person.email_address && (u.email || '').toLowerCase() === person.email_address.toLowerCase());
	const exchange = exchanges.get(t.matter_ref && t.matter_ref.id);
	return {
		title: t.subject || t.name || '(untitled task)',
		description: t.notes || t.description || null,
		status: mapped(TASK_STATUS, t.status, 'PENDING'),
		priority: mapped(PRIORITY, t.priority, 'MEDIUM'),
		exchange_id: exchange ? exchange.id : null,
		assigned_to: found ? found.id : null,
		due_date: dateOf(t.due_date),
	};
}

const flag = (v) => (v === null ? null : Boolean(v));
const QUESTIONS = {
	users: 'SELECT id, pp_user_id, email, first_name, last_name, pp_is_active, CAST(pp_data AS text) AS pp_data FROM users',
	contacts: 'SELECT id, pp_contact_id, first_name, last_name, email, phone, company, CAST(address AS text) AS address, ' +
		'pp_account_id, is_primary_contact, CAST(pp_data AS text) AS pp_data FROM contacts',
	exchanges: 'SELECT id, pp_matter_id, name, status, client_id, CAST(start_date AS text) AS start_date, ' +
		'CAST(exchange_value AS text) AS exchange_value, notes, CAST(pp_data AS text) AS pp_data FROM exchanges',
	tasks: 'SELECT id, pp_task_id, title, description, status, priority, exchange_id, assigned_to, ' +
		'CAST(due_date AS text) AS due_date, CAST(pp_data AS text) AS pp_data FROM tasks',
	accounts: 'SELECT id, pp_account_id, display_name, company_name, CAST(pp_data AS text) AS pp_data FROM pp_accounts',
};

function read(f) {
	const answers = f.ask(Object.values(QUESTIONS));
	const got = Object.fromEntries(Object.keys(QUESTIONS).map((name, i) => [name, answers[i]]));
	got.contacts = got.contacts.map((r) => ({ ...r, is_primary_contact: flag(r.is_primary_contact),
		address: r.address && JSON.parse(r.address) }));
	return got;
}

// As received: SQLite keeps the order and every digit, PostgreSQL's jsonb the meaning.
function sameOriginal(row, line) {
	const [ours, theirs] = STORE === 'sqlite' ? [row.pp_data, line].map((text) => JSON.stringify(exact(text)))
		: [JSON.stringify(sorted(exact(row.pp_data))), JSON.stringify(sorted(exact(line)))];
	assert.ok(ours === theirs, `pp_data ${ours}\nis not ${theirs}`);
}

function sorted(v) {
	if (v === null || typeof v !== 'object') return v;
	if (Array.isArray(v)) return v.map(sorted);
	return Object.fromEntries(Object.keys(v).sort().map((key) => [key, sorted(v[key])]));
}

function compare(rows, key, lines, expected) {
	const byKey = new Map(rows.map((row) => [row[key], row]));
	assert.strictEqual(byKey.size, rows.length, `${key}: doubles`);
	for (const line of lines) {
		const record = exact(line), row = byKey.get(record.id);
		assert.ok(row, `${key} ${record.id} is missing`);
		const want = expected(record, row);
		for (const [column, value] of Object.entries(want))
			assert.deepStrictEqual(row[column], orNull(value), `${key} ${record.id}, column ${column}`);
		sameOriginal(row, line);
		byKey.delete(record.id);
	}
	return [...byKey.keys()];
}

/*
 * Every record of the vendor against every row.  Answers with the keys of the rows that the vendor
 * has no record of, table by table.  `keep(table, row)` names columns that are a person's own.
 */
async function compareAll(f, it, keep = () => ({})) {
	const got = read(f);
	const lines = {};
	for (const name of ['users', 'accounts', 'contacts', 'matters', 'tasks']) lines[name] = await it.lines('truth/' + name);
	const accounts = new Map(lines.accounts.map((line) => exact(line)).map((a) => [a.id, a]));
	const exchanges = new Map(got.exchanges.map((row) => [row.pp_matter_id, row]));
	return {
		users: compare(got.users, 'pp_user_id', lines.users, (u) => ({ email: u.email, first_name: u.first_name,
			last_name: u.last_name })),
		accounts: compare(got.accounts, 'pp_account_id', lines.accounts, (a) => ({ display_name: a.display_name,
			company_name: a.company_name })),
		contacts: compare(got.contacts, 'pp_contact_id', lines.contacts, (c) => contactRow(c, accounts)),
		exchanges: compare(got.exchanges, 'pp_matter_id', lines.matters, (m, row) => ({ ...matterRow(m),
			client_id: client(m, got.contacts), ...keep('exchanges', row) })),
		tasks: compare(got.tasks, 'pp_task_id', lines.tasks, (t) => taskRow(t, got.users, exchanges)),
	};
}

const NOTHING = { users: [], accounts: [], contacts: [], exchanges: [], tasks: [] };

async function equalsTruth(f, it, keep) {
	assert.deepStrictEqual(await compareAll(f, it, keep), NOTHING);
}

module.exports = { compareAll, equalsTruth, NOTHING };
