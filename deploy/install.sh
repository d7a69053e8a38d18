#!/bin/sh
# Installs what one machine of the war room needs: packages, Asterisk, users. Debian 12 or later, or Ubuntu; as root.
# Run it as often as you like: what is there already is left alone. It never touches /etc/asterisk.
set -eu
cd "$(dirname "$0")"
. ./common.sh

[ "$(id -u)" -eq 0 ] || fail "not root" "run it as root: sudo $0"
command -v apt-get >/dev/null || fail "no apt-get here" "use Debian 12 or later, or Ubuntu"

for step in users packages asterisk; do
    "./$step.sh"
done
say "install: everything is there"
