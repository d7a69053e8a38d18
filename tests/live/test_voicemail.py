"""A district's control room calls, keys its PIN, hears what citizens said, and calls one of them: real calls."""

from __future__ import annotations

import asyncio
import json
import stat
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.citizen import RATION_IN_BHOPAL, answer, booked
from tests.support.citizens import Citizens, citizens_at
from tests.support.commands import warroom
from tests.support.faults import shorten_all
from tests.support.ports import free_ports
from tests.support.trunk_files import CITIZENS, LOOPBACK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from warroom.sip_test_client import TestCall

FAR_END = "127.0.2.78"
(PORT,) = free_ports(1)
TRUNK = CITIZENS.format(server=f"{FAR_END}:{PORT}")
CALLBACKS = '{ trunk = "citizens", max_concurrent_calls = 0 }'

OLDER, NEWER, CALLED = "9811500001", "9811500002", "9811500003"
WORDS = {OLDER: "en/goodbye", NEWER: "en/danger", CALLED: "en/other-ask"}
"""What each citizen says: sounds that nothing else in these calls says, known by ear when they are played back."""
CODE = ("room-code", "755#")


pytestmark = pytest.mark.xdist_group("voicemail")  # one stack for all of them


@pytest.fixture(scope="module")
def line() -> Iterator[LiveStack]:
    with open_stack(trunks=LOOPBACK + TRUNK, callbacks=CALLBACKS) as stack:
        shorten_all(stack)
        yield stack


@pytest.fixture
async def citizens() -> AsyncIterator[Citizens]:
    async with citizens_at(FAR_END, PORT) as there:
        yield there


@pytest.mark.long
async def test_room_hears_keeps_and_is_done_with_messages(line: LiveStack) -> None:
    for citizen in (OLDER, NEWER):
        await _says(line, citizen)
    pin = (await warroom(line.data, "rooms", "pin", "district-bhopal")).out.strip()
    async with line.call("1077", caller="9826000001") as call:
        await answer(call, (CODE, ("room-pin", _other(pin)), ("room-pin-wrong", pin)))
        await _hears(call, "mail-new", "number-2", "need-ration", "mail-from", "district-bhopal")
        await call.hear("hi/day-today", "hi/day-yesterday")  # it may be midnight
        await call.hear(WORDS[NEWER])
        await answer(call, (("mail-keys", "3"), ("need-ration", "#")))  # on to the words at once
        await call.hear(WORDS[OLDER])
        await answer(call, (("mail-keys", "1"), ("need-ration", "#")))
        await call.hear(WORDS[OLDER])
        await answer(call, (("mail-keys", "4"),))
        await _hears(call, "mail-done", "mail-end", "mail-bye")
        await call.ended()
        assert "hi/mail-kept" in call.heard
    async with line.call("1077", caller="9826000001") as call:
        await answer(call, (CODE, ("room-pin", pin)))
        await _hears(call, "mail-old", "number-1")
        await answer(call, (("need-ration", "#"),))
        await call.hear(WORDS[NEWER])
        await answer(call, (("mail-keys", "4"),))
        await _hears(call, "mail-end")
        await call.hang_up()
    assert len(list(line.layout.kept.glob("*.wav"))) == 2


@pytest.mark.long
async def test_room_calls_a_citizen_and_comes_back_to_its_messages(line: LiveStack, citizens: Citizens) -> None:
    await _says(line, CALLED)
    pin = (await warroom(line.data, "rooms", "pin", "district-bhopal")).out.strip()
    async with line.call("1077", caller="9826000001") as call:
        await answer(call, (CODE, ("room-pin", pin), ("need-ration", "#")))
        await call.hear(WORDS[CALLED])
        # by a trunk whose one channel is the officer's own nobody is dialled
        await asyncio.to_thread(line.asterisk, "dialplan set global WR_CALLBACK_CHANNELS 1")
        await asyncio.to_thread(line.asterisk, "dialplan set global WR_CALLBACK_TRUNK loopback")
        await call.press("5")
        await _hears(call, "mail-old", "number-1")
        await asyncio.to_thread(line.asterisk, "dialplan set global WR_CALLBACK_TRUNK citizens")
        await answer(call, (("need-ration", "#"),))
        await call.hear(WORDS[CALLED])
        await call.press("5")
        invite = await citizens.rings(f"0{CALLED}")
        assert "07552550181" in invite.get("from")
        assert "9826000001" not in str(invite)
        async with citizens.lifts(invite, line.sip, line.matcher) as citizen:
            await call.speak(line.layout.prompts.joinpath("en/room-pin.alaw").read_bytes())
            await citizen.hear("en/room-pin")
            await citizen.hang_up()
        await _hears(call, "mail-old", "number-1")
        await call.hang_up()
    await asyncio.to_thread(line.asterisk, "dialplan set global WR_CALLBACK_CHANNELS 30")
    assert len(citizens.invites) == 1
    tickets = json.loads((await warroom(line.data, "tickets", "list", "--json")).out)
    (notes,) = [ticket["notes"] for ticket in tickets if ticket["phone"] == f"+91{CALLED}"]
    assert "spoke with the citizen" in notes[-1]


@pytest.mark.long
async def test_wrong_pins_end_the_call_and_lock_the_room_to_strangers_not_to_itself(line: LiveStack) -> None:
    pin = (await warroom(line.data, "rooms", "pin", "district-indore")).out.strip()
    secret = line.data / "secrets" / "pin-district-indore"
    assert (secret.read_text().strip(), stat.S_IMODE(secret.stat().st_mode)) == (pin, 0o600)
    wrong = _other(pin)
    indore = ("room-code", "0731#")
    async with line.call("1077", caller="9826000002") as call:
        await answer(call, (indore, ("room-pin", wrong), ("room-pin-wrong", wrong), ("room-pin-wrong", wrong)))
        await _hears(call, "room-locked")
        await call.ended()
    async with line.call("1077", caller="9826000003") as call:
        await answer(call, (indore,))
        await _hears(call, "room-locked")
        await call.ended()
        assert "hi/room-pin" not in call.heard
    for _ in range(2):  # the room's number is public, and a caller may pretend to have it
        async with line.call("1077", caller="07311077") as call:
            await answer(call, (("room-pin", wrong), ("room-pin-wrong", wrong), ("room-pin-wrong", wrong)))
            await _hears(call, "room-locked")
            await call.ended()
    async with line.call("1077", caller="07311077") as call:
        await answer(call, (("room-pin", pin),))
        await _hears(call, "mail-none", "mail-bye")
        await call.ended()
        assert "hi/room-code" not in call.heard
    fresh = (await warroom(line.data, "rooms", "pin", "district-indore", "--new")).out.strip()
    async with line.call("1077", caller="07311077") as call:
        await answer(call, (("room-pin", pin), ("room-pin-wrong", fresh)))
        await _hears(call, "mail-none")
        await call.hang_up()


async def _says(stack: LiveStack, citizen: str) -> None:
    """A citizen of Bhopal who asks for ration and says something."""
    async with stack.call(caller=citizen) as call:
        await answer(call, RATION_IN_BHOPAL)
        await call.hear("hi/beep")
        await call.speak(stack.layout.prompts.joinpath(f"{WORDS[citizen]}.alaw").read_bytes())
        await call.press("#")
        await booked(call)


async def _hears(call: TestCall, *names: str) -> None:
    for name in names:
        await call.hear(f"hi/{name}")


def _other(pin: str) -> str:
    return f"{(int(pin) + 1) % 1_000_000:06}"
