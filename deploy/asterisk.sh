#!/bin/sh
# Asterisk 20 or newer: the machine's own; else the distribution's package; else a private copy of Debian's package
# under /opt/warroom/asterisk, which nothing else on the machine sees. To renew a private copy:
#   rm -r /opt/warroom/asterisk && deploy/install.sh
set -eu
cd "$(dirname "$0")"
. ./common.sh

oldest=20
home=/opt/warroom
root=$home/asterisk
suite=forky # Debian 13's own release has none either; forky has Asterisk 22, the long-term version

# new_enough VERSION: "22.10.1" is, "18.20.0" is not.
new_enough() {
    major=${1%%.*}
    case $major in '' | *[!0-9]*) return 1 ;; esac
    [ "$major" -ge "$oldest" ]
}

version_at() { LC_ALL=C "$1" -V 2>/dev/null | sed -n 's/^Asterisk \([0-9][^ ]*\).*/\1/p'; }

# The mirror this machine already uses for Debian, from deb822 files or one-line ones; empty when there is none.
debian_mirror() {
    {
        cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
            sed -n 's/^URIs:[[:space:]]*//p' | tr -s ' \t' '\n\n'
        cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
            sed -n 's/^[[:space:]]*deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}\([^[:space:]]*\).*/\2/p'
    } | grep -E '^(https?|mirror\+https?|file|copy)://?.*/debian/?$' | head -n 1 | sed 's,/$,,'
}

# bootstrap DIRECTORY [OPTION...]: unpacks Debian's asterisk and what it needs into a directory.
bootstrap() {
    target=$1
    shift
    mmdebstrap --variant=apt --include=asterisk "$@" "$suite" "$target" \
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$log" 2>&1
}

make_private_root() {
    needed=
    for package in mmdebstrap debian-archive-keyring; do
        installed "$package" || needed="$needed $package"
    done
    # shellcheck disable=SC2086 # a list
    [ -z "$needed" ] || add_packages $needed

    mirror=$(debian_mirror)
    [ -n "$mirror" ] || fail "no mirror of Debian stands in this machine's apt settings" \
        "add one to /etc/apt/sources.list.d, or install asterisk $oldest or newer yourself"
    say "install: Asterisk from Debian $suite into $root (about half a minute)"
    install -d -m 755 "$home" "$home/bin"
    # Only a finished copy gets the final name; what an interrupted run left is thrown away.
    rm -rf "$root.new" "$root".new.*
    log=$(mktemp /tmp/warroom-asterisk.XXXXXX)
    if ! bootstrap "$root.new"; then
        # A mirror that stands still (an archive, a closed network) has signed lists past their date. Their
        # signatures are checked all the same.
        grep -q 'is expired' "$log" || bootstrap_failed
        rm -rf "$root.new"
        bootstrap "$root.new" --aptopt='Acquire::Check-Valid-Until "false"' || bootstrap_failed
    fi
    rm -f "$log"
    chmod 755 "$root.new"
    mv "$root.new" "$root"
}

bootstrap_failed() {
    rm -rf "$root.new"
    fail "Asterisk could not be fetched from $mirror: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")" \
        "check the network and that this mirror carries $suite, then run deploy/install.sh again (log: $log)"
}

install_launcher() {
    cmp -s asterisk-launcher "$home/bin/asterisk" && return
    install -d -m 755 "$home/bin"
    install -m 755 asterisk-launcher "$home/bin/asterisk"
}

for own in /usr/sbin/asterisk /usr/local/sbin/asterisk; do
    if [ -x "$own" ] && new_enough "$(version_at "$own")"; then
        say "install: Asterisk $(version_at "$own") of this machine"
        exit 0
    fi
done
if [ ! -d "$root" ]; then
    # Where the machine has an older Asterisk of its own, that one is left as it is.
    if [ ! -e /usr/sbin/asterisk ] && new_enough "$(version_of_candidate asterisk)"; then
        say "install: Asterisk $(version_of_candidate asterisk) from this distribution"
        add_packages asterisk
        exit 0
    fi
    make_private_root
fi
install_launcher
version=$(version_at "$home/bin/asterisk")
new_enough "$version" ||
    fail "the private Asterisk in $root does not run" "rm -r $root and run deploy/install.sh again"
say "install: Asterisk $version in $root"
