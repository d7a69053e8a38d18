"""The district board in a browser: what its page makes of what a board sends, and what is done with it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.async_api import expect

from tests.support.brokers import until
from tests.support.browser import OFFICE_PC, PHONE, grave_findings
from tests.support.pictures import png
from tests.support.room_pages import (
    ROOM,
    VIEW,
    browsing,
    card,
    danger,
    opened,
    press,
    put,
    send_now,
    ticket,
    until_async,
)
from tests.support.scripted_board import ScriptedBoard
from tests.support.speech import wav

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

    from tests.support.browser import Watch

pytestmark = pytest.mark.long

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\u202eab\u0000\u0007" + "क" * 100_000


async def order(page: Page, column: str) -> list[str | None]:
    return [await one.get_attribute("data-key") for one in await page.locator(f"[data-column={column}] .card").all()]


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


KNOWN = f"document.querySelector('wr-room').page.link.store.collection('{VIEW}', 'tickets').size"


async def test_nothing_moves_while_it_is_pressed(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001))
    await context.clock.install()
    page = await opened(context, board)
    cards = page.locator(".card")
    await context.clock.pause_at(datetime.now(UTC) + timedelta(minutes=1))  # a press may be long, a test slow
    place = await card(page, 100000001).bounding_box()
    assert place
    await page.mouse.move(place["x"] + 20, place["y"] + 20)
    await page.mouse.down()
    await board.change(VIEW, "tickets", "100000002", danger(100000002))
    await until(lambda: page.evaluate(f"{KNOWN} === 2"))
    await expect(cards).to_have_count(1)
    await page.mouse.up()
    await expect(cards).to_have_count(2)
    assert await order(page, "waiting") == ["100000002", "100000001"]
    await expect(page.locator(".detail")).to_contain_text("100000001")

    await page.mouse.down()
    await board.change(VIEW, "tickets", "100000003", danger(100000003))
    await until(lambda: page.evaluate(f"{KNOWN} === 3"))
    await expect(cards).to_have_count(2)
    await context.clock.run_for(3_000)  # somebody was called away with the finger on it
    await expect(cards).to_have_count(3)


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


async def test_a_citizen_without_telephone_is_not_called_and_the_page_says_why(
    board: ScriptedBoard, context: BrowserContext
) -> None:
    put(board, ticket(100000001, phone=None, channel="whatsapp", helpline=None))
    page = await opened(context, board)
    await press(page, 100000001, "Enter")

    await expect(page.locator(".detail")).to_contain_text("they write by WhatsApp and cannot be called")
    await expect(page.locator(".detail").get_by_role("button", name="Call")).to_have_count(0)


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


async def test_a_word_of_the_recording_is_heard_and_marked(board: ScriptedBoard, context: BrowserContext) -> None:
    put(board, ticket(100000001, transcript="घर में राशन नहीं", recordings=["a.wav"]))
    words = [["घर", 0.0, 0.5, 0.9], ["में", 0.5, 1.0, 0.9], ["राशन", 4.0, 6.0, 0.3], ["नहीं", 9.0, 9.5, 0.9]]
    url = "tickets/100000001/recordings/a.wav"
    board.api[url] = wav(np.zeros(80_000))
    board.api["tickets/100000001"]["recordings"] = [
        {"name": "a.wav", "url": f"/api/{url}", "seconds": 10, "words": words}
    ]
    page = await opened(context, board)
    await card(page, 100000001).click()
    await page.locator(".word", has_text="राशन").click()
    await expect(page.locator(".word.now")).to_have_text("राशन")
    await page.keyboard.press("l")
    assert await page.evaluate("document.querySelector('audio').paused")


async def test_photographs_are_small_in_the_ticket_and_open_large_by_keys(
    board: ScriptedBoard, context: BrowserContext
) -> None:
    put(board, ticket(100000001, pictures=3))
    board.api["tickets/100000001"]["pictures"] = pictures = [
        {
            "id": n, "url": f"/api/tickets/100000001/pictures/{n}", "width": 60, "height": 40, "bytes": size,
            "caption": caption, "channel": "whatsapp", "received": "2026-11-30T10:00:00+00:00",
        }
        for n, size, caption in ((1, 900, "पानी <b>घर में\u202e"), (2, 900, ""), (3, 2_500_000, ""))
    ]  # fmt: skip
    for one in pictures:
        board.api[f"tickets/100000001/pictures/{one['id']}"] = png(60, 40, shade=60)
    page = await opened(context, board)
    await expect(card(page, 100000001)).to_contain_text("3 photographs")
    await card(page, 100000001).click()
    small = page.locator("wr-pictures img")
    await expect(small).to_have_count(2)  # the third is too large to be fetched unasked
    await expect(small.first).to_have_attribute("alt", re.compile("^पानी <b>घर में⟦202E⟧ \\(photograph 1 of 3, WhatsApp"))
    await until_async(lambda: small.first.evaluate("one => one.naturalWidth"), 60)
    await page.locator("wr-pictures button").nth(2).press("Enter")
    await expect(small).to_have_count(3)
    await page.locator("wr-pictures button").first.press("Enter")
    large = page.locator("dialog.picture")
    await expect(large.locator("h2")).to_have_text("Photograph 1 of 3")
    await expect(large.locator("figcaption")).to_contain_text("पानी <b>घर में")
    await page.keyboard.press("ArrowLeft")
    await expect(large.locator("h2")).to_have_text("Photograph 3 of 3")
    await until_async(lambda: large.locator("img").evaluate("one => one.naturalWidth"), 60)
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)
    await expect(page.locator("wr-pictures button").first).to_be_focused()


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
