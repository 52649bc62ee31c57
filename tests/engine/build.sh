#!/usr/bin/env bash
# Builds the images of the engine suite from Debian packages, under the names that casehard looks up.
# Only into the suite's own engine (see start.sh): the names are those of real images.
set -euo pipefail
cd "$(dirname "$0")/images"
cache=${CASEHARD_ENGINE_CACHE:-/var/cache/casehard-engine}
engine=${CASEHARD_ENGINE:-unix:///run/casehard-engine.sock}
docker() { DOCKER_BUILDKIT=0 /usr/bin/docker --host "$engine" "$@"; }

root_filesystem() {
    mkdir -p "$cache"
    rm -rf "$cache/rootfs"
    debootstrap --variant=minbase --include=ca-certificates,busybox-static,gosu,tini,procps \
        bookworm "$cache/rootfs" >"$cache/debootstrap.log" || { tail "$cache/debootstrap.log" >&2; return 1; }
    rm -f "$cache"/rootfs/var/cache/apt/archives/*.deb
    tar -C "$cache/rootfs" -c . | docker import - casehard/rootfs >/dev/null
    rm -rf "$cache/rootfs"
}

build() { # folder, tag, and what else the build takes
    local folder=$1 tag=$2 log
    log=$(mktemp)
    if docker build --network host --tag "$tag" "${@:3}" "$folder" >"$log" 2>&1; then
        echo "built $tag"
    else
        echo "$tag cannot be built:" >&2
        tail -20 "$log" >&2
        return 1
    fi
    rm -f "$log"
}

if ! docker image inspect casehard/rootfs >/dev/null 2>&1; then
    root_filesystem
fi
build base casehard/base

# What others are made from comes first; two at a time: a package manager keeps one core busy.
export -f build docker
export engine
all() { xargs -P 2 -I{} bash -c 'build {}'; }
printf '%s\n' \
    "mariadb mariadb:11" \
    "postgres-server casehard/postgres-server" \
    "python python:3.12" \
    "redis redis:7" \
    "node node:20" \
    "nginx nginx:1.27" \
    "httpd httpd:2.4" \
    "memcached memcached:1.6" \
    "haproxy haproxy:2.8" \
    "mosquitto eclipse-mosquitto:2" \
    "caddy caddy:2" \
    | all
build notes casehard/notes
build made casehard/made
printf '%s\n' \
    "redis8 redis:8" \
    "postgres postgres:16" \
    "postgres postgres:16-alpine --build-arg UID=70" \
    "code-server codercom/code-server:latest" \
    "uptime-kuma louislam/uptime-kuma:1" \
    "uptime-kuma2 louislam/uptime-kuma:2" \
    "vault hashicorp/vault:1.17" \
    "consul hashicorp/consul:1.18" \
    "adguardhome adguard/adguardhome:latest" \
    "metabase metabase/metabase:v0.50.0" \
    "socket-proxy tecnativa/docker-socket-proxy:v0.4.2" \
    "glances nicolargo/glances:latest" \
    "netdata netdata/netdata:v1.37.1" \
    | all
# Images of which nothing is known.
docker tag python:3.12 registry.example.com/team/notes:latest
docker tag codercom/code-server:latest registry.example.com/team/desk:latest
# The tests look for this name: it is there only when all others are.
docker tag casehard/base casehard/ready
