#!/usr/bin/env python3
"""How processor time and memory grow with the input.

    benches/growth.py CASEHARD [SHAPE...]

Each shape is doubled from one size to the next; what is printed is the time of a run against that of the run before it,
which had half as much to do, and bytes of memory for each byte of input. Nothing here passes or fails: the figures are
for whoever compares two builds. It needs nothing but Python, and a few minutes for all shapes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

POD = """apiVersion: v1
kind: Pod
metadata:
  name: p{0}
spec:
  hostNetwork: true
  containers:
    - name: web
      image: nginx:1.27
      securityContext: {{privileged: true}}
"""


def services(count):
    each = "  s{0}:\n    image: redis:7\n    privileged: true\n    volumes: [./d{0}:/data]\n"
    return {"compose.yaml": "services:\n" + "".join(each.format(it) for it in range(count))}


def documents(count):
    return {"pods.yaml": "---\n".join(POD.format(it) for it in range(count))}


def items(count):
    env = "".join(f"      - V{it}=x\n" for it in range(count))
    return {"compose.yaml": f"services:\n  a:\n    image: redis:7\n    environment:\n{env}"}


def nested(depth):
    deep = "{a: " * depth + "1" + "}" * depth
    return {"compose.yaml": f"services:\n  a:\n    image: redis:7\n    x-deep: {deep}\n"}


def tree(count):
    text = "services:\n  web:\n    image: nginx:1.27\n    privileged: true\n"
    return {f"t{it // 1000}/a{it % 1000}/compose.yaml": text for it in range(count)}


def included(count):
    files = {f"s{it}.yaml": f"services:\n  s{it}:\n    image: redis:7\n" for it in range(count)}
    return files | {"compose.yaml": "include:\n" + "".join(f"  - s{it}.yaml\n" for it in range(count))}


SHAPES = {
    "services": (services, [2500 << it for it in range(6)]),
    "documents": (documents, [2500 << it for it in range(6)]),
    "items": (items, [25_000, 50_000, 100_000]),
    "nested": (nested, [60, 120, 240]),
    "tree": (tree, [1000 << it for it in range(6)]),
    "included": (included, [50, 100, 200, 400]),
}

RUNS = {
    "check": ["check", "--quiet", "--exit-zero"],
    "fix": ["fix", "--diff", "--quiet", "--confidence", "risky"],
}


def measure(casehard, arguments, folder):
    """Processor time in seconds and the peak of memory in bytes; the better of two runs."""
    best = None
    for _ in range(2):
        with open(os.devnull, "w") as nowhere:
            run = subprocess.Popen([casehard, *arguments, "."], cwd=folder, stdout=nowhere, stderr=nowhere)
            _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        if run.returncode not in (0, 1):
            sys.exit(f"{arguments} ended with {run.returncode} in {folder}")
        took = (used.ru_utime + used.ru_stime, used.ru_maxrss * 1024)
        best = took if best is None else min(best, took)
    return best


def main():
    if len(sys.argv) < 2 or any(it not in SHAPES for it in sys.argv[2:]):
        sys.exit(__doc__)
    casehard = str(Path(sys.argv[1]).resolve())
    print("| shape | size | MB | run | CPU s | of the half | bytes a byte |")
    print("|---|---|---|---|---|---|---|")
    for name in sys.argv[2:] or SHAPES:
        make, sizes = SHAPES[name]
        before = {}
        for size in sizes:
            folder = Path(tempfile.mkdtemp(prefix="growth-"))
            files = make(size)
            for path, text in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text)
            bytes_in = sum(len(it) for it in files.values())
            for run, arguments in RUNS.items():
                took, memory = measure(casehard, arguments, folder)
                ratio = f"{took / before[run]:.2f}" if run in before else ""
                before[run] = took
                row = [name, size, f"{bytes_in / 1e6:.2f}", run, f"{took:.2f}", ratio, f"{memory / bytes_in:.0f}"]
                print("|", " | ".join(map(str, row)), "|", flush=True)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
