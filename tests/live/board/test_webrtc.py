"""The telephone in the browser, in a real Chromium with a microphone that plays a tone, and callers by SIP.

In a network of its own: Asterisk and Chromium leave 127.0.0.0/8 out of their ICE candidates.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect

from agi.prompts.sound.g711 import from_alaw, to_alaw
from router.mqtt import topics
from tests.live.conftest import LiveStack, open_stack
from tests.support.brokers import WAIT_S, until
from tests.support.browser import Watch
from tests.support.browser_telephone import (
    CALLER_HZ,
    HEARD,
    HOOK,
    OPERATOR_HZ,
    answered,
    browser_that_says,
    go_ready,
    hear_each_other,
    silent,
)
from tests.support.citizen import answer
from tests.support.faults import as_router, shorten_all
from tests.support.operators import has, operator_at, working
from tests.support.own_network import own_network
from tests.support.people import ASHA
from tests.support.queue_stack import FAR_END as CITIZENS
from tests.support.queue_stack import FAR_PORT as CITIZENS_PORT
from tests.support.queue_stack import TO_A_PERSON, TRUNKS
from tests.support.screens import Screens
from tests.support.speech import level, tone
from tests.support.telephones import FAR_END, FAR_PORT, InDialog, far_end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("webrtc")]

OPERATORS = """[queue]
ring_s = 15
retry_s = 1
empty_s = 120
wrap_up_s = 0

[[operator]]
id = "101"
name = "Asha"
telephone = "browser"

[[operator]]
id = "102"
name = "Second"
penalty = 10

[[operator]]
id = "900"
name = "Chief"
supervisor = true
"""
HELPLINE_104 = "0755104"
FAR = f"""
[[trunk]]
name = "far"
server = "{FAR_END}:{FAR_PORT}"
channels = 10
dids = {{ 0755400 = "181" }}
dials = {{ 104 = "{HELPLINE_104}" }}
qualify_s = 0
"""
ALWAYS = "{ from_hour = 0, until_hour = 24 }"


@pytest.fixture(scope="module")
async def network() -> AsyncIterator[None]:
    async with own_network():
        yield


@pytest.fixture(scope="module")
def stack(network: None) -> Iterator[LiveStack]:
    with open_stack(services=("serve", "board"), operators=OPERATORS, trunks=TRUNKS + FAR, callbacks=ALWAYS) as running:
        shorten_all(running)
        yield running


@pytest.fixture(scope="module")
async def browser(network: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Its microphone says a tone in bursts: an unbroken one would be taken for noise, and suppressed."""
    burst = np.concatenate([tone(0.4, OPERATOR_HZ, rate=48_000), np.zeros(14_400, np.int16)])
    async with browser_that_says(tmp_path_factory.mktemp("microphone") / "tone.wav", burst) as running:
        yield running


@pytest.fixture
async def screens(stack: LiveStack, browser: Browser, watch: Watch) -> AsyncIterator[Screens]:
    opened = Screens(stack, browser, watch, {})
    yield opened
    await opened.close()


async def console_of(screens: Screens) -> Page:
    """The operator's page, ready for calls."""
    window = await screens.window(ASHA, lang="en")
    await window.add_init_script(HOOK)
    page = await window.new_page()
    await page.goto("/operator")
    await go_ready(page)
    await has(screens.stack, "general-hi", free=1)
    return page


def citizen(screens: Screens, caller: str) -> InDialog:
    return InDialog(screens.stack.sip, "181", matcher=screens.stack.matcher, caller=caller)


async def test_each_hears_the_other_and_on_hold_nobody_does(screens: Screens) -> None:
    page = await console_of(screens)
    async with citizen(screens, "9811600001") as call:
        await answered(page, call)
        await hear_each_other(page, call)
        await page.keyboard.press("F3")
        await silent(page, call)
        await page.keyboard.press("F3")
        await hear_each_other(page, call)
        await page.keyboard.press("F10")
        await call.ended()
        assert "hi/operator-lost" not in call.heard


