"""`warroom calls show`: one call, step by step."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from agi.call_details.detail import find_calls, gather
from agi.call_details.timeline import timeline
from router.clock import MICROSECONDS
from router.india import local
from router.masking import mask
from router.phone_numbers import normalise
from warroom.cli.calls.signalling import messages_of
from warroom.cli.common import CommandError, Json, console, data_of, open_storage, print_json
from warroom.cli.ticket_number import plain_number
from warroom.config.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from agi.call_details.detail import CallDetail

_MAX_SHOWN = 5
"""Calls of a ticket or a telephone at once: a screen or two."""
_NO_SIP = "  no SIP messages of it were recorded; before the next call: warroom calls capture start NUMBER"
_NUMBER = re.compile(r"\+?[0-9]{8,}(?![0-9.])")


def show(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="CALL", help="A call's id, a ticket's number, or a telephone.")],
    *,
    sip: Annotated[
        bool, typer.Option("--sip", help="With its SIP messages, as far as `warroom calls capture` recorded them.")
    ] = False,
    masked: Annotated[bool, typer.Option("--masked", help="Without telephone numbers, to be sent to others.")] = False,
    as_json: Json = False,
) -> None:
    """Show calls step by step: prompts and keys, destinations with their results, and the party that hung up."""
    data = data_of(context)
    found, more = asyncio.run(_find(data, which))
    if not found:
        raise CommandError(f"no call in the log has to do with {which!r}; see: warroom calls list")
    if as_json:
        print_json([{**one.as_json(), **({"sip": _signalling(data, one)} if sip else {})} for one in found])
        return
    for detail in found:
        lines = _lines(detail)
        if sip:
            lines += [f"  {line}" for line in _signalling(data, detail)] or [_NO_SIP]
        for line in lines:
            console.print(_NUMBER.sub(lambda number: mask(number[0]), line) if masked else line, soft_wrap=True)
        console.print("")
    if more:
        console.print(f"{more} older calls are not shown; see: warroom calls list --number")


def _signalling(data: Path, detail: CallDetail) -> list[str]:
    return messages_of(data, detail.call, load_settings(data).calls.sip_port)


async def _find(data: Path, which: str) -> tuple[list[CallDetail], int]:
    """Return the newest calls that are meant, oldest first, and how many more there are."""
    number = normalise(which)
    name = which if "." in which else plain_number(which)
    async with open_storage(data) as store:
        calls = await store.read(lambda uow: find_calls(uow, name, number.e164))
        shown = calls[:_MAX_SHOWN][::-1]
        return await store.read(lambda uow: gather(uow, shown)), len(calls) - len(shown)


def _lines(detail: CallDetail) -> list[str]:
    call, record = detail.call, detail.record
    became = call.state if call.outcome in ("", call.state) else f"{call.state} ({call.outcome})"
    lines = [f"call {call.uniqueid}, helpline {call.helpline}: {became}"]
    if record:
        said = (("language", record.language), ("need", record.need), ("district", record.district))
        lines.append("  " + ", ".join(f"{name} {value}" for name, value in said if value))
        if record.phone and record.phone != call.caller:
            lines.append(f"  to be called at {record.phone}")
    lines += [f"  {_clock(line.at)} {line.text}" for line in timeline(detail)]
    lines += [f"  ticket {one.number}: {one.stage}, {one.service_code}, room {one.room}" for one in detail.tickets]
    lines += [f"  recording {one.name}: {one.state}, warroom recordings play {one.name}" for one in detail.recordings]
    books = [f"CDR {row.uniqueid}/{row.sequence} by {row.app or '-'} to {row.peer or '-'}" for row in detail.cdr]
    if books:
        lines.append(f"  {'; '.join(books)}; {len(detail.cel)} CEL events")
    return lines


def _clock(at: int) -> str:
    return f"{local(datetime.fromtimestamp(at / MICROSECONDS, UTC)):%d %b %H:%M:%S IST}"
