#!/bin/sh
# Packages of the distribution: broker, speech for the prompts, call generator and tools of the tests.
set -eu
cd "$(dirname "$0")"
. ./common.sh

# util-linux: setpriv; tshark, sip-tester and nftables: tests, bench and `warroom test-call`; postgresql-15: tests, which
# run a server of their own.
missing=
for package in ca-certificates espeak-ng libespeak-ng1 mosquitto mosquitto-clients python3-venv sip-tester \
    nftables postgresql-15 tshark util-linux; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
say "install: packages$missing"
# shellcheck disable=SC2086 # a list
add_packages $missing
