"""The state wall and the page of the state in a browser: what they make of what a board sends."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.support.browser import OFFICE_PC, PHONE, WALL, Watch, grave_findings
from tests.support.notices import TEXT, TEXT_HI
from tests.support.scripted_board import ScriptedBoard
from tests.support.state_figures import ROOMS, ago, busy_state, short_stock, short_ticket, state_collections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator, Page

pytestmark = pytest.mark.long

BHOPAL, RAISEN, SEHORE = "district-bhopal", "district-raisen", "district-sehore"
PERSON = {"user": "control", "name": "Control", "role": "warroom", "room": "state", "operator": "warroom"}
DEVICE = {"user": "wall", "name": "", "role": "wall", "room": None, "operator": None}
LISTS = {
    "Shortages": 52,
    "Rooms nobody is in": 26,
    "Escalated": 52,
    "Stranded by state": 35,
    "Stranded by home district": 35,
    "From other states, stranded here": 9,
    "Trunks": 2,
    "Exchange": 8,
}


@asynccontextmanager
async def showing(
    chromium: Browser,
    watch: Watch,
    path: str,
    state: dict[str, Any],
    *,
    lang: str = "en",
    beat_s: float = 5,
    **window: Any,
) -> AsyncIterator[tuple[Page, ScriptedBoard]]:
    """The page at a path, with what the board has of the state."""
    board = ScriptedBoard(beat_s=beat_s)
    board.user = DEVICE if path.startswith("/wall") else PERSON
    board.collections = {path[1:]: state}
    async with board.run():
        context = await chromium.new_context(viewport=window.pop("size", OFFICE_PC), **window)
        await watch.over(context)
        watch.allow("WebSocket is closed before the connection")  # a page that hears nothing for long tries anew
        await context.add_cookies([{"name": "lang", "value": lang, "url": board.url}])
        page = await context.new_page()
        await page.goto(f"{board.url}{path}")
        await expect(page.locator(".tile")).to_have_count(52)
        yield page, board
        await context.close()


def tile(page: Page, room: str) -> Locator:
    return page.locator(f".tile[data-room={room}]")


def some_state() -> dict[str, dict[str, Any]]:
    tickets = {
        BHOPAL: [short_ticket("danger", priority=1), *[short_ticket() for _ in range(11)]],
        RAISEN: [short_ticket("water", stage="in_progress")],
    }
    alerts = {
        ("overdue", BHOPAL): {"since": ago(5), "count": 3, "level": 3, "by_room": {BHOPAL: 3}},
        ("shortage", SEHORE): {"since": ago(5), "level": "alert", "items": [short_stock("wheat", 2.5)], "needs": []},
        ("room-offline", SEHORE): {"since": ago(20)},
    }
    return state_collections(tickets, alerts)


async def test_a_tile_has_number_word_and_sign_and_keys_choose_what_it_shows(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/state", some_state()) as (page, _):
        await expect(tile(page, BHOPAL)).to_contain_text("12")
        await expect(tile(page, BHOPAL)).to_contain_text("danger 1")
        await expect(tile(page, RAISEN)).to_contain_text("in work")
        await expect(tile(page, SEHORE)).to_contain_text("away")
        await page.keyboard.press("2")
        await expect(tile(page, BHOPAL).locator(".value")).to_have_text("3")
        await expect(tile(page, RAISEN)).to_contain_text("in time")
        await page.keyboard.press("3")
        await expect(tile(page, SEHORE)).to_contain_text("short")
        await expect(page.get_by_role("button", name="Shortages")).to_have_attribute("aria-pressed", "true")
        await page.reload()
        await expect(tile(page, SEHORE)).to_contain_text("short")


async def test_arrow_keys_move_over_the_tiles_and_each_leads_to_its_room(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/state", some_state()) as (page, _):
        await page.keyboard.press("ArrowRight")
        await expect(page.locator(".tile[tabindex='0']")).to_be_focused()
        await tile(page, BHOPAL).focus()
        for key, room in (
            ("ArrowRight", RAISEN),
            ("ArrowUp", "district-sagar"),
            ("ArrowLeft", "district-vidisha"),
            ("ArrowDown", BHOPAL),
        ):
            await page.keyboard.press(key)
            await expect(tile(page, room)).to_be_focused()
        assert await tile(page, BHOPAL).get_attribute("href") == f"/room/{BHOPAL}"
        await expect(page.locator(".tile[tabindex='0']")).to_have_count(1)


async def test_every_tile_is_reached_by_the_arrow_keys(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/state", some_state()) as (page, _):
        reached, new = {BHOPAL}, [BHOPAL]
        while new:
            room = new.pop()
            for key in ("ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"):
                await tile(page, room).focus()
                await page.keyboard.press(key)
                there = await page.evaluate("document.activeElement.dataset.room")
                if there not in reached:
                    reached.add(there)
                    new.append(there)
        assert reached == set(ROOMS)


async def test_the_table_has_the_numbers_of_the_tiles(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", some_state(), size=WALL) as (page, _):
        rows = page.get_by_role("table", name="The districts in numbers").get_by_role("row")
        await expect(rows).to_have_count(53)
        said = await rows.nth(1).locator("th, td").all_inner_texts()
        assert [said[at] for at in (0, 1, 2, 4, 5, 6, 8)] == ["Bhopal", "12", "12", "1", "1", "3", "there"]


async def test_lines_callers_who_wait_and_the_day(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", some_state(), size=WALL) as (page, board):
        await expect(page.locator(".line-box .big")).to_have_text("78 of 150")
        await expect(page.locator(".line-box .bars")).to_contain_text("61 / 120")
        await expect(page.locator(".waiting")).to_contain_text("longest 1:3")
        await expect(page.locator(".transcription")).to_contain_text("14")
        row = page.locator(".today tr", has_text="Calls")
        assert await row.locator("td").all_inner_texts() == ["4,211", "3,805", "▲ 11 %", "9,902"]
        await board.change("wall/main", "lines", "all", {"in_use": 149, "bought": 150, "shared": False, "waiting": 0})
        await expect(page.locator(".line-box .big")).to_have_text("149 of 150")
        await expect(page.locator(".waiting")).to_contain_text("nobody waits")


@pytest.mark.parametrize("lang", ["hi", "en"])
@pytest.mark.parametrize("size", [WALL, OFFICE_PC])
async def test_a_wall_never_scrolls_and_cuts_nothing(
    chromium: Browser, watch: Watch, size: dict[str, int], lang: str
) -> None:
    state = {**busy_state(), "notices": {one["id"]: one for one in map(long_notice, range(3))}}
    async with showing(chromium, watch, "/wall/main", state, size=size, lang=lang) as (page, _):
        await expect(page.locator(".notice")).to_have_count(1)  # each in its turn
        for _ in range(8):
            assert await page.evaluate("[document.body.scrollHeight, document.body.scrollWidth]") == [
                size["height"], size["width"],
            ]  # fmt: skip
            assert await page.evaluate(CUT) == []
            await page.keyboard.press("n")


@pytest.mark.parametrize("lang", ["hi", "en"])
@pytest.mark.parametrize("size", [WALL, OFFICE_PC])
@pytest.mark.parametrize("times", [1, 10, 100, 1000])
async def test_figures_of_the_whole_state_have_room_however_large(
    chromium: Browser, watch: Watch, size: dict[str, int], lang: str, times: int
) -> None:
    state = busy_state()
    for figures in state["districts"].values():
        figures.update(open=9 * times, unseen=times, overdue=9 * times, online=False)
    async with showing(chromium, watch, "/wall/main", state, size=size, lang=lang) as (page, _):
        await expect(page.locator(".tile-sums .alarm dd")).to_have_text(str(52 * times))
        assert await page.evaluate(CUT) == []


def long_notice(number: int) -> dict[str, Any]:
    """A notice with more words than a line has room for."""
    return {
        "id": f"1-00000{number}", "version": 1, "event": "Heavy rain", "event_hi": "भारी वर्षा", "text": TEXT * 5,
        "text_hi": TEXT_HI * 5, "districts": [], "area": "Madhya Pradesh", "area_hi": "मध्यप्रदेश", "severity": "Severe",
        "urgency": "Expected", "starts": ago(60), "ends": "2099-01-01T00:00:00Z", "published": ago(60),
        "exercise": False,
    }  # fmt: skip


CUT = """[...document.querySelectorAll(".tile .name, .tile .value, .tile-sums > div, .big strong, .slide tr")]
    .filter((one) => {
      const box = one.getBoundingClientRect(), around = one.closest(".tile, .tile-sums, .box").getBoundingClientRect();
      return one.scrollWidth > one.clientWidth + 1 || box.left < around.left - 1 || box.right > around.right + 1 ||
        box.bottom > around.bottom + 1;
    }).map((one) => one.textContent)"""


async def test_a_wall_turns_all_lists_page_by_page(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", busy_state(), size=WALL) as (page, _):
        seen: dict[str, set[str]] = {}
        current = page.locator(".contents [aria-current=true]")
        while True:
            title = (await current.inner_text()).rsplit(maxsplit=1)[0]
            shown = set(await page.locator(".slide tbody tr").all_inner_texts())
            if shown <= seen.get(title, set()):
                break
            seen.setdefault(title, set()).update(shown)
            await page.keyboard.press("n")
        counts = {name: len(rows) for name, rows in seen.items()}
        assert {name: counts.get(name) for name in LISTS} == LISTS


async def test_a_wall_can_be_held(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", busy_state(), size=WALL) as (page, _):
        await page.clock.install()
        await page.keyboard.press("p")
        await expect(page.get_by_role("button", name="Go on")).to_be_visible()
        await page.clock.run_for(1_000)  # the list is cut to what fits, once its font is there
        first = await page.locator(".slide").inner_text()
        await page.clock.run_for(30_000)
        assert await page.locator(".slide").inner_text() == first


async def test_a_phone_has_a_list_with_the_worst_first(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/state", some_state(), size=PHONE) as (page, _):
        names = await page.locator(".tile .name").all_inner_texts()
        assert names[:2] == ["Bhopal", "Raisen"]
        assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_what_is_old_is_grey_and_says_of_when(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", some_state(), size=WALL, beat_s=0.5) as (page, board):
        board.silent = True
        await expect(page.get_by_role("alert")).to_contain_text("as of")
        await expect(page.locator("html.stale .state.fades")).to_have_css("filter", "grayscale(1)")
        board.silent = False
        await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_wall_takes_a_new_version_by_itself(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", some_state(), size=WALL) as (page, board):
        async with page.expect_event("load"):
            board.build = "another"
            await board.beat()
        await expect(page.locator(".tile")).to_have_count(52)


async def test_a_walls_tiles_lead_nowhere(chromium: Browser, watch: Watch) -> None:
    async with showing(chromium, watch, "/wall/main", some_state(), size=WALL) as (page, _):
        await expect(page.locator("a.tile")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "window"),
    [
        ("/wall/main", {"size": WALL}),
        ("/state", {"size": OFFICE_PC, "color_scheme": "dark"}),
        ("/state", {"size": PHONE}),
    ],
)
async def test_nothing_grave_is_found_by_axe(
    chromium: Browser, watch: Watch, path: str, window: dict[str, Any]
) -> None:
    async with showing(chromium, watch, path, some_state(), **window) as (page, _):
        assert await grave_findings(page) == []
        await page.keyboard.press("h")
        await expect(page.locator("html")).to_have_attribute("lang", "hi")
        assert await grave_findings(page) == []
