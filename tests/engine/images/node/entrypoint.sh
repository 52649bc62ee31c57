#!/bin/sh
# An option, or a word that is no command, is node's.
set -e
if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then
    set -- node "$@"
fi
exec "$@"
