#!/bin/sh
# Puts promtool, which checks deploy/prometheus/, into /opt/warroom/bin. It is taken out of Debian's package of Prometheus
# (19 MB), which is not installed: nothing is started. As root; does nothing where it is there already.
set -eu
cd "$(dirname "$0")"
. ./common.sh

target=/opt/warroom/bin/promtool
if [ -x "$target" ]; then exit 0; fi
work=$(mktemp -d /tmp/warroom-promtool.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
apt_log=$work/log
apt_update
say "install: promtool"
(cd "$work" && apt-get download -qq prometheus >>"$apt_log" 2>&1) ||
    fail "apt-get download prometheus failed" "mend that and run deploy/promtool.sh again"
dpkg-deb -x "$work"/prometheus_*.deb "$work/unpacked"
mkdir -p "${target%/*}"
install -m 755 "$work/unpacked/usr/bin/promtool" "$target.new"
mv "$target.new" "$target"
