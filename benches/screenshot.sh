#!/bin/sh
# Makes docs/report.png, the picture of the report in the README: what `casehard check --format html` tells of a folder.
#
# usage: benches/screenshot.sh [CASEHARD [FOLDER]]
set -eu
cd "$(dirname "$0")/.."
casehard=${1:-target/release/casehard}
folder=${2:-golden/images}
command -v chromium >/dev/null || { echo "NOT AVAILABLE HERE: there is no chromium" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$casehard" check -q --exit-zero --format html --output "$work/report.html" "$folder"
chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
    --window-size=1200,760 --screenshot="$work/report.png" "file://$work/report.html" >/dev/null 2>&1
mkdir -p docs
cp "$work/report.png" docs/report.png
