# Sourced by the scripts beside it: where they work, and tools of PyPI in an environment of their own.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${CASEHARD_TOOLS_CACHE:-/var/cache/casehard-tools}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# What is written over here is not kept with what the user's own runs do.
export XDG_STATE_HOME=$scratch/state

lacks() { echo "install: NOT AVAILABLE HERE: $1" >&2; exit 3; }
fails() { echo "install: $1" >&2; exit 1; }

# Puts tools on the path that PyPI has.
tools() {
    command -v python3 >/dev/null || lacks "python3"
    [ -x "$cache/bin/pip" ] || python3 -m venv "$cache" || lacks "python3's venv"
    "$cache/bin/pip" install --quiet --disable-pip-version-check "$@" >"$scratch/pip.log" 2>&1 \
        || { tail -3 "$scratch/pip.log" >&2; lacks "$*"; }
    PATH=$cache/bin:$PATH
}

# Builds a wheel as the tests build the program, not as a release is: whether it is fast is no question here.
wheel() {
    command -v cargo >/dev/null || lacks "cargo"
    tools "maturin>=1.9,<2"
    CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} maturin build --quiet --manifest-path "$root/Cargo.toml" \
        --profile dev --out "$scratch/wheel" >&2
    echo "$scratch"/wheel/casehard-*.whl
}

# Expects a command to end with a status. Usage: ends STATUS COMMAND…
ends() {
    local wanted=$1 status=0
    shift
    "$@" >"$scratch/out" 2>&1 || status=$?
    [ "$status" = "$wanted" ] || { cat "$scratch/out" >&2; fails "status $status, not $wanted: $*"; }
}

# Expects the last command to have said something.
says() { grep -qF -- "$1" "$scratch/out" || { cat "$scratch/out" >&2; fails "does not say: $1"; }; }

weak=$'services:\n  web:\n    image: nginx:1.27\n    privileged: true\n'
