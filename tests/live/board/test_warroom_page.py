"""The war room's desk in a browser, by the keyboard: what it sends, and what it makes of what it is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from router.model.ticket import Ticket
from tests.support.brokers import until
from tests.support.browser import OFFICE_PC, PHONE, Watch, grave_findings
from tests.support.scripted_board import ScriptedBoard
from tests.support.state_figures import PLACES, ago, short_stock, state_collections

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.long

VIEW = "warroom"
PERSON = {"user": "control", "name": "Control", "role": "warroom", "room": "state", "operator": "warroom"}
TASK = {
    "version": 1,
    "stage": "given",
    "level": 1,
    "text": "List the shelters",
    "given": ago(60),
    "updated": ago(60),
    "role": "",
    "transfer": None,
    "note": "",
}
CALLS = [
    {
        "call": "1.1",
        "ticket": "100000035",
        "helpline": "181",
        "parties": [
            {"leg": "1.1", "who": "citizen", "speaks": True},
            {"leg": "1.2", "who": "operator-101", "speaks": True},
        ],
    },
    {
        "call": "2.1",
        "ticket": "",
        "helpline": "104",
        "parties": [
            {"leg": "2.1", "who": "citizen", "speaks": True},
            {"leg": "2.2", "who": "line-104", "speaks": False},
        ],
    },
    {"call": "3.1", "ticket": "", "helpline": "181", "parties": [{"leg": "3.1", "who": "citizen", "speaks": True}]},
]


def ticket(number: int, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=30)
    values: dict[str, Any] = {
        "service_request_id": str(number),
        "version": 3,
        "stage": "routed",
        "priority": 3,
        "service_code": "ration",
        "room": "district-bhopal",
        "desk": "food",
        "agency_responsible": "Bhopal",
        "requested_datetime": at,
        "updated_datetime": at,
        "phone": "+919826012345",
        "channel": "phone",
        "source_key": str(number),
        **more,
    }
    return Ticket(**values).model_dump(mode="json")


@pytest.fixture
async def board() -> AsyncIterator[ScriptedBoard]:
    """A board with two tickets to be sorted, one proposal, two tasks, some stock."""
    board = ScriptedBoard(beat_s=5)  # on a busy machine a page takes half a second of silence for a dead line
    board.user = PERSON
    alerts = {
        ("shortage", "district-sehore"): {
            "since": ago(9),
            "level": "alert",
            "items": [short_stock("wheat", 1)],
            "needs": [],
        }
    }
    due = {"due": (datetime.now(UTC) + timedelta(hours=5)).isoformat()}
    stock = {"unit": "kg", "daily_use": 100, "as_of": datetime.now(UTC).isoformat()}
    tickets = [ticket(100000013, room="state", stage="triage"), ticket(100000024, room="state", stage="triage")]
    rejected = ticket(100000035, proposed_rejection="the family had help", rejection="already-helped")
    board.collections[VIEW] = {
        **state_collections({}, alerts),
        "tickets": {one["service_request_id"]: one for one in tickets},
        "proposals": {"100000035": rejected},
        "tasks": {
            f"1-1/{room}": {"id": "1-1", "room": room, **TASK, **due} for room in ("district-bhopal", "district-sagar")
        },
        "stock": {
            "district-sehore/wheat": {**stock, "quantity": 100},
            "district-bhopal/wheat": {**stock, "quantity": 90_000},
            "district-rewa/wheat": {**stock, "quantity": 99_000},
        },
    }
    board.collections["room/district-bhopal"] = {"tickets": {"100000035": rejected, "100000046": ticket(100000046)}}
    for one in (*tickets, rejected, ticket(100000046)):
        history = [{"at": ago(20), "by": "district-bhopal", "what": "propose-reject; the family had help"}]
        board.api[f"tickets/{one['service_request_id']}"] = {
            "ticket": one,
            "history": history,
            "recordings": [],
            "earlier": [],
        }
    board.answer = answer
    async with board.run():
        yield board


def answer(command: dict[str, Any]) -> dict[str, Any]:
    data = {"calls": CALLS} if command["action"] == "calls" else {}
    return {
        "command_id": command["command_id"],
        "accepted": True,
        "code": "",
        "reason": "",
        "reason_hi": "",
        "data": data,
    }


@pytest.fixture
async def page(chromium: Browser, watch: Watch, board: ScriptedBoard) -> AsyncIterator[Page]:
    async with await chromium.new_context(viewport=OFFICE_PC) as context:
        await watch.over(context)
        watch.allow("WebSocket is closed before the connection")  # a page that hears nothing for long tries anew
        await context.add_cookies([{"name": "lang", "value": "en", "url": board.url}])
        page = await context.new_page()
        await page.goto(f"{board.url}/warroom")
        await expect(page.locator(".card")).to_have_count(2)
        yield page


async def said(page: Page, board: ScriptedBoard) -> dict[str, Any]:
    """The next command, sent without waiting for its ten seconds."""
    before = len(given(board))
    await page.get_by_role("button", name="Send now").last.click()
    await until(lambda: len(given(board)) > before)
    frame = given(board)[-1]
    command = {key: value for key, value in frame["command"].items() if key != "command_id"}
    return {"to": frame["to"], **command}


def given(board: ScriptedBoard) -> list[dict[str, Any]]:
    return [frame for frame in board.commands if frame["command"]["action"] != "calls"]


async def test_a_ticket_is_sent_to_its_district_by_keys_alone(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("f")
    await page.keyboard.type("sehore")
    await page.keyboard.press("Enter")
    assert await said(page, board) == {
        "to": "rooms/state",
        "ticket": "100000013",
        "action": "reroute",
        "if_version": 3,
        "room": "district-sehore",
    }
    await page.locator("[data-key='100000013']").focus()
    await board.change(VIEW, "tickets", "100000013", None)
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.locator("[data-key='100000024']")).to_be_focused()


async def test_tickets_without_a_district_come_before_the_war_rooms_own(page: Page, board: ScriptedBoard) -> None:
    for number, more in ((100000068, {"priority": 1}), (100000079, {"stage": "resolved"})):
        await board.change(VIEW, "tickets", str(number), ticket(number, room="state", **more))
    await expect(page.locator(".card")).to_have_count(3)
    keys = [await card.get_attribute("data-key") for card in await page.locator(".card").all()]
    assert keys[2] == "100000068"
    await expect(page.locator(".found h2")).to_have_text("The war room's own")
    await expect(page.locator(".tab").first.locator(".count")).to_have_text("3")


async def test_a_rejection_is_decided_with_reason_and_history_in_sight(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("2")
    await expect(page.locator(".found")).to_contain_text("Bhopal proposes: Help has come before")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".detail .history")).to_contain_text("the family had help")
    await page.keyboard.press("k")
    assert await said(page, board) == {"to": "rooms/state", "ticket": "100000035", "action": "refuse-reject"}
    await page.keyboard.press("y")
    assert (await said(page, board))["action"] == "accept-reject"


async def test_what_was_decided_is_taken_back_by_a_key(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("2")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("y")
    await expect(page.get_by_role("button", name="Undo")).to_be_visible()
    await page.keyboard.press("z")
    await expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert given(board) == []


async def test_the_ticket_that_is_open_is_never_older_than_its_room_has_it(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("2")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    newer = ticket(100000035, version=4, stage="in_progress", proposed_rejection="the family had help")
    await board.change("room/district-bhopal", "tickets", "100000035", newer)
    await expect(page.locator(".detail .chips")).to_contain_text("In work")


async def test_a_task_for_all_rooms_is_confirmed_with_their_number(page: Page, board: ScriptedBoard) -> None:
    rooms = [room.id for room in PLACES.rooms]
    await page.keyboard.press("t")
    await expect(page.get_by_role("dialog").locator("textarea")).to_be_focused()  # its script is fetched now
    await page.keyboard.type("Count the shelters")
    await page.get_by_role("button", name="all rooms").click()
    await expect(page.get_by_role("status").filter(has_text="rooms chosen")).to_have_text(f"{len(rooms)} rooms chosen")
    await page.get_by_role("button", name=f"Give to {len(rooms)} rooms").click()
    await expect(page.get_by_role("heading", name=f"Give this task to {len(rooms)} rooms?")).to_be_visible()
    await page.get_by_role("dialog").last.get_by_role("button", name=f"Give to {len(rooms)} rooms").click()
    command = await said(page, board)
    due = datetime.fromisoformat(command.pop("due"))
    assert timedelta(hours=5) < due - datetime.now(UTC) < timedelta(hours=6, minutes=1)
    assert command == {"to": "operators/warroom", "action": "task-create", "rooms": rooms, "text": "Count the shelters"}


async def test_a_task_that_says_nothing_is_not_given(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("t")
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Give to 0 rooms").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Say what is to be done")
    await expect(page.get_by_role("dialog")).to_contain_text("Choose one room at least")
    assert given(board) == []


async def test_a_task_is_taken_back_from_the_rooms_that_have_it(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("3")
    await page.locator("[data-task='1-1']").get_by_role("button", name="Take back").click()
    await expect(page.get_by_role("dialog")).to_contain_text("2 rooms still have it open")
    await page.keyboard.press("Enter")
    assert await said(page, board) == {"to": "operators/warroom", "action": "task-cancel", "task": "1-1"}


async def test_a_proposed_move_fills_the_form(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("4")
    move = page.locator(".move")
    await expect(move).to_have_count(1)
    await expect(move).to_contain_text("Wheat")
    await move.get_by_role("button", name="Move stock").click()
    await page.keyboard.press("Enter")
    command = await said(page, board)
    command.pop("due")
    assert command == {
        "to": "operators/warroom",
        "action": "task-transfer",
        "item": "wheat",
        "source": "district-bhopal",  # nearer than Rewa, which has more
        "target": "district-sehore",
        "quantity": 600,
        "text": "",
    }


async def test_a_ticket_of_any_room_is_found_and_mended(page: Page, board: ScriptedBoard) -> None:
    board.api["tickets"] = {"tickets": [ticket(100000046), ticket(100000035, stage="withdrawn")]}
    await page.keyboard.press("/")
    await expect(page.get_by_label("Number")).to_be_focused()
    await page.get_by_label("Words").fill("ration")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card")).to_have_count(2)
    await expect(page.locator(".card").first).to_be_focused()
    await page.keyboard.press("w")
    await page.keyboard.type("found help elsewhere")
    await page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    assert await said(page, board) == {
        "to": "rooms/state",
        "ticket": "100000046",
        "action": "withdraw",
        "note": "found help elsewhere",
    }


async def test_a_number_that_is_none_is_not_asked_for(page: Page) -> None:
    await page.keyboard.press("5")
    await page.get_by_label("Number").fill("12")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("A ticket's number has nine digits")).to_be_visible()


async def test_what_rooms_and_citizens_write_is_text_alone(page: Page, board: ScriptedBoard) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202eab\u0000" + "क" * 20_000
    bad = ticket(100000057, proposed_rejection=hostile, description=hostile, name=hostile[:200], landmark=hostile[:200])
    await board.change(VIEW, "proposals", "100000057", bad)
    await board.change(
        VIEW,
        "tasks",
        "1-9/district-bhopal",
        {"id": "1-9", "room": "district-bhopal", **TASK, "due": ago(-9), "note": hostile},
    )
    await board.change(
        VIEW, "alerts", "disk/state", {"kind": "disk", "room": "state", "since": ago(1), "what": hostile}
    )
    for key, where in (("2", ".above"), ("3", "[data-task='1-9']"), ("7", ".alert-lists")):
        await page.keyboard.press(key)
        await expect(page.locator(where).first).to_be_visible()
        assert await page.locator("img[src=x]").count() == 0
        assert await page.evaluate("document.documentElement.scrollWidth") == OFFICE_PC["width"]
    await expect(page.locator(".alert-lists")).to_contain_text("⟦202E⟧ab␀")


async def test_two_calls_are_bridged_at_once_when_confirmed(page: Page, board: ScriptedBoard) -> None:
    await page.keyboard.press("6")
    await expect(page.locator(".calls tbody tr")).to_have_count(3)
    bridge = page.get_by_role("button", name="Bridge them")
    await page.locator(".calls input").nth(0).check()
    await expect(bridge).to_be_disabled()
    await page.locator(".calls input").nth(1).check()
    await page.keyboard.press("b")
    await expect(page.get_by_role("dialog")).to_contain_text("Citizen, Operator 101 – and – Citizen, 104")
    await page.keyboard.press("Enter")
    await until(lambda: bool(given(board)))
    (frame,) = given(board)
    assert frame["to"] == "operators/warroom"
    assert {key: frame["command"][key] for key in ("action", "call", "other")} == {
        "action": "merge",
        "call": "1.1",
        "other": "2.1",
    }


async def test_what_runs_short_and_who_is_away_stands_among_the_alerts(page: Page) -> None:
    await page.keyboard.press("7")
    shortages = page.get_by_role("region", name="Shortages")
    await expect(shortages).to_contain_text("Sehore")
    await expect(shortages).to_contain_text("Wheat and flour")


@pytest.mark.parametrize("size", [OFFICE_PC, PHONE])
async def test_nothing_grave_is_found_by_axe(page: Page, size: Any) -> None:
    await page.set_viewport_size(size)
    for lang in ("en", "hi"):
        for tab in range(7):
            await page.locator(".tabs .tab").nth(tab).click()
            await expect(page.locator(".tabs [aria-current]")).to_have_count(1)
            if tab == 5:
                await expect(page.locator(".calls tbody tr")).to_have_count(3)
            assert await grave_findings(page) == [], (lang, tab)
        await page.locator("body").press("h")
