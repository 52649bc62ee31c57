#!/bin/sh
set -e
sed "s|@LOG_LEVEL@|$LOG_LEVEL|" /usr/local/etc/haproxy/haproxy.cfg.template >/tmp/haproxy.cfg
exec "$@"
