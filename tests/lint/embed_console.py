#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Embeds a made-up console with tools/embed-console and reads it back from the object file (TAP)."""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "tools" / "embed-console"
ABSENT = ROOT / "src" / "api" / "console_absent.c"
FILES = {"index.html": b"<!doctype html>\n", "assets/main-1.js": b"a" * 5000 + b"\0\xff\"\\\n",
         "embed/card.js": b"card"}
MANIFEST = [("/", "index.html", "text/html", False), ("/assets/main-1.js", "assets/main-1.js", "text/javascript", True),
            ("/embed/card.js", "embed/card.js", "text/javascript", False)]
# Prints what a row says, and its bytes in hex.
READER = r"""
#include "api/asset.h"
#include <stdio.h>
int main(void)
{
	for (size_t i = 0; i < console_assets.n; i++) {
		const struct asset *f = &console_assets.at[i];

		printf("%s %s %s %d", f->path, f->type, f->tag, (int)f->kind);
		for (int c = 0; c < ASSET_CODINGS; c++) {
			printf(" %c", f->bytes[c].at ? '=' : '-');
			for (size_t b = 0; b < f->bytes[c].len; b++)
				printf("%02x", (unsigned char)f->bytes[c].at[b]);
		}
		printf("\n");
	}
	return 0;
}
"""
STRICT = ["-std=gnu17", "-Wall", "-Wextra", "-Wmissing-prototypes", "-Werror", "-fPIE", f"-I{ROOT}/src"]
checks = [0, 0]


def ok(good, what):
    checks[0] += 1
    checks[1] += not good
    print(f"{'ok' if good else 'not ok'} {checks[0]} - {what}")


def bundle(dist):
    """What web/build.mjs leaves behind."""
    for name, data in FILES.items():
        (dist / name).parent.mkdir(parents=True, exist_ok=True)
        (dist / name).write_bytes(data)
    (dist / "assets/main-1.js.gz").write_bytes(gzip.compress(FILES["assets/main-1.js"], mtime=0))
    (dist / "assets/main-1.js.br").write_bytes(b"brotli")
    files = [dict(zip(("path", "file", "type", "immutable"), row)) for row in MANIFEST]
    (dist / "manifest.json").write_text(json.dumps({"files": files}))


def embed(work, *more):
    return subprocess.run([sys.executable, str(TOOL), "--web", "web", "--dist", "dist", "--absent", str(ABSENT),
                           "--table", "table.c", "--bytes", "bytes.bin", "--depfile", "table.d", *more],
                          cwd=work, capture_output=True, text=True, check=False)


def read_back(work, compiler):
    (work / "reader.c").write_text(READER)
    subprocess.run([compiler, *STRICT, "-o", "reader", "reader.c", "table.c"], cwd=work, check=True)
    return subprocess.run([str(work / "reader")], capture_output=True, text=True, check=True).stdout.splitlines()


def check_embedded(work, compiler):
    rows = [line.split(" ") for line in read_back(work, compiler)]
    ok([r[:2] for r in rows] == [[m[0], m[2]] for m in MANIFEST], f"{compiler}: paths and types")
    ok([r[3] for r in rows] == ["0", "1", "3"], f"{compiler}: the page, a hashed file, a card")
    ok([r[4] for r in rows] == ["=" + FILES[m[1]].hex() for m in MANIFEST], f"{compiler}: every byte")
    gz = gzip.decompress(bytes.fromhex(rows[1][5][1:]))
    ok(gz == FILES["assets/main-1.js"] and rows[1][6] == "=" + b"brotli".hex(), f"{compiler}: packed too")
    ok(rows[0][5:] == ["-", "-"], f"{compiler}: what is not there is not there")
    ok(len({r[2] for r in rows}) == 3, f"{compiler}: a tag each")


def check_elsewhere(work, other):
    """The same console bundled in another folder gives the same table, and names neither."""
    bundle(other / "dist")
    embed(other, "--bundled")
    same = all((work / n).read_bytes() == (other / n).read_bytes() for n in ("table.c", "bytes.bin"))
    ok(same and str(work) not in (work / "table.c").read_text(), "the same wherever it is built")


def check_again(work):
    os.utime(work / "table.c", (1, 1))
    embed(work, "--bundled")
    ok((work / "table.c").stat().st_mtime == 1, "what is the same is not written again")
    (work / "dist/embed/card.js").write_bytes(b"care")
    before = (work / "table.c").read_text()
    embed(work, "--bundled")
    ok((work / "table.c").read_text() != before, "what has another content changes the table, sizes or not")


def check_absent(work):
    done = embed(work)
    ok(done.returncode == 0 and "no console: web/build.mjs is missing" in done.stdout, "without sources it says so")
    ok((work / "table.c").read_bytes() == ABSENT.read_bytes(), "and takes the page in its place")
    ok(embed(work, "--console", "enabled").returncode != 0, "which is an error where it is wanted")
    (work / "web/src").mkdir(parents=True)
    (work / "web/node_modules/x").mkdir(parents=True)
    for name in ("web/build.mjs", "web/src/main.tsx", "web/node_modules/x/index.js"):
        (work / name).write_text("process.exit(1)\n")
    done = embed(work)
    ok(done.returncode == 0 and is_without_packages(done.stdout), "without packages too")
    names = (work / "table.d").read_text().split(": ")[1].split()
    ok({"web", "web/src", "web/src/main.tsx", "web/build.mjs"} <= set(names), "files and folders are waited for")
    ok(not any("node_modules/" in n for n in names), "packages by their folder alone")
    (work / "web/node_modules/esbuild").mkdir()
    ok(embed(work).returncode != 0 or not shutil.which("node"), "a broken bundle is an error")
    ok(embed(work, "--console", "disabled").returncode == 0, "unless nobody wants it")


def is_without_packages(said):
    return "node_modules is missing" in said or "Node.js" in said


def check_wrong(work):
    (work / "dist/manifest.json").write_text(json.dumps({"files": [
        {"path": "/\"x", "file": "index.html", "type": "text/html", "immutable": False}]}))
    ok(embed(work, "--bundled").returncode != 0, "a path that is no C text is refused")
    (work / "dist/manifest.json").write_text('{"files": []}')
    ok(embed(work, "--bundled").returncode != 0, "and so is a console without a page")


def main():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        work = pathlib.Path(folder)
        bundle(work / "dist")
        ok(embed(work, "--bundled").returncode == 0, "it is embedded")
        for compiler in ("gcc", "clang"):
            if shutil.which(compiler):
                check_embedded(work, compiler)
        check_elsewhere(work, pathlib.Path(other))
        check_again(work)
        check_absent(work)
        check_wrong(work)
    print(f"1..{checks[0]}")
    return checks[1] != 0


if __name__ == "__main__":
    sys.exit(main())
