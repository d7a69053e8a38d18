"""The sweep: what calls left behind becomes tickets, each once, and only when their conversation is done with them."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from agi.call_control.dial_results import spoken_key
from agi.cdr.call_recovery import CDR_TIMEOUT_S, CallRecovery, find_spoken
from agi.voicemail.ingest import MessageIngest
from recordings.spool import Spool, checksum
from recordings.transcription.transcription_hook import ask_for_transcription
from router.intake.service import IntakeService
from router.model.calls.call_record import CallRecord
from router.model.job import TRANSCRIBE
from router.storage.repositories.calls import cdr_repository
from router.storage.repositories.calls.cdr_repository import CdrRow, CelRow, FileOffset
from router.tickets.room_mailbox import Mailbox
from tests.support.speech import tone, wav
from tests.support.stores import PHONE, new_recordings, opened_desk, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.storage.engine import Storage
    from router.tickets.service import TicketService

UNIQUEID = "1767225600.7"
SOUND = wav(tone(0.5, 440))
NAME = f"20260101T000000Z-{UNIQUEID}-181-hi"


class Swept:
    """A desk, a spool and the sweep between them; `live` are the calls still up, None when nobody knows."""

    def __init__(self, desk: TicketService, store: Storage, folder: Path) -> None:
        self.now = datetime.now(UTC)
        self.desk = desk
        self.incoming, self.kept = folder / "incoming", folder / "kept"
        for each in (self.incoming, self.kept):
            each.mkdir()
        self.live: set[str] | None = set()
        intake = IntakeService(desk, places())
        cut_calls = CallRecovery(desk, intake, partial(find_spoken, store), now=lambda: self.now)
        spool = Spool(self.incoming, self.kept)
        self._sweep = MessageIngest(desk=desk, intake=intake, spool=spool, alive=self._alive, cut_calls=cut_calls)

    def _alive(self):
        live = self.live
        return None if live is None else lambda uniqueid: uniqueid in live

    def message(self, *, caller: str = "9812343210", sound: bool = True, name: str = NAME) -> None:
        (self.incoming / f"{name}.caller").write_text(f"{caller};181;loopback;\n")
        if sound:
            (self.incoming / f"{name}.wav").write_bytes(SOUND)

    async def twice(self) -> list:
        """Sweep twice, as it takes; return all tickets."""
        for _ in range(2):
            await self._sweep.sweep()
        return await self.desk.tickets()


@asynccontextmanager
async def swept(tmp_path: Path) -> AsyncIterator[Swept]:
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        yield Swept(desk, store, tmp_path)


def row(**changes: object) -> CallRecord:
    values = {"uniqueid": UNIQUEID, "helpline": "181", "did": "181", "started": datetime.now(UTC), "phone": PHONE}
    return CallRecord(**(values | changes))


async def put(desk: TicketService, call: CallRecord) -> None:
    """Have a call's row in the store."""
    await desk._write_call(call)


async def test_sweep_message_without_a_row_goes_to_the_state_room(tmp_path):
    async with swept(tmp_path) as harness:
        harness.message()
        (ticket,) = await harness.twice()
        assert (ticket.room, ticket.service_code, ticket.phone) == ("state", "listen", PHONE)
        assert ticket.recordings == (f"{NAME}.wav",)
        assert await harness.twice() == [ticket]
    assert [path.name for path in harness.kept.iterdir()] == [f"{NAME}.wav"]
    assert not list(harness.incoming.iterdir())


