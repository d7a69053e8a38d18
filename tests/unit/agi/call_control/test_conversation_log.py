"""Who spoke with whom, from events as they come and as they are missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from agi.ami.connection import AmiConnection
from agi.call_control.bridge_history import BookedTalk, talks
from agi.call_control.conversation_log import BOOKS_LIMIT, MAX_PENDING, ConversationLog
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.cdr_repository import CelRow, InBridges
from router.tickets.service import UnknownTicketError
from tests.support.ami_server import channel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.model.ticket import Ticket

TICKET, OTHER = "100000011", "100000022"


class NoteBook:
    """A desk that keeps notes, one of each key, or is away."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str]] = []
        self.keys: set[str] = set()
        self.tickets: dict[str, list[Ticket]] = {}
        self.away = False

    async def tickets_of_call(self, uniqueid: str) -> list[Ticket]:
        return self.tickets.get(uniqueid, [])

    async def note(self, number: str, text: str, *, by: str, key: str) -> None:
        assert by == "telephone"
        if self.away:
            raise StorageUnavailableError("locked", None, "wait")  # type: ignore[arg-type]
        if number == OTHER:
            raise UnknownTicketError
        if f"{key}/{number}" not in self.keys:
            self.keys.add(f"{key}/{number}")
            self.notes.append((number, text))


