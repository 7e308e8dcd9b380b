#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails when a file includes something above its own layer.

Usage: tools/layers.py ROOT

The table is the architecture: a folder may include itself and what its row names, nothing else.
"""
import pathlib
import re
import sys

import sources

ENGINE = ["base", "data", "expr", "http", "store", "connector", "flow", "work", "api", "service"]
INTEGRATIONS = ["practicepanther", "gameplatform", "pti"]

MAY_INCLUDE = {
    "base": [],
    "data": ["base"],
    "expr": ["base", "data"],
    "http": ["base"],
    "store": ["base", "data"],
    "connector": ["base", "data", "expr", "http"],
    "flow": ["base", "data", "expr", "http", "store", "connector"],
    "work": ["base", "data", "http", "store"],
    "api": ["base", "data", "http", "store"],
    "service": ["base", "data", "expr", "http", "store", "connector", "flow", "work", "api"],
    **{name: ENGINE for name in INTEGRATIONS},
    "cli": ENGINE + INTEGRATIONS,
    "sandbox": ["base", "data", "http"],
}

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')


def layer_of(name):
    """The layer a file belongs to; None for those that may include anything (tests, src/main.c)."""
    parts = name.split("/")
    if parts[0] == "sandbox":
        return "sandbox"
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def complaints_of(name, text):
    layer = layer_of(name)
    if layer is None:
        return
    if layer not in MAY_INCLUDE:
        yield f"{name}: {layer}/ is not a layer of tools/layers.py"
        return
    for number, line in enumerate(text.splitlines(), 1):
        hit = INCLUDE.match(line)
        if not hit:
            continue
        if hit[1].startswith("../") or "/../" in hit[1]:
            yield f"{name}:{number}: includes by a path that climbs"
            continue
        target = hit[1].split("/")[0] if "/" in hit[1] else layer
        if target != layer and target not in MAY_INCLUDE[layer]:
            yield f"{name}:{number}: {layer}/ may not include {target}/"


def main():
    root = pathlib.Path(sys.argv[1])
    names = [n for n in sources.c_files(root) if n.startswith(("src/", "sandbox/"))]
    bad = 0
    for name in names:
        for complaint in complaints_of(name, (root / name).read_text()):
            print(complaint)
            bad += 1
    print(f"layers: {len(names)} files, {bad} complaints")
    return bad != 0 or not names


if __name__ == "__main__":
    sys.exit(main())
