#!/bin/sh
# Puts this clone's command on the path: PREFIX/bin/warroom. One of another clone, or of another program, is left alone.
set -eu
cd "$(dirname "$0")"
. ./common.sh

command="$(dirname "$PWD")/.venv/bin/warroom"
link="${PREFIX:-/usr/local}/bin/warroom"
if [ ! -e "$link" ]; then
    mkdir -p "${link%/*}"
    ln -sfn "$command" "$link"
    say "install: $link is $command"
elif [ "$(readlink "$link" || true)" != "$command" ]; then
    say "install: $link is another's and is left alone; this one is $command"
fi
