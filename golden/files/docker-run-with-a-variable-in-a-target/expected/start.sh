#!/bin/sh
docker run -d -v /etc/localtime:/etc/$NAME:ro -v "$CONFIG:/etc/app:ro" -p "$PORT:80" --user 10001:10001 --cap-drop ALL --security-opt no-new-privileges:true "example/$APP:1"
