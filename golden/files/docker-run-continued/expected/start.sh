#!/usr/bin/env bash
start() {
	docker run \
		--detach \
		--name=web \
		--publish=8080:80 \
		--volume="$HOME/site:/usr/share/nginx/html" \
		--security-opt=no-new-privileges:true \
		--user=101:101 \
		--cap-drop=ALL \
		--read-only \
		--tmpfs=/var/cache/nginx:uid=101,gid=101,mode=0755 \
		--tmpfs=/run:uid=101,gid=101,mode=0755 \
		nginx:1.27 \
		nginx -g 'daemon off;'
}
start "$@" | tee start.log