async def test_a_call_is_answered_whatever_question_is_open(screens: Screens) -> None:
    page = await console_of(screens)
    question = page.get_by_role("dialog").filter(has_text="Why the pause?")
    await page.keyboard.press("Alt+p")
    await expect(question).to_be_visible()
    await page.keyboard.press("F2")  # nobody rings
    await expect(question).to_be_visible()
    async with citizen(screens, "9811600012") as call:
        await answered(page, call)
        await expect(question).to_have_count(0)
        await page.keyboard.press("F10")
        await call.ended()


async def test_helpline_104_is_asked_and_all_three_speak_until_the_operator_leaves(screens: Screens) -> None:
    page = await console_of(screens)
    async with far_end() as far, citizen(screens, "9811600002") as call:
        await answered(page, call)
        await hear_each_other(page, call)
        await page.keyboard.press("F4")
        invite = await far.rings(HELPLINE_104)
        async with far.answers(invite, screens.stack.sip, screens.stack.matcher) as doctor:
            await hear_each_other(page, doctor)
            await page.keyboard.press("F8")
            await hear_each_other(page, call)
            await hear_each_other(page, doctor)
            await page.keyboard.press("F9")  # the two others go on; no call is lost
            await until(lambda: "operator-101" not in screens.stack.asterisk("core show channels concise"))
            # of three two are left, and made a pair: whoever is alone in a conference before that goes to an operator
            await until(lambda: "ConfBridge" not in screens.stack.asterisk("core show channels concise"))
            doctor.frames.clear()
            await call.speak(to_alaw(tone(1.0, CALLER_HZ) // 2))
            assert level(from_alaw(b"".join(doctor.frames)), CALLER_HZ) > HEARD
            assert "parked" not in screens.stack.asterisk("core show channels concise")
            await doctor.hang_up()
            await call.hear("hi/other-hung-up")
            await call.hang_up()


async def test_page_that_is_loaded_anew_in_a_call_gets_its_caller_back(screens: Screens) -> None:
    page = await console_of(screens)
    async with operator_calls(screens.stack, "101") as shown, citizen(screens, "9811600003") as call:
        await answered(page, call)
        await hear_each_other(page, call)
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))  # "leave this page?"
        await page.reload()
        await call.hear("hi/operator-lost")
        await hear_each_other(page, call)
        async with asyncio.timeout(WAIT_S):
            parked = [(await shown.get() or {}).get("parked")]
            while parked[-2:] != [True, False]:
                parked.append((await shown.get() or {}).get("parked"))
        await page.keyboard.press("F10")
        await call.ended()


async def test_citizen_who_was_called_back_is_given_back_too(screens: Screens) -> None:
    page = await console_of(screens)
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
    async with far_end(CITIZENS, CITIZENS_PORT) as citizens:
        async with citizen(screens, "9811600011") as call:
            await call.hear("hi/greeting-181")
            await call.hang_up()
        await expect(page.get_by_text("98116 00011")).to_be_visible(timeout=WAIT_S * 1000)
        await page.keyboard.press("Alt+c")
        invite = await citizens.rings("9811600011")
        async with citizens.answers(invite, screens.stack.sip, screens.stack.matcher) as called:
            await hear_each_other(page, called)
            await page.reload()
            await called.hear("hi/operator-lost")
            await hear_each_other(page, called)
            await page.keyboard.press("F10")
            await called.ended()


