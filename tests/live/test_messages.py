"""What a caller says reaches the room as sound at once and as text a moment later, whatever is away meanwhile."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import QUIET, answer
from tests.support.commands import warroom
from tests.support.faults import TO_RATION, TO_THE_DETAILS, restart_service, shorten_all, tickets_of
from tests.support.people import BHOPAL, board_url, sign_in_all
from tests.support.speech import RATION, spoken
from warroom.services.stack.processes import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEAKS, SPEAKS_TO_NOBODY, CUT_OFF = "9811470001", "9811470002", "9811470003"
SPEECH = QUIET * 2 + spoken()  # the recording begins after the beep, which is known by its first packet


@pytest.fixture
def stack() -> Iterator[LiveStack]:
    """A whole stack of its own for each test: every one of them kills parts of it and counts what is there."""
    with open_stack(services=SERVICES) as stack:
        shorten_all(stack)
        yield stack


async def test_message_is_heard_by_its_room_at_once_and_read_a_moment_later(stack: LiveStack) -> None:
    async with stack.room() as bhopal:
        async with stack.call(caller=SPEAKS) as call:
            await answer(call, TO_THE_DETAILS)
            await call.hear("hi/beep")
            await call.speak(SPEECH)
            await call.press("#")
            first = await bhopal.ticket(phone=f"+91{SPEAKS}", version=1)
            await call.hear("hi/number-is")
        assert (first["transcript"], len(first["recordings"])) == ("", 1)
        second = await bhopal.ticket(phone=f"+91{SPEAKS}", version=2)
        assert RATION in second["transcript"]
    async with httpx.AsyncClient() as browser:
        for url in (first["media_url"], second["media_url"]):
            piece = await browser.get(url, headers={"Range": "bytes=0-999"})
            assert (piece.status_code, piece.content[:4], len(piece.content)) == (206, b"RIFF", 1000)
        assert (await browser.get(f"{second['media_url'][:-3]}AAA")).status_code == 404
    await _is_played_at_its_screen_word_by_word(stack, second["service_request_id"])


async def _is_played_at_its_screen_word_by_word(stack: LiveStack, number: str) -> None:
    cookies = await sign_in_all(stack, [BHOPAL])
    async with httpx.AsyncClient(base_url=board_url(stack), headers={"Cookie": cookies[BHOPAL.user]}) as browser:
        (recording,) = (await browser.get(f"/api/tickets/{number}")).json()["recordings"]
        words, times = zip(*((word, (begin, end)) for word, begin, end, _ in recording["words"]), strict=True)
        assert " ".join(words).find(RATION) >= 0
        assert list(times) == sorted(times)
        assert times[-1][1] <= recording["seconds"]
        piece = await browser.get(recording["url"], headers={"Range": "bytes=0-999"})
        assert (piece.status_code, piece.content[:4], len(piece.content)) == (206, b"RIFF", 1000)


@pytest.mark.long
async def test_message_waits_for_transcription_that_is_dead_and_the_call_does_not(stack: LiveStack) -> None:
    await asyncio.to_thread(stack.processes.stop, "transcribe", signal.SIGKILL)
    await asyncio.to_thread(stack.processes.stop, "serve", signal.SIGKILL)
    async with stack.call(caller=SPEAKS_TO_NOBODY) as call:
        await call.hear("hi/leave-message", within_s=20)
        await call.hear("hi/beep")
        await call.speak(SPEECH)
        await call.hang_up()
    await restart_service(stack)
    async with stack.room("state") as state, stack.room() as bhopal:
        ticket = await state.ticket(phone=f"+91{SPEAKS_TO_NOBODY}", version=1)
        waits = json.loads((await warroom(stack.data, "recordings", "backlog", "--json")).out)
        assert (waits["waiting"], waits["states"]) == (1, {"waiting": 1})
        await asyncio.to_thread(stack.processes.start_service, "transcribe")
        read = await bhopal.ticket(phone=f"+91{SPEAKS_TO_NOBODY}", version=2)
        assert (read["transcript"], read["service_code"], read["desk"]) == (RATION, "ration", "food")
    (row,) = json.loads((await warroom(stack.data, "recordings", "list", "--json")).out)
    assert (row["name"], row["number"]) == (ticket["recordings"][0], ticket["service_request_id"])
    assert (await warroom(stack.data, "recordings", "verify")).code == 0
    sound = stack.layout.kept / row["name"]
    sound.write_bytes(sound.read_bytes()[:-2])
    wrong = await warroom(stack.data, "recordings", "verify", "--json")
    assert (wrong.code, json.loads(wrong.out)[0]["name"]) == (1, row["name"])


@pytest.mark.long
async def test_message_being_recorded_when_asterisk_is_killed_is_kept_and_read(stack: LiveStack) -> None:
    async with stack.call(caller=CUT_OFF) as call:
        await answer(call, TO_RATION)
        await asyncio.to_thread(stack.processes.stop, "serve", signal.SIGKILL)
        await call.hear("hi/leave-message", within_s=20)
        await call.hear("hi/beep")
        await call.speak(SPEECH)
        (sound,) = stack.layout.incoming.glob("*.wav")
        await until(lambda: sound.stat().st_size > 2 * len(SPEECH))
        await asyncio.to_thread(stack.processes.stop, "asterisk", signal.SIGKILL)
        call.vanish()
    await asyncio.to_thread(stack.processes.start, "asterisk")
    await restart_service(stack)
    await until(lambda: any(RATION in ticket["transcript"] for ticket in tickets_of(stack, CUT_OFF)), seconds=60)
    (ticket,) = tickets_of(stack, CUT_OFF)
    assert (ticket["service_code"], ticket["recordings"]) == ("ration", [sound.name])
