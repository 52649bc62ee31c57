#!/usr/bin/env bash
# Builds the oracles into target/oracles, or into the folder that is named.
#
# Go 1.26 or newer is needed, and the module proxy the first time. Where they cannot be had it says so and ends with 3;
# sources that do not build are a failure like any other.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../target/oracles}

missing() {
    echo "oracles: NOT AVAILABLE HERE, $1: nothing is compared with the real consumers" >&2
    exit 3
}

export GOFLAGS="-p=1 -buildvcs=false -mod=readonly" GOTOOLCHAIN=local GOWORK=off
command -v go >/dev/null || missing "Go is missing"
version=$(cd / && go env GOVERSION)
[[ $version =~ ^go1\.([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 26 ] || missing "Go 1.26 or newer is needed, this is $version"
timeout 300 go mod download -C "$here" || missing "the modules cannot be had"
mkdir -p "$out"
timeout 600 go build -C "$here" -o "$(cd "$out" && pwd)/" ./...
