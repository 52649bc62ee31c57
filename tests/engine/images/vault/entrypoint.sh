#!/bin/sh
# Writes the configuration, repairs owners, lets the binary lock memory, and drops.
set -e
if [ -n "$VAULT_LOCAL_CONFIG" ]; then
    echo "$VAULT_LOCAL_CONFIG" > /vault/config/local.json
fi
if [ "$1" = server ]; then
    if [ -z "$SKIP_CHOWN" ]; then
        for folder in /vault/config /vault/logs /vault/file; do
            [ "$(stat -c %u $folder)" = "$(id -u vault)" ] || chown -R vault:vault $folder
        done
    fi
    if [ -z "$SKIP_SETCAP" ]; then
        setcap cap_ipc_lock=+ep "$(readlink -f /bin/vault)"
        if ! vault --version >/dev/null 2>&1; then
            echo "Couldn't start vault with IPC_LOCK. Disabling IPC_LOCK" >&2
            setcap cap_ipc_lock=-ep "$(readlink -f /bin/vault)"
        fi
    fi
    set -- vault /usr/share/vault/server.py
    if [ "$(id -u)" = 0 ]; then
        set -- gosu vault "$@"
    fi
fi
exec "$@"
