"""Who spoke with whom, from events as they come and as they are missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fake_ami import channel

from agi.ami.link import AmiLink
from agi.bridging.talks import MOST_WAITING, Talks
from router.store.errors import StoreUnavailable
from router.tickets.desk import UnknownTicket

if TYPE_CHECKING:
    from collections.abc import Mapping

TICKET, OTHER = "100000011", "100000022"


class NoteBook:
    """A desk that keeps notes, or is away."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self.away = False

    async def note(self, number: str, text: str, *, by: str) -> None:
        assert by == "telephone"
        if self.away:
            raise StoreUnavailable("locked", None, "wait")  # type: ignore[arg-type]
        if number == OTHER:
            raise UnknownTicket
        self.notes.append((number, text))


class Line:
    """Asterisk's events, a second apart."""

    def __init__(self) -> None:
        self.now = datetime(2020, 4, 20, 6, 0, tzinfo=UTC)
        self.link = AmiLink("127.0.0.1", 1, "x", "y")
        self.book = NoteBook()
        self.talks = Talks(self.link, self.book, who=lambda uniqueid: uniqueid, now=lambda: self.now)  # type: ignore[arg-type]
        for uniqueid in ("citizen", "asha", "doctor"):
            self.link.picture.newchannel(channel(uniqueid, linkedid="citizen"))

    def event(self, name: str, uniqueid: str, bridge: str = "", after_s: int = 0) -> None:
        self.now += timedelta(seconds=after_s)
        fields: Mapping[str, Any] = {"Uniqueid": uniqueid, "BridgeUniqueid": bridge, "Linkedid": "citizen"}
        for take in self.link._events[name]:
            take(fields)

    def connected(self, *, yes: bool) -> None:
        self.link.connected = yes
        for callback in self.link._callbacks:
            callback()


async def test_pair_and_conference_are_noted_once_when_the_last_has_left() -> None:
    line = Line()
    line.event("BridgeEnter", "asha", "b")
    line.event("BridgeEnter", "citizen", "b")
    line.talks.belongs(["citizen"], TICKET)
    line.event("BridgeLeave", "citizen", "b", after_s=30)
    line.event("BridgeLeave", "asha", "b", after_s=1)
    for uniqueid in ("asha", "doctor", "citizen"):
        line.event("BridgeEnter", uniqueid, "m", after_s=1)
    line.event("BridgeLeave", "asha", "m", after_s=10)
    line.event("BridgeLeave", "doctor", "m", after_s=5)
    line.event("BridgeLeave", "citizen", "m")
    await line.talks.close()
    await line.talks.close()
    assert line.book.notes == [
        (TICKET, "citizen and asha spoke for 30 s from 06:00:00 UTC"),
        (TICKET, "citizen (15 s), asha (12 s), doctor (16 s) spoke together from 06:00:32 UTC"),
    ]


async def test_call_that_nobody_changed_is_left_to_the_dialplan_s_own_book() -> None:
    line = Line()
    line.event("BridgeEnter", "asha", "b")
    line.event("BridgeEnter", "citizen", "b")
    line.event("BridgeLeave", "citizen", "b")
    line.event("BridgeLeave", "asha", "b")
    await line.talks.close()
    assert line.book.notes == []


async def test_what_was_missed_while_the_link_was_lost_ended_at_the_latest_when_it_came_back() -> None:
    line = Line()
    line.connected(yes=True)
    line.event("BridgeEnter", "asha", "b")
    line.event("BridgeEnter", "citizen", "b")
    line.talks.belongs(["citizen"], TICKET)
    line.connected(yes=False)
    line.now += timedelta(seconds=60)
    line.link.picture.start_rebuild()
    line.link.picture.rebuild([channel("doctor") | {"BridgeId": "n"}, channel("citizen") | {"BridgeId": "n"}])
    line.connected(yes=True)
    line.event("BridgeLeave", "citizen", "n", after_s=7)
    line.event("BridgeLeave", "doctor", "n")
    await line.talks.close()
    assert [text for _, text in line.book.notes] == [
        "citizen and asha spoke for 60 s from 06:00:00 UTC",
        "citizen and doctor spoke for 7 s from 06:01:00 UTC",
    ]


async def test_notes_wait_for_the_store_and_a_ticket_that_is_not_there_holds_up_nobody() -> None:
    line = Line()
    line.talks.belongs(["citizen"], OTHER)
    line.talks.belongs(["asha"], TICKET)
    line.event("BridgeEnter", "asha", "b")
    line.event("BridgeEnter", "citizen", "b")
    line.event("BridgeLeave", "asha", "b", after_s=3)
    line.event("BridgeLeave", "citizen", "b")
    line.book.away = True
    await line.talks.close()
    line.book.away = False
    await line.talks.close()
    assert line.book.notes == [(TICKET, "citizen and asha spoke for 3 s from 06:00:00 UTC")]
    assert MOST_WAITING > 1
