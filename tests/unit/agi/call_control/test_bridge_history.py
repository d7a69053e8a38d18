"""Asterisk's books say who spoke with whom in calls that were changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from agi.call_control.bridge_history import LOOK_BACK, BridgeHistory
from router.model.calls.call_record import CallRecord
from router.storage.repositories.calls import cdr_repository
from router.storage.repositories.calls.cdr_repository import DESTINATION, ENTERED, LEFT, CelRow, FileOffset
from tests.support.stores import opened_desk, report

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.storage.engine import Storage

CITIZEN, OPERATOR, DOCTOR = "1795561068.1", "1795561068.2", "1795561068.3"
NOW = int(time.time()) - 600


class Book:
    """What is written into the store of one call, and read from there."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.talks = BridgeHistory(store)
        self._at = 0

    async def write(self, events: Iterable[CelRow]) -> None:
        self._at += 1
        mark = FileOffset("file", "cel", self._at, 0)
        await self.store.write(lambda uow: uow.cdr.take(mark=mark, records=[], events=list(events)))

    async def told(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Bridge, and everybody's seconds, of each talk that is to be noted."""
        return [
            (one.bridge, sorted((part.who, part.seconds) for part in one.parts)) for one in await self.talks.unnoted()
        ]


def spell(uniqueid: str, line: str, bridge: str, *seconds: int, **more: str) -> list[CelRow]:
    """Somebody entered a bridge and left it at these seconds."""
    fields = {"linkedid": CITIZEN, "context": "dial"} | more
    return [
        CelRow(uniqueid, (NOW + at) * 1_000_000, event, line=line, peer="", bridge=bridge, note="", **fields)
        for at, event in zip(seconds, (ENTERED, LEFT), strict=False)
    ]


def destination(uniqueid: str, name: str, linkedid: str = CITIZEN) -> CelRow:
    return CelRow(uniqueid, NOW * 1_000_000, DESTINATION, linkedid, "dial", "far", "", "", name)


async def test_all_talks_of_a_changed_call_are_told_and_none_of_another(store: Storage) -> None:
    book = Book(store)
    await book.write([
        *spell(CITIZEN, "bsnl", "first", 0, 30), *spell(OPERATOR, "operator-101", "first", 0, 30),
        *spell(OPERATOR, "operator-101", "asked", 31, 60), *spell(DOCTOR, "far", "asked", 31, 60),
    ])  # fmt: skip
    assert await book.told() == []  # as the dialplan put them through, by these events
    await book.write([destination(DOCTOR, "line-104")])
    assert await book.told() == [
        ("first", [("citizen", 30), ("operator-101", 30)]),
        ("asked", [("line-104", 29), ("operator-101", 29)]),
    ]
    (_, asked) = await book.talks.unnoted()
    assert asked.parts[0].began == datetime.fromtimestamp(NOW + 31, UTC)
    assert asked.calls == {CITIZEN, OPERATOR, DOCTOR}


async def test_talk_that_goes_on_or_began_before_the_books_is_not_told(store: Storage) -> None:
    book = Book(store)
    changed = {"context": "conference"}
    await book.write([*spell(CITIZEN, "bsnl", "m", 0, 30, **changed), *spell(DOCTOR, "far", "m", 0)])
    await book.write(spell(CITIZEN, "bsnl", "n", 40, 50, **changed)[1:])
    assert (await book.told(), await book.talks.talk("m")) == ([], None)
    await book.write(spell(DOCTOR, "far", "m", 0, 20))
    assert await book.told() == [("m", [("citizen", 30), ("far", 20)])]
    assert await book.talks.talk("m") == (await book.talks.unnoted())[0]


async def test_who_is_brought_into_a_conference_is_their_way_and_its_machinery_nobody(store: Storage) -> None:
    book = Book(store)
    brought = "bridge.1795561068000"
    changed = {"context": "conference"}
    second = "1795561068.9"  # a second citizen, whose call was joined to the first
    async with opened_desk(store) as desk:
        await desk._write_call(CallRecord(second, "181", "181", datetime.now(UTC)))
    await book.write([
        destination("1795561068.8", "room-district-datia", brought),
        *spell(brought, "local", "m", 0, 50, **changed, linkedid=brought),
        *spell(f"{brought}.out", "local", "behind", 0, 50), *spell("1795561068.8", "far", "behind", 0, 50),
        *spell(CITIZEN, "bsnl", "m", 1, 50, **changed), *spell(second, "bsnl", "m", 1, 50, **changed),
        *spell("1795561068.7", "cbann", "m", 0, 60, **changed),
    ])  # fmt: skip
    assert dict(await book.told())["m"] == [("citizen", 49), ("citizen", 49), ("room-district-datia", 50)]
    assert dict(await book.told())["behind"] == [("room-district-datia", 50)]  # nobody to speak with


async def test_talk_is_told_until_a_note_has_its_key_and_not_when_it_is_old(store: Storage) -> None:
    book = Book(store)
    async with opened_desk(store) as desk:
        ticket = await desk.open(report("1/1"))
        for bridge, shift in (("b", 0), ("bb", 10), ("old", -int(LOOK_BACK.total_seconds()))):
            who = (OPERATOR, "operator-101"), (DOCTOR, "far")
            await book.write([
                *(row for one in who for row in spell(*one, bridge, shift, shift + 9)), destination(DOCTOR, "line-104")
            ])  # fmt: skip
        assert [bridge for bridge, _ in await book.told()] == ["b", "bb"]
        for text in ("spoke", "spoke otherwise"):
            await desk.note(ticket.number, text, by="telephone", key=cdr_repository.talk_key("b"))
            assert [bridge for bridge, _ in await book.told()] == ["bb"]
        noted = await desk.ticket(ticket.number)
        other = await desk.open(report("2/1"))
        other = await desk.note(other.number, "spoke", by="telephone", key=cdr_repository.talk_key("b"))
    assert (noted.notes, other.notes) == (("telephone: spoke",), ("telephone: spoke",))
