#!/bin/sh
# Writes the configuration, repairs owners and drops.
set -e
data=${CONSUL_DATA_DIR:-/consul/data}
config=${CONSUL_CONFIG_DIR:-/consul/config}
if [ -n "$CONSUL_LOCAL_CONFIG" ]; then
    echo "$CONSUL_LOCAL_CONFIG" > "$config/local.json"
fi
if [ "$1" = agent ]; then
    set -- consul /usr/local/bin/notes
    if [ -z "${CONSUL_DISABLE_PERM_MGMT+x}" ]; then
        uid=${CONSUL_UID:-$(id -u consul)}
        gid=${CONSUL_GID:-$(id -g consul)}
        for folder in "$data" "$config"; do
            [ "$(stat -c %u "$folder")" = "$uid" ] || chown "$uid:$gid" "$folder"
        done
        if [ -n "${CONSUL_ALLOW_PRIVILEGED_PORTS+x}" ]; then
            setcap cap_net_bind_service=+ep /bin/consul
        fi
        set -- gosu "$uid:$gid" "$@"
    fi
fi
exec "$@"
