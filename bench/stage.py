# SPDX-License-Identifier: Apache-2.0
"""stage.py - what the benches stand on: the release build, the vendor's stand-in, a PostgreSQL server.
"""
import json
import os
import sqlite3
import subprocess
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
BUILD = os.path.join(TOP, "build", "release")
LOCKSTEP = os.path.join(BUILD, "lockstep")
POSTGRES = os.environ.get("LOCKSTEP_TEST_POSTGRES")
SKIPPED = 77


def build(*targets):
    subprocess.run(["ninja", "-C", BUILD, *targets], check=True, stdout=subprocess.DEVNULL)


class StandIn:
    """PracticePanther's, on a port of its own."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, "sandbox", "lockstep-sandbox"), "practicepanther", "--quiet",
             *map(str, options)], stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline().split()
        if not said:
            raise SystemExit("bench: the stand-in did not start")
        self.base = said[-1]
        self.url = self.base + "/api/v2"

    def requests(self):
        with urllib.request.urlopen(self.base + "/sandbox/stats") as answer:
            return json.load(answer)["requests"]

    def plan(self, rules):
        body = json.dumps({"rules": rules}).encode()
        urllib.request.urlopen(urllib.request.Request(self.base + "/sandbox/plan", body)).read()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Sqlite:
    name = "SQLite"

    def __init__(self, folder):
        self.file = os.path.join(folder, "bench.db")
        self.url = "sqlite:" + self.file
        self.plain = self.file
        self.loop = "loop_sqlite"

    def empty(self):
        for end in ("", "-wal", "-shm", "-lock"):
            if os.path.exists(self.file + end):
                os.remove(self.file + end)

    def sql(self, text):
        with sqlite3.connect(self.file) as db:
            return db.execute(text).fetchall()

    def count(self):
        return self.sql("SELECT count(*), count(pp_data) FROM contacts")[0]


class Postgres:
    name = "PostgreSQL"

    def __init__(self, folder):
        self.url = self.plain = POSTGRES
        self.loop = "loop_postgres"

    def sql(self, text):
        return subprocess.run(["psql", "-qAt", "-F", " ", self.url, "-c", text], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout

    def empty(self):
        self.sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        self.sql("CHECKPOINT")

    def count(self):
        return tuple(map(int, self.sql("SELECT count(*), count(pp_data) FROM contacts").split()))


def end(number, frame):
    """A signal handler that lets `finally` run."""
    raise SystemExit(128 + number)


def beside_postgres(file, main):
    """Runs `main` beside a PostgreSQL server of its own; without one when there is none."""
    if POSTGRES or os.environ.get("BENCH_INSIDE"):
        return main()
    me = [sys.executable, os.path.abspath(file)]
    # A server as people run it: commits are durable, and the tables fit its memory.
    options = {"LOCKSTEP_TEST_POSTGRES_OPTIONS":
               "-c fsync=on -c shared_buffers=256MB -c max_wal_size=4GB -c checkpoint_timeout=30min "
               "-c max_connections=200"}
    status = subprocess.run([os.path.join(TOP, "tests", "with_postgres")] + me,
                            env=dict(options, **os.environ)).returncode
    if status == SKIPPED:
        status = subprocess.run(me, env=dict(os.environ, BENCH_INSIDE="1")).returncode
    raise SystemExit(status)
