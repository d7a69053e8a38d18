"""Text that means harm, in every field that a citizen, a room or an operator can fill, on every page that shows it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from router.mqtt.client import create_client
from tests.support.faults import as_router, query
from tests.support.people import ASHA, BHOPAL, CHIEF, WARROOM, Person
from warroom.config.secrets import mqtt_room, read_secret

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.live.conftest import LiveStack
    from tests.support.screens import Screens

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("screens-hostile")]

MARK = "bad"
HOSTILE = (
    f"<script>document.title='{MARK}'</script><img src=x onerror=\"document.title='{MARK}'\">"
    f"\"'><svg onload=document.title='{MARK}'>{{{{7*7}}}}${{7*7}} javascript:alert(1) "
    "\u202egnp.exe\u2066\u200f\u0000\x1b[31m \U0001f600 z\u0351\u0300\u0324\u0316"
)
LONG = "क" * 30_000  # 90 kB: what a message at the broker may have, and no field of ours
STOCK = {
    "wheat": json.dumps({"quantity": HOSTILE, "unit": HOSTILE, "daily_use": 1, "as_of": HOSTILE}),
    "rice": HOSTILE, "milk": "[1, 2]", "oil": '"text"', "salt": "{",
    "fruit": json.dumps({"quantity": 1e308, "unit": None}),
    "soap": json.dumps({"quantity": -1, "daily_use": [], "unit": {"a": 1}, "as_of": "2026-01-01T00:00:00Z"}),
}  # fmt: skip
"""What a room's own program may write: the exchange refuses it, and there it lies."""
TEXTS = (
    "name", "address", "landmark", "zipcode", "phone", "state", "quantity", "description", "status_notes", "transcript",
    "proposed_rejection", "agency_responsible", "language", "media_url",
)  # fmt: skip
"""Fields of a ticket into which what people say may come, and those that are kept as text."""


async def spoil(stack: LiveStack, number: str, fields: dict[str, str]) -> None:
    """Write texts into a ticket as it lies at the broker, as if the exchange had let them pass."""
    ((room, desk, document),) = query(stack, "SELECT room, desk, document FROM tickets WHERE number = ?", number)
    ticket = json.loads(document)
    data = {**ticket, **fields, "notes": list(fields.values())[:1], "version": ticket["version"] + 1}
    await say(stack, f"rooms/{room}/tickets/{desk}/{number}", data)


async def say(stack: LiveStack, topic: str, data: object) -> None:
    """Publish as the exchange does, retained."""
    event = {"specversion": "1.0", "id": "x", "source": "x", "type": "x", "time": "2026-01-01T00:00:00Z", "data": data}
    async with as_router(stack) as router:
        await router.publish(
            f"{stack.settings.router.broker.topic_root}/{topic}", json.dumps(event), qos=1, retain=True
        )


async def is_harmless(page: Page) -> None:
    assert await page.title() != MARK
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        "the page is wider than its window"
    )
    assert await page.locator("main script, main svg[onload], main img[onerror]").count() == 0


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        (dict.fromkeys(TEXTS, HOSTILE), "<script>"),
        ({"description": LONG, "name": LONG}, LONG[:20]),
    ],
    ids=["hostile", "long"],
)
async def test_a_ticket_of_hostile_text_is_shown_and_does_nothing(
    screens: Screens, fields: dict[str, str], seen: str
) -> None:
    number = await screens.file(ASHA)
    await spoil(screens.stack, number, fields)
    page = await screens.open(BHOPAL, "/room/district-bhopal")
    card = page.locator(f".columns [data-key='{number}']")
    await expect(card).to_contain_text(seen)
    await is_harmless(page)
    await card.click()
    await expect(page.locator(".detail")).to_contain_text(seen)
    await is_harmless(page)
    other = await screens.file(ASHA)
    await expect(page.locator(f".columns [data-key='{other}']")).to_be_visible()


@pytest.mark.parametrize(
    "field", ["name", "landmark", "address", "quantity", "note", "service_code", "district", "zipcode", "phone"]
)
async def test_hostile_text_filed_at_a_console_is_refused_or_stays_text(screens: Screens, field: str) -> None:
    try:
        number = await screens.file(ASHA, **{field: HOSTILE.replace("\u0000", "")})
    except AssertionError:
        return  # refused: also well
    page = await screens.open(BHOPAL, "/room/district-bhopal")
    await page.locator(f".columns [data-key='{number}']").click()
    await expect(page.locator(".detail")).to_contain_text("<script>")
    await is_harmless(page)


@pytest.mark.parametrize(
    ("person", "path"),
    [(WARROOM, "/warroom"), (WARROOM, "/state"), (WARROOM, "/room/district-bhopal/print"), (CHIEF, "/operator")],
)
async def test_pages_of_the_state_stand_what_rooms_and_callers_write(
    screens: Screens, person: Person, path: str
) -> None:
    stack = screens.stack
    number = await screens.file(ASHA, district="", landmark=HOSTILE.replace("\u0000", ""))
    await spoil(stack, number, dict.fromkeys(TEXTS, HOSTILE))
    call = {"uniqueid": "1.2", "helpline": "181", "caller": HOSTILE, "queue": HOSTILE, "waited_s": 1, "since": 1}
    await say(stack, "operators/102/calls", call)
    root = stack.settings.router.broker.topic_root
    password = read_secret(stack.data, mqtt_room("district-bhopal"))
    async with create_client(stack.settings.router.broker, "district-bhopal", password, "hostile") as room:
        for name, payload in STOCK.items():
            await room.publish(f"{root}/rooms/district-bhopal/stock/{name}", payload, qos=1, retain=True)
        await room.publish(f"{root}/rooms/district-bhopal/presence/{MARK}", HOSTILE, qos=1, retain=True)
    page = await screens.open(person, path, lang="en")
    await expect(page.locator("main, .chip.green").first).to_be_visible()
    await page.evaluate("document.fonts.ready.then(() => true)")  # the width of words follows from them
    await is_harmless(page)
    if path == "/warroom":
        for tab in "234567":
            await page.keyboard.press(tab)
            await is_harmless(page)
