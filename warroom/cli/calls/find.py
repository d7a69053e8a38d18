"""`warroom calls list`: every call, filtered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agi.destinations.loader import read_helplines
from agi.settings import MISSED, ROOMS
from agi.trunks.loader import read_trunks
from router.clock import MICROSECONDS
from router.digits import plain
from router.geo import load_places
from router.india import local, short
from router.storage.call_results import RESULTS
from router.storage.repositories.calls.call_log_repository import OUTBOUND, TEST, UNKNOWN, CallFilter
from warroom.cli.common import CommandError, Json, data_of, open_storage, show
from warroom.cli.names import known_name
from warroom.cli.values import DAYS, TIMES, Limit, moment, telephone_number
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.repositories.calls.call_log_repository import LoggedCall

_COLUMNS = {
    "when": "When (IST)",
    "who": "From",
    "did": "Dialled",
    "trunk": "Trunk",
    "helpline": "Helpline",
    "became": "What became of it",
    "seconds": "s",
    "uniqueid": "Call",
}
_DIRECTIONS = {OUTBOUND: "to ", TEST: "test "}
_MIN_DID_DIGITS = 3


def list_(
    context: typer.Context,
    number: Annotated[str | None, typer.Option(help="The caller's telephone, in any form.")] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=DAYS, callback=moment, help="That came in on this day, in India.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=TIMES, callback=moment, help="From then on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=TIMES, callback=moment, help="Before then.")] = None,
    helpline: Annotated[str | None, typer.Option(help=f"Such as 181; {UNKNOWN}: none of ours.")] = None,
    outcome: Annotated[str | None, typer.Option(help=f"One of {', '.join(RESULTS)}.")] = None,
    trunk: Annotated[str | None, typer.Option(help="That it came by.")] = None,
    did: Annotated[str | None, typer.Option(help="The number dialled, or its last digits.")] = None,
    limit: Limit = 50,
    *,
    as_json: Json = False,
) -> None:
    """List calls, newest first: answered, rejected, abandoned, missed. A time without a zone is India's."""
    if day and (since or until):
        raise CommandError("--day stands by itself; with --since and --until leave it out")
    start, end = (local(day), local(day) + timedelta(days=1)) if day else (since, until)
    wanted = CallFilter(
        since=_micro(start),
        until=_micro(end),
        phone=telephone_number(number, "--number") if number else None,
        did=_did(did) if did else None,
        result=known_name("--outcome", outcome, RESULTS) if outcome else None,
        helpline=helpline,
        trunk=trunk,
    )
    data = data_of(context)
    found = asyncio.run(_find(data, wanted, limit))
    show([_row(call) for call in found], _COLUMNS, as_json=as_json, empty="no such calls are in the log")


async def _find(data: Path, wanted: CallFilter, limit: int) -> list[LoggedCall]:
    async with open_storage(data) as store:
        if wanted.trunk or wanted.helpline:
            trunks, helplines = await store.read(lambda uow: uow.call_log.trunks_and_helplines())
            if wanted.trunk:
                trunks |= {trunk.name for trunk in read_trunks(DataDirectory(data).trunks).trunk}
                known_name("--trunk", wanted.trunk, trunks, see="warroom trunks list")
            if wanted.helpline:
                there = read_helplines(DataDirectory(data).helplines, load_places()).by_id
                names = {*helplines, *there, ROOMS, MISSED, UNKNOWN}
                known_name("--helpline", wanted.helpline, names, see="warroom helplines list --all")
        return await store.read(lambda uow: uow.call_log.find(wanted, limit))


def _row(call: LoggedCall) -> dict[str, Any]:
    end = datetime.now(UTC).timestamp() * MICROSECONDS if call.ended is None else call.ended
    return {
        **call._asdict(),
        "result": call.state,
        "when": short(datetime.fromtimestamp(call.arrived / MICROSECONDS, UTC)),
        "who": f"{_DIRECTIONS.get(call.direction, '')}{call.caller or '-'}",
        "became": call.state if call.outcome in ("", call.state) else f"{call.state} ({call.outcome})",
        "seconds": round((end - call.arrived) / MICROSECONDS),
    }


def _did(text: str) -> str:
    digits = "".join(sign for sign in plain(text) if sign.isdecimal())
    if len(digits) < _MIN_DID_DIGITS:
        raise CommandError(f"--did: {text!r} is no number that is dialled; write at least its last three digits")
    return digits


def _micro(at: datetime | None) -> int | None:
    return int(local(at).timestamp()) * MICROSECONDS if at else None
