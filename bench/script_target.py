# SPDX-License-Identifier: Apache-2.0
"""What script_row.py and script_page.py share: the pages, the fields, the statement."""
import datetime
import http.client
import json
import sys
import urllib.parse

COLUMNS = ["pp_contact_id", "first_name", "last_name", "display_name", "email", "phone",
           "pp_account_id", "is_primary_contact", "status", "notes", "pp_data", "last_sync_at"]


def pages(url, size=100):
    """Each page's records, over one connection that stays open."""
    at = urllib.parse.urlsplit(url)
    link = http.client.HTTPConnection(at.hostname, at.port)
    skip, n = 0, size
    while n == size:
        link.request("GET", "%s/contacts?$top=%d&$skip=%d" % (at.path, size, skip),
                     headers={"Authorization": "Bearer sandbox-access-0"})
        answer = link.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit("status %d" % answer.status)
        records = json.loads(body)
        n = len(records)
        skip += n
        yield records


def row(r):
    return (r["id"], r["first_name"], r["last_name"], r["display_name"], r["email"],
            r["phone_mobile"] or r["phone_work"] or r["phone_home"],
            (r["account_ref"] or {}).get("id"), r["is_primary_contact"], r["status"], r["notes"],
            json.dumps(r), datetime.datetime.now(datetime.timezone.utc).isoformat())


def upsert_sql(mark):
    sets = ", ".join("%s = excluded.%s" % (c, c) for c in COLUMNS[1:])
    return "INSERT INTO contacts (%s) VALUES %s ON CONFLICT (pp_contact_id) DO UPDATE SET %s" % (
        ", ".join(COLUMNS), mark, sets)


def to_sqlite(path, url, rows_a_commit):
    import sqlite3
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    sql = upsert_sql("(%s)" % ",".join("?" * len(COLUMNS)))
    for page in pages(url):
        if rows_a_commit == 1:
            for record in page:
                db.execute(sql, row(record))
            continue
        db.execute("BEGIN")
        db.executemany(sql, [row(record) for record in page])
        db.execute("COMMIT")


def to_postgres(conninfo, url, rows_a_commit):
    import psycopg2
    import psycopg2.extras
    db = psycopg2.connect(conninfo)
    db.autocommit = rows_a_commit == 1
    cursor = db.cursor()
    one = upsert_sql("(%s)" % ",".join(["%s"] * len(COLUMNS)))
    many = upsert_sql("%s")
    for page in pages(url):
        if rows_a_commit == 1:
            for record in page:
                cursor.execute(one, row(record))
            continue
        if page:
            psycopg2.extras.execute_values(cursor, many, [row(record) for record in page])
        db.commit()


def main(rows_a_commit):
    database, url = sys.argv[1:3]
    try:
        if database.startswith("postgresql:"):
            to_postgres(database, url, rows_a_commit)
        else:
            to_sqlite(database, url, rows_a_commit)
    except ImportError as missing:
        print(missing)
        raise SystemExit(77)