class Line:
    """Asterisk's events, a second apart."""

    def __init__(self) -> None:
        self.now = datetime(2020, 4, 20, 6, 0, tzinfo=UTC)
        self.link = AmiConnection("127.0.0.1", 1, "x", "y")
        self.history = NoteBook()
        self.cel: list[CelRow] = []
        self.destinations: list[CelRow] = []
        self.talks = ConversationLog(
            self.link,
            self.history,  # type: ignore[arg-type]
            who=lambda uniqueid: uniqueid if self.link.channels.channel(uniqueid) else "",
            history=self,  # type: ignore[arg-type]
            now=lambda: self.now,
        )
        for uniqueid in ("citizen", "asha", "doctor"):
            self.link.channels.newchannel(channel(uniqueid, linkedid="citizen"))

    async def talk(self, bridge: str) -> BookedTalk | None:
        return next((one for one in self._booked() if one.bridge == bridge), None)

    async def unnoted(self) -> list[BookedTalk]:
        return [
            one for one in self._booked() if not any(key.startswith(f"talk/{one.bridge}/") for key in self.history.keys)
        ]

    def _booked(self) -> list[BookedTalk]:
        return talks(InBridges(self.cel, self.destinations, frozenset({"citizen"})))

    def booked(self, uniqueid: str, bridge: str, *seconds: int, line: str = "far") -> None:
        """What Asterisk's books have of a channel: it entered and left at these seconds after six o'clock."""
        at = int(datetime(2020, 4, 20, 6, 0, tzinfo=UTC).timestamp())
        self.cel += [
            CelRow(uniqueid, (at + second) * 1_000_000, event, "citizen", "", line, "", bridge, "")
            for second, event in zip(seconds, ("BRIDGE_ENTER", "BRIDGE_EXIT"), strict=False)
        ]

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
    assert line.history.notes == [
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
    assert line.history.notes == []


async def test_what_was_missed_while_the_link_was_lost_ended_at_the_latest_when_it_came_back() -> None:
    line = Line()
    line.connected(yes=True)
    line.event("BridgeEnter", "asha", "b")
    line.event("BridgeEnter", "citizen", "b")
    line.talks.belongs(["citizen"], TICKET)
    line.connected(yes=False)
    line.now += timedelta(seconds=60)
    line.link.channels.start_rebuild()
    line.link.channels.rebuild([channel("doctor") | {"BridgeId": "n"}, channel("citizen") | {"BridgeId": "n"}])
    line.connected(yes=True)
    line.event("BridgeLeave", "citizen", "n", after_s=7)
    line.event("BridgeLeave", "doctor", "n")
    await line.talks.close()
    assert [text for _, text in line.history.notes] == [
        "citizen and asha spoke for 60 s from 06:00:00 UTC",
        "citizen and doctor spoke for 7 s from 06:01:00 UTC",
    ]


async def test_talk_that_outlives_the_service_is_noted_once_as_the_books_have_it() -> None:
    line = Line()
    for uniqueid in ("citizen", "doctor"):  # found there after a restart; asha had left before
        line.link.channels._channels[uniqueid].bridge = "m"
    line.link.channels._channels.pop("asha")
    line.connected(yes=True)
    line.talks.belongs(["citizen"], TICKET)
    line.event("BridgeLeave", "doctor", "m", after_s=2)
    line.event("BridgeLeave", "citizen", "m")
    line.booked("citizen", "m", 0)
    line.booked("asha", "m", 1, 10, line="operator-asha")
    line.booked("doctor", "m", 2, 62)
    await line.talks._write()
    assert line.history.notes == []  # not all of it is in the books yet
    line.booked("citizen", "m", 61)
    line.cel[-1] = line.cel[-1]._replace(event="BRIDGE_EXIT")
    await line.talks._write()
    await line.talks.close()
    assert line.history.notes == [
        (TICKET, "citizen (61 s), doctor (60 s), operator-asha (9 s) spoke together from 06:00:00 UTC"),
    ]


async def test_talk_that_was_over_by_the_time_of_a_restart_is_noted_once_from_the_books() -> None:
    line = Line()
    line.history.tickets = {"citizen": [SimpleNamespace(number=TICKET)]}  # type: ignore[list-item]
    line.booked("doctor", "b", 2, 62)
    line.booked("asha", "b", 2, 62, line="operator-asha")
    line.destinations = [CelRow("doctor", 0, "DESTINATION", "citizen", "dial", "far", "", "", "line-104")]
    line.booked("citizen", "n", 70)  # still speaks
    line.booked("asha", "n", 70, 90, line="operator-asha")
    line.talks.cel_imported(line.now)
    await line.talks._write()
    assert line.history.notes == []  # the link has not been up: nothing is known of what is over
    line.connected(yes=True)
    line.talks.cel_imported(line.now - timedelta(seconds=1))
    await line.talks._write()
    assert line.history.notes == []
    for _ in range(2):
        line.talks.cel_imported(line.now)
        await line.talks._write()
        assert line.history.notes == [(TICKET, "line-104 and operator-asha spoke for 60 s from 06:00:02 UTC")]
    line.now += BOOKS_LIMIT
    line.talks.cel_imported(line.now + timedelta(seconds=1))  # the last look
    line.booked("bela", "late", 1, 9)
    line.booked("citizen", "late", 1, 9)
    line.talks.cel_imported(line.now + timedelta(seconds=2))
    await line.talks._write()
    assert len(line.history.notes) == 2
    line.booked("bela", "later", 1, 9)
    line.booked("citizen", "later", 1, 9)
    line.talks.cel_imported(line.now + timedelta(seconds=3))
    await line.talks.close()
    assert len(line.history.notes) == 2


async def test_store_that_is_away_keeps_no_missed_talk_from_being_noted_later() -> None:
    line = Line()
    line.history.tickets = {"citizen": [SimpleNamespace(number=TICKET)]}  # type: ignore[list-item]
    line.booked("citizen", "b", 2, 62)
    line.booked("asha", "b", 2, 62)
    line.connected(yes=True)
    line.talks.cel_imported(line.now)
    line.history.away = True
    await line.talks.close()
    line.history.away = False
    await line.talks.close()
    assert [number for number, _ in line.history.notes] == [TICKET]


async def test_notes_wait_for_the_store_and_a_ticket_that_is_not_there_holds_up_nobody() -> None:
    line = Line()
    line.talks.belongs(["citizen"], OTHER)
    line.talks.belongs(["asha"], TICKET)
    line.event("BridgeEnter", "asha", "b")
    line.event("BridgeEnter", "citizen", "b")
    line.event("BridgeLeave", "asha", "b", after_s=3)
    line.event("Hangup", "asha")  # before the other: the ticket is remembered
    line.event("BridgeLeave", "citizen", "b")
    line.history.away = True
    await line.talks.close()
    line.history.away = False
    await line.talks.close()
    assert line.history.notes == [(TICKET, "citizen and asha spoke for 3 s from 06:00:00 UTC")]
    assert MAX_PENDING > 1
