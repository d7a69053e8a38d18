"""The page of a district room at a scripted board: tickets for it, and a person before it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import expect

from tests.support.brokers import until
from tests.support.browser import OFFICE_PC, Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Locator, Page

    from tests.support.scripted_board import ScriptedBoard

ROOM: Final = "district-bhopal"
VIEW: Final = f"room/{ROOM}"
LIMITS: Final = {"acknowledge": 120, "resolve": 1440, "escalate": 240}


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
        "pictures": 0,
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
    """A ticket of somebody in danger to life."""
    return ticket(number, service_code="danger", priority=1, desk="health", minutes=1)


def put(board: ScriptedBoard, *tickets: dict[str, Any]) -> None:
    """Have tickets in the room's snapshot, and their details ready."""
    rows = board.collections[VIEW].setdefault("tickets", {})
    for one in tickets:
        number = one["service_request_id"]
        rows[number] = one
        board.api[f"tickets/{number}"] = {"ticket": one, "history": [], "recordings": [], "pictures": [], "earlier": []}


@asynccontextmanager
async def browsing(
    chromium: Browser, watch: Watch, board: ScriptedBoard, *, lang: str = "en", **options: Any
) -> AsyncIterator[BrowserContext]:
    """A window of a browser, with cookies of its own."""
    options = {"viewport": OFFICE_PC, **options}
    async with await chromium.new_context(**options) as context:
        await watch.over(context)
        await context.add_cookies([{"name": "lang", "value": lang, "url": board.url}])
        yield context


async def opened(context: BrowserContext, board: ScriptedBoard) -> Page:
    """The page of the room, fresh."""
    page = await context.new_page()
    await page.goto(f"{board.url}/room/{ROOM}")
    await expect(page.locator(".bar .chip[role=status]")).to_have_text("Up to date")
    return page


def card(page: Page, number: int) -> Locator:
    """The card of a ticket."""
    return page.locator(f"[data-key='{number}']")


async def press(page: Page, number: int, key: str) -> None:
    """Press a key on a ticket's card."""
    await card(page, number).focus()
    await page.keyboard.press(key)


async def send_now(page: Page) -> None:
    """Send the newest command without its ten seconds."""
    await page.get_by_role("button", name="Send now").last.click()


async def until_async(ask: Any, wanted: object) -> None:
    """Wait until a coroutine returns something."""

    async def holds() -> bool:
        return bool(await ask() == wanted)

    await until(holds)
