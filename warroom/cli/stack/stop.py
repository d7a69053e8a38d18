"""`warroom stop`: ends the stack when no call is going on any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from warroom.cli.common import console, data_of
from warroom.cli.stack.interrupts import Interrupts
from warroom.services.supervision.find import find_supervisor
from warroom.services.supervision.stopping import Draining, stop_all

if TYPE_CHECKING:
    from pathlib import Path

Now = Annotated[bool, typer.Option("--now", help="Do not wait for calls: cut them off.")]


def stop(context: typer.Context, *, now: Now = False) -> None:
    """Refuse new calls, wait for those going on, and stop all parts. Ctrl-C twice cuts them off."""
    data = data_of(context)
    supervisor = find_supervisor(data)
    if not now:
        drain_calls(data)
    stop_all(data, supervisor)
    say("stopped")


def drain_calls(data: Path) -> None:
    """Refuse new calls and return when none is going on, or after Ctrl-C was pressed twice: once may be a mistake."""
    draining = Draining(data, say, "Ctrl-C twice cuts them off; to go on taking calls: warroom drain --undo")
    draining.begin()
    with Interrupts() as interrupts:
        draining.wait(lambda: interrupts.count > 1)


def say(line: str) -> None:
    """Print one line."""
    console.print(line, soft_wrap=True)
