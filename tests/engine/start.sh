#!/usr/bin/env bash
# Installs and starts a Docker Engine for the engine suite alone: its own socket, its own data, none of the machine's.
# Says why and fails where that cannot be done. Usage: start.sh, and start.sh stop.
set -euo pipefail
cache=${CASEHARD_ENGINE_CACHE:-/var/cache/casehard-engine}
run=/run/casehard-engine
engine=unix://$run.sock

answers() { docker --host "$engine" version >/dev/null 2>&1; }
gives_up() { echo "engine: $1; the engine suite will be skipped" >&2; exit 1; }

if [ "${1:-}" = stop ]; then
    [ -e "$run.pid" ] && kill "$(cat "$run.pid")"
    exit
fi
answers && [ -x "$cache/registry/usr/bin/docker-registry" ] && exit
[ "$(id -u)" = 0 ] || gives_up "only root can start one"

missing=()
for command in dockerd docker-compose debootstrap iptables; do
    command -v "$command" >/dev/null || missing+=("$command")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "engine: installing what has ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -q && apt-get install -q -y --no-install-recommends \
        docker.io docker-compose debootstrap iptables; } >/tmp/casehard-engine-install.log 2>&1 \
        || { tail -5 /tmp/casehard-engine-install.log >&2; gives_up "its packages cannot be installed"; }
fi

# A registry to learn from, as it is in its package: installed, it would start by itself.
if [ ! -x "$cache/registry/usr/bin/docker-registry" ]; then
    mkdir -p "$cache/registry"
    (cd "$cache/registry" && { apt-get download docker-registry || { apt-get update -q && apt-get download docker-registry; } } \
        && dpkg -x docker-registry_*.deb .) >/tmp/casehard-registry.log 2>&1 \
        || echo "engine: no registry: $(tail -1 /tmp/casehard-registry.log)" >&2
fi

answers && exit

# An engine needs control groups; some machines mount none.
if ! grep -q ' /sys/fs/cgroup' /proc/mounts; then
    mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null || true
fi

# What capabilities a container uses the kernel tells through files that some machines do not mount.
if [ ! -e /sys/kernel/tracing/events ]; then
    mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || true
fi

starts() { # arguments of this attempt
    rm -f "$run.pid"
    mkdir -p "$cache/engine"
    setsid nohup dockerd --host "$engine" --data-root "$cache/engine/data" --exec-root "$run" --pidfile "$run.pid" \
        "$@" >"$cache/engine/log" 2>&1 </dev/null &
    local pid=$!
    for _ in $(seq 100); do
        if answers; then echo "engine: runs at $engine"; return 0; fi
        kill -0 "$pid" 2>/dev/null || return 1
        sleep 0.2
    done
    kill "$pid"
    return 1
}

# What runs that were killed left behind: their networks take the addresses of those to come.
sweeps() {
    docker --host "$engine" container prune --force >/dev/null 2>&1 || true
    docker --host "$engine" network prune --force >/dev/null 2>&1 || true
}

# The engine of the machine that runs the tests may know no overlays, and its kernel no packet filter.
starts && { sweeps; exit; }
starts --iptables=false --ip6tables=false && { sweeps; exit; }
starts --iptables=false --ip6tables=false --storage-driver=vfs && { sweeps; exit; }
tail -3 "$cache/engine/log" >&2
gives_up "no engine starts on this machine"
