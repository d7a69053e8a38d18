"""The screens of a whole stack, in a real browser and with real calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.support.browser import grave_findings
from tests.support.people import BHOPAL, READER, Person
from tests.support.stores import opened_desk, opened_store, report
from warroom.config.paths import DataDirectory

if TYPE_CHECKING:
    from tests.support.screens import Screens

pytestmark = pytest.mark.xdist_group("screens")


async def test_a_page_that_is_not_signed_in_leads_to_the_sign_in(screens: Screens) -> None:
    window = await screens.window(None)
    answer = await window.request.get("/room/district-bhopal", max_redirects=0)
    assert answer.status == 303
    assert answer.headers["location"] == "/sign-in?next=/room/district-bhopal"


@pytest.mark.parametrize(
    ("person", "path"),
    [(BHOPAL, "/room/district-indore"), (BHOPAL, "/warroom"), (BHOPAL, "/operator"), (READER, "/operator")],
)
async def test_a_page_of_others_is_refused(screens: Screens, person: Person, path: str) -> None:
    window = await screens.window(person)
    assert (await window.request.get(path)).status == 403


async def test_a_room_sees_its_board_fresh(screens: Screens) -> None:
    page = await screens.open(BHOPAL, "/room/district-bhopal", lang="en")
    await expect(page.get_by_role("status").first).to_contain_text("Live")


@pytest.mark.parametrize("lang", ["hi", "en"])
async def test_the_day_on_paper_shows_what_citizens_wrote_as_they_wrote_it(screens: Screens, lang: str) -> None:
    hostile = "<script>alert(1)</script>"
    async with opened_store(DataDirectory(screens.stack.data).store) as store, opened_desk(store) as desk:
        await desk.open(report(f"day-{lang}", name=hostile, landmark="हनुमान मंदिर के पास", description="x" * 4000))
    page = await screens.open(BHOPAL, "/room/district-bhopal/print", lang=lang)
    await expect(page.get_by_text(hostile).first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await grave_findings(page) == []
