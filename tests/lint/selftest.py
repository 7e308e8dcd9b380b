#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks every house rule once and expects a complaint; keeps it once and expects none (TAP)."""
import importlib.machinery
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.dont_write_bytecode = True

import house  # noqa: E402
import layers  # noqa: E402
import sources  # noqa: E402

SKIP = 77
WEB_HEAD = "// SPDX-License-Identifier: Apache-2.0\n// x.ts - a sample.\n"
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/*\n * x.c - a sample.\n */\n"
MARK = "TO" + "DO"
MACHINE = "/wo" + "rk/main"


def lines(count):
    """A function of that many lines, brace to brace."""
    return "int f(void)\n{\n" + "\tg();\n" * (count - 2) + "}\n"


def nested(*openers):
    """A function whose statements open one inside the other."""
    return "int f(int a)\n{\n" + "".join(openers) + "g();" + "}" * sum(
        o.count("{") for o in openers) + "\n}\n"


def parameters(count):
    return f"int f({', '.join(f'int p{n}' for n in range(count))})\n{{\n}}\n"


# rule, file name, text, whether the rule complains
CASES = [
    ("functions", "src/base/x.c", lines(70), False),
    ("functions", "src/base/x.c", lines(71), True),
    ("functions", "src/base/x.c", parameters(7), False),
    ("functions", "src/base/x.c", parameters(8), True),
    ("functions", "src/base/x.c", parameters(7).replace(")", ", struct err *e)"), False),
    ("functions", "src/base/x.c", parameters(8).replace(")", ", struct err *e)"), True),
    ("functions", "src/base/x.c", "int f(void (*call)(int, int), int b)\n{\n}\n", False),
    ("functions", "src/base/x.c", "static enum MHD_Result " + parameters(8)[4:], False),
    ("functions", "src/base/x.c", nested("if (a) {", "for (;;) {", "switch (a) {"), False),
    ("functions", "src/base/x.c", nested("if (a) {", "for (;;) {", "while (a) {", "if (a) {"), True),
    ("functions", "src/base/x.c", nested("if (a)", "for (;;)", "while (a)", "if (a)"), True),
    ("functions", "src/base/x.c", nested("do {", "switch (a) { case 1:", "if (a) {", "do {"), True),
    ("functions", "src/base/x.c", nested("map_each(e, m) {", "if (a) {", "if (a) {", "if (a) {"), True),
    ("functions", "src/base/x.c",
     "int f(int a)\n{\nif (a) {} else if (b) {} else if (c) {} else if (d) {} else { if (e) g(); }\n}\n",
     False),
    ("functions", "src/base/x.c",
     "int f(int a)\n{\nif (a)\nif (a)\nreturn h((struct s){ .a = { 1, { 2 } } }) ? g(\"{{{\") : 2; /* { */\n}\n",
     False),
    ("functions", "src/base/x.c", "struct s t[] = { { f(1) }, { { { { 2 } } } } };\n" + lines(71), True),
    ("length", "src/base/x.c", "x\n" * 1000, False),
    ("length", "src/base/x.c", "x\n" * 1001, True),
    ("banned", "src/base/x.c", "\tstrcpy(a, b);\n", True),
    ("banned", "src/base/x.c", "\tt = localtime (&s);\n", True),
    ("banned", "src/base/x.c", "\tt = localtime_r(&s, &tm); /* not localtime() */ p(\"rand()\");\n", False),
    ("banned", "src/base/x.c", "\tsystem(\"ls\");\n", True),
    ("banned", "src/base/x.c", "\tdb->system(1);\n", False),
    ("banned", "tests/base/x.c", "\tsystem(\"ls\");\n", False),
    ("banned", "tests/base/x.c", "\tsprintf(a, \"x\");\n", True),
    ("memory", "src/flow/x.c", "\tp = malloc(3);\n", True),
    ("memory", "src/expr/x.c", "\tfree(p);\n", True),
    ("memory", "src/connector/x.c", "\tp = strdup(q);\n", True),
    ("memory", "src/flow/x.c", "\tbatch_free(p);\n", False),
    ("memory", "src/store/x.c", "\tfree(p);\n", False),
    ("opening", "src/base/x.c", HEAD, False),
    ("opening", "src/base/x.c", "\n" + HEAD, True),
    ("opening", "src/base/y.c", HEAD, True),
    ("opening", "src/base/x.c", HEAD.splitlines()[0] + "\n#include <stdio.h>\n", True),
    ("types", "src/base/x.c", "typedef struct x { int a; } x;\n", True),
    ("types", "src/base/x.c", "struct thing_t { int a; };\n", True),
    ("types", "src/base/x.c", "typedef int (*task_fn)(void);\nstruct x { size_t n; };\n", False),
    ("names", "src/base/string_utils.c", "", True),
    ("names", "src/helpers/x.c", "", True),
    ("names", "src/base/utility.c", "", False),
    ("marks", "src/base/x.c", f"/* {MARK}: later */\n", True),
    ("marks", "src/base/x.c", "/* nothing to do here, no " + MARK.lower() + " */\n", False),
    ("paths", "README.md", f"see {MACHINE}\n", True),
    ("paths", "README.md", "see docs/work/x and https://example.org/work/\n", False),
    ("scripts", "tools/x", "#!/bin/sh\nexit 0\n", True),
    ("scripts", "tools/x", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n", False),
    ("web", "web/src/x.ts", WEB_HEAD + "const a: unknown = 1;\n", False),
    ("web", "web/src/x.css", "/* SPDX-License-Identifier: Apache-2.0 */\n/* x.css - a sample. */\n", False),
    ("web", "web/src/x.ts", "// x.ts - a sample.\n", True),
    ("web", "web/src/y.ts", WEB_HEAD, True),
    ("web", "web/src/x.ts", WEB_HEAD + "a;\n" * 598, False),
    ("web", "web/src/x.ts", WEB_HEAD + "a;\n" * 599, True),
    ("web", "web/src/x.ts", WEB_HEAD + "node.innerHTML = text;\n", True),
    ("web", "web/src/x.ts", WEB_HEAD + "assert(root.outerHTML === text);\n", False),
    ("web", "web/src/x.ts", WEB_HEAD + "eval(text);\n", True),
    ("web", "web/src/x.ts", WEB_HEAD + "await page.$eval('a', (a) => a);\n", False),
    ("web", "web/src/x.ts", WEB_HEAD + "const a = b as any;\n", True),
    ("web", "web/src/x.ts", WEB_HEAD + "const company: Company = b;\n", False),
    ("web", "web/src/x.ts", WEB_HEAD + "// @ts-ignore\n", True),
    ("web", "web/src/x.ts", WEB_HEAD + "import('https://cdn.example.org/x/uplot.min.js');\n", True),
    ("web", "web/src/x.ts", WEB_HEAD + "const SVG = 'http://www.w3.org/2000/svg';\n", False),
]

LAYERS = [
    ("src/base/x.c", '#include "data/value.h"\n', True),
    ("src/http/x.c", '#include "data/json.h"\n', True),
    ("src/flow/x.c", '#include "store/db.h"\n#include "flow/run.h"\n#include <store/x.h>\n', False),
    ("src/expr/x.c", '#include "../flow/run.h"\n', True),
    ("src/practicepanther/x.c", '#include "pti/pti.h"\n', True),
    ("src/practicepanther/x.c", '#include "flow/run.h"\n', False),
    ("src/nowhere/x.c", "", True),
    ("sandbox/x.c", '#include "store/db.h"\n', True),
    ("src/main.c", '#include "cli/cli.h"\n', False),
]


# checker: a file that it must refuse, and the same mended
CHECKED = {
    "format": ("src/x.c", "int  f(void) {return 1;}\n", "int f(void)\n{\n\treturn 1;\n}\n"),
    "tidy": ("src/x.c",
             "#include <stdlib.h>\nvoid f(void *p);\nvoid f(void *p)\n{\n\tfree(p);\n\tfree(p);\n}\n",
             "#include <stdlib.h>\nvoid f(void *p);\nvoid f(void *p)\n{\n\tfree(p);\n}\n"),
    "cppcheck": ("src/x.c", "int f(void)\n{\n\tint a[2] = { 1, 2 };\n\treturn a[2];\n}\n",
                 "int f(void)\n{\n\tint a[2] = { 1, 2 };\n\treturn a[1];\n}\n"),
    "shell": ("x.sh", "#!/bin/sh\nrm $1\n", "#!/bin/sh\nrm \"$1\"\n"),
    "python": ("x.py", "def f(:\n", "def f():\n    pass\n"),
    "man": ("x.1", ".Dd $Mdocdate$\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Bl -nothing\n",
            ".Dd November 21, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd a sample\n"),
}

# How meson's log entries count: (result, stdout) and (passed, failed, skipped).
COUNTED = [
    ("OK", "ok 1 - a\nok 2 - b\n1..2\n", (2, 0, 0)),
    ("OK", "whatever it says\nokay\n", (1, 0, 0)),
    ("OK", "ok 1 - a # SKIP no server\nok 2 - b\n", (1, 0, 1)),
    ("OK", "1..0 # SKIP\nok 1 - a # skip\n", (0, 0, 1)),
    ("FAIL", "ok 1 - a\nnot ok 2 - b\nnot ok 3 - c\n", (1, 2, 0)),
    ("ERROR", "ok 1 - a\n", (1, 1, 0)),
    ("TIMEOUT", "", (0, 1, 0)),
    ("SKIP", "skipped: not installed\n", (0, 0, 1)),
]


class Tap:
    def __init__(self):
        self.count = 0
        self.bad = 0

    def ok(self, good, what):
        self.count += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {what}")

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.bad else 0


def short(text):
    return " ".join(text.split()).replace("#", "")[:50]


def check_rules(tap):
    for rule, name, text, bad in CASES:
        found = list(house.RULES[rule][1](name, text))
        tap.ok(bool(found) == bad, f"{rule} {'refuses' if bad else 'allows'} {name}: {short(text)}")
    unbroken = set(house.RULES) - {rule for rule, _, _, bad in CASES if bad}
    tap.ok(not unbroken, f"every rule is broken once {sorted(unbroken)}")
    for name, text, bad in LAYERS:
        found = list(layers.complaints_of(name, text))
        tap.ok(bool(found) == bad, f"layers {'refuse' if bad else 'allow'} {name}: {short(text)}")


def check_programs(tap):
    """The scripts as the tests call them: their status says what their rules say."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        source = root / "src" / "base" / "x.c"
        source.parent.mkdir(parents=True)
        for text, good in ((HEAD, True), (HEAD + lines(71), False)):
            source.write_text(text)
            done = subprocess.run([sys.executable, str(ROOT / "tools/house.py"), "functions", folder],
                                  capture_output=True, check=False)
            tap.ok((done.returncode == 0) == good, f"house.py ends with {done.returncode}")
        source.write_text(HEAD + '#include "cli/cli.h"\n')
        done = subprocess.run([sys.executable, str(ROOT / "tools/layers.py"), folder],
                              capture_output=True, check=False)
        tap.ok(done.returncode != 0, f"layers.py ends with {done.returncode}")
        source.unlink()
        done = subprocess.run([sys.executable, str(ROOT / "tools/house.py"), "functions", folder],
                              capture_output=True, check=False)
        tap.ok(done.returncode != 0, "a rule that looked at nothing has not passed")


def status_of(check, root):
    return subprocess.run([sys.executable, str(ROOT / "tools/lint"), check, "--root", str(root)],
                          capture_output=True, check=False).returncode


def check_checkers(tap):
    """Each checker of somebody else's making refuses what it should, the way the tests call it."""
    for check, (name, broken, mended) in CHECKED.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for rules in (".clang-format", ".clang-tidy"):
                shutil.copy(ROOT / rules, root)
            (root / name).parent.mkdir(exist_ok=True)
            build = root / "build" / "test"
            build.mkdir(parents=True)
            (build / "compile_commands.json").write_text(json.dumps(
                [{"directory": str(root), "file": name, "command": f"cc -c {name}"}]))
            (root / name).write_text(broken)
            refused = status_of(check, root)
            (root / name).write_text(mended)
            allowed = status_of(check, root)
        note = f" # SKIP {check} cannot run here" if refused == allowed == SKIP else ""
        tap.ok(refused == 1 or note, f"{check} refuses a broken {name}{note}")
        tap.ok(allowed == 0 or note, f"{check} allows it mended{note}")


# A failed check of Node's within another, with a long text, and the lines of it that must be told.
NESTED = """TAP version 13
# Subtest: the page
    ok 1 - one
    not ok 2 - two
      ---
      duration_ms: 1
      location: 'a.js:2:1'
      error: |-
        The page says:
%s        the end
      expected: 'this'
      actual: 'that'
      stack: |-
        a.js:3:4
      ...
    1..2
not ok 1 - the page
  ---
  failureType: 'subtestsFailed'
  ...
""" % ("        a line\n" * 100)
TOLD = ["not ok 2 - two", "location: 'a.js:2:1'", "a.js:3:4", "The page says:", "the end", "expected: 'this'", "actual: 'that'"]


def check_counts(tap):
    loader = importlib.machinery.SourceFileLoader("run_tests", str(ROOT / "tools/run-tests"))
    run_tests = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_tests", loader))
    loader.exec_module(run_tests)
    said = run_tests.complaints(NESTED)
    lines = [line.strip() for line in said[0]] if said else []
    tap.ok(len(said) == 1 and [line for line in lines if line in TOLD] == TOLD and len(lines) < 40,
           "a failed check is told shortly, with what was expected and what was there at the end")
    tap.ok(run_tests.complaints("ok 1 - a\nnot ok 2 - b\n# got: 1\nok 3 - c\n") == [["not ok 2 - b", "# got: 1"]],
           "one of a C program with its comments")
    for result, stdout, expected in COUNTED:
        got = run_tests.counts({"result": result, "stdout": stdout})
        tap.ok(got == expected, f"{result} with '{short(stdout)}' counts {got}")


def check_sources(tap):
    tap.ok("src/base/arena.c" in sources.c_files(ROOT), "C files are found")
    tap.ok("tools/run-tests" in sources.scripts(ROOT, "python"), "Python is known by its first line")
    tap.ok("tools/setup" in sources.scripts(ROOT, "sh"), "and so is a shell script")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("web/src/x.ts", "web/node_modules/y/y.js", "web/package.json", "tests/console/z.js"):
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        tap.ok(sources.web_files(folder) == ["tests/console/z.js", "web/src/x.ts"],
               "the console's files are found, and nobody else's")


def main():
    tap = Tap()
    check_rules(tap)
    check_programs(tap)
    check_checkers(tap)
    check_counts(tap)
    check_sources(tap)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
