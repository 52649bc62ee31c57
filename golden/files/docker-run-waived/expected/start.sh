# casehard: allow privileged -- it sets the host up
docker run --privileged --rm --user 10001:10001 --cap-drop ALL --security-opt no-new-privileges:true --read-only --tmpfs /tmp:mode=1777 example/setup:1

# casehard: allow host-network, privilege-escalation -- it listens on all ports
docker run -d \
  --network host \
  --user 1000:1000 \
  --cap-drop ALL \
  --read-only \
  --tmpfs /tmp:mode=1777 \
  example/proxy:1
