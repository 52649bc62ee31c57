#!/usr/bin/env python3
"""Runs casehard beside others that read the same files, in turns, and prints ratios of processor time and peak memory.

    benches/peers.py [PROGRAM] [FOLDER-OF-COMPOSE-FILES] [FOLDER-OF-MANIFESTS]

The peers come from PyPI (compose-lint, compose-harden, checkov, PyYAML), into a virtual environment in the folder of
temporary files; one that cannot be had is left out, and said to be. Each figure is the least of several turns: what else
the machine does can only add. Nothing is timed against a clock of its own: all is a ratio within this run.
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(tempfile.gettempdir(), "casehard-peers")
TURNS = 3
LOAD = """
import sys, yaml
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        try: list(yaml.load_all(file, Loader=yaml.CSafeLoader))
        except Exception: pass
"""


def measured(words, folder=None):
    """Processor time in seconds and peak memory in MiB of a command and what it starts."""
    with open(os.devnull, "w") as nothing:
        child = subprocess.Popen(words, stdout=nothing, stderr=nothing, cwd=folder)
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def each(words, files):
    """The same for a command that takes one file: a process a file."""
    all = [measured(words + [it]) for it in files]
    return sum(it[0] for it in all), max(it[1] for it in all)


def least(all):
    return min(it[0] for it in all), min(it[1] for it in all)


def compare(title, ours, peers):
    """Runs ours and the peers in turns."""
    turns = {}
    for turn in range(TURNS):
        for name, run in [("casehard", ours), *peers]:
            # What takes minutes takes them once: the least of several turns would only make it less.
            if run is not None and (turn == 0 or least(turns[name])[0] < 20): turns.setdefault(name, []).append(run())
    own = least(turns["casehard"])
    print(f"\n{title}: casehard {own[0]:.3f} s of processor time, {own[1]:.0f} MiB")
    for name, run in peers:
        if run is None:
            print(f"  {name:<34} NOT AVAILABLE HERE")
            continue
        time, memory = least(turns[name])
        faster = time / own[0]
        ratio = f"1/{faster:.0f}" if faster >= 2 else f"{own[0] / time:.2f}"
        print(f"  {name:<34} casehard takes {ratio} of its time, {own[1] / memory:.2f} of its memory")


def program(name, package=None):
    """A peer's program, installed if that can be done."""
    path = os.path.join(VENV, "bin", name)
    if not os.path.exists(path) and package:
        if not os.path.exists(VENV): subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
        pip = os.path.join(VENV, "bin", "pip")
        if os.path.exists(pip): subprocess.run([pip, "install", "--quiet", package], check=False)
    return path if os.path.exists(path) else None


def files(folder, is_it=lambda text: True):
    found = []
    for root, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(root, name)
            if name.endswith((".yaml", ".yml")):
                with open(path, "rb") as file:
                    if is_it(file.read()): found.append(path)
    return found


def main():
    own, compose, manifests = (sys.argv[1:] + [None] * 3)[:3]
    own = os.path.abspath(own or os.path.join(HERE, "target", "release", "casehard"))
    shared = os.path.join(os.path.dirname(HERE), "shared", "corpus")
    compose = compose or os.path.join(shared, "compose")
    manifests = manifests or os.path.join(shared, "k8s")
    python = program("python3", "pyyaml") or sys.executable
    program("compose-lint", "compose-lint"), program("compose-harden", "compose-harden"), program("checkov", "checkov")

    all = files(compose, lambda text: b"services:" in text)
    lint, harden, checkov = program("compose-lint"), program("compose-harden"), program("checkov")
    compare(f"check of {len(all)} Compose files", lambda: measured([own, "check", *all]), [
        ("compose-lint", (lambda: measured([lint, *all])) if lint else None),
        ("compose-harden scan, a process a file", (lambda: each([harden, "scan"], all)) if harden else None),
        ("PyYAML's C loader", lambda: measured([python, "-c", LOAD, *all])),
    ])
    all = files(manifests, lambda text: b"kind:" in text)
    flat = [part for it in all for part in ("-f", it)]
    words = [checkov, "--quiet", "--compact", "--framework", "kubernetes", *flat] if checkov else None
    compare(f"check of {len(all)} manifests", lambda: measured([own, "check", *all]), [
        ("checkov", (lambda: measured(words)) if words else None),
        ("PyYAML's C loader", lambda: measured([python, "-c", LOAD, *all])),
    ])

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "compose.yaml")
        service = "  s{0}:\n    image: registry.example.com/team/s{0}:1.{0}\n    privileged: true\n    environment:\n      A: b\n    ports:\n      - \"80{0}:80\"\n    volumes:\n      - data:/data\n"
        text = "services:\n" + "".join(service.format(it) for it in range(1000)) + "volumes:\n  data:\n"
        with open(file, "w") as out: out.write(text)
        loader = ("PyYAML's C loader", lambda: measured([python, "-c", LOAD, file]))
        compare("check of 1,000 services", lambda: measured([own, "check", file]), [loader])

        def fix():
            with open(file, "w") as out: out.write(text)
            result = measured([own, "fix", "--yes", "--confidence", "risky", file])
            with open(file, "w") as out: out.write(text)
            return result
        compare("fix --yes --confidence risky of them", fix, [loader])
    # By itself: what lies beside a file, and above it, is read as well.
    with tempfile.TemporaryDirectory() as folder:
        small = os.path.join(folder, "compose.yaml")
        with open(small, "w") as out: out.write("services:\n  web:\n    image: nginx:1.27\n")
        many = 20
        whole = lambda words: min(sum(measured(words)[0] for _ in range(many)) for _ in range(TURNS)) / many
        start, one = whole([own, "--version"]), whole([own, "check", small])
        print(f"\none service: {(one - start) * 1000:.1f} ms of processor time over --version, which takes {start * 1000:.1f}")
    if shutil.which("npx") is None: print("\ndclint: NOT AVAILABLE HERE, there is no npx")


main()
