#!/usr/bin/env bash
# Feeds the library what a fuzzer makes of golden inputs and of texts of the tests. Ends with 1 where a target finds a
# fault, whose input is kept, and with 3 where nightly or cargo-fuzz cannot be had.
#
#   run.sh [SECONDS] [TARGET…]        60 seconds each of parse, edit, fix, config and archive
#   SEED=7 run.sh 3600 fix            another way through the same targets
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
seconds=${1:-60}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(parse edit fix config archive)
out=${CARGO_TARGET_DIR:-$root/target/fuzz}
mkdir -p "$out"
out=$(cd "$out" && pwd)

missing() {
    echo "fuzz: NOT AVAILABLE HERE, $1: nothing is fuzzed" >&2
    exit 3
}

[[ $seconds =~ ^[0-9]+$ ]] || { echo "run.sh [SECONDS] [TARGET…]" >&2; exit 2; }
for target in "${targets[@]}"; do
    [ -f "$here/fuzz_targets/$target.rs" ] || { echo "fuzz: there is no target $target" >&2; exit 2; }
done
# What is not there is not fetched unasked.
host=$(RUSTUP_AUTO_INSTALL=0 rustc +nightly -vV 2>/dev/null | sed -n 's/^host: //p') || true
[ -n "$host" ] || missing "the nightly toolchain is missing (rustup toolchain install nightly)"
export PATH=$PATH:$out/tools/bin
if ! command -v cargo-fuzz >/dev/null; then
    cargo install cargo-fuzz --locked --quiet --root "$out/tools" || missing "cargo-fuzz cannot be installed"
fi

# No code of ours is unsafe, so that panics, memory and time are what there is to find: no sanitizer slows that down.
build=(cargo +nightly fuzz build --fuzz-dir "$here" --target-dir "$out" --sanitizer none)
if [ ${#targets[@]} -eq 1 ]; then build+=("${targets[0]}"); fi
cargo +nightly fetch --quiet --manifest-path "$here/Cargo.toml" || missing "the crates cannot be had"
"${build[@]}" || exit 1

# A few hundred files, spread over all that standard input names.
spread() {
    local into=$1 all=() number step
    mapfile -t all
    step=$((${#all[@]} / 300 + 1))
    for ((number = 0; number < ${#all[@]}; number += step)); do cp "${all[number]}" "$into/g$number"; done
}

# The texts of several lines in the sources of tests, which are what once went wrong.
quoted() {
    local into=$1 number=0 it
    shift
    while read -r it; do
        LC_ALL=C.UTF-8 printf '%b' "$it" >"$into/t$number"
        number=$((number + 1))
    done < <(grep -ohE '"([^"\\]|\\.)*\\n([^"\\]|\\.)*"' "$@" | sort -u | head -400 |
        sed -E 's/^"//; s/"$//; s/\\u\{([0-9a-f]*)\}/\\U<0000000\1>/g; s/\\U<[0-9a-f]*([0-9a-f]{8})>/\\U\1/g')
}

# Bytes that stand for changes, before each text.
with_changes() {
    local into=$1 it hash
    for it in "$into"/*; do
        hash=$(sha256sum <"$it" | head -c 64)$(basename "$it" | sha256sum | head -c 32)
        # shellcheck disable=SC2059
        { printf "$(sed 's/../\\x&/g' <<<"$hash")"; cat "$it"; } >"$it.c"
        mv "$it.c" "$it"
    done
}

# An image of one layer, as `docker save` writes it, plain and packed; the first bytes say how it is read.
images() {
    local into=$1 work digest kind
    work=$(mktemp -d)
    mkdir -p "$work/root/etc" "$work/root/data" "$work/image"
    printf 'root:x:0:0::/root:/bin/sh\napp:x:999:998::/data:/bin/false\n' >"$work/root/etc/passwd"
    printf '#!/bin/sh\nexec gosu app "$@"\n' >"$work/root/start.sh"
    chmod +x "$work/root/start.sh"
    tar -C "$work/root" -cf "$work/image/layer.tar" .
    digest=$(sha256sum "$work/image/layer.tar" | head -c 64)
    printf '{"config":{"Entrypoint":["/start.sh"],"User":"app"},"rootfs":{"diff_ids":["sha256:%s"]}}' "$digest" \
        >"$work/image/config.json"
    printf '[{"Config":"config.json","RepoTags":["a:1"],"Layers":["layer.tar"]}]' >"$work/image/manifest.json"
    tar -C "$work/image" -cf "$work/image.tar" manifest.json config.json layer.tar
    gzip -kn "$work/image.tar"
    for kind in '\x00' '\x60'; do
        for it in "$work/image.tar" "$work/image.tar.gz"; do
            { printf "\x00\x00\x00$kind"; cat "$it"; } >"$into/i${kind#??}$(basename "$it")"
        done
    done
    rm -r "$work"
}

seeds() {
    local into=$out/seeds/$1 it
    rm -rf "$into"
    mkdir -p "$into"
    case $1 in
    parse | edit)
        find ../golden -name '*.yaml' -path '*input*' -size -1500c | sort | spread "$into"
        quoted "$into" hostile.rs edits.rs scalars.rs spans.rs readers.rs
        ;;
    fix)
        find ../golden oracles/projects -name '*.yaml' -size -3000c | sort | spread "$into"
        quoted "$into" effective.rs posture.rs variables.rs bad_inputs/*.rs
        ;;
    config)
        find ../golden -name 'casehard*.toml' -size -3000c | sort | spread "$into"
        quoted "$into" config.rs setup.rs
        printf '# casehard: allow privileged -- it is the agent until 2030-01-31\n' >"$into/w0"
        printf '# casehard: allow privileged,host-pid -- why\nhost-pid: why until 2031-12-31\n' >"$into/w1"
        ;;
    archive)
        images "$into"
        find ../golden -name '*.yaml' -size -700c | sort | spread "$into"
        # What is no archive is an image whose files are told by the bytes.
        for it in "$into"/g*; do { printf '\xff\xff\xff\xff'; cat "$it"; } >"$it.m" && mv "$it.m" "$it"; done
        ;;
    esac
    [ "$1" != edit ] || with_changes "$into"
}

longest() {
    case $1 in
    archive) echo 32768 ;;
    config) echo 2048 ;;
    *) echo 4096 ;;
    esac
}

failed=0
export RAYON_NUM_THREADS=1
mkdir -p "$out/faults"
cd "$root/tests"
for target in "${targets[@]}"; do
    seeds "$target"
    corpus=$out/corpus/$target
    rm -rf "$corpus"
    mkdir -p "$corpus"
    log=$out/faults/$target.log
    echo "fuzz: $target for $seconds s from $(find "$out/seeds/$target" -type f | wc -l) seeds"
    status=0
    limits=(-max_len="$(longest "$target")" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048)
    case $target in parse | edit | fix) limits+=(-dict="$here/yaml.dict") ;; esac
    # Where no configuration of the user's is beside it.
    (cd "$out/faults" && "$out/$host/release/$target" "$corpus" "$out/seeds/$target" -seed="${SEED:-1127}" \
        "${limits[@]}" -print_final_stats=1 -artifact_prefix="$out/faults/$target-") >"$log" 2>&1 || status=$?
    grep '^stat::number_of_executed_units' "$log" || true
    if [ "$status" -ne 0 ]; then
        failed=1
        grep -v '^#[0-9]' "$log" | tail -60
        echo "fuzz: $target FAILED, its input is in $out/faults" >&2
    fi
done
exit "$failed"
