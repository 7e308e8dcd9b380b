# SPDX-License-Identifier: Apache-2.0
"""Writes a file's bytes as a C array: embed.py INPUT OUTPUT NAME."""
import pathlib
import sys


def main():
    source, target, name = sys.argv[1:]
    data = pathlib.Path(source).read_bytes()
    lines = [f'#include "embedded.h"\n\nconst size_t {name}_len = {len(data)};\n',
             f"const char {name}[] = {{\n"]
    for at in range(0, len(data), 20):
        lines.append("".join(f"{byte if byte < 128 else byte - 256}," for byte in data[at:at + 20]))
        lines.append("\n")
    lines.append("0};\n")
    pathlib.Path(target).write_text("".join(lines))


main()
