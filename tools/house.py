#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules that a script can see.

Usage: tools/house.py RULE ROOT

Each rule is a function from a file's name and text to complaints, and one row of RULES.
"""
import pathlib
import re
import sys

import sources

FUNCTION_LINES_MAX = 70
NESTING_MAX = 3
# Where the result goes wrong, which the house wants last in every list, is not counted.
PARAMETERS_MAX = 7
FILE_LINES_MAX = 1000
WEB_LINES_MAX = 600
HEADER_LINES_LOOKED_AT = 6

SPDX = "SPDX-License-Identifier: Apache-2.0"

# Why each name may not be called.
BANNED = {
    "strcpy": "no bound", "strcat": "no bound", "sprintf": "no bound", "vsprintf": "no bound",
    "gets": "no bound", "stpcpy": "no bound", "strncpy": "leaves text unended",
    "strncat": "its bound is not the buffer's", "scanf": "no bound", "sscanf": "overflows silently",
    "strtok": "hidden state", "atoi": "errors read as 0", "atol": "errors read as 0",
    "atoll": "errors read as 0", "atof": "errors read as 0; the locale decides",
    "alloca": "unbounded stack", "system": "a shell in between", "popen": "a shell in between",
    "setlocale": "changes how the whole process reads numbers", "localtime": "hidden state",
    "gmtime": "hidden state", "mktime": "the process's time zone decides", "asctime": "hidden state",
    "ctime": "hidden state", "rand": "hidden state", "srand": "hidden state",
    "setenv": "not for threads", "putenv": "not for threads",
}
# Tests speak to themselves, before any thread exists.
ALLOWED_CALLS = {"tests/": {"setenv", "system", "popen", "sscanf"}, "bench/": {"popen", "system"}}

# Where memory may be asked for by hand; elsewhere an arena says how long things live.
ALLOCATORS = {"malloc", "calloc", "realloc", "reallocarray", "free", "strdup", "strndup",
              "asprintf", "vasprintf", "aligned_alloc", "posix_memalign"}
MAY_ALLOCATE = ("src/base/", "src/store/", "src/http/", "src/work/", "src/api/", "src/cli/",
                "sandbox/", "tests/", "fuzz/", "bench/")

# What a page may not do, and what hides a mistake from the type checker.
WEB_BANNED = {
    r"\b(?:innerHTML|outerHTML|srcdoc)\s*\+?=(?!=)|\b(?:insertAdjacentHTML|dangerouslySetInnerHTML)\b":
        "text that becomes markup",
    r"(?<![\w$.])eval\s*\(|\bdocument\.write\s*\(|\bnew\s+Function\b": "text that becomes a program",
    r"@ts-(?:ignore|nocheck|expect-error)\b": "the type checker looks away",
    r"(?::|\bas|<)\s*any\b": "a value of no type",
    r"https?://(?!localhost|127\.0\.0\.1|www\.w3\.org/)[\w.-]+\.\w{2,}/\S*\.(?:js|css|woff2?)\b": "fetched from elsewhere",
}

NAMES_OF_NOTHING = {"util", "utils", "misc", "helper", "helpers", "common", "manager"}
# Spelled so that this file does not complain about itself.
MARKS = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}])/(?:work|farm|root|tmp/bash_jobs)/|/home/\w")
TEXT_SUFFIXES = (".c", ".h", ".py", ".sh", ".md", ".yaml", ".yml", ".json", ".build", ".txt", ".ts",
                 ".tsx", ".js", ".mjs", ".css", ".html", ".sql", ".1", ".5", ".8")

# libmicrohttpd decides how its callbacks look.
DICTATED = re.compile(r"\benum MHD_Result\s+\w+\s*$")

CONTROL = {"if", "for", "while", "switch"}
TOKEN = re.compile(r"\w+|[^\w\s]")


def blanked(text):
    """The C text with comments, literals and preprocessor lines as blanks; lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    text = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.DOTALL)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", blank, text, flags=re.MULTILINE)


