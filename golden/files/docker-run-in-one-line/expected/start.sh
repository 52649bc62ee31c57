#!/bin/sh
set -e

# the web server, as its page says
docker run -d -p 80:80 --cap-drop ALL --security-opt no-new-privileges:true --read-only --tmpfs /var/cache/nginx:uid=101,gid=101,mode=0755 --tmpfs /run:uid=101,gid=101,mode=0755 --user 101:101 nginx:1.27
docker rm -f old >/dev/null 2>&1 || true
id=$(docker run --rm -dit -u999:999 -v "$PWD/data:/data" --cap-drop=ALL --security-opt=no-new-privileges:true --read-only --tmpfs=/tmp:mode=1777 redis:7 redis-server --save "") && echo "$id"
