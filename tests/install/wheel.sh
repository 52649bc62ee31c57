#!/usr/bin/env bash
# The wheel gives the command to a Python that knows no Rust.
# Ends with status 3 where the tools for that cannot be had.
. "$(dirname "$0")/tools.sh"
built=$(wheel)

python3 -m venv "$scratch/python"
"$scratch/python/bin/pip" install --quiet --no-index "$built"
# Nothing but the environment and what every system has.
bare() { env -i PATH="$scratch/python/bin:/usr/bin:/bin" HOME="$scratch" "$@"; }

printf '%s' "$weak" >"$scratch/compose.yaml"
ends 0 bare casehard --version
says "casehard $(sed -n 's/^version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -1)"
ends 1 bare casehard check "$scratch/compose.yaml"
says privileged
ends 0 "$scratch/python/bin/pip" show --files casehard
says bin/casehard
says LICENSE-MIT
ends 0 "$scratch/python/bin/pip" uninstall --yes casehard
[ ! -e "$scratch/python/bin/casehard" ] || fails "uninstalled, and still there"
echo "install: the wheel works"
