#!/usr/bin/env bash
# Builds diun from the module proxy, for the trial of its filtering proxy: it takes minutes, so that it is no part of
# build.sh. Go is needed.
set -euo pipefail
cache=${CASEHARD_ENGINE_CACHE:-/var/cache/casehard-engine}/clients
engine=${CASEHARD_ENGINE:-unix:///run/casehard-engine.sock}
version=v4.28.0
mkdir -p "$cache"
cd "$cache"
export GOFLAGS=-mod=mod CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off
if [ ! -x diun ]; then
    printf 'module clients\n\ngo 1.26\n' >go.mod
    folder=$(go mod download -json "github.com/crazy-max/diun/v4@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
    rm -rf source && cp -r "$folder" source && chmod -R u+w source
    (cd source && go build -o "$cache/diun" ./cmd)
    rm -rf source
fi
printf 'FROM casehard/base\nCOPY diun /usr/local/bin/diun\nENTRYPOINT ["diun"]\nCMD ["serve"]\n' >Dockerfile
printf '*\n!diun\n' >.dockerignore
DOCKER_BUILDKIT=0 docker --host "$engine" build --tag "crazymax/diun:$version" .
