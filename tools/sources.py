# SPDX-License-Identifier: Apache-2.0
"""Which files the house rules look at: what git knows or could know, or the tree where git is absent."""
import os
import pathlib
import subprocess

C_FOLDERS = ("src", "sandbox", "tests", "fuzz", "bench")
PRUNED = {".git", "build", "demo", "node_modules", "__pycache__"}


def walked(root):
    for folder, below, names in os.walk(root):
        below[:] = [b for b in below if b not in PRUNED and not b.startswith("build")]
        for name in names:
            yield (pathlib.Path(folder) / name).relative_to(root).as_posix()


def listed(root):
    """None where there is no git, or no repository that starts here."""
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in done.stdout.decode().split("\0") if name]


def all_files(root):
    """Paths relative to `root`, sorted, as text with forward slashes."""
    root = pathlib.Path(root)
    names = listed(root)
    if names is None:
        names = walked(root)
    return sorted(n for n in names if (root / n).is_file())


def c_files(root):
    return [n for n in all_files(root)
            if n.endswith((".c", ".h")) and n.split("/")[0] in C_FOLDERS]


def web_files(root):
    """The console's own, and the scripts that test it."""
    return [n for n in all_files(root)
            if n.startswith(("web/", "tests/console/")) and n.endswith((".ts", ".tsx", ".js", ".mjs", ".css"))]


def scripts(root, interpreter):
    """The files whose first line names `interpreter`, or that carry its suffix."""
    suffix = {"python": ".py", "sh": ".sh"}[interpreter]
    found = []
    for name in all_files(root):
        with open(pathlib.Path(root) / name, "rb") as file:
            first = file.readline(200).decode("utf-8", "replace").strip()
        shebang = first.startswith("#!") and first.rsplit("/", 1)[-1].split()[-1]
        if name.endswith(suffix) or (shebang and shebang.rstrip("0123456789") in
                                     {"python": ("python",), "sh": ("sh", "bash")}[interpreter]):
            found.append(name)
    return found
