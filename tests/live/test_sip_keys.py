"""Keys and sound as lines carry them: events, SIP INFO, tones; A-law, µ-law, G.722."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.citizen import RATION_IN_BHOPAL, answer, booked
from tests.support.sip_trunk_files import by_loopback, by_trunk
from tests.support.telephones import InDialog
from warroom.sip_test_client.codecs import G722, ULAW

if TYPE_CHECKING:
    from tests.live.conftest import LiveStack

pytestmark = pytest.mark.xdist_group("sip-keys")  # one stack for all of them


async def test_sip_keys_by_event_info_and_tone_lead_through_the_menus(sip_stack: LiveStack) -> None:
    async def through(call: InDialog, destination: str) -> None:
        async with call:
            press = getattr(call, destination)
            for prompts, keys in (("greeting-181 danger", "1"), ("food-menu", "1"), ("place-ask", "462001#")):
                await call.hear(*(f"hi/{prompt}" for prompt in prompts.split()))
                await press(keys)
            await call.hear("hi/place-is")

    await asyncio.gather(
        through(by_trunk(sip_stack, "events", "9811510001"), "press"),
        through(by_trunk(sip_stack, "infos", "9811510002"), "press_by_info"),
        through(by_trunk(sip_stack, "tones", "9811510003", keys_offered=False), "press_by_tone"),
        through(by_loopback(sip_stack, "9811510004", keys_offered=False), "press_by_tone"),  # dtmf = "auto"
    )


async def test_sip_codecs_hear_prompts_untouched_and_are_recorded(sip_stack: LiveStack) -> None:
    async def to_the_number(call: InDialog, caller: str) -> None:
        said = sip_stack.layout.prompts.joinpath(f"hi/goodbye.{call._codec.form}").read_bytes()[: 2 * 8000]
        async with sip_stack.room(client=caller) as room, call:
            await answer(call, RATION_IN_BHOPAL)
            await call.hear("hi/beep")
            await call.speak(said)
            await call.press("#")
            await booked(call)
            ticket = await room.ticket(phone=f"+91{caller}")
        (recording,) = ticket["recordings"]
        assert sip_stack.layout.kept.joinpath(recording).stat().st_size > 8000

    await asyncio.gather(
        to_the_number(by_trunk(sip_stack, "ulaw", "9811510011", codec=ULAW), "9811510011"),
        to_the_number(by_trunk(sip_stack, "g722", "9811510012", codec=G722), "9811510012"),
    )
