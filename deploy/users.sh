#!/bin/sh
# The group and the users the war room runs as; none of them can log in.
#   warroom-asterisk  Asterisk           warroom-broker  Mosquitto           warroom  our own services
set -eu
cd "$(dirname "$0")"
. ./common.sh

getent group warroom >/dev/null || {
    say "install: group warroom"
    groupadd --system warroom || fail "groupadd warroom failed" "see its message above"
}
for user in warroom-asterisk warroom-broker warroom; do
    getent passwd "$user" >/dev/null && continue
    say "install: user $user"
    # One primary group for all: what Asterisk records, the services read. The broker has nothing in common with
    # them and gets a group of its own.
    if [ "$user" = warroom-broker ]; then group='--user-group'; else group='--gid=warroom'; fi
    useradd --system "$group" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user" ||
        fail "useradd $user failed" "see its message above"
done
