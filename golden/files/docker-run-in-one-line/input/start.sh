#!/bin/sh
set -e

# the web server, as its page says
docker run -d --privileged -v /var/run/docker.sock:/var/run/docker.sock -p 80:80 nginx:1.27
docker rm -f old >/dev/null 2>&1 || true
id=$(docker run --rm -dit -u0 -v "$PWD/data:/data" --net=host redis:7 redis-server --save "") && echo "$id"
