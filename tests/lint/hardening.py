#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardening.py BINARY... - whether the linker and the compiler did what the build asks of them.

Ends with 77 (skipped) in a build without optimisation or with a sanitizer, where glibc's checks are
off on purpose, or when readelf is missing.
"""
import re
import shutil
import subprocess
import sys

RULES = [
    ("position independent", "-hW", r"Type:\s+DYN"),
    ("full RELRO: bound at start", "-dW", r"BIND_NOW|Flags:.*NOW"),
    ("full RELRO: read-only tables", "-lW", r"GNU_RELRO"),
    ("stack is not executable", "-lW", r"GNU_STACK\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+RW\s"),
    ("stack protector", "-W --dyn-syms", r"__stack_chk_fail"),
    ("FORTIFY", "-W --dyn-syms", r"__(vsn|sn|mem|f)?\w*_chk@"),
    ("asserts are on", "-W --dyn-syms", r"__assert_fail"),
    ("libmongoc is not linked but loaded on use", "-dW", r"\A(?![\s\S]*NEEDED.*libmongoc)"),
]


def readelf(options, path):
    return subprocess.run(["readelf", *options.split(), path], capture_output=True, text=True,
                          check=True).stdout


def main():
    if not shutil.which("readelf"):
        print("skipped: readelf is not installed")
        return 77
    bad = 0
    for path in sys.argv[1:]:
        if re.search(r"__asan_init|__tsan_init|__ubsan", readelf("-W --dyn-syms", path)):
            print(f"skipped: {path} is a sanitizer's build")
            return 77
        for what, options, pattern in RULES:
            if not re.search(pattern, readelf(options, path)):
                print(f"{path}: not hardened: {what}")
                bad += 1
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
