#!/bin/sh
docker run -d -v /etc/localtime:/etc/$NAME -v "$CONFIG:/etc/app:ro" -p "$PORT:80" "example/$APP:1"
