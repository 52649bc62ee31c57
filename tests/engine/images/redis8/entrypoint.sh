#!/bin/sh
# Repairs the owner of the data and drops when root can; stays root without a word when it cannot.
set -e
case "$1" in -* | *.conf) set -- redis-server "$@" ;; esac
can_drop() {
    bounding=$((0x$(sed -n 's/^CapBnd:\t//p' /proc/self/status)))
    [ $((bounding >> 6 & 3)) = 3 ]
}
if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ] && can_drop; then
    find . \! -user redis -exec chown redis '{}' + || true
    exec setpriv --reuid redis --regid redis --clear-groups "$0" "$@"
fi
umask 0077
if [ "$1" = redis-server ]; then
    set -- "$@" --protected-mode no
fi
exec "$@"