class Body:
    """A walk over one function's statements that measures how deep they nest."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.at = 0
        self.deepest = 0

    def word(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def skip_group(self):
        """Over a bracketed group, to what follows it."""
        depth = 0
        while self.at < len(self.tokens):
            depth += (self.word() in "([{") - (self.word() in ")]}")
            self.at += 1
            if depth == 0:
                return

    def skip_expression(self):
        """To the semicolon that ends it, or to a block that a macro of its own opens."""
        while self.word() and self.word() not in ";}":
            if self.word() not in "([{":
                self.at += 1
                continue
            opener, before = self.word(), self.tokens[self.at - 1]
            self.skip_group()
            if opener == "(" and self.word() == "{" and re.match(r"[A-Za-z_]", before) \
                    and before not in ("return", "sizeof"):
                return True
        self.at += self.word() == ";"
        return False

    def block(self, depth):
        self.at += 1
        while self.word() and self.word() != "}":
            self.statement(depth)
        self.at += 1

    def controlled(self, depth):
        self.deepest = max(self.deepest, depth)
        if self.word() == "{":
            self.block(depth)
        else:
            self.statement(depth)

    def if_statement(self, depth):
        self.at += 1
        self.skip_group()
        self.controlled(depth + 1)
        if self.word() != "else":
            return
        self.at += 1
        if self.word() == "if":
            self.if_statement(depth)
        else:
            self.controlled(depth + 1)

    def label(self):
        """Over `case …:`, `default:` or a label; False where none stands."""
        if self.word() in ("case", "default"):
            while self.word() not in (":", ""):
                self.at += 1
        elif self.tokens[self.at + 1:self.at + 2] != [":"]:
            return False
        else:
            self.at += 1
        self.at += 1
        return True

    def statement(self, depth):
        if self.word() == "{":
            self.controlled(depth + 1)
        elif self.word() == "if":
            self.if_statement(depth)
        elif self.word() in CONTROL:
            self.at += 1
            self.skip_group()
            self.controlled(depth + 1)
        elif self.word() == "do":
            self.at += 1
            self.controlled(depth + 1)
            self.skip_expression()
        elif not self.label() and self.skip_expression():
            self.controlled(depth + 1)


def parameters_in(group):
    """How many parameters the text between a function's parentheses declares, the error apart."""
    depth = 0
    commas = 0
    for char in group:
        depth += (char in "([{") - (char in ")]}")
        commas += char == "," and depth == 0
    ends_in_err = re.search(r"\bstruct err \*\w+\s*$", group) is not None
    return 0 if group.strip() in ("", "void") else commas + 1 - ends_in_err


