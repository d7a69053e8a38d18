"""`warroom status`: what each part of the stack does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer

from router.india import short
from warroom.cli.common import FAILED, Json, console, data_of, errors, print_json, show
from warroom.config.asterisk.config_files import AsteriskError
from warroom.services.supervision.drain import Drain
from warroom.services.supervision.find import find_supervisor
from warroom.services.supervision.plan import NotStartedError
from warroom.services.supervision.unsupervised import Unsupervised

if TYPE_CHECKING:
    from warroom.services.supervision.parts import PartStatus

NOT_RUNNING: Final = 3
"""Exit code when the stack does not run, as of init scripts (LSB) and systemctl."""


def status(context: typer.Context, *, as_json: Json = False) -> None:
    """Show each part: its state, since when, its process, how often it was started again, whether it does its work.

    Exit code 0: all are ready; 1: one is not, or nobody would start it again; 3: the stack does not run.
    """
    data = data_of(context)
    try:
        supervisor = find_supervisor(data)
    except NotStartedError as error:
        if as_json:
            print_json({"supervisor": None, "draining": False, "calls": None, "parts": []})
        else:
            errors.print(f"warroom: {error}", soft_wrap=True)
        raise typer.Exit(NOT_RUNNING) from None
    parts, drain = supervisor.parts(), Drain(data)
    calls = _calls(drain)
    if as_json:
        rows = [{**asdict(part), "since": part.since and part.since.isoformat()} for part in parts]
        print_json({"supervisor": supervisor.name, "draining": drain.on, "calls": calls, "parts": rows})
    else:
        _print(supervisor.name, parts, drain, calls)
    if isinstance(supervisor, Unsupervised) or not all(part.ready for part in parts):
        raise typer.Exit(FAILED)


def _calls(drain: Drain) -> int | None:
    """How many calls are going on; None when Asterisk cannot be asked."""
    try:
        return drain.calls()
    except AsteriskError:
        return None


def _print(supervisor: str, parts: list[PartStatus], drain: Drain, calls: int | None) -> None:
    rows = [_row(part) for part in parts]
    columns = {"part": "Part", "state": "State", "ready": "Ready", "since": "Since (IST)", "pid": "Process",
               "restarts": "Restarts"}  # fmt: skip
    show(rows, columns, as_json=False, empty="")
    said = "Asterisk does not answer" if calls is None else f"calls going on: {calls}"
    console.print(f"supervised by {supervisor}; {said}", soft_wrap=True)
    if drain.on:
        console.print("draining: new calls are refused; take them again: warroom drain --undo", soft_wrap=True)


def _row(part: PartStatus) -> dict[str, Any]:
    return {
        "part": part.part,
        "state": part.state,
        "ready": "yes" if part.ready else "no",
        "since": short(part.since) if part.since else "",
        "pid": part.pid or "",
        "restarts": part.restarts,
    }
