"""`warroom drain`: new calls are refused, those going on go on, and nothing is stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from warroom.cli.common import Json, data_of, print_json
from warroom.cli.stack.stop import say
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.find import find_supervisor

Undo = Annotated[bool, typer.Option("--undo", help="Take new calls again.")]


def drain(context: typer.Context, *, undo: Undo = False, as_json: Json = False) -> None:
    """Refuse new calls until `--undo`, and place none; callers are told to call again, where the trunk carries it."""
    data = data_of(context)
    find_supervisor(data)
    drain = Drain(data)
    if undo:
        drain.end()
    else:
        drain.begin()
    calls = drain.calls()
    if as_json:
        print_json({"draining": drain.on, "calls": calls})
    elif undo:
        say(f"new calls are taken; calls going on: {calls}")
    else:
        say(f"new calls are refused; calls going on: {calls}. Take calls again: warroom drain --undo")
