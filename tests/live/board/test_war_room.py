"""State wall and war room's desk at a whole stack: real calls, real topics, a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from playwright.async_api import expect

from router.mqtt.commands.operator_client import command_as_operator
from router.mqtt.commands.room_client import command_as_room
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from router.tickets.command import Command
from tests.support.browser import WALL
from tests.support.citizen import answer
from tests.support.commands import warroom
from tests.support.faults import all_lines_free
from tests.support.operators import at_work, has
from tests.support.people import BHOPAL, WARROOM
from tests.support.queue_stack import TO_A_DOCTOR, TO_A_PERSON
from warroom.config.secrets import MQTT_ROUTER, mqtt_room, read_secret

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.live.conftest import LiveStack
    from tests.support.screens import Screens

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("war-room")]
PHONE, NAME = "+919811600777", "सीता देवी"


async def file(stack: LiveStack, **words: Any) -> str:
    """File a ticket as an operator does; its number."""
    command = {"action": "file", "service_code": "ration", "phone": PHONE, "name": NAME, **words}
    reply = await command_as_operator(
        stack.settings.router.broker,
        ROUTER_ACCOUNT,
        read_secret(stack.data, MQTT_ROUTER),
        command,
        client="test",
        limit_s=30,
    )
    assert reply.accepted, reply.reason
    number: str = reply.data["ticket"]
    return number


async def say(stack: LiveStack, room: str, **words: Any) -> None:
    """A command of a room, by its own account."""
    command = Command(command_id=uuid4().hex, **words)
    password = read_secret(stack.data, mqtt_room(room))
    reply = await command_as_room(stack.settings.router.broker, room, password, command, client="test", limit_s=30)
    assert reply.accepted, reply.reason


async def send_now(page: Page) -> None:
    await page.get_by_role("button", name="Send now").last.click()


async def test_the_wall_shows_a_ticket_and_a_call_and_no_citizen(screens: Screens) -> None:
    stack = screens.stack
    begin = urlsplit((await warroom(stack.data, "walls", "add", "hall")).out.strip())
    page = await screens.open(None, f"{begin.path}?{begin.query}", lang="en", size=WALL)
    frames: list[str] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    await page.get_by_role("button").first.click()
    bhopal = page.locator(".tile[data-room=district-bhopal]")
    await expect(bhopal.locator(".value")).to_have_text("0")
    await expect(page.locator(".line-box .big")).to_have_text("0 of 600")
    await file(stack, district="bhopal", danger=True)
    await expect(bhopal).to_contain_text("danger 1")
    await expect(page.locator(".today tr", has_text="Tickets").locator(".strong")).to_have_text("1")
    async with stack.call():
        await expect(page.locator(".line-box .big")).to_have_text("1 of 600")
        await expect(page.locator(".bars")).to_contain_text("1 / 600")
    await expect(page.locator(".line-box .big")).to_have_text("0 of 600")
    assert frames
    assert not [frame for frame in frames if PHONE[3:] in frame or NAME in frame]


async def test_a_task_goes_to_its_room_and_comes_back_done(screens: Screens) -> None:
    desk = await screens.open(WARROOM, "/warroom", lang="en")
    room = await screens.open(BHOPAL, "/room/district-bhopal", lang="en")
    await expect(desk.get_by_role("status").first).to_contain_text("Up to date")
    await desk.keyboard.press("t")
    await desk.keyboard.type("Count the shelters")
    await desk.get_by_label("Filter rooms").fill("bhopal")
    await desk.get_by_role("checkbox", name="Bhopal").check()
    await desk.get_by_role("button", name="Give to 1 room").click()
    await send_now(desk)
    await desk.keyboard.press("3")
    await expect(desk.locator("[data-task]")).to_contain_text("Count the shelters")
    await room.keyboard.press("2")
    await expect(room.locator("article.task")).to_contain_text("Count the shelters")
    await room.get_by_role("button", name="Acknowledge").click()
    await send_now(room)
    await expect(desk.locator("[data-task]")).to_contain_text("seen: 1")
    await desk.get_by_role("button", name="Take back").click()
    await desk.keyboard.press("Enter")
    await send_now(desk)
    await expect(desk.locator("[data-task]")).to_have_count(0)
    await expect(room.locator("article.task")).to_have_count(0)


async def test_a_proposed_rejection_is_refused_by_a_key(screens: Screens) -> None:
    stack = screens.stack
    number = await file(stack, district="bhopal", phone="+919811600778")
    await say(stack, "district-bhopal", ticket=number, action="propose-reject", note="nobody there")
    desk = await screens.open(WARROOM, "/warroom#proposals", lang="en")
    await expect(desk.locator(".found")).to_contain_text("nobody there")
    await desk.keyboard.press("ArrowDown")
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".detail .history")).to_contain_text("nobody there")
    await desk.keyboard.press("k")
    await send_now(desk)
    await expect(desk.locator(".found .card")).to_have_count(0)


async def test_a_ticket_to_be_sorted_goes_to_its_district(screens: Screens) -> None:
    number = await file(screens.stack, phone="+919811600779", note="somewhere near Indore")
    desk = await screens.open(WARROOM, "/warroom", lang="en")
    await desk.locator(f"[data-key='{number}']").focus()
    await desk.keyboard.press("f")
    await desk.keyboard.type("indore")
    await desk.keyboard.press("Enter")
    await send_now(desk)
    await expect(desk.locator(f"[data-key='{number}']")).to_have_count(0)
    await desk.keyboard.press("/")
    await desk.get_by_label("Number").fill(number)
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".above")).to_contain_text("Indore")
    await desk.keyboard.press("w")
    await desk.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    await send_now(desk)
    await expect(desk.locator(".card")).to_contain_text("Withdrawn")


async def test_two_conversations_become_one(screens: Screens) -> None:
    stack = screens.stack
    async with at_work(stack, o101="127.0.2.101", o102="127.0.2.102") as (general, doctor):
        await has(stack, "general-hi", free=1)
        await has(stack, "health-hi", free=1)
        async with stack.call(caller="9811600301") as first, stack.call(caller="9811600302") as second:
            await answer(first, TO_A_PERSON)
            async with general.takes():
                await answer(second, TO_A_DOCTOR)
                async with doctor.takes():
                    desk = await screens.open(WARROOM, "/warroom#calls", lang="en")
                    await expect(desk.locator(".calls tbody tr")).to_have_count(2)
                    for box in await desk.locator(".calls input").all():
                        await box.check()
                    await desk.keyboard.press("b")
                    await desk.keyboard.press("Enter")
                    await expect(desk.locator(".calls tbody tr")).to_have_count(1)
                    await expect(desk.locator(".calls li")).to_have_count(4)
                    await desk.keyboard.press("g")
                    await expect(desk.get_by_text("98116 00301")).to_be_visible()
    await all_lines_free(stack)
