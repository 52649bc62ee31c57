#!/usr/bin/env python3
"""Asks the JSON Schema of Compose whether each file that was valid before casehard is valid after it.

Usage: tests/compose_schema.py SCHEMA BINARY FOLDER…
SCHEMA is compose-spec.json; needs the packages jsonschema and PyYAML. FOLDERs are copied, never written.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """Reads the tags of Compose as if they were not there."""


def untagged(loader, _suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


Loader.add_multi_constructor("!", untagged)


def errors(validator, path):
    """What is wrong with a file; None when it cannot be read or is no Compose file."""
    try:
        with open(path, encoding="utf-8") as file:
            documents = [it for it in yaml.load_all(file, Loader) if it]
    except (yaml.YAMLError, UnicodeDecodeError, ValueError):
        return None
    documents = [it for it in documents if isinstance(it, dict) and "services" in it]
    if not documents:
        return None
    return [error.message for it in documents for error in validator.iter_errors(it)]


def main():
    schema, binary, *folders = sys.argv[1:]
    with open(schema, encoding="utf-8") as file:
        validator = jsonschema.Draft7Validator(json.load(file))
    read = valid = changed = 0
    broken = []
    with tempfile.TemporaryDirectory() as scratch:
        copies = []
        for number, folder in enumerate(folders):
            copy = os.path.join(scratch, str(number))
            shutil.copytree(folder, copy)
            copies.append((folder, copy))
        subprocess.run(["chmod", "-R", "u+w", scratch], check=True)
        command = [binary, "fix", "--yes", "--confidence", "risky", scratch]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        for folder, copy in copies:
            for path, _, names in os.walk(copy):
                for name in names:
                    after = os.path.join(path, name)
                    before = os.path.join(folder, os.path.relpath(after, copy))
                    if not name.endswith((".yml", ".yaml", ".json")):
                        continue
                    was = errors(validator, before)
                    if was is None:
                        continue
                    read += 1
                    with open(before, "rb") as old, open(after, "rb") as new:
                        changed += old.read() != new.read()
                    if was:
                        continue
                    valid += 1
                    now = errors(validator, after)
                    if now is None or now:
                        broken.append((before, now))
    print(f"{read} Compose files, {changed} changed, {valid} valid before, {len(broken)} of these not valid after")
    for path, now in broken:
        print(f"{path}: {now}")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
