"""A browser for each run of the tests, and for each file of them a whole stack with screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Watch, open_chromium

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser


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
