"""`make screenshots`: the README's pictures, of a whole stack on a busy day, in the browser of the tests."""

from __future__ import annotations

import argparse
import asyncio
import base64
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.live.conftest import LiveStack, open_stack
from tests.support.browser import OFFICE_PC, PHONE, WALL, Watch, open_chromium
from tests.support.busy_day import CALLER, ROOMS, at_desks
from tests.support.citizen import answer
from tests.support.faults import TO_BHOPAL, in_bridge
from tests.support.operators import at_work, has
from tests.support.people import ASHA, CHIEF, DOCTOR, WARROOM, sign_in_all
from tests.support.queue_stack import OPERATORS, TO_A_PERSON, TRUNKS
from tests.support.screens import Screens

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from playwright.async_api import Page, ViewportSize

    from tests.support.people import Person

_QUALITY: Final = 72
_SETTLE_S: Final = 2.0  # the summaries of rooms and the figures of the state follow their tickets
_IN_MENUS: Final = 5


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with open_stack(services=("serve", "board"), operators=OPERATORS, trunks=TRUNKS) as stack:
        asyncio.run(_take_all(stack, out))


async def _take_all(stack: LiveStack, out: Path) -> None:
    people = (*ROOMS, ASHA, DOCTOR, CHIEF, WARROOM)
    cookies = await sign_in_all(stack, people)
    bhopal = next(one for one in ROOMS if one.user == "bhopal")
    watch = Watch()
    async with open_chromium() as browser, at_desks(stack, cookies) as desk, _calls(stack) as citizen_asks:
        screens = Screens(stack, browser, watch, cookies)
        await desk.fill()
        await asyncio.sleep(_SETTLE_S)

        async def page(person: Person, path: str, size: ViewportSize = OFFICE_PC, **how: object) -> Page:
            opened = await screens.open(person, path, size=size, **how)
            await opened.wait_for_load_state("networkidle")
            await asyncio.sleep(_SETTLE_S)
            return opened

        room = await page(bhopal, "/room/district-bhopal")
        await room.locator(".columns .card").nth(1).click()
        await asyncio.sleep(_SETTLE_S)
        await _take(room, out / "room.webp")
        await _take(await page(bhopal, "/room/district-bhopal", PHONE, lang="en", dark=True), out / "room-phone.webp")
        console = await page(ASHA, "/operator", lang="en")
        await citizen_asks()
        await console.locator("[data-need=ration]").click()
        await console.locator("#form [name=people]").fill("5")
        await console.locator("#form [name=note]").fill("आटा ख़त्म, राशन कार्ड है")
        await asyncio.sleep(_SETTLE_S)
        await _take(console, out / "operator.webp")
        await _take(await page(WARROOM, "/wall/hall", WALL), out / "wall.webp")
        await _take(await page(WARROOM, "/warroom", lang="en"), out / "warroom.webp")
        await _take(await page(WARROOM, "/reports", lang="en"), out / "reports.webp")
        await screens.close()
    print(f"{out}: {sum(one.stat().st_size for one in out.glob('*.webp')) / 1000:.0f} kB")
    for complaint in watch.complaints:
        print(complaint)


@asynccontextmanager
async def _calls(stack: LiveStack) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Some callers are in the menus, one speaks with a doctor; another one asks for a person when told."""
    async with AsyncExitStack() as exits:
        asha, _ = await exits.enter_async_context(at_work(stack, o101="127.0.2.101", o102="127.0.2.102"))
        for which in range(_IN_MENUS):
            call = await exits.enter_async_context(stack.call(caller=f"98260001{which:02}"))
            await answer(call, TO_BHOPAL[: 1 + which % 3])

        async def citizen_asks() -> None:
            await has(stack, "general-hi", free=1)
            citizen = await exits.enter_async_context(stack.call(caller=CALLER))
            await answer(citizen, TO_A_PERSON)
            await exits.enter_async_context(asha.takes())
            await in_bridge(stack)

        yield citizen_asks


async def _take(page: Page, file: Path) -> None:
    devtools = await page.context.new_cdp_session(page)
    picture = await devtools.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    file.write_bytes(base64.b64decode(picture["data"]))
    await devtools.detach()


if __name__ == "__main__":
    main()
