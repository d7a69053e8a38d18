"""One press is one key, by whichever ways a gateway tells of it, whatever its trunk is set to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.support.commands import warroom
from tests.support.sip_trunk_files import by_loopback, by_trunk
from tests.support.telephones import BARE, RELAY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.live.conftest import LiveStack
    from tests.support.telephones import InDialog

    Press = Callable[[InDialog, str], Awaitable[None]]

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("sip-keys")]  # one stack for all of them

#: The PIN code has the same key twice, one behind the other.
FOOD = (("greeting-181 danger", "1"), ("food-menu", "1"), ("place-ask", "462001"))
COOKED_FOOD = (FOOD[0], ("food-menu", "2"), FOOD[2])
SLOW_S = 0.3
"""How much later a slow gateway sends the INFO."""


async def by_event(call: InDialog, keys: str) -> None:
    await call.press(keys)


async def by_info(call: InDialog, keys: str) -> None:
    await call.press_by_info(keys)


async def by_bare_info(call: InDialog, keys: str) -> None:
    await call.press_by_info(keys, kind=BARE)


async def by_tone(call: InDialog, keys: str) -> None:
    await call.press_by_tone(keys)


def by_both(apart_s: float, kind: str = RELAY) -> Press:
    """By event, and by INFO so much later."""

    async def press(call: InDialog, keys: str) -> None:
        await call.press_twice(keys, apart_s, kind=kind)

    return press


async def by_tone_and_info(call: InDialog, keys: str) -> None:
    for key in keys:
        told = asyncio.create_task(call.tell_by_info(key))
        await call.press_by_tone(key)
        assert (await told).status == 200


async def by_tone_and_slow_info(call: InDialog, keys: str) -> None:
    for key in keys:
        told = asyncio.create_task(call.tell_by_info(key, SLOW_S))
        await call.press_by_tone(key)
        assert (await told).status == 200


PRESSES: dict[str, Press] = {
    "event": by_event,
    "info": by_info,
    "bare info": by_bare_info,
    "both at once": by_both(0.0),
    "both, slow": by_both(SLOW_S),
    "both, bare": by_both(0.1, BARE),
}
TONES: dict[str, Press] = {"tone": by_tone, "tone and info": by_tone_and_info, "slow": by_tone_and_slow_info}


async def through(call: InDialog, press: Press, *, events: bool, steps: tuple[tuple[str, str], ...] = FOOD) -> None:
    """Through the menus to the place, whose code is keyed once and understood; `events`: whether we agree to them."""
    async with call:
        assert ("telephone-event" in call.agreed) is events
        for prompts, keys in steps:
            await call.hear(*(f"hi/{prompt}" for prompt in prompts.split()))
            await press(call, keys)
        await call.hear("hi/place-is")
        assert "hi/place-unknown-pin" not in call.heard


async def test_sip_keys_on_a_line_set_to_auto(sip_stack: LiveStack) -> None:
    calls = [
        *(
            through(by_loopback(sip_stack, f"981153000{at}"), press, events=True)
            for at, press in enumerate(PRESSES.values())
        ),
        *(
            through(by_loopback(sip_stack, f"981153001{at}", keys_offered=False), press, events=False)
            for at, press in enumerate(TONES.values())
        ),
    ]
    await asyncio.gather(*calls)


@pytest.mark.parametrize(
    ("trunk", "callers", "destinations", "events"),
    [
        ("events", "98115311", PRESSES, True),
        ("infos", "98115312", PRESSES, False),
        ("tones", "98115313", PRESSES | TONES, False),
    ],
    ids=["rfc4733", "info", "inband"],
)
async def test_sip_keys_on_a_line_set_to_one_way(
    sip_stack: LiveStack, trunk: str, callers: str, destinations: dict[str, Press], events: bool
) -> None:
    """The setting says what is agreed with the far end; what comes otherwise is heard too."""
    await asyncio.gather(
        *(
            through(by_trunk(sip_stack, trunk, f"{callers}{at:02}"), press, events=events)
            for at, press in enumerate(destinations.values())
        )
    )


async def test_sip_key_held_long_is_one_press_whenever_the_info_comes(sip_stack: LiveStack) -> None:
    """Longer than two presses by two ways may be apart: the INFO comes at once, in the middle, behind it."""

    def held(apart_s: float) -> Press:
        async def press(call: InDialog, keys: str) -> None:
            if len(keys) > 1:
                await call.press_twice(keys, 0.0)
            else:
                await call.press_twice(keys, apart_s, held_s=2.0)

        return press

    await asyncio.gather(
        *(
            through(by_trunk(sip_stack, "events", f"981153020{at}"), held(apart_s), events=True, steps=COOKED_FOOD)
            for at, apart_s in enumerate((0.0, 1.0, 2.2))
        )
    )


async def test_sip_pin_of_a_room_keyed_by_two_ways_is_right(sip_stack: LiveStack) -> None:
    pin = (await warroom(sip_stack.data, "rooms", "pin", "district-bhopal")).out.strip()

    async def key(apart_s: float, trunk: str, caller: str) -> None:
        async with by_trunk(sip_stack, trunk, caller, did="1077") as call:
            for prompt, keys in (("room-code", "755#"), ("room-pin", pin)):
                await call.hear(f"hi/{prompt}")
                await call.press_twice(keys, apart_s)
            await call.hear("hi/mail-none", "hi/mail-new", "hi/mail-end")
            assert "hi/room-pin-wrong" not in call.heard

    await asyncio.gather(key(0.0, "events", "9826000021"), key(SLOW_S, "infos", "9826000022"))
