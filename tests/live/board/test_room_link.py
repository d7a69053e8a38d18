"""The district board and its line: what is kept, sent again, taken back, and when what is shown is old."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.support.brokers import until
from tests.support.browser import Watch
from tests.support.room_pages import VIEW, card, opened, press, put, send_now, ticket
from tests.support.scripted_board import ScriptedBoard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import BrowserContext, Page

pytestmark = pytest.mark.long


async def has_draft(page: Page, text: str) -> bool:
    """Whether the browser's database has a draft with this text."""
    return text in await page.evaluate(
        """new Promise((resolve) => {
          indexedDB.open("warroom").onsuccess = ({ target: { result: base } }) => {
            base.transaction("drafts").objectStore("drafts").getAll().onsuccess = ({ target: { result } }) => {
              base.close();
              resolve(JSON.stringify(result));
            };
          };
        })"""
    )


async def test_a_command_is_taken_back_within_ten_seconds(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001), ticket(100000002, minutes=5))
    board.beat_s = 60  # the clock below is wound on by eleven seconds
    await context.clock.install()
    page = await opened(context, board)

    await press(page, 100000001, "a")
    await expect(page.get_by_role("button", name="Undo")).to_contain_text("10 s")
    await page.keyboard.press("z")
    await expect(page.locator(".command")).to_have_count(0)
    await press(page, 100000002, "a")
    await context.clock.run_for(11_000)
    await until(lambda: board.commands)

    assert [one["command"]["ticket"] for one in board.commands] == ["100000002"]


async def test_a_lost_line_is_told_and_what_was_decided_goes_out_later(
    board: ScriptedBoard, context: BrowserContext, watch: Watch
) -> None:
    watch.allow("WebSocket is closed before")
    put(board, ticket(100000001))
    page = await opened(context, board)

    board.silent = True
    await expect(page.locator(".banner")).to_contain_text("No connection. What you see is as of")
    assert "stale" in str(await page.locator("html").get_attribute("class"))
    await press(page, 100000001, "a")
    await send_now(page)
    await expect(page.locator(".command")).to_contain_text("waits for the connection")

    board.collections[VIEW]["tickets"]["100000001"] = ticket(100000001, version=2, landmark="came meanwhile")
    board.silent = False
    await expect(page.locator(".banner")).to_have_count(0)
    await expect(card(page, 100000001)).to_contain_text("came meanwhile")
    await until(lambda: board.commands)
    await expect(page.locator(".command")).to_have_count(0)


async def test_an_unanswered_command_is_sent_again_with_its_id(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001))
    answer, board.answer = board.answer, lambda _: None
    page = await opened(context, board)

    await press(page, 100000001, "s")
    await send_now(page)
    await until(lambda: len(board.commands) == 1)
    await board.cut()
    await until(lambda: len(board.commands) == 2)
    board.answer = answer
    await page.reload()  # a page that is opened anew says it again, too
    await until(lambda: len(board.commands) == 3)
    await expect(page.locator(".command")).to_have_count(0)

    assert len({one["command"]["command_id"] for one in board.commands}) == 1


async def test_a_command_survives_a_closed_page(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001))
    page = await opened(context, board)
    await press(page, 100000001, "a")
    await expect(page.locator(".command")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert not board.commands
    await send_now(page)
    await until(lambda: board.commands)


@asynccontextmanager
async def a_slow_database(context: BrowserContext, board: ScriptedBoard) -> AsyncIterator[None]:
    """For the time of the block nothing that a page of this browser writes gets to the browser's database."""
    page = await context.new_page()
    await page.goto(f"{board.url}/static/manifest.json")
    await page.evaluate(
        """new Promise((resolve) => {
          indexedDB.open("warroom").onsuccess = ({ target: { result: base } }) => {
            const store = base.transaction(["drafts", "outbox"], "readwrite").objectStore("drafts");
            const again = () => (store.get("none").onsuccess = again);
            again();
            resolve();
          };
        })"""
    )
    try:
        yield
    finally:
        await page.close()


async def test_what_the_browser_has_not_written_yet_is_there_when_the_page_is_loaded_anew(
    board: ScriptedBoard, context: BrowserContext
) -> None:
    put(board, ticket(100000001), ticket(100000002))
    page = await opened(context, board)
    note = page.get_by_role("dialog").locator("textarea").first
    await press(page, 100000001, "s")
    await page.reload()
    await expect(page.locator(".command")).to_have_count(1)
    async with a_slow_database(context, board):
        await page.keyboard.press("z")
        await press(page, 100000002, "a")
        await press(page, 100000001, "n")
        await note.fill("a car was sent")
        await page.reload()
    await expect(page.locator(".command")).to_have_count(1)
    await expect(card(page, 100000002)).to_contain_text("Acknowledge …")  # and what was taken back is not done
    await press(page, 100000001, "n")
    await expect(note).to_have_value("a car was sent")


async def test_typed_text_is_kept(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001, name="Ramprasad"))
    page = await opened(context, board)
    await card(page, 100000001).click()
    await page.keyboard.press("e")
    await page.get_by_label("Address", exact=True).fill("House 14")

    await board.change(VIEW, "tickets", "100000001", ticket(100000001, version=2, address="other", name="Ramprasad"))
    await expect(card(page, 100000001)).to_contain_text("other")
    await expect(page.get_by_label("Address", exact=True)).to_have_value("House 14")

    await until(lambda: has_draft(page, "House 14"))
    await page.reload()
    await card(page, 100000001).click()
    await expect(page.get_by_label("Address", exact=True)).to_have_value("House 14")
    board.user = {**board.user, "user": "ravi"}
    await page.reload()
    await card(page, 100000001).click()
    await expect(page.locator(".facts")).to_be_visible()
    board.user = {**board.user, "user": "asha"}
    await page.reload()
    await card(page, 100000001).click()
    await page.locator(".correct button[type=submit]").click()
    await send_now(page)
    await until(lambda: board.commands)
    assert board.commands[0]["command"]["changes"] == {"address": "House 14"}


