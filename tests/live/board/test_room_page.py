"""The district board in a browser: what its page makes of what a board sends, and what it sends itself."""

from __future__ import annotations

import io
import wave
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.support.brokers import until
from tests.support.browser import OFFICE_PC, PHONE, Watch, grave_findings
from tests.support.scripted_board import ScriptedBoard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Locator, Page

ROOM = "district-bhopal"
VIEW = f"room/{ROOM}"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202eab\u0000\u0007" + "क" * 100_000
LIMITS = {"acknowledge": 120, "resolve": 1440, "escalate": 240}


def ticket(number: int, *, minutes: float = 30, **more: Any) -> dict[str, Any]:
    """A ticket as its topic has it, so many minutes old."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    need, pin = more.get("service_code", "ration"), more.get("zipcode", "462001")
    return {
        "service_request_id": str(number),
        "version": 1,
        "stage": "routed",
        "level": 1,
        "priority": 3,
        "service_code": "ration",
        "room": ROOM,
        "desk": "food",
        "copies": [],
        "district": "bhopal",
        "agency_responsible": "Bhopal",
        "requested_datetime": at.isoformat(),
        "updated_datetime": at.isoformat(),
        "expected_datetime": (at + timedelta(days=1)).isoformat(),
        "limits": LIMITS,
        "phone": "+919826012345",
        "callback_wanted": True,
        "name": "",
        "address": "",
        "landmark": "",
        "lat": None,
        "long": None,
        "zipcode": "462001",
        "state": None,
        "people": None,
        "quantity": "",
        "language": "hi",
        "description": "",
        "status_notes": "",
        "notes": [],
        "transcript": "",
        "transcript_confidence": None,
        "recordings": [],
        "media_url": "",
        "channel": "phone",
        "helpline": "181",
        "calls": [],
        "merged_into": None,
        "served_by": [],
        "proposed_rejection": "",
        "rejection": None,
        "cluster": f"{need}-{pin}",
        "status": "open",
        **more,
    }


def danger(number: int) -> dict[str, Any]:
    return ticket(number, service_code="danger", priority=1, desk="health", minutes=1)


@pytest.fixture
async def board() -> AsyncIterator[ScriptedBoard]:
    """A board whose room has no tickets; heartbeats every half second."""
    async with ScriptedBoard().run() as board:
        board.collections[VIEW] = {}
        yield board


def put(board: ScriptedBoard, *tickets: dict[str, Any]) -> None:
    """Have tickets in the room's snapshot, and their details ready."""
    rows = board.collections[VIEW].setdefault("tickets", {})
    for one in tickets:
        number = one["service_request_id"]
        rows[number] = one
        board.api[f"tickets/{number}"] = {"ticket": one, "history": [], "recordings": [], "earlier": []}


@asynccontextmanager
async def browsing(
    chromium: Browser, watch: Watch, board: ScriptedBoard, *, lang: str = "en", **options: Any
) -> AsyncIterator[BrowserContext]:
    options = {"viewport": OFFICE_PC, **options}
    async with await chromium.new_context(**options) as context:
        await watch.over(context)
        await context.add_cookies([{"name": "lang", "value": lang, "url": board.url}])
        yield context


async def opened(context: BrowserContext, board: ScriptedBoard) -> Page:
    page = await context.new_page()
    await page.goto(f"{board.url}/room/{ROOM}")
    await expect(page.locator(".bar .chip[role=status]")).to_have_text("Up to date")
    return page


@pytest.fixture
async def context(chromium: Browser, watch: Watch, board: ScriptedBoard) -> AsyncIterator[BrowserContext]:
    async with browsing(chromium, watch, board) as context:
        yield context


def card(page: Page, number: int) -> Locator:
    return page.locator(f"[data-key='{number}']")


async def order(page: Page, column: str) -> list[str | None]:
    return [await one.get_attribute("data-key") for one in await page.locator(f"[data-column={column}] .card").all()]


async def press(page: Page, number: int, key: str) -> None:
    """Press a key on a ticket's card."""
    await card(page, number).focus()
    await page.keyboard.press(key)


