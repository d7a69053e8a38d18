"""`warroom logs`: the output of the stack's parts, past and present."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from warroom.cli.common import CommandError, console, data_of
from warroom.cli.stack.interrupts import Interrupts
from warroom.services.supervision.log_files import LOGS, LogFollower, last_lines
from warroom.services.supervision.plan import NAMES
from warroom.services.supervision.systemd_client import SystemdClient
from warroom.services.systemd.units import unit_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_POLL_INTERVAL_S: Final = 0.3
_WIDTH: Final = max(map(len, LOGS))

Part = Annotated[str, typer.Argument(help=f"One of {', '.join(LOGS)}; all without it.", show_default=False)]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written, until Ctrl-C.")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")]


def logs(context: typer.Context, part: Part = "", *, follow: Follow = False, lines: Lines = 50) -> None:
    """Print the last lines of the parts' logs in the order of their times, India's."""
    if part and part not in LOGS:
        raise CommandError(f"no part {part!r}; there are {', '.join(LOGS)}")
    data = data_of(context)
    if SystemdClient(data).installed():
        _journal([part] if part else list(NAMES), follow=follow, lines=lines)
    _files(data, [part] if part else list(LOGS), follow=follow, lines=lines)


def _files(data: Path, parts: Sequence[str], *, follow: bool, lines: int) -> None:
    follower = LogFollower(data, parts)
    try:
        for line in last_lines(data, parts, lines):
            _print(line.part, line.text, alone=len(parts) == 1)
        with Interrupts() as interrupts:
            while follow and not interrupts.count:
                for name, text in follower.new_lines():
                    _print(name, text, alone=len(parts) == 1)
                time.sleep(_POLL_INTERVAL_S)
    finally:
        follower.close()


def _print(part: str, text: str, *, alone: bool) -> None:
    console.print(text if alone else f"{part:<{_WIDTH}} | {text}", soft_wrap=True)


def _journal(parts: Sequence[str], *, follow: bool, lines: int) -> None:
    """Become journalctl: under systemd the journal has the output of the parts."""
    command = shutil.which("journalctl")
    if command is None:
        raise CommandError("journalctl: not found; the journal has the logs of a stack that systemd runs")
    units = [f"--unit={unit_name(part)}" for part in parts]
    words = [command, "--output=cat", "--no-pager", f"--lines={lines}", *units, *(["--follow"] if follow else [])]
    os.execv(command, words)  # noqa: S606 - its words are ours
