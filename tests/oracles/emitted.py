#!/usr/bin/env python3
"""Does Docker Compose read a project with its emitted override as it reads the project that was hardened in place?

  emitted.py TREE CASEHARD COMPOSE_LOAD

Each Compose file below TREE, with the override beside it where there is one, is copied into a folder of its own, so that
no project takes part in another, and hardened by `fix --yes --confidence risky`: once in place, once by `--emit
override`. COMPOSE_LOAD loads both with no variable set, with every variable set and without interpolation. What loads
before must be the same but for the order of what has none; the emitting must leave every base as it is, and doing it once
more must change nothing. Exit 0: it is so. Exit 1: it is not, and each difference is printed. Exit 2: a wrong call.
"""
import json, os, re, shutil, subprocess, sys, tempfile

MODES = "unset,set,raw"
OVERRIDE = re.compile(r"(.*)\.override(\.ya?ml)$")
BASES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
SETS = ("cap_add", "cap_drop", "security_opt", "tmpfs", "volumes", "devices", "group_add", "device_cgroup_rules", "configs", "secrets")


def projects(root):
    """The files of each project: a file, and what Compose merges over it."""
    for folder, _, names in sorted(os.walk(root)):
        names = sorted(it for it in names if it.endswith((".yml", ".yaml")))
        first = next((it for it in BASES if it in names), None)
        override = next((it for it in names if re.match(r"(docker-)?compose\.override\.", it)), None)
        for name in names:
            if name != override: yield [os.path.join(folder, it) for it in [name] + [override] * (name == first and override is not None)]


def copied(root, work):
    """A folder for each project below each of three folders; the names of its files, by that folder."""
    found = {}
    for number, paths in enumerate(projects(root)):
        found[str(number)] = [os.path.basename(it) for it in paths]
        for side in ("before", "in-place", "emitted"):
            os.makedirs(os.path.join(work, side, str(number)))
            for path in paths: shutil.copyfile(path, os.path.join(work, side, str(number), os.path.basename(path)))
    return found


def fix(program, folder, *words):
    out = subprocess.run([program, "fix", "--yes", "--confidence", "risky", *words, "."], cwd=folder, capture_output=True, text=True)
    return [f"{folder}: {out.stdout}{out.stderr}"] if "internal error" in out.stdout + out.stderr or out.returncode > 2 else []


def texts(folder):
    return {it: open(os.path.join(folder, it), "rb").read() for it in sorted(os.listdir(folder))}


def load(program, root, names):
    out = subprocess.run([program, root, MODES], input="".join(name + "\n" for name in names), capture_output=True, text=True, check=True).stdout
    return [json.loads(it) for it in out.splitlines()]


def meant(service):
    """A service without the order of what has none, and without what says nothing."""
    service = {key: value for key, value in service.items() if not key.startswith("x-") and value not in (None, [], {})}
    for key in SETS:
        if key in service: service[key] = sorted(service[key], key=lambda it: json.dumps(it, sort_keys=True))
    # An engine's address that is empty is the default.
    if service.get("environment", {}).get("DOCKER_HOST") == "":
        service["environment"] = {key: value for key, value in service["environment"].items() if key != "DOCKER_HOST"}
    return {key: value for key, value in service.items() if value != {}}


def differences(one, other):
    """Yields what differs between two loaded projects."""
    if "err" in one or "err" in other:
        if "err" not in one or "err" not in other: yield f"in place: {one.get('err', 'loads')}; emitted: {other.get('err', 'loads')}"
        return
    one, other = one["project"], other["project"]
    for key in sorted((set(one) | set(other)) - {"services"}):
        if not key.startswith("x-") and (one.get(key) or {}) != (other.get(key) or {}): yield f"{key}: {short(one.get(key))} => {short(other.get(key))}"
    one, other = one.get("services") or {}, other.get("services") or {}
    for name in sorted(set(one) | set(other)):
        here, there = meant(one.get(name) or {}), meant(other.get(name) or {})
        for key in sorted(set(here) | set(there)):
            if here.get(key) != there.get(key): yield f"{name}.{key}: {short(here.get(key))} => {short(there.get(key))}"


def short(value):
    return json.dumps(value)[:300]


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    root, program, loader = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        at = lambda side, it="": os.path.join(work, side, it)
        found = copied(root, work)
        wrong = fix(program, at("in-place")) + fix(program, at("emitted"), "--emit", "override")
        pairs = {}
        for it, names in found.items():
            before, emitted = texts(at("before", it)), texts(at("emitted", it))
            if emitted[names[0]] != before[names[0]]: wrong.append(f"{names[0]}: the base was written to")
            if emitted != before: pairs[it] = (names, names + sorted(set(emitted) - set(before)), emitted)
        wrong += fix(program, at("emitted"), "--emit", "override")
        wrong += [f"{it[0][0]}: a second run changes something" for key, it in pairs.items() if texts(at("emitted", key)) != it[2]]
        line = lambda key, names: "\t".join(os.path.join(key, it) for it in names)
        lines = [line(key, it[0]) for key, it in pairs.items()]
        before, here = load(loader, at("before"), lines), load(loader, at("in-place"), lines)
        there = load(loader, at("emitted"), [line(key, it[1]) for key, it in pairs.items()])
    loads = [it for it in zip(before, here, there) if "err" not in it[0]]
    for _, one, other in loads:
        wrong += [f"{other['file']} ({other['mode']}): {text}" for text in differences(one, other)]
    for it in wrong: print(it)
    print(f"{len(pairs)} projects with an override, {len(loads)} of {len(before)} loads succeed before, {len(wrong)} differences to in place")
    return 1 if wrong or not pairs else 0


if __name__ == "__main__":
    sys.exit(main())
