# casehard: allow privileged -- it sets the host up
docker run --privileged --rm example/setup:1

# casehard: allow host-network, privilege-escalation -- it listens on all ports
docker run -d \
  --network host \
  --user 1000:1000 \
  example/proxy:1