async def send_now(page: Page) -> None:
    await page.get_by_role("button", name="Send now").last.click()


async def test_columns_have_the_gravest_and_oldest_first(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001, minutes=10), ticket(100000002, minutes=200), danger(100000003))
    put(
        board,
        ticket(100000004, stage="in_progress"),
        ticket(100000005, stage="resolved"),
        ticket(100000006, priority=2),
    )
    page = await opened(context, board)

    assert await order(page, "waiting") == ["100000003", "100000006", "100000002", "100000001"]
    assert await order(page, "working") == ["100000004"]
    assert await order(page, "done") == ["100000005"]
    await expect(card(page, 100000002).locator(".chip.red")).to_contain_text("1 h 20 min late")
    await expect(card(page, 100000001)).to_contain_text("1 h 49 min left")


async def test_a_change_moves_the_card_and_a_new_ticket_is_told(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001))
    page = await opened(context, board)
    await card(page, 100000001).focus()

    await board.change(VIEW, "tickets", "100000001", ticket(100000001, version=2, stage="acknowledged"))
    await expect(page.locator("[data-column=working] .card")).to_have_count(1)
    await expect(card(page, 100000001)).to_be_focused()

    await board.change(VIEW, "tickets", "100000002", ticket(100000002, landmark="Town hall"))
    await expect(page.locator("[aria-live=polite]").last).to_contain_text("Town hall")


async def test_one_key_acknowledges_and_a_refusal_is_told(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001))
    refused = {"accepted": False, "code": "step", "reason": "already done", "reason_hi": "यह हो चुका है", "data": {}}
    board.answer = lambda command: {"command_id": command["command_id"], **refused}
    page = await opened(context, board)

    await press(page, 100000001, "a")
    await expect(card(page, 100000001)).to_contain_text("Acknowledge …")
    await send_now(page)
    await expect(page.get_by_role("alert")).to_contain_text("already done")
    await page.keyboard.press("h")
    await expect(page.get_by_role("alert")).to_contain_text("यह हो चुका है")

    (said,) = board.commands
    assert said["to"] == f"rooms/{ROOM}"
    assert said["command"].keys() == {"command_id", "ticket", "action"}
    assert (said["command"]["ticket"], said["command"]["action"]) == ("100000001", "acknowledge")


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


async def test_typed_text_is_kept(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001, name="Ramprasad"))
    page = await opened(context, board)
    await card(page, 100000001).click()
    await page.keyboard.press("e")
    await page.get_by_label("Address").fill("House 14")

    await board.change(VIEW, "tickets", "100000001", ticket(100000001, version=2, address="other", name="Ramprasad"))
    await expect(card(page, 100000001)).to_contain_text("other")
    await expect(page.get_by_label("Address")).to_have_value("House 14")

    await until(lambda: has_draft(page, "House 14"))
    await page.reload()
    await card(page, 100000001).click()
    await expect(page.get_by_label("Address")).to_have_value("House 14")
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
    note, acknowledge = page.locator(".along input"), page.locator(".actions .primary")

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
    await expect(page.locator(".along input")).to_have_value("")
    assert [one["command"]["note"] for one in board.commands] == ["a car was sent"] * 2


async def test_a_copy_of_another_rooms_ticket_is_only_read(board: ScriptedBoard, context: BrowserContext) -> None:
    copy = ticket(200000001, room="district-sehore", landmark="Sehore")
    put(board, copy)
    board.collections[VIEW] = {"copies": {"200000001": copy}}
    page = await opened(context, board)
    await page.keyboard.press("4")
    await card(page, 200000001).click()
    await expect(page.locator(".detail")).to_contain_text("acted on by Sehore")
    await expect(page.locator(".actions")).to_have_count(0)


async def test_the_war_room_reads_a_districts_board(board: ScriptedBoard, context: BrowserContext) -> None:
    board.user = {**board.user, "role": "warroom", "room": None}
    put(board, ticket(100000001))
    page = await opened(context, board)
    await card(page, 100000001).click()
    await expect(page.locator(".detail")).to_contain_text("what is done with them, the room decides")
    await page.keyboard.press("a")
    await expect(page.locator(".card .step, .actions, .command")).to_have_count(0)


