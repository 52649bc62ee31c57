#!/usr/bin/env python3
"""Every document that is valid by the Kubernetes schema stays valid when casehard mends it.

Needs `pip install kubernetes-validate`, which carries the schemas. Usage:

    tests/kubernetes_schema.py [FOLDER] [--casehard PATH] [--kubernetes 1.NN]

FOLDER is copied, mended with `fix --yes --confidence risky` twice, and compared document by document. It ends with
the figures; the exit status is 1 when a document lost its validity or a second run changed something.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent


def documents(path):
    """The documents of a file with the items of its lists; nothing when PyYAML cannot read it."""
    try:
        text = path.read_text(encoding="utf-8")
        loaded = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except (UnicodeDecodeError, yaml.YAMLError, ValueError):
        return None
    found, waiting = [], loaded
    while waiting:
        document, waiting = waiting[0], waiting[1:]
        if not isinstance(document, dict):
            continue
        if not all(isinstance(document.get(key), str) for key in ("apiVersion", "kind")):
            continue
        items = document.get("items", document.get("objects"))
        is_list = str(document["kind"]).endswith("List") or document["kind"] == "Template"
        if is_list and isinstance(items, list):
            waiting = items + waiting
        else:
            # Times and other scalars of YAML 1.1 are text to the API server.
            found.append(json.loads(json.dumps(document, default=str)))
    return found


def is_valid(document, version):
    """True, False, or None where the schemas do not know the kind."""
    try:
        kubernetes_validate.validate(document, version, strict=True)
        return True
    except kubernetes_validate.ValidationError:
        return False
    except (kubernetes_validate.SchemaNotFoundError, kubernetes_validate.InvalidSchemaError):
        return None


def mend(casehard, folder):
    command = [casehard, "fix", "--yes", "--confidence", "risky", str(folder)]
    return subprocess.run(command, capture_output=True, text=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=ROOT.parent / "shared/corpus/k8s", type=pathlib.Path)
    parser.add_argument("--casehard", default=str(ROOT / "target/debug/casehard"))
    parser.add_argument("--kubernetes", default=kubernetes_validate.latest_version())
    options = parser.parse_args()
    version = options.kubernetes

    with tempfile.TemporaryDirectory() as scratch:
        copy = pathlib.Path(scratch) / "files"
        shutil.copytree(options.folder, copy)
        paths = sorted(it for it in copy.rglob("*") if it.is_file() and it.suffix in {".yaml", ".yml", ".json"})
        for path in paths:
            path.chmod(0o644)
        before = {path: (path.read_bytes(), documents(path)) for path in paths}
        outcome = mend(options.casehard, copy)
        if "internal error" in outcome.stderr:
            sys.exit(outcome.stderr)
        once = {path: path.read_bytes() for path in paths}
        mend(options.casehard, copy)
        again = [path for path in paths if path.read_bytes() != once[path]]

        count, lost = Counter(files=len(paths)), []
        for path, (old_bytes, old) in before.items():
            changed = once[path] != old_bytes
            count["changed files"] += changed
            if old is None:
                count["unreadable files"] += 1
                continue
            path.write_bytes(once[path])
            new = documents(path)
            if new is None or len(new) != len(old):
                lost.append((path, "it no longer reads as the same documents"))
                continue
            for one, other in zip(old, new):
                was, now = is_valid(one, version), is_valid(other, version)
                name = {True: "valid", False: "invalid", None: "of kinds without a schema"}[was]
                count["documents " + name] += 1
                count["changed documents " + name] += one != other
                if was is True and now is not True:
                    lost.append((path, f"{one['kind']} {one.get('metadata', {}).get('name')}"))

    print(f"Kubernetes {version}")
    for name in sorted(count):
        print(f"{count[name]:6} {name}")
    print(f"{len(lost):6} documents that were valid and are no longer")
    print(f"{len(again):6} files that a second run changed")
    for path, what in lost:
        print(f"lost: {path}: {what}", file=sys.stderr)
    for path in again:
        print(f"changed again: {path}", file=sys.stderr)
    sys.exit(1 if lost or again else 0)


if __name__ == "__main__":
    main()
