"""A store as it is after weeks: many closed tickets with all that hangs on them, some open ones."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from recordings.spool import file_name
from router.helpline import CITIZENS
from router.model.calls.recording_record import NewRecording, recorded_of
from router.model.hourly_count import hour_of
from router.model.job import ORIGINATE, TRANSCRIBE
from router.model.rooms.decided_command import digest
from router.model.stages import Stage
from router.storage.repositories.tickets import hourly_count_repository, ticket_repository
from router.storage.schema import calls, commands, history, jobs, ticket_serials, ticket_sources, tickets
from router.storage.unit_of_work import UnitOfWork
from router.tickets.opening.create import create_ticket
from router.tickets.opening.report import Report
from router.tickets.routing.reloading_rules import ReloadingRules
from router.tickets.ticket_number import issue

if TYPE_CHECKING:
    from router.geo import Places
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

NODE = 1
PHONES = 60_000  # so that many who call have called before
_ELSEWHERE = {"danger", "listen", "other", "information", "stranded"}  # not for the districts' rooms, or to no need
_DAYS = 60
_CHUNK = 2_000
_LIFE = (Stage.ROUTED, Stage.ACKNOWLEDGED, Stage.RESOLVED, Stage.CONFIRMED)
_SAID = ("opened; rule district", "acknowledge; routed → acknowledged", "resolve", "confirm; resolved → confirmed")
_AT_ONCE = 200


def report(index: int, places: Places, *, district: str = "", phone: str = "") -> Report:
    """Return a report as the telephone gives it; about 900 bytes on its topic."""
    known = places.districts[district] if district else list(places.districts.values())[index % len(places.districts)]
    needs = [need for need in places.needs if need not in _ELSEWHERE]
    return Report(
        source_key=f"{1_600_000_000 + index}.{index}/1",
        channel="phone",
        helpline="181",
        need=needs[index % len(needs)],
        district=known.id,
        phone=phone or f"+9198{index % PHONES:08d}",
        landmark="पंचायत भवन के पास",
        recordings=(_recording(index),),
        call=f"{1_600_000_000 + index}.{index}",
    )


def _recording(index: int) -> NewRecording:
    uniqueid = f"{1_600_000_000 + index}.{index}"
    begun = datetime.fromtimestamp(1_600_000_000 + index, UTC)
    name = file_name(begun, uniqueid, CITIZENS, "hi")
    return NewRecording(name=name, call=uniqueid, helpline=CITIZENS, language="hi", begun=begun)


async def fill_closed(store: Storage, places: Places, count: int) -> None:
    """Write so many closed tickets: past the desk, by its own rows, a thousandfold at once."""
    rules = ReloadingRules(places).rules
    begin = datetime.now(UTC) - timedelta(days=_DAYS)
    step = timedelta(days=_DAYS - 1) / max(count, 1)
    for start in range(0, count, _CHUNK):
        chunk = range(start, min(start + _CHUNK, count))
        rows = await asyncio.to_thread(
            lambda chunk=chunk: [_closed(index, begin + index * step, places, rules) for index in chunk]
        )
        await store.write(partial(_insert, rows=rows, last=chunk.stop))


async def fill_open(desk: TicketService, places: Places, count: int, *, first: int, district: str = "") -> None:
    """Open so many tickets at the desk, each from a telephone of its own."""
    for start in range(first, first + count, _AT_ONCE):
        some = range(start, min(start + _AT_ONCE, first + count))
        await asyncio.gather(
            *(desk.open(report(index, places, district=district, phone=f"+9170{index:08d}")) for index in some)
        )


def _closed(index: int, at: datetime, places: Places, rules: Any) -> dict[str, list[Any]]:
    """Return the rows of one ticket that was opened, acknowledged, resolved and confirmed."""
    number = issue(NODE, index + 1)
    first, _ = create_ticket(report(index, places), number, at, places, rules)
    ticket = first.model_copy(
        update={"version": len(_LIFE), "stage": _LIFE[-1], "updated_datetime": at + timedelta(hours=9)}
    )
    minutes = (at, at + timedelta(hours=1), at + timedelta(hours=8), ticket.updated_datetime)
    reply = f'{{"command_id":"c","room":"{ticket.room}","ticket":"{number}","accepted":true,"version":2}}'
    return {
        "tickets": [ticket_repository._columns(ticket, ticket.model_dump_json())],
        "sources": [{"source_key": ticket.source_key, "number": number}],
        "history": [
            {
                "number": number, "version": version, "at": when.isoformat(), "by": ticket.room, "what": what,
                "stage": stage,
            }
            for version, (when, what, stage) in enumerate(zip(minutes, _SAID, _LIFE, strict=True), start=1)
        ],
        "commands": [
            {"sender": sender, "command_id": digest(f"{number}{said}"), "content": digest(said), "reply": reply}
            for sender, said in ((ticket.room, "acknowledge"), (ticket.room, "resolve"), ("citizen", "confirm"))
        ],
        "calls": [
            {
                "uniqueid": ticket.calls[0], "helpline": "181", "did": "181", "phone": ticket.phone, "language": "hi",
                "trouble": 1, "need": ticket.service_code, "district": ticket.district, "started": at.isoformat(),
                "ended": minutes[1].isoformat(), "outcome": "ticket",
            }
        ],
        "jobs": [
            {
                "kind": kind, "key": key, "priority": 3, "payload": "{}", "due": minutes[2].isoformat(), "claims": 1,
                "attempts": 0, "checkpoint": "", "outcome": "done", "ended": minutes[3].isoformat(),
            }
            for kind, key in (
                (ORIGINATE, f"{number}/3"),
                (TRANSCRIBE, ticket.recordings[0]),
            )
        ],
        "recordings": [recorded_of(_recording(index), ticket)],
        "hours": [{"hour": hour_of(at.timestamp()), "district": ticket.district,
                   "need": ticket.service_code, "tickets": 1}],
    }  # fmt: skip


def _insert(uow: UnitOfWork, rows: list[dict[str, list[Any]]], last: int) -> None:
    for name, table in (
        ("tickets", tickets), ("sources", ticket_sources), ("history", history), ("commands", commands),
        ("calls", calls), ("jobs", jobs),
    ):  # fmt: skip
        uow.connection.execute(sa.insert(table), [row for some in rows for row in some[name]])
    uow.connection.execute(hourly_count_repository._ADD, [row for some in rows for row in some["hours"]])
    for some in rows:
        uow.recordings.add(some["recordings"][0])
    uow.connection.execute(sa.delete(ticket_serials))
    uow.connection.execute(sa.insert(ticket_serials), {"node": NODE, "last": last})
