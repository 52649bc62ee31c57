#!/bin/sh
# Repairs the owner of its folders when root, ignoring what it may not, and becomes the daemon.
if [ "$(id -u)" = 0 ]; then
    chown -R mosquitto:mosquitto /mosquitto || true
fi
exec "$@"