async def test_sweep_recorded_call_goes_to_the_ticket_of_its_call_and_not_to_be_transcribed(tmp_path):
    talk = f"{NAME}.talk"
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        desk.on_change(ask_for_transcription(places()))
        harness = Swept(desk, store, tmp_path)
        opened = await desk.open(report(f"{UNIQUEID}/1", call=UNIQUEID))
        (harness.incoming / f"{talk}.wav").write_bytes(SOUND)
        harness.live = None
        (ticket,) = await harness.twice()
        assert ticket == opened  # Asterisk cannot be asked: it may be written to
        harness.live = set()
        (ticket,) = await harness.twice()
        assert (ticket.number, ticket.recordings) == (opened.number, (f"{talk}.wav",))
        recorded = await desk.recording(f"{talk}.wav")
        assert (recorded.state, recorded.language, recorded.seconds) == ("call", "hi", 0.5)
        assert recorded.sha256 == checksum(harness.kept / f"{talk}.wav")
        assert await store.read(lambda uow: uow.jobs.waiting(kind=TRANSCRIBE)) == 0
        assert await Mailbox(store).waiting(ticket.room) == []  # a room's telephone tells messages


async def test_sweep_recorded_call_without_a_ticket_gets_one_and_an_unanswered_one_none(tmp_path):
    async with swept(tmp_path) as harness:
        await put(harness.desk, row(ended=datetime.now(UTC)))
        talk = harness.incoming / f"{NAME}.talk.wav"
        talk.write_bytes(wav(tone(0, 440)))
        assert await harness.twice() == []
        assert not talk.exists()
        talk.write_bytes(SOUND)
        (ticket,) = await harness.twice()
    assert (ticket.room, ticket.channel, ticket.phone) == ("state", "phone", PHONE)
    assert ticket.recordings == (talk.name,)


async def test_sweep_leaves_a_call_that_is_up_and_one_that_has_just_ended(tmp_path):
    async with swept(tmp_path) as harness:
        harness.message()
        harness.live = {UNIQUEID}
        assert await harness.twice() == []
        harness.live = set()
        await harness._sweep.sweep()
        assert await harness.desk.tickets() == []
        await harness._sweep.sweep()
        assert len(await harness.desk.tickets()) == 1


async def test_sweep_caller_who_hung_up_before_speaking_is_called_back(tmp_path):
    async with swept(tmp_path) as harness:
        harness.message(sound=False)
        (ticket,) = await harness.twice()
    assert (ticket.phone, ticket.recordings) == (PHONE, ())
    assert "call back" in ticket.status_notes


async def test_sweep_nothing_said_and_nobody_to_call_is_no_ticket(tmp_path):
    async with swept(tmp_path) as harness:
        harness.message(caller="", sound=False)
        assert await harness.twice() == []
        assert not list(harness.incoming.iterdir())


async def test_sweep_call_cut_with_its_message_is_one_ticket(tmp_path):
    async with swept(tmp_path) as harness:
        await put(harness.desk, row(need="ration", district="bhopal"))
        harness.message()
        (ticket,) = await harness.twice()
    assert (ticket.room, ticket.service_code, ticket.recordings) == ("district-bhopal", "ration", (f"{NAME}.wav",))


async def test_sweep_call_cut_in_its_second_trouble_books_that_one(tmp_path):
    async with swept(tmp_path) as harness:
        await harness.desk.open(report(f"{UNIQUEID}/1"))
        await put(harness.desk, row(need="water", district="bhopal", trouble=2))
        tickets = await harness.twice()
    assert sorted(ticket.service_code for ticket in tickets) == ["ration", "water"]


async def test_sweep_call_cut_after_its_ticket_is_not_booked_twice(tmp_path):
    async with swept(tmp_path) as harness:
        await harness.desk.open(report(f"{UNIQUEID}/1"))
        await put(harness.desk, row(need="ration", district="bhopal"))
        assert len(await harness.twice()) == 1


async def test_sweep_call_cut_without_a_need_is_no_ticket(tmp_path):
    async with swept(tmp_path) as harness:
        await put(harness.desk, row())
        assert await harness.twice() == []
        await harness.desk.close()
        assert await harness.desk.unfinished_calls() == []


async def test_sweep_message_left_in_a_call_back_belongs_to_the_ticket_it_was_about(tmp_path: Path) -> None:
    async with swept(tmp_path) as harness:
        ticket = await harness.desk.open(report("1.1/1"))
        name = f"20260101T000000Z-callback.{ticket.number}.3.1-warroom-hi"
        harness.message(name=name)
        (only,) = await harness.twice()
        assert (only.number, only.recordings) == (ticket.number, (f"{name}.wav",))
        assert (harness.kept / f"{name}.wav").exists()