async def test_caller_of_a_page_that_does_not_come_back_is_the_next_operators(screens: Screens) -> None:
    page = await console_of(screens)
    async with citizen(screens, "9811600004") as call, citizen(screens, "9811600005") as waits:
        await answered(page, call)
        await hear_each_other(page, call)
        await page.close()
        await answer(waits, TO_A_PERSON)
        await call.hear("hi/operator-lost")
        await has(screens.stack, "general-hi", waiting=2)
        async with operator_at(screens.stack, "102", "127.0.2.102") as second, working(screens.stack, "102"):
            async with second.takes() as taken:  # the head of the queue, though the other has waited for longer in it
                await call.speak(to_alaw(tone(1.0, CALLER_HZ) // 2))
                assert level(from_alaw(b"".join(taken.frames)), CALLER_HZ) > HEARD
                await taken.hang_up()  # a telephone that hangs up, hangs up
                await call.ended()
            await waits.hang_up()


async def test_operator_whose_microphone_is_mute_is_told_that_nobody_hears(
    stack: LiveStack, watch: Watch, tmp_path: Path
) -> None:
    async with browser_that_says(tmp_path / "silence.wav", np.zeros(48_000, np.int16)) as mute:
        screens = Screens(stack, mute, watch, {})
        page = await console_of(screens)
        warning = page.get_by_role("alert").filter(has_text="They cannot hear you")
        async with citizen(screens, "9811600009") as call:
            await answered(page, call)
            await expect(warning).to_be_visible()
            await page.keyboard.press("Alt+m")  # who has muted the page knows it
            await expect(warning).to_have_count(0)
            await expect(page.get_by_text("loss 0.0 %")).to_be_visible()
            await page.keyboard.press("F10")
            await call.ended()
        await screens.close()


async def test_second_tab_leaves_the_telephone_to_the_first(screens: Screens) -> None:
    page = await console_of(screens)
    before = address(screens)
    second = await page.context.new_page()
    await second.goto("/operator")
    await second.keyboard.press("Alt+p")
    await expect(second.get_by_text("another tab").first).to_be_visible()
    async with citizen(screens, "9811600006") as call:
        await answered(page, call)
        await hear_each_other(page, call)
        await page.keyboard.press("F10")
        await call.ended()
    assert address(screens) == before


async def test_talk_goes_on_while_the_board_is_dead(screens: Screens, watch: Watch) -> None:
    watch.allow("WebSocket connection to .* failed")
    page = await console_of(screens)
    before = address(screens)
    processes = screens.stack.processes
    async with citizen(screens, "9811600007") as call:
        await answered(page, call)
        await hear_each_other(page, call)
        processes.stop("board", signal.SIGKILL)
        await until(lambda: not address(screens))
        await hear_each_other(page, call)
        processes.start_service("board")
        await until(lambda: address(screens))
        assert address(screens) == before  # the same page, so that nothing is taken for lost
        await hear_each_other(page, call)
        await expect(page.get_by_role("status").first).to_contain_text("Up to date")
        await page.keyboard.press("F10")
        await call.ended()
        assert "hi/operator-lost" not in call.heard
    async with citizen(screens, "9811600009") as call:  # the page knows that the first call is over
        await answered(page, call)
        await hear_each_other(page, call)
        await page.keyboard.press("F10")
        await call.ended()


async def test_first_call_after_a_long_idle_time_is_heard(screens: Screens) -> None:
    """A transport on which nothing is asked is closed by Asterisk after half a minute."""
    page = await console_of(screens)
    await asyncio.sleep(35)  # longer than that
    async with citizen(screens, "9811600008") as call:
        await answered(page, call)
        await hear_each_other(page, call)
        await page.keyboard.press("F10")
        await call.ended()


def address(screens: Screens) -> str:
    """The user part of the address at which the operator's page is signed in; "" while it is not."""
    found = re.search(r"operator-101/sip:(\w+)@", screens.stack.asterisk("pjsip show contacts"))
    return found[1] if found else ""


@asynccontextmanager
async def operator_calls(stack: LiveStack, operator: str) -> AsyncIterator[asyncio.Queue[dict[str, Any] | None]]:
    """What the topic of an operator's calls says, one after the other."""
    said: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    async with as_router(stack) as client:

        async def read() -> None:
            async for message in client.messages:
                said.put_nowait(json.loads(bytes(message.payload))["data"] if message.payload else None)

        topic = topics.under(stack.settings.router.broker.topic_root, topics.operator_calls(operator))
        await client.subscribe(topic, qos=1)
        reading = asyncio.create_task(read())
        try:
            yield said
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
