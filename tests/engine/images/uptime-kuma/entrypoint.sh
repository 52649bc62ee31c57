#!/bin/sh
# Takes over the data and becomes the server, as the account that the environment names.
set -e
PUID=${PUID=0}
PGID=${PGID=0}
chown -hRc "$PUID:$PGID" /app/data
exec setpriv --reuid "$PUID" --regid "$PGID" --clear-groups "$@"
