"""What was heard settles fields of the ticket in the same version as the text, and sends it where it belongs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest

from recordings.nlu import Lexicon
from recordings.nlu.ticket_adapter import settle_by
from recordings.transcription.transcription_hook import ask_for_transcription
from router.model.calls.recording_record import Transcription
from router.tickets.command import Changes, Command
from router.tickets.workflow import WARROOM, actor_of_room
from tests.support.stores import new_recordings, opened_desk, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from router.model.ticket import Ticket
    from router.storage.engines import Location
    from router.tickets.service import TicketService

NAME = "20260101T000001Z-1.1-181-hi.wav"
RATION = "भोपाल में राशन चाहिए"


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(places())


@dataclass
class Message:
    """A ticket with one recording, not yet heard."""

    desk: TicketService
    number: str

    async def hear(self, text: str, confidence: float = 1.0) -> Ticket:
        words = tuple((word, n + 0.0, n + 0.5, confidence) for n, word in enumerate(text.split()))
        heard = Transcription(transcript=text, confidence=confidence, words=words, model="hi")
        settle = settle_by(heard, lexicon(), language="hi")
        assert await self.desk.heard(NAME, heard, work=1, settle=settle)
        return await self.ticket()

    async def ticket(self) -> Ticket:
        found = await self.desk.ticket(self.number)
        assert found is not None
        return found

    async def does(self, action: str, **more: object) -> None:
        ticket = await self.ticket()
        command = Command(command_id=f"c-{action}-{ticket.version}", ticket=self.number, action=action, **more)
        actor = WARROOM if action == "reroute" else actor_of_room(ticket.room)
        reply = await self.desk.command(command, actor=actor)
        assert reply.accepted, reply.reason

    async def last_line(self) -> tuple[str, str]:
        line = (await self.desk.history(self.number))[-1]
        return line.by, line.what


@asynccontextmanager
async def message(location: Location, **changes: object) -> AsyncIterator[Message]:
    async with opened_store(location) as store, opened_desk(store) as desk:
        desk.on_change(ask_for_transcription(places()))
        values = {"need": "listen", "district": None, "zipcode": "", "recordings": new_recordings(NAME)} | changes
        ticket = await desk.open(report("file/1", **values))
        yield Message(desk, ticket.number)


def where(ticket: Ticket) -> tuple[str, str, str]:
    return ticket.room, ticket.desk, ticket.stage.value


async def test_message_nobody_knew_goes_to_its_room_in_the_version_of_its_text(location: Location) -> None:
    async with message(location) as heard:
        assert where(await heard.ticket())[0] == "state"
        ticket = await heard.hear(f"{RATION} हम पाँच लोग हैं")
        assert (ticket.version, ticket.transcript[:5]) == (2, "भोपाल")
        assert where(ticket) == ("district-bhopal", "food", "routed")
        assert (ticket.service_code, ticket.district, ticket.people, ticket.priority) == ("ration", "bhopal", 5, 3)
        assert ticket.agency_responsible != "State war room"
        by, what = await heard.last_line()
        assert by == "transcribe"
        assert "राशन → need ration, 0.9" in what
        assert "district-bhopal/food; rule " in what
        assert "राशन → need ration" in ticket.notes[-1]


async def test_what_is_said_in_haste_or_is_danger_comes_first(new_location: Callable[[], Location]) -> None:
    async with message(new_location()) as heard:
        ticket = await heard.hear("भोपाल में राशन तुरंत चाहिए")
        assert (ticket.service_code, ticket.priority) == ("ration", 2)
    async with message(new_location()) as heard:
        ticket = await heard.hear("भोपाल में पिताजी बेहोश हैं")
        assert (ticket.service_code, ticket.priority, ticket.desk) == ("danger", 1, "health")


async def test_keys_outrank_words(location: Location) -> None:
    async with message(location, need="water", district="indore") as heard:
        before = await heard.ticket()
        ticket = await heard.hear("भोपाल में दस किलो आटा चाहिए")
        assert (ticket.service_code, ticket.district, where(ticket)) == ("water", "indore", where(before))
        assert ticket.quantity == "10 kg"


async def test_need_alone_changes_the_desk(location: Location) -> None:
    async with message(location, need="other", district="bhopal") as heard:
        assert where(await heard.ticket()) == ("district-bhopal", "supplies", "routed")
        ticket = await heard.hear(RATION)
        assert where(ticket) == ("district-bhopal", "food", "routed")


@pytest.mark.parametrize("action", ["acknowledge", "reroute"])
async def test_ticket_a_person_has_in_hand_or_sent_somewhere_stays_there(location: Location, action: str) -> None:
    async with message(location, need="other", district="bhopal") as heard:
        await heard.does(action, **({"room": "district-indore", "desk": "fuel"} if action == "reroute" else {}))
        before = await heard.ticket()
        ticket = await heard.hear(RATION)
        assert (ticket.service_code, where(ticket)) == ("ration", where(before))


async def test_what_a_person_corrected_stays(location: Location) -> None:
    async with message(location) as heard:
        await heard.does("correct", changes=Changes(service_code="other", people=3), note="changed his mind; quantity")
        ticket = await heard.hear(f"{RATION} हम पाँच लोग हैं दस किलो आटा")
        assert (ticket.service_code, ticket.people, ticket.district) == ("other", 3, "bhopal")
        assert ticket.quantity == "10 kg"
        assert ticket.room == "district-bhopal"


async def test_what_is_half_heard_or_on_a_closed_ticket_settles_nothing(new_location: Callable[[], Location]) -> None:
    async with message(new_location()) as heard:
        ticket = await heard.hear(RATION, confidence=0.4)
        assert (ticket.service_code, ticket.district, ticket.version) == ("listen", None, 2)
        assert ticket.notes == ()
    async with message(new_location()) as heard:
        await heard.does("reroute", room="district-indore", desk="food")
        reply = await heard.desk.command(
            Command(command_id="w", ticket=heard.number, action="withdraw", note="x"), actor=WARROOM
        )
        assert reply.accepted
        ticket = await heard.hear(RATION)
        assert (ticket.transcript, ticket.service_code, ticket.stage.value) == (RATION, "listen", "withdrawn")