async def test_one_action_for_a_whole_cluster(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, *(ticket(100000001 + i, zipcode="462038") for i in range(6)), ticket(100000009))
    cluster = {"cluster": "ration-462038", "service_code": "ration", "zipcode": "462038", "open": 6}
    board.collections[VIEW]["summary"] = {"summary": {"room": ROOM, "open": 7, "clusters": [cluster], "proposals": []}}
    page = await opened(context, board)

    await expect(page.locator("[data-column=waiting] .card")).to_have_count(2)
    await page.locator(".cluster").focus()
    await page.keyboard.press("a")
    await expect(page.locator(".command")).to_contain_text("all 6 of Ration, 462038")
    await send_now(page)
    await until(lambda: board.commands)
    assert board.commands[0]["command"]["whole_cluster"] is True


async def test_hostile_text_is_shown_and_does_nothing(board: ScriptedBoard, context: BrowserContext) -> None:
    fields = ("name", "address", "landmark", "description", "transcript", "quantity", "status_notes")
    put(board, ticket(100000001, **dict.fromkeys(fields, HOSTILE), notes=[HOSTILE]))
    page = await opened(context, board)
    await card(page, 100000001).click()

    await expect(page.locator(".facts")).to_contain_text("<script>alert(1)</script>")
    await expect(page.locator(".facts")).to_contain_text("⟦202E⟧ab␀␇")
    assert len(await page.locator("body").inner_text()) < 10_000
    await page.get_by_role("button", name="more").first.click()
    assert len(await page.locator("body").inner_text()) < 40_000


async def test_the_alarm_sounds_in_one_tab_until_it_is_acknowledged(
    board: ScriptedBoard, context: BrowserContext
) -> None:
    await context.add_init_script(
        """window.loops = 0;
        for (const [name, step] of [["start", 1], ["stop", -1]]) {
          const old = AudioBufferSourceNode.prototype[name];
          AudioBufferSourceNode.prototype[name] = function () {
            if (this.loop) window.loops += step;
            return old.call(this);
          };
        }"""
    )
    put(board, ticket(100000001))
    one, other = await opened(context, board), await opened(context, board)
    await expect(one.locator(".sound.off")).to_be_visible()
    for page in (one, other):
        await page.bring_to_front()
        await page.locator("h1").click()
        await expect(page.locator(".sound.off")).to_have_count(0)

    async def loops() -> int:
        return int(await one.evaluate("loops")) + int(await other.evaluate("loops"))

    await board.change(VIEW, "tickets", "100000002", danger(100000002))
    await expect(other.locator("[aria-live=assertive]")).to_contain_text("Danger to life")
    await until_async(loops, 1)
    await press(other, 100000002, "a")
    await board.change(VIEW, "tickets", "100000002", {**danger(100000002), "stage": "acknowledged"})
    await until_async(loops, 0)


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


async def until_async(ask: Any, wanted: object) -> None:
    async def holds() -> bool:
        return bool(await ask() == wanted)

    await until(holds)


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
    await press(page, 100000001, "a")
    await expect(page.locator(".command")).to_have_count(1)

    board.user = {**board.user, "user": "ravi", "name": "Ravi"}
    await board.cut()
    await expect(page.locator(".bar .user")).to_have_text("Ravi")
    await expect(page.locator(".bar .chip[role=status]")).to_have_text("Up to date")
    await expect(page.locator(".command")).to_have_count(0)
    assert not board.commands


async def test_a_word_of_the_recording_is_heard_and_marked(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001, transcript="घर में राशन नहीं", recordings=["a.wav"]))
    words = [["घर", 0.0, 0.5, 0.9], ["में", 0.5, 1.0, 0.9], ["राशन", 4.0, 6.0, 0.3], ["नहीं", 9.0, 9.5, 0.9]]
    sound = io.BytesIO()
    with wave.open(sound, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000 * 10))
    url = "tickets/100000001/recordings/a.wav"
    board.api[url] = sound.getvalue()
    board.api["tickets/100000001"]["recordings"] = [
        {"name": "a.wav", "url": f"/api/{url}", "seconds": 10, "words": words}
    ]
    page = await opened(context, board)
    await card(page, 100000001).click()
    await page.locator(".word", has_text="राशन").click()
    await expect(page.locator(".word.now")).to_have_text("राशन")
    await page.keyboard.press("l")
    assert await page.evaluate("document.querySelector('audio').paused")


