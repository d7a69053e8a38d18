"""Every page of every role, in both languages, light and dark, on an office PC, a telephone and a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.live.conftest import LiveStack, open_stack
from tests.support.browser import OFFICE_PC, PHONE, WALL, grave_findings
from tests.support.people import ADMIN, ASHA, BHOPAL, CHIEF, READER, WARROOM, Person
from tests.support.queue_stack import OPERATORS, TRUNKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.async_api import ViewportSize

    from tests.support.screens import Screens

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("screens-everywhere")]

PAGES: tuple[tuple[Person | None, str], ...] = (
    (None, "/sign-in"), (BHOPAL, "/room/district-bhopal"), (BHOPAL, "/room/district-bhopal/print"),
    (BHOPAL, "/account"),
    (ASHA, "/operator"), (CHIEF, "/operator"), (READER, "/state"), (READER, "/reports"), (WARROOM, "/wall/hall"),
    (WARROOM, "/warroom"), (ADMIN, "/account"),
)  # fmt: skip
LOOKS = (("hi", False, OFFICE_PC), ("en", True, OFFICE_PC), ("hi", True, PHONE), ("en", False, WALL))


@pytest.fixture(scope="module")
def screen_stack_of_file() -> Iterator[LiveStack]:
    """As for other screens; Asha's telephone is the page, so that all of its script is loaded."""
    operators = OPERATORS.replace('id = "101"', 'id = "101"\ntelephone = "browser"')
    with open_stack(services=("serve", "board"), operators=operators, trunks=TRUNKS) as stack:
        yield stack


@pytest.mark.parametrize(("lang", "dark", "size"), LOOKS)
@pytest.mark.parametrize(("person", "path"), PAGES)
async def test_page_complains_of_nothing_fits_its_window_and_has_no_grave_finding(
    screens: Screens, person: Person | None, path: str, lang: str, *, dark: bool, size: ViewportSize
) -> None:
    if "district-bhopal" in path:
        await screens.file(CHIEF, note="<b>पानी</b>")
    page = await screens.open(person, path, lang=lang, dark=dark, size=size)
    await expect(page.locator("main").first).to_be_visible()
    await page.evaluate("document.fonts.ready.then(() => true)")  # the width of words follows from them
    assert await page.locator("html").get_attribute("lang") == lang
    assert await grave_findings(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than its window"
    if path.startswith("/room/") and "print" not in path:
        await page.locator(".columns .card").first.click()
        assert await grave_findings(page) == []
