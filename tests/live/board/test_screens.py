"""The screens of a whole stack, in a real browser and with real calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.support.browser import grave_findings
from tests.support.citizen import answer, booked
from tests.support.faults import TO_BHOPAL, tickets_of
from tests.support.people import BHOPAL, INDORE, READER, Person
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


async def test_a_call_comes_on_the_board_and_a_key_moves_it_on_every_screen_of_the_room(screens: Screens) -> None:
    first, second, elsewhere = [
        await screens.open(person, f"/room/{person.room}", lang=lang)
        for person, lang in ((BHOPAL, "en"), (BHOPAL, "hi"), (INDORE, "hi"))
    ]
    async with screens.stack.call(caller="9811700001") as call:
        await answer(call, TO_BHOPAL)
        await answer(call, (("callback-ask", "1"), ("details-ask", "#")))
        await booked(call)
        number = tickets_of(screens.stack, "9811700001")[0]["service_request_id"]
    card = first.locator(f"[data-column=waiting] [data-key='{number}']")
    await expect(card).to_be_visible()
    await expect(second.locator(f"[data-column=waiting] [data-key='{number}']")).to_be_visible()
    await card.focus()
    await first.keyboard.press("a")
    await expect(second.locator(f"[data-column=working] [data-key='{number}']")).to_be_visible()
    await expect(elsewhere.locator(f"[data-key='{number}']")).to_have_count(0)


@pytest.mark.parametrize("lang", ["hi", "en"])
async def test_the_day_on_paper_shows_what_citizens_wrote_as_they_wrote_it(screens: Screens, lang: str) -> None:
    hostile = "<script>alert(1)</script>"
    async with opened_store(DataDirectory(screens.stack.data).store) as store, opened_desk(store) as desk:
        await desk.open(report(f"day-{lang}", name=hostile, landmark="हनुमान मंदिर के पास", description="x" * 4000))
    page = await screens.open(BHOPAL, "/room/district-bhopal/print", lang=lang)
    await expect(page.get_by_text(hostile).first).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await grave_findings(page) == []
