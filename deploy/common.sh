# shellcheck shell=sh
# Sourced by the install scripts: what they print, and how they add packages.

say() { printf '%s\n' "$*"; }

# fail WHAT REMEDY: one line that says what went wrong and what to do, then the end.
fail() {
    printf 'install: %s; %s\n' "$1" "$2" >&2
    exit 1
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# version_of_candidate PACKAGE: the version apt would install, without epoch; empty when it has none.
version_of_candidate() {
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \(([^)]*)\)\{0,1\}\([0-9]*:\)\{0,1\}//p'
}

# Lists may be old or absent on a fresh machine. A failure is told only if the install after it fails as well:
# a broken source of somebody else must not stop us.
apt_update() { apt-get update -qq >"$apt_log" 2>&1 || true; }

# add_packages PACKAGE...: installs them without starting a daemon of theirs. A daemon of a package that was there
# before is not touched; one that came with us stays stopped and disabled, because the war room starts its own.
add_packages() {
    apt_log=$(mktemp /tmp/warroom-apt.XXXXXX)
    fresh_daemons=
    for daemon in mosquitto asterisk postgresql-common; do
        installed "$daemon" || fresh_daemons="$fresh_daemons $daemon"
    done
    forbid_daemon_starts
    apt_update
    if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@" >>"$apt_log" 2>&1; then
        fail "apt-get install $* failed: $(grep -m1 '^E:' "$apt_log" || echo 'no reason given')" \
            "mend that and run deploy/install.sh again (log: $apt_log)"
    fi
    for daemon in $fresh_daemons; do
        if installed "$daemon"; then disable_daemon "${daemon%-common}"; fi
    done
    allow_daemon_starts
    rm -f "$apt_log"
}

policy=/usr/sbin/policy-rc.d
policy_mark='# put here by the war room install, for its own run only'

# invoke-rc.d and systemd's package hooks ask this script before they start a daemon; 101 forbids it.
forbid_daemon_starts() {
    trap allow_daemon_starts EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if [ -e "$policy" ] && ! grep -q "$policy_mark" "$policy"; then
        mv "$policy" "$policy.before-warroom"
    fi
    printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy"
    chmod 755 "$policy"
}

allow_daemon_starts() {
    trap - EXIT INT TERM
    if grep -qs "$policy_mark" "$policy"; then rm -f "$policy"; fi
    if [ -e "$policy.before-warroom" ]; then mv "$policy.before-warroom" "$policy"; fi
}

disable_daemon() {
    if command -v systemctl >/dev/null; then
        systemctl disable --quiet "$1.service" >/dev/null 2>&1 || true
    fi
    if [ -x "/etc/init.d/$1" ] && command -v update-rc.d >/dev/null; then
        update-rc.d "$1" disable >/dev/null 2>&1 || true
    fi
}
