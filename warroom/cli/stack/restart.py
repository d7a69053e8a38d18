"""`warroom restart PART`: ends one part and starts it again; the others go on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from warroom.cli.common import CommandError, data_of
from warroom.cli.stack.stop import Now, drain_calls, say
from warroom.config.settings import load_settings
from warroom.services.stack.processes import prepare_part
from warroom.services.stack.running_stack import READY_TIMEOUT_S
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.find import find_supervisor
from warroom.services.supervision.plan import NAMES

if TYPE_CHECKING:
    from warroom.services.supervision.parts import Supervisor

ASTERISK: Final = "asterisk"
_POLL_INTERVAL_S: Final = 0.2

Part = Annotated[str, typer.Argument(help=f"One of {', '.join(NAMES)}.")]


def restart(context: typer.Context, part: Part, *, now: Now = False) -> None:
    """Start one part again, with the settings as they are now, and wait until it is ready.

    Asterisk holds the calls: new ones are refused, and it is started again when none is going on any more.
    """
    if part not in NAMES:
        raise CommandError(f"no part {part!r}; there are {', '.join(NAMES)}")
    data = data_of(context)
    settings = load_settings(data)
    supervisor = find_supervisor(data)
    if part == ASTERISK and not now:
        drain_calls(data)
    prepare_part(data, settings, part)
    supervisor.restart(part)
    if part == ASTERISK:
        Drain(data).end()
    _wait_until_ready(supervisor, part)
    say(f"{part} is ready")


def _wait_until_ready(supervisor: Supervisor, part: str) -> None:
    until = time.monotonic() + READY_TIMEOUT_S
    while not any(one.ready for one in supervisor.parts() if one.part == part):
        if time.monotonic() > until:
            raise CommandError(f"{part}: not ready within {READY_TIMEOUT_S:.0f} s; see: warroom logs {part}")
        time.sleep(_POLL_INTERVAL_S)
