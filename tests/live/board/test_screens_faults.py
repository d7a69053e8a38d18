"""What breaks while a room works: the page says so, keeps what is typed, and catches up by itself."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from router.geo import load_places
from tests.load.board_fleet import Tab, opened_tabs
from tests.support.brokers import until
from tests.support.browser import asleep
from tests.support.faults import query
from tests.support.line import line_to
from tests.support.people import ASHA, BHOPAL, Person, sign_in_all

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from tests.live.conftest import LiveStack
    from tests.support.line import Line
    from tests.support.screens import Screens

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("screens-faults")]

SLEEP_S = 12.0
"""Two heartbeats and more: awake, the page would have told within them that it hears nothing."""
NOTICE_S = 1.0
"""In which a page that has just woken notices that it has slept."""
_NOTE_STATES = """() => {
  window.states = [];
  const note = () => window.states.push({
    at: Date.now(),
    fresh: !document.documentElement.classList.contains("stale"),
    cards: [...document.querySelectorAll(".columns .card")].map((card) => card.dataset.key),
  });
  new MutationObserver(note).observe(document, { attributes: true, childList: true, subtree: true });
}"""
Break = Callable[["Screens", "Line"], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def broker_is_away(screens: Screens, _: Line) -> AsyncIterator[None]:
    await asyncio.to_thread(screens.stack.processes.stop, "broker", signal.SIGKILL)
    try:
        yield
    finally:
        await asyncio.to_thread(screens.stack.processes.start, "broker")


@asynccontextmanager
async def board_is_away(screens: Screens, _: Line) -> AsyncIterator[None]:
    await asyncio.to_thread(screens.stack.processes.stop, "board", signal.SIGKILL)
    try:
        yield
    finally:
        await asyncio.to_thread(screens.stack.processes.start_service, "board")


@asynccontextmanager
async def line_is_dead(_: Screens, line: Line) -> AsyncIterator[None]:
    line.deaden()
    try:
        yield
    finally:
        line.mend()


def card(page: Page, number: str) -> Locator:
    return page.locator(f".columns [data-key='{number}']")


def said(stack: LiveStack, number: str, words: str) -> int:
    """How often these words stand in a ticket's history."""
    (found,) = query(stack, "SELECT count(*) FROM history WHERE number = ? AND what LIKE ?", number, f"%{words}%")[0]
    return found


@pytest.mark.parametrize("broken", [broker_is_away, board_is_away, line_is_dead])
async def test_page_says_that_it_is_old_keeps_what_is_typed_and_says_it_once(screens: Screens, broken: Break) -> None:
    screens.watch.allow("ERR_CONNECTION|WebSocket|/api/", "50[0-9] http")
    words = f"पानी नहीं आया: {broken.__name__}"
    number = await screens.file(ASHA)
    async with line_to(screens.stack.settings.board.port) as line:
        page = await screens.open(BHOPAL, "/room/district-bhopal", url=f"http://127.0.0.1:{line.port}")
        await card(page, number).focus()
        await page.keyboard.press("n")
        note = page.get_by_role("dialog").locator("textarea")
        await note.press_sequentially(words)
        async with broken(screens, line):
            await expect(page.locator(".banner.red")).to_be_visible()
            await expect(page.locator("html")).to_have_class("stale")
            await expect(note).to_have_value(words)
            await page.get_by_role("dialog").locator("button.primary").click()
        await expect(page.locator("html")).not_to_have_class("stale")
        await until(lambda: said(screens.stack, number, words))
        behind = await screens.file(ASHA)
        await expect(card(page, behind)).to_be_visible()
    assert said(screens.stack, number, words) == 1


async def test_what_is_typed_stays_while_the_ticket_changes_and_the_page_is_loaded_anew(screens: Screens) -> None:
    number = await screens.file(ASHA, phone="7811000001")
    page = await screens.open(BHOPAL, "/room/district-bhopal")
    await card(page, number).focus()
    await page.keyboard.press("n")
    note = page.get_by_role("dialog").locator("textarea")
    await note.press_sequentially("आधा लिखा")
    joined = await screens.file(ASHA, phone="7811000001", note="फिर से")
    assert joined == number
    await until(lambda: query(screens.stack, "SELECT version FROM tickets WHERE number = ?", number)[0][0] > 1)
    await expect(note).to_have_value("आधा लिखा")
    await expect(note).to_be_focused()
    await page.reload()
    await card(page, number).focus()
    await page.keyboard.press("n")
    await expect(page.get_by_role("dialog").locator("textarea")).to_have_value("आधा लिखा")


async def test_a_laptop_that_slept_shows_nothing_old_as_fresh(screens: Screens) -> None:
    async with line_to(screens.stack.settings.board.port) as line:
        page = await screens.open(BHOPAL, "/room/district-bhopal", url=f"http://127.0.0.1:{line.port}")
        await expect(page.locator(".chip.green")).to_be_visible()
        await page.evaluate(_NOTE_STATES)
        async with asleep(screens.chromium):
            line.deaden()  # nothing waits for it in its own network card
            number = await screens.file(ASHA)
            await asyncio.sleep(SLEEP_S)
        woken = time.time() + NOTICE_S
        await expect(page.locator("html")).to_have_class("stale")
        line.mend()
        await expect(card(page, number)).to_be_visible()
        await expect(page.locator("html")).not_to_have_class("stale")
        states = await page.evaluate("window.states")
    assert not [one for one in states if one["at"] > woken * 1000 and one["fresh"] and number not in one["cards"]]


async def test_the_eighth_tab_is_as_fresh_as_the_first(screens: Screens) -> None:
    window = await screens.window(BHOPAL)
    pages = [await window.new_page() for _ in range(8)]
    for page in pages:
        await page.goto("/room/district-bhopal")
    number = await screens.file(ASHA)
    for page in pages:
        await expect(card(page, number)).to_be_visible()


async def test_sixty_screens_at_once_each_get_the_tickets_of_their_room_alone(screens: Screens) -> None:
    stack, rooms = screens.stack, load_places().rooms
    await screens.cookie(ASHA)
    people = [Person(f"all-{room.id}", "room", room=room.id) for room in rooms]
    cookies = await sign_in_all(stack, people)
    tabs = [Tab(cookies[f"all-{room.id}"], f"room/{room.id}") for room in rooms]
    tabs += tabs[:8]
    async with opened_tabs(f"ws{screens.url[4:]}/live", screens.url, tabs) as fleet:
        filed = {district: await screens.file(ASHA, district=district) for district in load_places().districts}
        page = await screens.open(BHOPAL, "/room/district-bhopal")
        await expect(card(page, filed["bhopal"])).to_be_visible()
        await asyncio.sleep(1)  # what is to come to the wrong screen has come
        came = (await fleet.end())["came"]
    for district, number in filed.items():
        view = f"room/{load_places().districts[district].room}"
        assert set(came[number]) == {str(at) for at, tab in enumerate(tabs) if tab.view == view}, district
