"""A notice to the public from the war room's desk to the pages of rooms, operators and the wall, on a whole stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.async_api import expect

from tests.live.conftest import LiveStack, open_stack
from tests.support.browser import grave_findings
from tests.support.notices import TEXT, TEXT_HI
from tests.support.people import ASHA, BHOPAL, INDORE, READER, WARROOM
from tests.support.queue_stack import OPERATORS, TRUNKS
from tests.support.screens import Screens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from playwright.async_api import Browser, Page

    from tests.support.browser import Watch

pytestmark = pytest.mark.long

GONE_MS = 60_000
"""The promise: a wrong notice is withdrawn everywhere within a minute."""
SPOKEN_MS = 120_000
"""For a notice to be spoken by whichever voice the machine has: Kokoro at low priority beside many tests is slow."""


@pytest.fixture(scope="module")
def stack() -> Iterator[LiveStack]:
    with open_stack(services=("serve", "api", "board"), operators=OPERATORS, trunks=TRUNKS) as running:
        yield running


@pytest.fixture
async def screens(stack: LiveStack, chromium: Browser, watch: Watch) -> AsyncIterator[Screens]:
    screens = Screens(stack, chromium, watch, {})
    yield screens
    await screens.close()


async def listen(page: Page, label: str) -> None:
    """Listen to a notice to its end, faster than a person."""
    sound = page.get_by_label(label)
    await expect(sound).to_be_visible(timeout=SPOKEN_MS)
    ended = "audio => new Promise(done => { audio.playbackRate = 16; audio.onended = done; audio.play(); })"
    await sound.evaluate(ended)


async def test_a_notice_goes_from_the_desk_to_all_pages_and_is_taken_back(screens: Screens) -> None:
    desk = await screens.open(WARROOM, "/warroom#notices", lang="en")
    pages = {
        "room": await screens.open(BHOPAL, "/room/district-bhopal"),
        "other": await screens.open(INDORE, "/room/district-indore"),
        "operator": await screens.open(ASHA, "/operator"),
        "wall": await screens.open(READER, "/state", lang="en"),
    }
    await desk.get_by_role("button", name="Write a notice").click()
    dialog = desk.get_by_role("dialog")
    await dialog.get_by_role("button", name="Save as a draft").click()
    await expect(dialog.get_by_text("Say it in both languages")).to_have_count(2)
    await dialog.get_by_label("Text in Hindi").fill(TEXT_HI)
    await dialog.get_by_label("Text in English").fill(TEXT)
    await dialog.get_by_label("What it is about, in Hindi").fill("भारी वर्षा")
    await dialog.get_by_label("What it is about, in English").fill("Heavy rain")
    await dialog.get_by_label("Bhopal").check()
    await dialog.get_by_text("Spoken form, gravity, exercise").click()
    await dialog.get_by_label("Severity").select_option("Severe")
    assert await grave_findings(desk) == []
    await dialog.get_by_role("button", name="Save as a draft").click()
    heard = desk.get_by_role("button", name="Heard: it is right")
    await expect(heard).to_be_disabled()
    await listen(desk, "Listen, Hindi")
    await expect(heard).to_be_disabled()
    await listen(desk, "Listen, English")
    await heard.click()
    await desk.get_by_role("button", name="Publish").click()
    await desk.get_by_role("dialog").get_by_role("button", name="Publish").click()

    strip = {name: page.locator(".notice") for name, page in pages.items()}
    for name in ("room", "operator", "wall"):
        await expect(strip[name]).to_contain_text(TEXT_HI, timeout=30_000)
        await expect(strip[name]).to_contain_text(TEXT)
        assert await grave_findings(pages[name]) == []
    await expect(strip["other"]).to_have_count(0)  # it is for Bhopal
    await expect(desk.locator("wr-notices .chip.green")).to_have_text("published")

    await desk.get_by_role("button", name="Withdraw").click()
    await desk.get_by_role("dialog").get_by_label("Why").fill("the river fell")
    await desk.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    for name in ("room", "operator", "wall"):
        await expect(strip[name]).to_have_count(0, timeout=GONE_MS)


async def test_only_the_war_room_reads_drafts_and_hears_them(screens: Screens) -> None:
    async with httpx.AsyncClient(base_url=screens.url) as client:
        assert (await client.get("/api/notices")).status_code == 401
        for person, code in ((BHOPAL, 403), (ASHA, 403), (READER, 403), (WARROOM, 200)):
            headers = {"Cookie": await screens.cookie(person)}
            assert (await client.get("/api/notices", headers=headers)).status_code == code
            sound = await client.get("/api/notices/1-000000/1/hi.wav", headers=headers)
            assert sound.status_code == (404 if person is WARROOM else 403)
