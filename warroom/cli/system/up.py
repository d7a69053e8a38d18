"""`warroom up`: running the whole stack."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import TYPE_CHECKING

import typer
from honcho.manager import Manager

from warroom.cli.common import ProgressBar, console, data_of
from warroom.config.paths import DataDirectory
from warroom.config.settings import Settings, load_settings
from warroom.config.trunks import applied_trunks
from warroom.services.ports import check_free, not_ours, ports_of
from warroom.services.rtp_ports import SoundClaim
from warroom.services.running_stack import READY_TIMEOUT_S, StackLock
from warroom.services.supervisor import SERVICES, environment, prepare, processes
from warroom.services.systemd_notify import ReadyListener

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from warroom.services.ports import Port
    from warroom.services.rtp_ports import SoundPorts

_POLL_INTERVAL_S = 0.5


def up(context: typer.Context) -> None:
    """Prepare the data directory and run broker, Asterisk and services until Ctrl-C."""
    data = data_of(context)
    settings = load_settings(data)
    lock = StackLock(data)
    lock.take()
    with ProgressBar() as progress:
        prepare(data, settings, progress)
    ports = ports_of(data, settings)
    check_free(ports)
    sound = SoundClaim(data, settings)
    sound_ports = sound.take()
    listeners = [ReadyListener(DataDirectory(data).notify(name)) for name in SERVICES]
    manager = Manager()
    for process in processes(data):
        manager.add_process(process.name, process.command, env=environment(data, process.name), cwd=str(data))
    greeter = threading.Thread(target=_greet, args=(listeners, ports, sound_ports, data, settings), daemon=True)
    greeter.start()
    manager.loop()
    for listener in listeners:
        listener.close()
    sound.release()
    sys.exit(0 if manager.returncode in (130, 143) else manager.returncode)


def _greet(
    listeners: Sequence[ReadyListener], ports: Sequence[Port], sound: SoundPorts, data: Path, settings: Settings
) -> None:
    """Once all parts answer, say what to dial, how to watch a room and where the passwords lie."""
    until = time.monotonic() + READY_TIMEOUT_S
    if not all(listener.wait(READY_TIMEOUT_S, lambda: True) for listener in listeners):
        console.print(f"not ready after {READY_TIMEOUT_S:.0f} s; see the lines above, or run: warroom doctor")
        return
    while missing := not_ours(ports, os.getpid()):  # Asterisk goes on without a port that it does not get
        if time.monotonic() > until:
            text = "\n".join(f"not ready: {port} is not held by us; see: warroom doctor" for port in missing)
            console.print(text, markup=False, highlight=False)
            return
        time.sleep(_POLL_INTERVAL_S)
    trunk = applied_trunks(data).trunk[0]
    lines = [
        "",
        f"ready. Dial {', '.join(trunk.dids)} at {settings.calls.sip_bind}:{settings.calls.sip_port} (SIP over UDP)",
        f"  from {', '.join(trunk.sources)}, the address of trunk '{trunk.name}'; a test call: warroom test-call",
        f"  sound:          UDP ports {sound}",
        f"  Open311:        http://{settings.api.host}:{settings.api.port}/open311/v2/services.json",
        "  watch a room:   warroom room watch district-bhopal",
        f"  broker:         {settings.router.broker.host}:{settings.router.broker.port}, MQTT 3.1.1 and 5",
        f"  passwords:      {data}/secrets/ (one file each, readable by root)",
        "  check all:      warroom doctor",
        "  stop:           Ctrl-C",
    ]
    console.print("\n".join(lines), markup=False, highlight=False)
