#!/bin/sh
# Repairs the owner of the data and drops when root; becomes the server.
set -e
case "$1" in -* | *.conf) set -- redis-server "$@" ;; esac
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . \! -user redis -exec chown redis '{}' +
    exec gosu redis "$0" "$@"
fi
umask 0077
if [ "$1" = redis-server ]; then
    set -- "$@" --protected-mode no
fi
exec "$@"
