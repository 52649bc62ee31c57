#!/usr/bin/env bash
# The image of docs/docker: static, without a shell, and it works in the posture that casehard asks of others.
# Needs the engine of tests/engine/start.sh; ends with status 3 where one or a static build cannot be had.
. "$(dirname "$0")/tools.sh"
command -v cargo >/dev/null || lacks "cargo"
"$root/tests/engine/start.sh" >&2 || lacks "an engine"
docker() { command docker --host unix:///run/casehard-engine.sock "$@"; }

# Built as the tests build the program. Where musl is not at hand, glibc does it too.
target=$(uname -m)-unknown-linux-musl
flags=
if ! rustup target list --installed 2>/dev/null | grep -qx "$target" || ! command -v musl-gcc >/dev/null; then
    target=$(uname -m)-unknown-linux-gnu
    flags="-C target-feature=+crt-static"
    echo "install: no musl here: linked statically with glibc" >&2
fi
folder=${CARGO_TARGET_DIR:-$root/target}
RUSTFLAGS=$flags CARGO_TARGET_DIR=$folder cargo build --quiet --manifest-path "$root/Cargo.toml" --target "$target" --bin casehard
install -D "$folder/$target/debug/casehard" "$scratch/image/casehard"
strip "$scratch/image/casehard"
image=casehard-test:$$
trap 'docker image rm --force "$image" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
ends 0 docker build --file "$root/docs/docker/Dockerfile" --tag "$image" "$scratch/image"

mkdir "$scratch/work" && chmod 755 "$scratch" "$scratch/work"
printf '%s' "$weak" >"$scratch/work/compose.yaml"
hardened=(docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --network none)

ends 0 docker image inspect --format '{{.Config.User}} {{len .RootFS.Layers}}' "$image"
says "10001:10001"
ends 1 "${hardened[@]}" -v "$scratch/work:/work:ro" "$image"
says privileged
ends 2 "${hardened[@]}" -v "$scratch/work:/work" "$image" fix --yes .
says "cannot be written"
# Writing is done as whoever the files belong to.
chown 1234:1234 "$scratch/work" "$scratch/work/compose.yaml"
ends 0 "${hardened[@]}" --user 1234:1234 -v "$scratch/work:/work" "$image" fix --yes --confidence risky .
grep -q "cap_drop" "$scratch/work/compose.yaml" || fails "nothing was written"
[ "$(stat -c %u "$scratch/work/compose.yaml")" = 1234 ] || fails "the file changed its owner"
ends 127 "${hardened[@]}" --entrypoint /bin/sh "$image" -c true
echo "install: the image works ($target)"
