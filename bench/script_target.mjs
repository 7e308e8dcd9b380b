// SPDX-License-Identifier: Apache-2.0
// What script_row.mjs and script_page.mjs share: the pages, the fields, the statement.
import { createRequire } from 'node:module';

const columns = ['pp_contact_id', 'first_name', 'last_name', 'display_name', 'email', 'phone',
  'pp_account_id', 'is_primary_contact', 'status', 'notes', 'pp_data', 'last_sync_at'];

async function* pages(url, size = 100) {
  for (let skip = 0, n = size; n === size; skip += n) {
    const answer = await fetch(`${url}/contacts?$top=${size}&$skip=${skip}`,
      { headers: { Authorization: 'Bearer sandbox-access-0' } });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const records = await answer.json();
    n = records.length;
    yield records;
  }
}

function row(r) {
  return [r.id, r.first_name, r.last_name, r.display_name, r.email,
    r.phone_mobile || r.phone_work || r.phone_home, r.account_ref?.id, r.is_primary_contact,
    r.status, r.notes, JSON.stringify(r), new Date().toISOString()];
}

function upsertSql(values) {
  const sets = columns.slice(1).map((c) => `${c} = excluded.${c}`).join(', ');
  return `INSERT INTO contacts (${columns.join(', ')}) VALUES ${values} `
    + `ON CONFLICT (pp_contact_id) DO UPDATE SET ${sets}`;
}

function skip(why) {
  console.log(why);
  process.exit(77);
}

async function toSqlite(path, url, rowsACommit) {
  const sqlite = await import('node:sqlite').catch(() => skip('Node has no node:sqlite'));
  const db = new sqlite.DatabaseSync(path);
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
  const upsert = db.prepare(upsertSql(`(${columns.map(() => '?').join(',')})`));
  const bindable = (v) => (typeof v === 'boolean' ? Number(v) : v ?? null);
  for await (const page of pages(url)) {
    if (rowsACommit > 1) db.exec('BEGIN');
    for (const record of page) upsert.run(...row(record).map(bindable));
    if (rowsACommit > 1) db.exec('COMMIT');
  }
  db.close();
}

// `pg` is looked for beside the script and in $NODE_PATH.
function findPg() {
  try {
    return createRequire(import.meta.url)('pg');
  } catch {
    return skip('the npm package pg is not installed');
  }
}

async function toPostgres(conninfo, url, rowsACommit) {
  const pg = findPg();
  const at = new URL(conninfo);
  const db = new pg.Client({ host: at.searchParams.get('host'), user: at.searchParams.get('user'),
    database: at.pathname.slice(1) });
  const tuple = (i) => `(${columns.map((_, j) => `$${i * columns.length + j + 1}`).join(',')})`;
  const one = { name: 'one', text: upsertSql(tuple(0)) };
  await db.connect();
  for await (const page of pages(url)) {
    if (rowsACommit === 1) {
      for (const record of page) await db.query({ ...one, values: row(record) });
    } else if (page.length) {
      await db.query(upsertSql(page.map((_, i) => tuple(i)).join(',')), page.flatMap(row));
    }
  }
  await db.end();
}

export async function main(rowsACommit) {
  const [database, url] = process.argv.slice(2);
  await (database.startsWith('postgresql:') ? toPostgres : toSqlite)(database, url, rowsACommit);
}