async def test_tasks_and_stock(board: ScriptedBoard, context: BrowserContext) -> None:
    now = datetime.now(UTC)
    task = {"id": "1-42", "room": ROOM, "version": 1, "stage": "given", "level": 1, "text": "Report the shops"}
    times = {"due": (now + timedelta(hours=3)).isoformat(), "given": now.isoformat(), "updated": now.isoformat()}
    board.collections[VIEW]["tasks"] = {"1-42": {**task, **times, "role": "", "transfer": None, "note": ""}}
    page = await opened(context, board)

    await page.keyboard.press("2")
    await page.get_by_role("button", name="Acknowledge").click()
    await send_now(page)
    await until(lambda: board.commands)
    assert board.commands[0]["command"]["task"] == "1-42"

    await page.keyboard.press("3")
    await page.get_by_role("button", name="Report Wheat and flour").click()
    await expect(page.locator("tr.editing input").first).to_be_focused()
    await page.keyboard.type("12,५००")
    await page.keyboard.press("Tab")
    await page.keyboard.type("1800")
    await page.keyboard.press("Enter")
    await send_now(page)
    await until(lambda: len(board.commands) == 2)
    said = board.commands[1]
    assert (said["room"], said["item"]) == (ROOM, "wheat")
    assert said["report"] | {"as_of": ""} == {"quantity": 12500, "unit": "kg", "daily_use": 1800, "as_of": ""}


async def test_the_keyboard_alone_routes_a_ticket(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001), ticket(100000002, minutes=5))
    page = await opened(context, board)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".detail h2")).to_be_visible()
    await page.keyboard.press("f")
    await page.keyboard.type("indo")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator(".detail")).to_have_count(0)
    await send_now(page)
    await until(lambda: board.commands)
    said = board.commands[0]["command"]
    assert (said["ticket"], said["room"], said["if_version"]) == ("100000002", "district-indore", 1)


@pytest.mark.parametrize(("lang", "size", "scheme"), [("hi", OFFICE_PC, "light"), ("en", PHONE, "dark")])
async def test_nothing_serious_is_found_by_axe(
    board: ScriptedBoard, chromium: Browser, watch: Watch, lang: str, size: Any, scheme: Any
) -> None:
    put(board, danger(100000001), ticket(100000002, minutes=300, level=3), ticket(100000003, stage="reopened"))
    put(board, *(ticket(100000010 + i, zipcode="462038") for i in range(5)))
    cluster = {"cluster": "ration-462038", "service_code": "ration", "zipcode": "462038", "open": 5}
    board.collections[VIEW]["summary"] = {"summary": {"room": ROOM, "open": 8, "clusters": [cluster], "proposals": []}}
    board.api["tickets/100000002"] |= {
        "recordings": [
            {"name": "a", "url": "/api/a", "seconds": 2, "words": [["राशन", 0, 1, 0.3], ["नहीं", 1, 2, 0.9]]}
        ],
        "history": [
            {"at": datetime.now(UTC).isoformat(), "by": "clock", "what": "not acknowledged in time; level 1 → 2"}
        ],
        "earlier": [ticket(100000099, stage="confirmed")],
    }
    async with browsing(chromium, watch, board, lang=lang, viewport=size, color_scheme=scheme) as context:
        page = await context.new_page()
        await page.goto(f"{board.url}/room/{ROOM}")
        await card(page, 100000002).click()
        await expect(page.locator(".facts")).to_be_visible()
        assert not await grave_findings(page)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for key in ("e", "Escape", "x", "Escape", "2", "3", "?"):
            await page.keyboard.press(key)
            if key != "Escape":
                assert not await grave_findings(page)
