"""Real pages among the screens of a bench: when a ticket stands in the DOM, first paint, bytes of the first load."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tests.support.browser import OFFICE_PC, throttle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import Browser, BrowserContext, Page

#: Number of a ticket, as the page groups its digits -> when it was first there, in milliseconds since the epoch.
_SEEN = """
window.seen = {};
new MutationObserver((changes) => {
  const now = Date.now();
  for (const change of changes)
    for (const node of change.type === "characterData" ? [change.target] : change.addedNodes)
      for (const [number] of (node.textContent ?? "").matchAll(/\\d{3}[-\\s]?\\d{3}[-\\s]?\\d{3}/g))
        window.seen[number.replace(/\\D/g, "")] ??= now;
}).observe(document, { childList: true, subtree: true, characterData: true });
"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_SLOW = {"cpu": 4, "kbit_s": 1600, "latency_ms": 150}
"""A poor office PC on a poor line (study of the screens, section G)."""


@asynccontextmanager
async def pages(browser: Browser, url: str, cookies: Sequence[str], paths: Sequence[str]) -> AsyncIterator[list[Page]]:
    """Open pages, each of a person of its own, that note when a ticket comes into the DOM."""
    contexts = [await _context(browser, url, cookie) for cookie in cookies]
    try:
        found = []
        for context, path in zip(contexts, paths, strict=True):
            await context.add_init_script(_SEEN)
            page = await context.new_page()
            await page.goto(f"{url}{path}")
            found.append(page)
        yield found
    finally:
        for context in contexts:
            await context.close()


async def seen(page: Page) -> dict[str, float]:
    """Return when each ticket was first in the DOM, in seconds since the epoch."""
    return {number: at / 1000 for number, at in (await page.evaluate("window.seen")).items()}


async def first_load(browser: Browser, url: str, cookie: str, path: str, *, slow: bool = False) -> dict[str, Any]:
    """Load a page into an empty cache: its first paint in ms, and the kilobytes that came over the line, by kind."""
    context = await _context(browser, url, cookie)
    page = await context.new_page()
    if slow:
        await throttle(page, **_SLOW)
    devtools = await context.new_cdp_session(page)
    await devtools.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    devtools.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    devtools.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    await page.goto(f"{url}{path}", wait_until="load")
    await page.evaluate("document.fonts.ready.then(() => 0)")
    paint = await page.evaluate(_PAINT)
    await context.close()
    kilobytes: dict[str, float] = {}
    for request, size in sizes.items():
        kind = kinds.get(request, "Other").lower()
        kilobytes[kind] = round(kilobytes.get(kind, 0) + size / 1000, 1)
    return {"first_paint_ms": round(paint) if paint is not None else None, "kb": kilobytes}


async def _context(browser: Browser, url: str, cookie: str) -> BrowserContext:
    name, _, value = cookie.partition("=")
    context = await browser.new_context(viewport=OFFICE_PC)
    await context.add_cookies([{"name": name, "value": value, "url": url}])
    return context
