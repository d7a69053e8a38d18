"""The screens of a stack in a browser: each person has a window of their own, already signed in."""

from __future__ import annotations

import asyncio
import json
import re
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from playwright.async_api import expect
from websockets.asyncio.client import connect
from websockets.typing import Origin

from tests.support.brokers import WAIT_S
from tests.support.browser import OFFICE_PC
from tests.support.people import EVERYBODY, board_url, sign_in_all

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

    from tests.live.conftest import LiveStack
    from tests.support.browser import Watch
    from tests.support.people import Person


_NUMBERS = count(7_700_000_000)


class Screens:
    """Windows at the board of one stack, watched; closed at the end of a test.

    Args:
        stack: Runs `serve` and `board`; its people have accounts.
        chromium: The browser.
        watch: Gets what the pages complain of.
        cookies: Of people who have signed in, kept from test to test.
    """

    def __init__(self, stack: LiveStack, chromium: Browser, watch: Watch, cookies: dict[str, str]) -> None:
        self.stack = stack
        self.chromium = chromium
        self.url = board_url(stack)
        self.watch = watch
        self._cookies = cookies
        self._windows: list[BrowserContext] = []

    async def window(
        self,
        person: Person | None,
        *,
        lang: str = "hi",
        dark: bool = False,
        size: ViewportSize = OFFICE_PC,
        url: str = "",
    ) -> BrowserContext:
        """A browser window of a person; of nobody, it is not signed in.

        Args:
            person: Who.
            lang: The screen's language.
            dark: Whether the computer is set to dark colours.
            size: Of the window.
            url: Another way to the board, such as a line that can be cut.
        """
        window = await self.chromium.new_context(
            base_url=url or self.url, viewport=size, color_scheme="dark" if dark else "light"
        )
        self._windows.append(window)
        await self.watch.over(window)
        cookies = f"lang={lang}" + (f"; {await self.cookie(person)}" if person else "")
        pairs = (pair.partition("=") for pair in cookies.split("; "))
        await window.add_cookies([{"name": name, "value": value, "url": url or self.url} for name, _, value in pairs])
        return window

    async def open(self, person: Person | None, path: str, **options: object) -> Page:
        """A page in a window of its own; options as for `window`.

        A page of live data is returned once it is connected.
        """
        page = await (await self.window(person, **options)).new_page()  # type: ignore[arg-type]
        await page.goto(path)
        if await page.locator("wr-status").count():
            await expect(page.locator("wr-status .bar > [role=status]")).to_have_class(re.compile("green"))
        return page

    async def cookie(self, person: Person) -> str:
        """The cookie of somebody's session, as `name=value`."""
        if not self._cookies:
            self._cookies |= await sign_in_all(self.stack, EVERYBODY)
        return self._cookies[person.user]

    async def file(self, person: Person, **fields: object) -> str:
        """File a ticket as an operator's page does, without a call; return its number.

        Args:
            person: An operator.
            fields: Of the action `file`; by default a ration for Bhopal, of a number nobody has had before.
        """
        command = {
            "command_id": str(uuid4()), "action": "file", "service_code": "ration", "district": "bhopal",
            "phone": str(next(_NUMBERS)), "name": "सीता बाई", "landmark": "पंचायत भवन के पास", "note": "दो दिन से",
            **fields,
        }  # fmt: skip
        headers = {"Cookie": await self.cookie(person)}
        live = f"ws{self.url[4:]}/live"
        async with connect(live, additional_headers=headers, origin=Origin(self.url)) as line, asyncio.timeout(WAIT_S):
            await line.send(json.dumps({"type": "command", "to": f"operators/{person.operator}", "command": command}))
            async for text in line:
                frame = json.loads(text)
                if frame["type"] == "reply":
                    assert frame["accepted"], frame
                    return str(frame["data"]["ticket"])
        raise AssertionError

    async def close(self) -> None:
        """Close all windows."""
        for window in self._windows:
            await window.close()
