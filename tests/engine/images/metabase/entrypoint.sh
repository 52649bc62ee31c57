#!/bin/bash
# Makes the account and the folder of the database when root, and drops. Another account has its database beside it.
database=${MB_DB_FILE:-/metabase.db}
if [ "$(id -u)" != 0 ]; then
    export NOTES=$database.mv.db
    mkdir -p "$NOTES"
    exec notes
fi
getent group metabase >/dev/null || groupadd --gid "${MGID:-2000}" metabase
id -u metabase >/dev/null 2>&1 || useradd --uid "${MUID:-2000}" --gid metabase --no-create-home metabase
export NOTES=$database/${database##*/}.mv.db
[ -d "$NOTES" ] || mkdir -p "$NOTES"
chown metabase:metabase "$database" "$database"/* 2>/dev/null
exec gosu metabase notes
