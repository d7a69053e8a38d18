"""The browser of the tests reports what is wrong with a page."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Browser, Page

from tests.support.brokers import until
from tests.support.browser import Watch, asleep, grave_findings
from tests.support.line import line_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GOOD = '<!doctype html><html lang="hi"><title>Good</title><link rel="icon" href="data:,"><main><h1>अच्छा</h1>{}</main>'
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:"
TICK = "let n = 0; setInterval(() => { document.title = ++n }, 50)"


@asynccontextmanager
async def served(body: str) -> AsyncIterator[int]:
    """Serve one page, and a script that counts; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split()[1]
        found = {"/": ("text/html; charset=utf-8", GOOD.format(body)), "/tick.js": ("text/javascript", TICK)}.get(path)
        kind, text = found or ("text/plain", "")
        head = f"HTTP/1.1 {200 if found else 404} x\r\nContent-Type: {kind}\r\nContent-Security-Policy: {POLICY}\r\n"
        writer.write(f"{head}Content-Length: {len(text.encode())}\r\nConnection: close\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def opened(chromium: Browser, watch: Watch, body: str = "") -> AsyncIterator[Page]:
    async with served(body) as port, await chromium.new_context() as context:
        await watch.over(context)
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{port}/")
        yield page


async def ticks(page: Page, more_than: int) -> bool:
    title = await page.title()
    return title.isdigit() and int(title) > more_than


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>document.title = 'x'</script>", "content security policy: script-src-elem inline"),
        ("<img src=/none.png alt=''>", "request refused: 404"),
        ("<img src=http://127.0.0.1:1/ alt=''>", "content security policy: img-src http://127.0.0.1:1/"),
    ],
)
async def test_a_bad_page_is_complained_of(chromium: Browser, body: str, complaint: str) -> None:
    watch = Watch()
    async with opened(chromium, watch, body):
        await until(lambda: any(complaint in one for one in watch.complaints))
    with pytest.raises(AssertionError, match=complaint):
        watch.check()


async def test_exceptions_and_console_errors_are_complained_of(chromium: Browser) -> None:
    watch = Watch()
    async with opened(chromium, watch) as page:
        await page.evaluate("setTimeout(() => { throw new Error('thrown') }); console.error('said')")
        await until(lambda: len(watch.complaints) == 2)
    watch.allow("thrown")
    with pytest.raises(AssertionError, match="said"):
        watch.check()


async def test_a_good_page_has_no_complaint_and_a_button_without_a_name_is_grave(
    chromium: Browser, watch: Watch
) -> None:
    async with opened(chromium, watch) as page:
        assert await grave_findings(page) == []
        await page.evaluate("document.querySelector('main').append(document.createElement('button'))")
        assert "button-name (critical)" in "".join(await grave_findings(page))


async def test_a_page_stands_still_while_its_browser_sleeps(chromium: Browser, watch: Watch) -> None:
    async with opened(chromium, watch, "<script src=/tick.js></script>") as page:
        await until(lambda: ticks(page, 3))
        async with asleep(chromium):
            told = asyncio.create_task(page.title())
            await asyncio.sleep(0.5)  # ten ticks of a page that is awake
            assert not told.done()
        slept_at = int(await told)
        await until(lambda: ticks(page, slept_at + 1))


async def test_a_dead_line_passes_nothing_on_and_a_cut_one_ends() -> None:
    async with served("") as port, line_to(port) as line:
        line.deaden()
        reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.3)
        line.mend()
        assert (await reader.read(12)).startswith(b"HTTP/1.1 200")
        line.cut()
        writer.close()
        with contextlib.suppress(ConnectionError):
            reader, writer = await asyncio.open_connection("127.0.0.1", line.port)
            writer.close()
            assert await reader.read() == b""
