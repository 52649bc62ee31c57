#!/usr/bin/env bash
opts=(-d --privileged)
docker run "${opts[@]}" nginx:1.27
docker run $FLAGS nginx:1.27
docker run --privileged -v {/a,/b}:/c nginx:1.27
docker $VERB --privileged nginx:1.27
$ENGINE_DOCKER run --privileged nginx:1.27
eval "docker run --privileged $IMAGE"
cat <<END
docker run --privileged nginx:1.27
END
docker run --frobnicate --privileged nginx:1.27
docker run --user=101:101 --cap-drop=ALL --security-opt=no-new-privileges:true --read-only --tmpfs=/var/cache/nginx:uid=101,gid=101,mode=0755 --tmpfs=/run:uid=101,gid=101,mode=0755 nginx:1.27