async def test_sweep_recording_that_a_ticket_has_is_only_taken_over(tmp_path):
    """The service died between the ticket's commit and the takeover, and the call has a newer ticket by now."""
    async with swept(tmp_path) as harness:
        harness.desk.on_change(ask_for_transcription(places()))
        await harness.desk.open(report(f"{UNIQUEID}/1", recordings=new_recordings(f"{NAME}.wav"), call=UNIQUEID))
        await harness.desk.open(report(f"{UNIQUEID}/2", need="water", call=UNIQUEID))
        harness.message()
        tickets = await harness.twice()
        assert sorted(ticket.recordings for ticket in tickets) == [(), (f"{NAME}.wav",)]
        assert [ticket.version for ticket in tickets] == [1, 1]
    assert [path.name for path in harness.kept.iterdir()] == [f"{NAME}.wav"]


async def test_sweep_caller_whose_message_holds_only_a_header_is_called_back(tmp_path):
    async with swept(tmp_path) as harness:
        harness.message()
        (harness.incoming / f"{NAME}.wav").write_bytes(SOUND[:44])
        (ticket,) = await harness.twice()
    assert ticket.recordings == ()
    assert "call back" in ticket.status_notes
    assert not list(harness.incoming.iterdir())


async def test_sweep_one_recording_that_cannot_be_taken_keeps_back_no_other(tmp_path, monkeypatch):
    async with swept(tmp_path) as harness:
        harness.message()
        other = NAME.replace(UNIQUEID, "1767225600.8")
        (harness.incoming / f"{other}.wav").write_bytes(SOUND)
        (harness.kept / f"{NAME}.part").mkdir()
        broken = wav(tone(0.5, 440), data_size=0)
        (harness.incoming / f"{NAME}.wav").write_bytes(broken)
        assert len(await harness.twice()) == 2
        assert [path.name for path in harness.kept.glob("*.wav")] == [f"{other}.wav"]
        (harness.kept / f"{NAME}.part").rmdir()
        assert len(await harness.twice()) == 2
    assert len(list(harness.kept.glob("*.wav"))) == 2


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_sweep_ten_thousand_messages_at_once_are_ten_thousand_tickets(tmp_path):
    async with swept(tmp_path) as harness:
        harness.desk.on_change(ask_for_transcription(places()))
        for number in range(10_000):
            name = f"20260101T000000Z-1767225600.{number}-181-hi"
            (harness.incoming / f"{name}.caller").write_text(f"98{number:08};181;loopback;\n")
            (harness.incoming / f"{name}.wav").write_bytes(SOUND)
        before = time.monotonic()
        await harness.twice()
        print(f"10,000 messages took {time.monotonic() - before:.0f} s")
        tickets = await harness.desk.tickets(limit=20_000)
        assert len({ticket.phone for ticket in tickets}) == 10_000
        assert sorted(ticket.recordings[0] for ticket in tickets) == sorted(
            path.name for path in harness.kept.iterdir()
        )
        assert not list(harness.incoming.iterdir())
        assert await harness.desk._store.read(lambda uow: uow.jobs.waiting(TRANSCRIBE)) == 10_000


async def put_in_the_books(store: Storage, *, seconds: int, peer: str, context: str = "queue") -> None:
    """Asterisk's books have that the call spoke so long with somebody, and is over."""
    at, mark = 1_767_225_600, FileOffset("file", "cdr", 1, 0)
    times = ((cdr_repository.ENTERED, at), (cdr_repository.LEFT, at + seconds)) if seconds else ()
    events = [
        CelRow(UNIQUEID, when * 1_000_000, event, UNIQUEID, context, "loopback", peer, "b", "") for event, when in times
    ]
    record = CdrRow(UNIQUEID, 1, UNIQUEID, "181", "queue", "loopback", peer, "Queue", at, at, at + seconds, "ANSWERED")
    await store.write(lambda uow: uow.cdr.take(mark=mark, records=[record], events=events))


