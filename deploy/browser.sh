#!/bin/sh
# The browser of the tests, benches and screenshots: Debian's Chromium, with fonts that have Devanagari.
set -eu
cd "$(dirname "$0")"
. ./common.sh

missing=
for package in chromium fonts-noto-core iproute2; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
[ "$(id -u)" -eq 0 ] || fail "not root" "run it as root: sudo $0"
say "install: packages$missing"
# shellcheck disable=SC2086 # a list
add_packages $missing
