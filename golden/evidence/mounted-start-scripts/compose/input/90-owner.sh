#!/bin/sh
mkdir -p /srv/cache
chown -R nginx:nginx /srv/cache
