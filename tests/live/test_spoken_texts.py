"""Words that no prompt holds, in real calls: a room's to a citizen, a shop's name; a stuck or dead voice."""

from __future__ import annotations

import json
import os
import signal
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from router.mqtt.commands.room_client import command_as_room
from router.tickets.command import Command
from tests.live.conftest import ROOM_LIMIT_S, LiveStack, open_stack
from tests.support.brokers import until
from tests.support.citizen import FIRST_MENU, RATION_IN_BHOPAL, answer, skip_details
from tests.support.commands import warroom
from tests.support.ears import ears
from tests.support.faults import shorten_all
from warroom.config.secrets import mqtt_room, read_secret

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.long

CALLER = "9811660001"
SHOPS = """code,kind,name,name_hi,district,pin,telephone,hours
2301,pds,Laxmi,लक्ष्मी राशन भंडार,bhopal,462001,,Mo-Su 00:00-24:00
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with open_stack() as running:
        shorten_all(running)
        yield running


def texts(stack: LiveStack) -> set[str]:
    """The Hindi texts that are spoken."""
    return {f"hi/{path.stem}" for path in (stack.layout.spoken_texts / "hi").glob("text-*.alaw")}


def speaking_process(stack: LiveStack) -> int:
    """The one of the service of the calls."""
    serve = stack.processes.pid("serve")
    children = Path(f"/proc/{serve}/task/{serve}/children").read_text().split()
    (pid,) = [int(one) for one in children if b"spoken_texts" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return pid


async def tell(stack: LiveStack, number: str, words: str) -> None:
    """Write to the citizen as the room does."""
    said = {"command_id": str(uuid.uuid4()), "ticket": number, "action": "note", "for_citizen": words}
    command, room = Command.model_validate_json(json.dumps(said)), "district-bhopal"
    password = read_secret(stack.data, mqtt_room(room))
    client = uuid.uuid4().hex[:8]
    reply = await command_as_room(
        stack.settings.router.broker, room, password, command, client=client, limit_s=ROOM_LIMIT_S
    )
    assert reply.accepted, reply


async def new_text(stack: LiveStack, before: set[str]) -> str:
    """Wait until one more text is spoken."""
    await until(lambda: texts(stack) - before)
    (text,) = texts(stack) - before
    return text


async def hears(stack: LiveStack, *prompts: str) -> None:
    """The citizen asks how the ticket stands, and is told to the end."""
    async with stack.call(caller=CALLER) as call:
        await answer(call, ((FIRST_MENU, "6"),))
        for prompt in prompts:
            await call.hear(prompt)
        await call.hear("hi/status-back")


async def test_words_of_a_room_are_read_to_its_citizen_and_a_stuck_or_dead_voice_stops_no_call(
    stack: LiveStack, tmp_path: Path
) -> None:
    async with stack.room() as room, stack.call(caller=CALLER) as call:
        await answer(call, RATION_IN_BHOPAL)
        await skip_details(call)
        number = (await room.ticket(phone=f"+91{CALLER}"))["service_request_id"]

    await tell(stack, number, "गाड़ी शाम तक आएगी, 98123 45678 पर फ़ोन करें।")
    first = await new_text(stack, set())
    stack.matcher = ears(tmp_path / "first", stack.layout.prompts, stack.layout.spoken_texts)
    await hears(stack, "hi/status-note", first)

    os.kill(pid := speaking_process(stack), signal.SIGSTOP)
    await tell(stack, number, "दुकान कल सुबह खुलेगी।")
    await hears(stack, "hi/status-of", "hi/status-note-later")
    os.kill(pid, signal.SIGCONT)
    second = await new_text(stack, {first})
    stack.matcher = ears(tmp_path / "second", stack.layout.prompts, stack.layout.spoken_texts)
    await hears(stack, "hi/status-note", second)

    os.kill(pid, signal.SIGKILL)
    await tell(stack, number, "राशन घर पहुँचाया जाएगा।")
    third = await new_text(stack, {first, second})
    stack.matcher = ears(tmp_path / "third", stack.layout.prompts, stack.layout.spoken_texts)
    await hears(stack, "hi/status-note", third)
    assert speaking_process(stack) != pid

    forgotten = await warroom(stack.data, "citizen", "forget", f"+91{CALLER}", "--yes")
    assert forgotten.code == 0, forgotten.err
    assert texts(stack) == set()


async def test_name_of_the_nearest_shop_is_spoken_before_it_is_asked_for(stack: LiveStack, tmp_path: Path) -> None:
    (tmp_path / "shops.csv").write_text(SHOPS, encoding="utf-8")
    imported = await warroom(stack.data, "import", "facilities", str(tmp_path / "shops.csv"))
    assert imported.code == 0, imported
    before = texts(stack)
    async with stack.call(caller="9811660002") as call:
        await answer(call, RATION_IN_BHOPAL)
        await skip_details(call)
        await call.hear("hi/number-is")
    name = await new_text(stack, before)  # the caller has not asked for it
    stack.matcher = ears(tmp_path / "ears", stack.layout.prompts, stack.layout.spoken_texts)
    async with stack.call(caller="9811660002") as call:
        await answer(call, ((FIRST_MENU, "6"), ("status-near", "3")))
        await call.hear("hi/kind-pds")
        await call.hear(name)
        await call.hear("hi/nearest-open")