def end_of_group(text, start):
    """Where the bracket at `start` closes, or the text's end."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0:
            return at
    return len(text)


def head_of(before):
    """Name and parameters of the function whose body follows `before`; None for other braces."""
    head = before.rstrip()
    if not head.endswith(")"):
        return None
    depth = 0
    for at in range(len(head) - 1, -1, -1):
        depth += (head[at] == ")") - (head[at] == "(")
        if depth == 0:
            break
    name = re.search(r"(\w+)\s*$", head[:at])
    if not name:
        return None
    return name[1], "" if DICTATED.search(head[:at]) else head[at + 1:-1]


def functions_of(text):
    """(name, first line, lines, parameters, nesting) of every function body at file level."""
    text = blanked(text)
    at = 0
    while (at := text.find("{", at)) >= 0:
        end = end_of_group(text, at)
        head = head_of(text[:at])
        if head:
            body = Body(TOKEN.findall(text[at:end + 1]))
            body.block(0)
            yield (head[0], text.count("\n", 0, at) + 1, text.count("\n", at, end) + 1,
                   parameters_in(head[1]), body.deepest)
        at = end


def rule_functions(name, text):
    for function, line, lines, parameters, nesting in functions_of(text):
        where = f"{name}:{line}: {function}()"
        if lines > FUNCTION_LINES_MAX:
            yield f"{where} has {lines} lines; at most {FUNCTION_LINES_MAX}"
        if nesting > NESTING_MAX:
            yield f"{where} nests {nesting} deep; at most {NESTING_MAX}"
        if parameters > PARAMETERS_MAX:
            yield f"{where} takes {parameters} parameters; at most {PARAMETERS_MAX}"


def rule_length(name, text):
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"{name}: {lines} lines; at most {FILE_LINES_MAX}"


def calls_of(text):
    """(line, name) of everything that looks like a call of a plain function."""
    for number, line in enumerate(blanked(text).splitlines(), 1):
        for hit in re.finditer(r"(?<![\w.>])(\w+)\s*\(", line):
            yield number, hit[1]


def rule_banned(name, text):
    allowed = next((calls for folder, calls in ALLOWED_CALLS.items() if name.startswith(folder)), ())
    for line, call in calls_of(text):
        if call in BANNED and call not in allowed:
            yield f"{name}:{line}: {call}() is banned: {BANNED[call]}"


def rule_memory(name, text):
    if name.startswith(MAY_ALLOCATE):
        return
    for line, call in calls_of(text):
        if call in ALLOCATORS:
            yield f"{name}:{line}: {call}() here; memory comes from an arena (tools/house.py says where)"


def rule_opening(name, text):
    head = text.splitlines()[:HEADER_LINES_LOOKED_AT]
    if not head or head[0] != f"/* {SPDX} */":
        yield f"{name}:1: does not open with /* {SPDX} */"
    own = re.escape(name.rsplit("/", 1)[-1])
    if not any(re.match(rf"\s*(?:/?\*)\s*{own} - \S", line) for line in head):
        yield f"{name}:2: no comment that says '{name.rsplit('/', 1)[-1]} - one sentence'"


def rule_types(name, text):
    for number, line in enumerate(blanked(text).splitlines(), 1):
        if re.search(r"\btypedef\s+(struct|union|enum)\b", line):
            yield f"{name}:{number}: a typedef hides a {re.search(r'struct|union|enum', line)[0]}"
        if re.search(r"\b(struct|union|enum)\s+\w+_t\b", line):
            yield f"{name}:{number}: names ending in _t belong to the system"


def rule_names(name, _text):
    for part in re.split(r"[/_.-]", name):
        if part.lower() in NAMES_OF_NOTHING:
            yield f"{name}: '{part}' names nothing; name the file after its one noun"


def rule_marks(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        hit = MARKS.search(line)
        if hit:
            yield f"{name}:{number}: unfinished: {hit[0]}"


def rule_paths(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        hit = MACHINE_PATHS.search(line)
        if hit:
            yield f"{name}:{number}: a path of one machine: {hit[0]}"


def rule_scripts(name, text):
    if not any(SPDX in line for line in text.splitlines()[:3]):
        yield f"{name}:1: no line '# {SPDX}' at the top"


def rule_web(name, text):
    lines = text.splitlines()
    own = re.escape(name.rsplit("/", 1)[-1])
    if not lines or not re.fullmatch(rf"(?:// {SPDX}|/\* {SPDX} \*/)", lines[0]):
        yield f"{name}:1: does not open with // {SPDX}"
    if not any(re.match(rf"(?://|/?\*) ?{own} - \S", line.strip()) for line in lines[:HEADER_LINES_LOOKED_AT]):
        yield f"{name}:2: no comment that says '{name.rsplit('/', 1)[-1]} - one sentence'"
    if len(lines) > WEB_LINES_MAX:
        yield f"{name}: {len(lines)} lines; at most {WEB_LINES_MAX}"
    for number, line in enumerate(lines, 1):
        for pattern, why in WEB_BANNED.items():
            hit = re.search(pattern, line)
            if hit:
                yield f"{name}:{number}: {hit[0]}: {why}"


def text_files(root):
    return [n for n in sources.all_files(root) if n.endswith(TEXT_SUFFIXES) or "." not in
            n.rsplit("/", 1)[-1]]


def all_scripts(root):
    return sources.scripts(root, "python") + sources.scripts(root, "sh")


# rule: what it looks at, and the function that complains
RULES = {
    "functions": (sources.c_files, rule_functions),
    "length": (sources.c_files, rule_length),
    "banned": (sources.c_files, rule_banned),
    "memory": (sources.c_files, rule_memory),
    "opening": (sources.c_files, rule_opening),
    "types": (sources.c_files, rule_types),
    "names": (sources.all_files, rule_names),
    "marks": (text_files, rule_marks),
    "paths": (text_files, rule_paths),
    "scripts": (all_scripts, rule_scripts),
    "web": (sources.web_files, rule_web),
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in RULES:
        sys.exit(f"usage: tools/house.py {'|'.join(RULES)} ROOT")
    rule, root = sys.argv[1], pathlib.Path(sys.argv[2])
    names_of, complaints_of = RULES[rule]
    names = names_of(root)
    bad = 0
    for name in names:
        text = (root / name).read_bytes().decode("utf-8", "replace")
        for complaint in complaints_of(name, text):
            print(complaint)
            bad += 1
    print(f"{rule}: {len(names)} files, {bad} complaints")
    return 1 if bad or not names else 0


if __name__ == "__main__":
    sys.exit(main())
