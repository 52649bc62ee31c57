#!/usr/bin/env python3
"""Does kustomize build of manifests with their emitted patches what it builds of those that were hardened in place?

  kustomized.py TREE CASEHARD KUSTOMIZE_BUILD

Each manifest below TREE is copied into a folder of its own and hardened by `fix --yes --confidence risky`: once in place,
once by `--emit kustomize`. KUSTOMIZE_BUILD builds both. What it builds before must be the same in both but for the order
of what has none; the emitting must leave every manifest as it is, and doing it once more must change nothing. Exit 0: it
is so. Exit 1: it is not, and each difference is printed. Exit 2: a wrong call.
"""
import difflib, json, os, shutil, subprocess, sys, tempfile
import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SETS = ("volumes", "volumeMounts")
NEW = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- %s\n"


def manifests(root):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith((".yml", ".yaml")) and "kustomization" not in name and name != "expected.yaml": yield os.path.join(folder, name)


def build(program, folders):
    """What kustomize builds in each folder; nothing where it does not."""
    out = subprocess.run([program], input="".join(it + "\n" for it in folders), capture_output=True, text=True, check=True).stdout
    return {it["folder"]: it for it in map(json.loads, out.splitlines())}


def objects(text):
    return [meant(it) for it in yaml.load_all(text, Loader=LOADER) if it is not None]


def meant(value, key=""):
    """A value without what says nothing, and without the order of what has none."""
    if isinstance(value, dict):
        all = {name: meant(it, name) for name, it in value.items()}
        return {name: it for name, it in all.items() if it not in (None, []) and (it != {} or name == "emptyDir")}
    if isinstance(value, list):
        all = [meant(it) for it in value]
        return sorted(all, key=lambda it: json.dumps(it, sort_keys=True, default=str)) if key in SETS else all
    return value


def difference(one, other):
    lines = lambda it: json.dumps(it, indent=1, sort_keys=True, default=str).splitlines()
    return "\n".join(list(difflib.unified_diff(lines(one), lines(other), "in place", "emitted", lineterm="", n=2))[:60])


def texts(folder):
    return {os.path.relpath(os.path.join(at, it), folder): open(os.path.join(at, it), "rb").read() for at, _, names in os.walk(folder) for it in names}


def fix(program, folder, *words):
    """The manifests of which some fix was refused, and what is wrong."""
    out = subprocess.run([program, "fix", "--yes", "--confidence", "risky", "--format", "json", *words, "."], cwd=folder, capture_output=True, text=True)
    if "internal error" in out.stdout + out.stderr or out.returncode > 2: return set(), [f"{folder}: {out.stdout}{out.stderr}"]
    found = json.loads(out.stdout)["findings"]
    return {os.path.normpath(it["path"]) for it in found if it["state"] == "refused"}, []


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        return 2
    root, program, builder = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as work:
        work = os.path.realpath(work)
        at = lambda side, it="": os.path.join(work, side, it)
        found = {str(number): path for number, path in enumerate(manifests(root))}
        for it, path in found.items():
            for side in ("in-place", "emitted"):
                os.makedirs(at(side, it))
                shutil.copyfile(path, os.path.join(at(side, it), os.path.basename(path)))
        list_of = lambda it: os.path.join(at("in-place", it), "kustomization.yaml")
        def name(it):
            with open(list_of(it), "w") as file: file.write(NEW % os.path.basename(found[it]))
        for it in found: name(it)
        before = build(builder, [at("in-place", it) for it in found])
        builds = [it for it in found if "text" in before[at("in-place", it)]]
        # What kustomize does not build is nothing to compare, and one such file would make others fail.
        for it in set(found) - set(builds):
            for side in ("in-place", "emitted"): shutil.rmtree(at(side, it))
        for it in builds: os.remove(list_of(it))
        old = {it: texts(at("emitted", it)) for it in builds}
        refused, wrong = fix(program, at("in-place"))
        left, more = fix(program, at("emitted"), "--emit", "kustomize")
        new = {it: texts(at("emitted", it)) for it in builds}
        wrong += more + fix(program, at("emitted"), "--emit", "kustomize")[1]
        for it in builds:
            if any(new[it][name] != text for name, text in old[it].items()): wrong.append(f"{found[it]}: the manifest was written to")
            if texts(at("emitted", it)) != new[it]: wrong.append(f"{found[it]}: a second run changes something")
            name(it)
        patched = [it for it in builds if len(new[it]) > len(old[it])]
        said = lambda it: os.path.join(it, os.path.basename(found[it])) not in left - refused
        here = build(builder, [at("in-place", it) for it in builds])
        there = build(builder, [at("emitted", it) for it in patched])
        for it in builds:
            one, other = here[at("in-place", it)], there.get(at("emitted", it), before[at("in-place", it)])
            if "err" in one or "err" in other: wrong.append(f"{found[it]}: in place: {one.get('err', 'builds')}; emitted: {other.get('err', 'builds')}")
            elif said(it) and objects(one["text"]) != objects(other["text"]): wrong.append(f"{found[it]}: {difference(objects(one['text']), objects(other['text']))}")
    for it in wrong: print(it)
    print(f"{len(patched)} of {len(builds)} manifests with patches, {sum(map(said, builds))} of them in full, {len(found) - len(builds)} that kustomize does not build; {len(wrong)} differences to in place")
    return 1 if wrong or not patched else 0


if __name__ == "__main__":
    sys.exit(main())