@pytest.mark.parametrize(
    ("outcome", "peer", "noted"),
    [
        ("operator", "operator-101", "Spoke with an operator for 63 s."),
        ("line-104", "far", "Spoke with helpline 104 for 63 s."),
        ("line-104-busy", "far", "Spoke with somebody for 63 s."),  # who came after it is not in the row
    ],
)
async def test_call_that_ended_in_a_talk_while_the_service_was_away_is_noted_once(tmp_path, outcome, peer, noted):
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        harness = Swept(desk, store, tmp_path)
        await desk.open(report(f"{UNIQUEID}/1", call=UNIQUEID))
        await put(desk, row(need="ration", outcome=outcome))
        (ticket,) = await harness.twice()
        assert not ticket.status_notes  # the books have been read to before its end
        await put_in_the_books(store, seconds=63, peer=peer)
        for _ in range(2):
            await put(desk, row(need="ration", outcome=outcome))  # as if the service died before it wrote the end
            (ticket,) = await harness.twice()
            assert ticket.status_notes == noted
        await desk.close()
        call = await desk.call(UNIQUEID)
        assert (call.outcome, call.ended) == (outcome, harness.now)


async def test_talk_whose_note_is_there_already_is_not_noted_again_whatever_the_words(tmp_path):
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        harness = Swept(desk, store, tmp_path)
        opened = await desk.open(report(f"{UNIQUEID}/1", call=UNIQUEID))
        await desk.attach(opened.number, status_notes="बात हुई", key=spoken_key(UNIQUEID))
        await put(desk, row(need="ration", outcome="operator"))  # the service died before it wrote the end
        await put_in_the_books(store, seconds=63, peer="operator-101")
        (ticket,) = await harness.twice()
        assert ticket.status_notes == "बात हुई"


async def test_note_of_a_room_that_it_spoke_with_somebody_stands_for_no_talk(tmp_path):
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        harness = Swept(desk, store, tmp_path)
        opened = await desk.open(report(f"{UNIQUEID}/1", call=UNIQUEID))
        await desk.note(opened.number, "I spoke with the shop: it opens at ten", by="district-guna")
        await put(desk, row(need="ration", outcome="operator"))
        await put_in_the_books(store, seconds=63, peer="operator-101")
        (ticket,) = await harness.twice()
        assert ticket.status_notes == "Spoke with an operator for 63 s."


async def test_changed_call_that_ended_while_the_service_was_away_is_booked_as_one(tmp_path):
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        harness = Swept(desk, store, tmp_path)
        await desk.open(report(f"{UNIQUEID}/1", call=UNIQUEID))
        await put(desk, row(need="ration", outcome="operator"))
        await put_in_the_books(store, seconds=63, peer="operator-101", context="bridge-hold")
        (ticket,) = await harness.twice()
        assert not ticket.status_notes  # who spoke with whom is noted by agi.call_control.conversation_log
        await desk.close()
        assert (await desk.call(UNIQUEID)).outcome == "bridged"


@pytest.mark.parametrize("written", [True, False])
async def test_call_that_spoke_with_nobody_while_the_service_was_away_is_lost(tmp_path, written):
    async with opened_store(tmp_path / "store.sqlite") as store, opened_desk(store) as desk:
        harness = Swept(desk, store, tmp_path)
        await put(desk, row(outcome="operator"))
        if written:
            await put_in_the_books(store, seconds=0, peer="")
        else:  # Asterisk was killed
            await harness.twice()
            assert (await desk.call(UNIQUEID)).ended is None
            harness.now += timedelta(seconds=CDR_TIMEOUT_S + 1)
        assert await harness.twice() == []
        await desk.close()
        call = await desk.call(UNIQUEID)
        assert (call.outcome, call.ended) == ("lost", harness.now)
