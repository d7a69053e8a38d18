"""A browser for each run of the tests, and for each file of them a whole stack with screens."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import LiveStack, open_stack
from tests.support.browser import Watch, open_chromium
from tests.support.faults import shorten_all
from tests.support.queue_stack import OPERATORS, TRUNKS
from tests.support.room_pages import VIEW, browsing
from tests.support.screens import Screens
from tests.support.scripted_board import ScriptedBoard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser, BrowserContext


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser, with no page open."""
    async with open_chromium() as browser:
        yield browser


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What this test's pages complain of; the test fails when there is something at its end."""
    watch = Watch()
    yield watch
    watch.check()


@contextmanager
def screen_stack() -> Iterator[LiveStack]:
    """A stack with screens and operators, on which a call to 181 by 127.0.1.x is a citizen's."""
    with open_stack(services=("serve", "board"), operators=OPERATORS, trunks=TRUNKS) as stack:
        shorten_all(stack)
        yield stack


@pytest.fixture(scope="module")
def screen_stack_of_file() -> Iterator[LiveStack]:
    """One for all tests of a file."""
    with screen_stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def cookies() -> dict[str, str]:
    """Of those who have signed in at the file's stack."""
    return {}


@pytest.fixture
async def screens(
    screen_stack_of_file: LiveStack, chromium: Browser, watch: Watch, cookies: dict[str, str]
) -> AsyncIterator[Screens]:
    """The screens of the file's stack; the windows are closed after each test, then their complaints are looked at."""
    screens = Screens(screen_stack_of_file, chromium, watch, cookies)
    yield screens
    await screens.close()


@pytest.fixture
async def board() -> AsyncIterator[ScriptedBoard]:
    """A board whose room has no tickets; heartbeats every half second."""
    async with ScriptedBoard().run() as board:
        board.collections[VIEW] = {}
        yield board


@pytest.fixture
async def context(chromium: Browser, watch: Watch, board: ScriptedBoard) -> AsyncIterator[BrowserContext]:
    """A window of that room's officer."""
    async with browsing(chromium, watch, board) as context:
        yield context
