#!/bin/sh
# Asterisk 20 or newer: the machine's own; else the distribution's package; else a private copy of Debian's package
# under /opt/warroom/asterisk, which nothing else on the machine sees.
#   deploy/asterisk.sh          install what is missing
#   deploy/asterisk.sh check    ask for the newest version of a private copy (weekly, from cron); 1 when there is a newer
#   deploy/asterisk.sh renew    put the newest version in the place of a private copy; it counts from the next start
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

# over_tls MIRROR: the same mirror by HTTPS where it answers so, else as it was.
over_tls() {
    secure=https://${1#http://}
    case $1 in
        http://*)
            if /usr/lib/apt/apt-helper -o Acquire::https::Timeout=5 -o Acquire::Retries=0 \
                download-file "$secure/dists/$suite/InRelease" "$probe" >/dev/null 2>&1; then
                say "$secure"
                return
            fi ;;
    esac
    say "$1"
}

# tidy DIRECTORY: nothing in it belongs to an account of this machine but root, and nothing runs with another's rights.
# The package's own account has a number that may be somebody else's here.
tidy() {
    find "$1" -xdev \( ! -user root -o ! -group root \) -exec chown -h root:root {} +
    find "$1" -xdev ! -type l -perm /6000 -exec chmod u-s,g-s {} +
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
    probe=$(mktemp /tmp/warroom-mirror.XXXXXX)
    mirror=$(over_tls "$mirror")
    rm -f "$probe"
    log=$(mktemp /tmp/warroom-asterisk.XXXXXX)
    if ! bootstrap "$root.new"; then
        # A mirror that stands still (an archive, a closed network) has signed lists past their date. Their
        # signatures are checked all the same.
        grep -q 'is expired' "$log" || bootstrap_failed
        say "install: the lists of $mirror are past their date: signed by Debian, but newer releases may be missing"
        rm -rf "$root.new"
        bootstrap "$root.new" --aptopt='Acquire::Check-Valid-Until "false"' || bootstrap_failed
    fi
    rm -f "$log"
    rm -f "$root.new/etc/apt/apt.conf.d/99mmdebstrap" # later looks heed the date again
    tidy "$root.new"
    chmod 755 "$root.new"
    # What runs now keeps the files it has open.
    rm -rf "$root.old"
    if [ -d "$root" ]; then mv "$root" "$root.old"; fi
    mv "$root.new" "$root"
    rm -rf "$root.old"
}

# Asks the mirror of the private copy; what it says stays there for `warroom doctor`.
check_private_root() {
    [ -d "$root" ] || fail "there is no private copy in $root" "the system's own Asterisk is renewed by apt"
    own_apt="-o Dir=$root -o Dir::State::status=$root/var/lib/dpkg/status"
    log=$(mktemp /tmp/warroom-asterisk.XXXXXX)
    # shellcheck disable=SC2086 # options
    if ! apt-get $own_apt -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any update -qq >"$log" 2>&1; then
        fail "Debian's lists could not be fetched: $(grep -m1 '^[EW]:' "$log" || echo 'no reason given')" \
            "check the network and the mirror in $root/etc/apt/sources.list (log: $log)"
    fi
    rm -f "$log"
    touch "$root/var/lib/apt/asked"
    # shellcheck disable=SC2086 # options
    versions=$(LC_ALL=C apt-cache $own_apt policy asterisk)
    there=$(printf '%s\n' "$versions" | sed -n 's/^ *Installed: //p')
    newest=$(printf '%s\n' "$versions" | sed -n 's/^ *Candidate: //p')
    if [ "$there" = "$newest" ]; then
        say "asterisk: $there is the newest of Debian $suite"
    else
        say "asterisk: $there is installed, $newest is there: deploy/asterisk.sh renew, then restart the stack"
        exit 1
    fi
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

case ${1-} in
    check) check_private_root; exit 0 ;;
    renew) make_private_root; install_launcher; say "asterisk: $(version_at "$home/bin/asterisk") in $root"; exit 0 ;;
    '') ;;
    *) fail "unknown word $1" "say check or renew, or nothing" ;;
esac

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
else
    tidy "$root" # of copies from before
fi
install_launcher
version=$(version_at "$home/bin/asterisk")
new_enough "$version" ||
    fail "the private Asterisk in $root does not run" "rm -r $root and run deploy/install.sh again"
say "install: Asterisk $version in $root"
