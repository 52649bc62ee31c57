#!/usr/bin/env python3
"""Does kustomize build of a manifest with its emitted patches what it builds of the manifest that was hardened in place?

  kustomized.py TREE CASEHARD [KUSTOMIZE]

Each manifest below TREE that kustomize builds is copied into two folders of its own and hardened by `fix --yes
--confidence risky`: once in place, once by `--emit kustomize`. KUSTOMIZE, `kustomize` or `kubectl kustomize` where it is
not named, builds both. They must be the same but for the order of what has none; the emitting must leave every manifest as
it is, and doing it once more must change nothing. Exit 0: it is so. Exit 1: it is not, and each difference is printed.
Exit 2: a wrong call. Exit 3: there is no kustomize.
"""
import concurrent.futures, json, os, shutil, subprocess, sys, tempfile

SETS = ("volumes", "volumeMounts")
NEW = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- %s\n"


def builder(named):
    if named: return [named, "build"]
    if shutil.which("kustomize"): return ["kustomize", "build"]
    if shutil.which("kubectl"): return ["kubectl", "kustomize"]
    return None


def manifests(root):
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith((".yml", ".yaml")) and "kustomization" not in name: yield os.path.join(folder, name)


def build(kustomize, folder):
    """What kustomize builds there, as objects; or why it does not."""
    out = subprocess.run([*kustomize, folder], capture_output=True, text=True)
    return (None, out.stderr.strip()) if out.returncode else (out.stdout, None)


def objects(text):
    """The objects of a stream that kustomize wrote, as JSON without what says nothing."""
    import yaml
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [meant(it) for it in yaml.load_all(text, Loader=loader) if it is not None]


def meant(value, key=""):
    if isinstance(value, dict):
        all = {name: meant(it, name) for name, it in value.items()}
        return {name: it for name, it in all.items() if it not in (None, []) and (it != {} or name == "emptyDir")}
    if isinstance(value, list):
        all = [meant(it) for it in value]
        return sorted(all, key=lambda it: json.dumps(it, sort_keys=True, default=str)) if key in SETS else all
    return value


def texts(folder):
    return {os.path.relpath(os.path.join(at, it), folder): open(os.path.join(at, it), "rb").read() for at, _, names in os.walk(folder) for it in names}


def fix(program, folder, *words):
    out = subprocess.run([program, "fix", "--yes", "--confidence", "risky", *words, "."], cwd=folder, capture_output=True, text=True)
    return out.stdout + out.stderr, out.returncode


def check(path, program, kustomize, work):
    """Whether a manifest got patches, whether all of its fixes could be said, and what is wrong."""
    name = os.path.basename(path)
    sides = [os.path.join(work, it) for it in ("in-place", "emitted")]
    for side in sides:
        os.makedirs(side)
        shutil.copyfile(path, os.path.join(side, name))
        os.chmod(os.path.join(side, name), 0o644)
    here, there = sides
    with open(os.path.join(here, "kustomization.yaml"), "w") as file: file.write(NEW % name)
    if build(kustomize, here)[0] is None: return "unbuilt", []
    before = texts(there)
    fix(program, here)
    told, status = fix(program, there, "--emit", "kustomize")
    after = texts(there)
    wrong = [told] if "internal error" in told else []
    if any(after[it] != text for it, text in before.items()): wrong.append("the manifest was written to")
    fix(program, there, "--emit", "kustomize")
    if texts(there) != after: wrong.append("a second run changes something")
    if len(after) == len(before):
        if status == 0 and texts(here)[name] != before[name]: wrong.append("in place something is mended, and nothing is emitted")
        return ("refused" if status == 1 else "unpatched"), wrong
    (one, _), (other, why) = build(kustomize, here), build(kustomize, there)
    if other is None: wrong.append(f"kustomize builds nothing of it: {why}")
    # What cannot be said is refused, and told.
    elif status == 0 and one is not None and objects(one) != objects(other): wrong.append(difference(objects(one), objects(other)))
    return ("patched" if status == 0 else "in part"), wrong


def difference(one, other):
    import difflib
    lines = lambda it: json.dumps(it, indent=1, sort_keys=True, default=str).splitlines()
    return "\n".join(list(difflib.unified_diff(lines(one), lines(other), "in place", "emitted", lineterm="", n=2))[:60])


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    root, program = map(os.path.abspath, sys.argv[1:3])
    kustomize = builder(sys.argv[3] if len(sys.argv) == 4 else None)
    if kustomize is None: return 3
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = list(manifests(root))
        run = lambda it: check(it[1], program, kustomize, os.path.join(work, str(it[0])))
        done = list(zip(paths, pool.map(run, enumerate(paths))))
    wrong = [f"{path}: {it}" for path, (_, all) in done for it in all]
    for it in wrong: print(it)
    count = lambda word: sum(1 for _, it in done if it[0] == word)
    print(f"{count('patched')} manifests with patches, {count('in part')} in part, {count('refused')} refused, {count('unpatched')} without, {count('unbuilt')} that kustomize does not build; {len(wrong)} wrong")
    return 1 if wrong or not count("patched") else 0


if __name__ == "__main__":
    sys.exit(main())
