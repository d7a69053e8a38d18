"""A room hears its messages: the right ones, in order, behind its PIN; wrong PINs are counted over calls."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agi.dialplan import CITIZEN, TICKET
from agi.fastagi.errors import CallerGoneError
from agi.ivr.room_calls import RoomLine, room_of_caller, room_of_code
from agi.voicemail.room_calls import RoomVoicemail
from recordings.transcription.transcription_hook import ask_for_transcription
from router.intake.service import IntakeService
from router.storage.repositories.monotonic_clock_repository import MonotonicClockRepository
from router.tickets.command import Command
from router.tickets.room_mailbox import OWN_TRIES, TRIES, Mailbox, pause_s
from router.tickets.workflow import WARROOM
from tests.support.ivr_fakes import HANG_UP, UNIQUEID, FakeSession, voicemail_flow
from tests.support.speech import tone, write
from tests.support.stores import new_recordings, opened_desk, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.tickets.service import TicketService

PIN, WRONG = "123456", "654321"
BHOPAL, CODE, TRUNK = "district-bhopal", "755#", "bsnl"
TO_THE_MESSAGES = (CODE, PIN)


class Line:
    """The rooms' number with a real store behind it."""

    def __init__(self, desk: TicketService, mailbox: Mailbox, kept: Path) -> None:
        self.desk = desk
        self.kept = kept
        self.mailbox = mailbox
        line = RoomLine(mailbox, lambda room: PIN if room == BHOPAL else None, kept)
        self.voicemail = RoomVoicemail(
            desk=desk, intake=IntakeService(desk, places()), places=places(), flow=voicemail_flow, line=line
        )

    async def message(self, minute: int, **changes: object) -> str:
        name = f"{99 - minute}.wav"  # which says nothing
        begun = datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
        write(self.kept / name, tone(1, 400))
        await self.desk.open(report(f"{minute}.1/1", recordings=new_recordings(name, begun=begun), **changes))
        return name

    async def call(self, *keys: object, caller: str = "9826000000", trunk: str = TRUNK) -> FakeSession:
        session = FakeSession(keys)
        session.info = replace(session.info, args=(caller, trunk), script="room")
        with suppress(CallerGoneError):
            await self.voicemail.talk(session)
        return session

    async def room_called(self, *args: str, uniqueid: str = UNIQUEID) -> FakeSession:
        session = FakeSession()
        session.info = replace(session.info, args=args, script="room-called", uniqueid=uniqueid)
        await self.voicemail.called(session)
        return session


@asynccontextmanager
async def opened_line(folder: Path) -> AsyncIterator[Line]:
    async with opened_store(folder / "store.sqlite") as store, opened_desk(store) as desk:
        desk.on_change(ask_for_transcription(places()))
        yield Line(desk, Mailbox(store), folder)


def sounds(session: FakeSession) -> list[str]:
    return [name for name in session.heard if name.endswith(".wav")]