async def test_a_note_is_given_back_when_nothing_came_of_it(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001))
    answer, refused = board.answer, {"accepted": False, "code": "step", "reason": "no", "reason_hi": "", "data": {}}
    page = await opened(context, board)
    await card(page, 100000001).click()
    note, acknowledge = page.locator(".along [id$='-note']"), page.locator(".actions .primary")

    await note.fill("a car was sent")
    await acknowledge.click()
    await expect(note).to_have_value("")
    await page.get_by_role("button", name="Undo").click()
    await expect(note).to_have_value("a car was sent")

    board.answer = lambda command: {"command_id": command["command_id"], **refused}
    await acknowledge.click()
    await send_now(page)
    await expect(note).to_have_value("a car was sent")
    await page.get_by_role("button", name="Understood").click()

    board.answer = answer
    await acknowledge.click()
    await send_now(page)
    await expect(page.locator(".command")).to_have_count(0)
    await page.reload()
    await card(page, 100000001).click()
    await expect(page.locator(".along [id$='-note']")).to_have_value("")
    assert [one["command"]["note"] for one in board.commands] == ["a car was sent"] * 2


async def test_after_sleep_nothing_is_fresh_until_a_snapshot_has_come(
    board: ScriptedBoard, context: BrowserContext, watch: Watch
) -> None:
    watch.allow("WebSocket is closed before")  # attempts at a line that is dead
    put(board, ticket(100000001))
    await context.clock.install()
    page = await opened(context, board)
    board.silent = True
    await context.clock.fast_forward(600_000)
    await expect(page.locator(".banner")).to_contain_text("No connection")
    board.silent = False
    await context.clock.run_for(20_000)
    await expect(page.locator(".banner")).to_contain_text("clock is wrong")  # for the fake one is ten minutes ahead


async def test_a_wrong_clock_is_told(board: ScriptedBoard, context: BrowserContext) -> None:
    board.shift = timedelta(hours=-3)
    page = await opened(context, board)
    await expect(page.locator(".banner")).to_contain_text("wrong by 3 h")


async def test_ended_sessions_and_services_away_are_told(board: ScriptedBoard, context: BrowserContext) -> None:
    page = await opened(context, board)
    board.serve = False
    await expect(page.locator(".banner")).to_contain_text("Commands wait")
    board.broker = False
    await expect(page.locator(".banner")).to_contain_text("lost its link to the exchange")
    board.refuse_code = 4401
    await board.cut(4401)
    await expect(page.locator(".banner")).to_contain_text("signed out")
    board.refuse_code, board.serve, board.broker = 0, True, True
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # back from the sign-in
    await expect(page.locator(".banner")).to_have_count(0)


async def test_who_signs_in_after_another_gives_no_command_of_the_other(
    board: ScriptedBoard, context: BrowserContext
) -> None:
    put(board, ticket(100000001))
    page = await opened(context, board)
    board.answer = lambda _: None
    await press(page, 100000001, "a")
    await send_now(page)
    await until(lambda: board.commands)

    board.user = {**board.user, "user": "ravi", "name": "Ravi"}
    await board.cut()
    await expect(page.locator(".bar .user")).to_have_text("Ravi")
    await expect(page.locator(".bar .chip[role=status]")).to_have_text("Up to date")
    await expect(page.locator(".command")).to_have_count(0)
    assert len(board.commands) == 1
