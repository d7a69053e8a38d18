"""`warroom service`: has systemd run the stack, from the start of the machine on."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import typer

from warroom.cli.common import FAILED, CommandError, Json, console, data_of, print_json
from warroom.cli.stack.stop import say
from warroom.config.paths import DataDirectory
from warroom.config.settings import load_settings
from warroom.services.readiness.systemd_notify import notify_ready
from warroom.services.stack.processes import prepare
from warroom.services.stack.rtp_ports import SoundClaim
from warroom.services.stack.running_stack import StackLock
from warroom.services.supervision.systemd_client import SystemdClient
from warroom.services.systemd import install as systemd
from warroom.services.systemd.units import TARGET

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(no_args_is_help=True)


@app.command()
def install(context: typer.Context) -> None:
    """Write units, tmpfiles.d and logrotate files, and have the stack start with the machine. Starts nothing now."""
    data = data_of(context)
    load_settings(data)
    systemd.check_places(data)
    changed = systemd.install(data, _files(data))
    for path in changed:
        say(f"written: {path}")
    systemd.enable()
    say(f"{'installed' if changed else 'installed already'}: it starts with the machine. Now: systemctl start {TARGET}")


@app.command()
def uninstall(context: typer.Context) -> None:
    """Remove what `install` wrote. The data directory stays; a stack that runs is to be stopped first."""
    data = data_of(context)
    if systemd.installed_for() != data:
        raise CommandError(f"no stack of {data} is installed")
    if SystemdClient(data).active():
        raise CommandError("the stack runs; stop it first: warroom stop")
    systemd.systemctl("disable", TARGET)
    systemd.uninstall(_files(data))
    if systemd.RUNNING.exists():
        systemd.systemctl("daemon-reload")
    say("removed; the data directory stays as it is")


@app.command()
def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Tell whether the units are there, up to date, and start with the machine. Exit code 1: they are not."""
    data = data_of(context)
    installed = systemd.installed_for() == data
    old = [str(path) for path in systemd.differing(_files(data))] if installed else []
    enabled = installed and _enabled()
    if as_json:
        print_json({"installed": installed, "enabled": enabled, "differing": old})
    elif not installed:
        console.print("not installed: warroom service install")
    else:
        console.print(f"installed; {'starts' if enabled else 'does not start'} with the machine")
        for path in old:
            console.print(f"not as this version writes it: {path}; mend it: warroom service install")
    if not enabled or old:
        raise typer.Exit(FAILED)


@app.command(hidden=True)
def hold(context: typer.Context) -> None:
    """Prepare the data directory, and hold its lock and its ports for sound (as the unit starts it)."""
    data = data_of(context)
    settings = load_settings(data)
    lock, sound = StackLock(data), SoundClaim(data, settings)
    lock.take()
    prepare(data, settings, lambda *_: None)
    DataDirectory(data).draining.unlink(missing_ok=True)
    ports = sound.take()
    ends = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    notify_ready(f"sound: UDP ports {ports}")
    signal.sigwait(ends)


def _files(data: Path) -> dict[Path, str]:
    return systemd.files(data, systemd.version())


def _enabled() -> bool:
    try:
        systemd.systemctl("is-enabled", TARGET)
    except systemd.SystemdError:
        return False
    return True
