#!/usr/bin/env bash
start() {
	docker run \
		--detach \
		--name=web \
		--publish=8080:80 \
		--cap-add=SYS_ADMIN \
		--security-opt=seccomp=unconfined \
		--volume="$HOME/site:/usr/share/nginx/html" \
		nginx:1.27 \
		nginx -g 'daemon off;'
}
start "$@" | tee start.log
