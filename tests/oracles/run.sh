#!/usr/bin/env bash
# Holds the program against the oracles: every spelling of both weak documents, and every Compose project before and
# after hardening. Any difference fails the run.
#
#   run.sh CASEHARD [ORACLES]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
casehard=$(realpath "$1") oracles=$(realpath "${2:-$root/target/oracles}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What is written over here is not kept with what the user's own runs do.
export XDG_STATE_HOME=$work/state

structural() { "$here/structural.py" "$casehard" "$oracles/facts" "$1" >"$work/$1" 2>&1; }

structural compose & first=$!
structural k8s & second=$!
failed=0
wait "$first" || failed=1
wait "$second" || failed=1
cat "$work/compose" "$work/k8s"

# The corpus is there where the whole workshop is; a clean clone has its golden inputs and the projects.
mkdir "$work/before" "$work/home"
cp -r "$here/projects" "$work/before/projects"
# What its `.env` says is read by `facts project` alone: tests/oracle_projects.rs holds it.
rm -r "$work/before/projects/env-source-is-root"
(cd "$root" && find golden/files -name input.yaml -exec cp --parents {} "$work/before" \;)
corpus=$root/../shared/corpus/compose
if [ -d "$corpus" ]; then cp -r "$corpus" "$work/before/corpus"; else echo "oracles: no corpus here, golden inputs serve"; fi
chmod -R u+w "$work/before"
for confidence in likely risky; do
    after=$work/$confidence
    cp -r "$work/before" "$after"
    # 2: some file cannot be done, which is said of files that are no good.
    (cd "$after" && HOME=$work/home "$casehard" fix --yes --confidence "$confidence" . >"$work/log" 2>&1) || [ $? -le 2 ] || failed=1
    if grep -A2 "internal error" "$work/log"; then failed=1; fi
    echo "before and after fix --yes --confidence $confidence:"
    "$here/compare.py" "$work/before" "$after" "$oracles/compose-load" || failed=1
done
echo "base and override, fix --yes --emit override:"
HOME=$work/home "$here/emitted.py" "$work/before" "$casehard" "$oracles/compose-load" || failed=1
echo "manifests and patches, fix --yes --emit kustomize:"
mkdir "$work/manifests"
cp -r "$root/golden/kubernetes" "$work/manifests/golden"
if [ -d "$root/../shared/corpus/k8s" ]; then cp -r "$root/../shared/corpus/k8s" "$work/manifests/corpus"; fi
HOME=$work/home "$here/kustomized.py" "$work/manifests" "$casehard" "$oracles/kustomize-build" || failed=1
exit "$failed"