async def test_messages_are_told_newest_first_with_place_and_time(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        old, new = await line.message(5), await line.message(40)
        await line.message(50, district="indore", zipcode="")
        closed = await line.message(55)
        number = (await line.desk.recording(closed)).number  # type: ignore[union-attr]
        withdraw = Command(command_id="w", ticket=number, action="withdraw", note="x")
        assert (await line.desk.command(withdraw, actor=WARROOM)).accepted
        session = await line.call(*TO_THE_MESSAGES, "", "", "2", "", "", "2")
        assert sounds(session) == [new, old]
        assert session.heard[session.heard.index("mail-new") + 1] == "number-2"
        about = " ".join(session.heard[: session.heard.index(new)])
        assert "need-ration mail-from district-bhopal mail-pin-code number-4 number-6" in about
        assert "number-1 month-1 part-morning number-6 clock-and number-10 clock-minutes" in about
        assert session.heard[-2:] == ["mail-end", "mail-bye"]
        assert session.next == "hangup"


async def test_kept_comes_again_after_the_new_done_does_not_and_its_sound_stays(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        first, second = await line.message(1), await line.message(2)
        session = await line.call(*TO_THE_MESSAGES, "", "", "3", "", "4")
        assert sounds(session) == [second, first]
        third = await line.message(3)
        session = await line.call(*TO_THE_MESSAGES, "2", "", "", "1", "", "", "0")
        assert sounds(session) == [second, second]
        assert "mail-old" in session.heard
        session = await line.call(*TO_THE_MESSAGES, "", HANG_UP)
        assert sounds(session) == [third], "skipped unheard: still new"
        assert (line.kept / first).exists()


async def test_citizen_is_called_at_the_number_of_the_ticket(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        name = await line.message(1, phone="+919811490001")
        session = await line.call(*TO_THE_MESSAGES, "", "", "5")
        number = (await line.desk.recording(name)).number  # type: ignore[union-attr]
        assert session.variables == {TICKET: number, CITIZEN: "9811490001"}
        assert session.next == "citizen"
        await line.room_called("ANSWER", "35")
        ticket = await line.desk.ticket(number)
        assert ticket is not None
        assert ticket.notes[-1].startswith(f"{BHOPAL}: ")
        assert "spoke with the citizen, 35 s" in ticket.notes[-1]
        twice = await line.room_called("BUSY")
        assert (await line.desk.ticket(number)).notes == ticket.notes, "told again"  # type: ignore[union-attr]
        assert twice.next == "hangup"
        again = await line.call()
        assert again.heard[:2] == ["mail-old", "number-1"]


async def test_nothing_told_from_outside_opens_a_room_or_writes_into_a_ticket(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        name = await line.message(1)
        number = (await line.desk.recording(name)).number  # type: ignore[union-attr]
        for forged in (BHOPAL, f"{TRUNK}/own", "own"):
            session = await line.call("5", "5", "5", trunk=forged)
            assert (session.variables, session.next) == ({}, "hangup")
            assert not sounds(session)
        for args in ((BHOPAL, number, "ANSWER", "35"), ("ANSWER", "35"), (number,), ()):
            await line.room_called(*args)
        await line.call(*TO_THE_MESSAGES, "", "", "5")
        await line.room_called("ANSWER", "35", uniqueid="1585000000.8")
        assert (await line.desk.ticket(number)).notes == ()  # type: ignore[union-attr]
        assert (await line.call()).heard[0] == "mail-old"
        assert "mail-old" not in (await line.call()).heard, "once: who comes again keys the PIN again"


@pytest.mark.parametrize("changes", [{"phone": None}, {"callback_wanted": False}, {"phone": "+18005550100"}])
async def test_who_cannot_or_will_not_be_called_is_not(tmp_path: Path, changes: dict[str, object]) -> None:
    async with opened_line(tmp_path) as line:
        await line.message(1, **changes)
        session = await line.call(*TO_THE_MESSAGES, "", "", "5", "0")
        assert "mail-no-number" in session.heard
        assert (session.variables, session.next) == ({}, "hangup")


async def test_three_wrong_pins_shut_the_room_to_strangers_and_longer_each_time(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        await line.message(1)
        session = await line.call(CODE, WRONG, HANG_UP)
        session = await line.call(CODE, WRONG, WRONG, PIN)
        assert session.heard[-1] == "room-locked"
        session = await line.call(*TO_THE_MESSAGES)
        assert session.asked[-1][-1] == "room-code"
        assert session.heard[-1] == "room-locked"
        own = await line.call(PIN, "", "", "0", caller="07551077")
        assert sounds(own)
        assert [pause_s(wrong) for wrong in (1, 2, TRIES, 4, 6, 9, 60)] == [0, 0, 60, 0, 120, 240, 3600]


async def test_wrong_pins_under_the_rooms_number_do_not_shut_its_own_line(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        await line.message(1)
        for _ in range(12):
            session = await line.call(WRONG, WRONG, WRONG, PIN, caller="+917551077")
            assert session.heard[-1] == "room-locked", "three in a call, whosever it is"
        assert sounds(await line.call(PIN, "", "", "0", caller="07551077"))
        for _ in range(OWN_TRIES):
            assert not await line.mailbox.opens(BHOPAL, TRUNK, right=False, own_line=True)
        assert (await line.call(PIN, caller="07551077")).heard[-1] == "room-locked", "no stranger may try for ever"


async def test_wrong_pins_by_one_trunk_do_not_shut_another(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        await line.message(1)
        for caller in ("9826000001", "9826000002", ""):
            await line.call(CODE, WRONG, HANG_UP, caller=caller)
        assert (await line.call(*TO_THE_MESSAGES, caller="9826000003")).heard[-1] == "room-locked"
        assert sounds(await line.call(*TO_THE_MESSAGES, "", "", "0", trunk="swan"))


async def test_pin_is_taken_again_after_the_pause_and_a_right_one_forgets_the_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened_line(tmp_path) as line:
        await line.call(CODE, WRONG, WRONG, WRONG)
        assert await line.mailbox.locked_for(BHOPAL, TRUNK, own_line=False)
        real = MonotonicClockRepository.monotonic_now
        monkeypatch.setattr(MonotonicClockRepository, "monotonic_now", lambda clock: real(clock) + 61)
        assert (await line.call(*TO_THE_MESSAGES)).heard[-2:] == ["mail-none", "mail-bye"]
        await line.call(CODE, WRONG, WRONG, HANG_UP)
        assert not await line.mailbox.locked_for(BHOPAL, TRUNK, own_line=False)


async def test_calls_at_the_same_time_have_three_tries_together(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        for _ in range(TRIES):
            assert not await line.mailbox.opens(BHOPAL, TRUNK, right=False, own_line=False)
        assert not await line.mailbox.opens(BHOPAL, TRUNK, right=True, own_line=False), "another call was asked before"
        assert await line.mailbox.opens(BHOPAL, TRUNK, right=True, own_line=True)


async def test_room_without_a_pin_and_nonsense_codes_open_nothing(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        assert (await line.call("731#", PIN, PIN, PIN)).heard[-1] == "room-locked"
        session = await line.call("99#", "", "00#", PIN)
        assert session.heard[-1] == "mail-bye"
        assert "room-pin" not in session.heard


async def test_sound_that_cannot_be_played_is_said_and_stays(tmp_path: Path) -> None:
    async with opened_line(tmp_path) as line:
        name = await line.message(1)
        (line.kept / name).write_bytes(b"no sound")
        session = await line.call(*TO_THE_MESSAGES, "", "", "0")
        assert "mail-unplayable" in session.heard
        assert not sounds(session)


def test_rooms_are_known_by_code_or_telephone() -> None:
    assert [room_of_code(code, places()) for code in ("755", "0755", "1", "", "75")] == [
        BHOPAL,
        BHOPAL,
        "state",
        None,
        None,
    ]
    forms = ("07551077", "7551077", "+917551077", "00917551077")
    assert {room_of_caller(caller, places()) for caller in forms} == {BHOPAL}
    assert [room_of_caller(caller, places()) for caller in ("", "1077", "9826000000")] == [None] * 3
