"""The district board at a real board and a real broker: two pages of a room, and a citizen's voice."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile
from playwright.async_api import expect

from board.accounts.passwords import hash_password
from router.model.calls.recording_record import Transcription
from tests.support.boards import Board, make_board_data, running_board, sign_in
from tests.support.brokers import NOBODY, Broker, opened_link, until
from tests.support.browser import OFFICE_PC, Watch
from tests.support.stores import PHONE, new_recordings, opened_desk, opened_store, report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from router.storage.engine import Storage
    from router.tickets.service import TicketService

pytestmark = pytest.mark.xdist_group("room-and-board")
PASSWORD = "seven wells of Orchha"
WORDS = (("घर", 0.1, 0.5, 0.9), ("में", 0.6, 1.0, 0.8), ("राशन", 3.0, 4.0, 0.9), ("नहीं", 4.5, 5.0, 0.9))


@dataclass
class Room:
    """A room's people: two windows at one board."""

    board: Board
    store: Storage
    desk: TicketService
    tokens: tuple[str, str]
    number: str


@pytest.fixture(scope="module")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    with tempfile.TemporaryDirectory() as place:
        if os.geteuid() == 0:
            os.chown(place, NOBODY, NOBODY)
        broker = Broker(Path(place))
        board = make_board_data(tmp_path_factory.mktemp("board"), broker)
        await broker.start()
        layout = DataDirectory(board.data)
        async with (
            opened_store(layout.store) as store,
            opened_desk(store) as desk,
            opened_link(broker, store, desk=desk),
        ):
            soundfile.write(layout.kept / "a.wav", [0.1] * 64_000, 8000, subtype="PCM_16")
            said = report("1", phone=PHONE, name="<b>राम</b>", landmark="मंदिर", recordings=new_recordings("a.wav"))
            ticket = await desk.open(said)
            heard = Transcription(transcript="घर में राशन नहीं", confidence=0.85, words=WORDS, model="test", seconds=8.0)
            await store.write(lambda uow: uow.recordings.heard("a.wav", heard, ticket.requested_datetime))
            first = await sign_in(store, "bhopal-1", "room", name="पहली मेज़", room="district-bhopal")
            second = await sign_in(store, "second", "room", name="दूसरी मेज़", room="district-bhopal")
            with running_board(board):
                yield Room(board, store, desk, (first, second), ticket.number)
        await broker.kill()


async def opened(chromium: Browser, watch: Watch, room: Room, token: str) -> Page:
    context = await chromium.new_context(viewport=OFFICE_PC)
    await watch.over(context)
    name, _, value = room.board.cookie(token)["Cookie"].partition("=")
    cookies = {name: value, "lang": "en"}
    await context.add_cookies([{"name": one, "value": cookies[one], "url": room.board.url} for one in cookies])
    page = await context.new_page()
    await page.goto(f"{room.board.url}/room/district-bhopal")
    return page


async def test_signed_out_and_in_again_over_the_page(room: Room, chromium: Browser, watch: Watch) -> None:
    watch.allow("401")
    token = await sign_in(room.store, "kiran", "room", room="district-bhopal")
    await room.store.write(lambda uow: uow.users.set_password("kiran", hash_password(PASSWORD)))
    await until(lambda: room.board.lets_in(token))
    page = await opened(chromium, watch, room, token)
    await page.locator(f"[data-key='{room.number}']").click()
    await page.locator(".detail .along [id$='-note']").fill("typed before")
    await room.store.write(lambda uow: uow.sessions.end_of_user("kiran"))
    await page.get_by_role("button", name="Sign in again").click()
    await page.get_by_label("Password").fill("not this one")
    await page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("dialog")).to_contain_text("is not right")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    await expect(page.locator(".banner")).to_have_count(0)
    await expect(page.locator(".detail .along [id$='-note']")).to_have_value("typed before")
    await page.context.close()


async def test_one_page_acknowledges_and_the_card_moves_on_the_other(
    room: Room, chromium: Browser, watch: Watch
) -> None:
    mine, theirs = [await opened(chromium, watch, room, token) for token in room.tokens]
    await mine.locator(f"[data-key='{room.number}']").click()
    await expect(mine.locator(".facts")).to_contain_text("<b>राम</b>")
    await mine.locator(".word", has_text="राशन").click()
    await expect(mine.locator(".word.now")).to_have_text("राशन")

    await mine.locator(".detail .along [id$='-note']").fill("गाड़ी भेज दी")
    await mine.locator(".detail .actions button").first.click()
    await mine.get_by_role("button", name="Send now").click()
    await expect(theirs.locator(f"[data-column=working] [data-key='{room.number}']")).to_be_visible()
    await expect(mine.locator(".history")).to_contain_text("पहली मेज़ Acknowledge; New → Seen; गाड़ी भेज दी")
    await expect(mine.locator(".command")).to_have_count(0)
    await expect(mine.locator(".detail .along [id$='-note']")).to_have_value("")
    for page in (mine, theirs):
        await page.context.close()
