docker run -d --mount type=bind,src=/etc/localtime,dst=/etc/localtime --mount 'type=bind,src=/proc,dst=/host/proc,readonly' --tmpfs /run --tmpfs /var/cache/nginx --read-only=false nginx:1.27
docker run -itv /etc/timezone:/etc/timezone --device=/dev/mem alpine:3.20
