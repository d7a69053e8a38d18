"""A real Chromium whose pages are watched: what the browser complains of fails the test that had it open.

Wait with `expect` and `until`: Playwright's `wait_for_function` evaluates text within the page, which the CSP refuses.
"""

from __future__ import annotations

import os
import re
import signal
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response, async_playwright, expect

from tests.support.brokers import WAIT_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

CHROMIUM: Final = "/usr/bin/chromium"  # deploy/browser.sh
AXE: Final = Path(__file__).parents[2] / "board" / "client" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS: Final = (
    "--no-sandbox",  # tests run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Nothing leaves the machine. The rule that a page may not sound before a person has touched it is left as it is."""
OFFICE_PC: Final = {"width": 1366, "height": 768}
WALL: Final = {"width": 1920, "height": 1080}
PHONE: Final = {"width": 390, "height": 844}
_GRAVE: Final = ("serious", "critical")
_VIOLATIONS: Final = """document.addEventListener("securitypolicyviolation", (event) =>
  reportViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sample} in ${event.sourceFile}`))"""
_NOT_OURS: Final = re.compile("Failed to load resource|AudioContext was not allowed to start")
"""Said again by the answer itself; and the rule about sound, which the page shows to its user."""

expect.set_options(timeout=WAIT_S * 500)


@asynccontextmanager
async def open_chromium(*further: str) -> AsyncIterator[Browser]:
    """Run a browser without a window; `further` are flags of its command line."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *further])
        try:
            yield browser
        finally:
            await browser.close()


class Watch:
    """What the pages of one test complained of: console errors, exceptions, failed requests, breaches of the CSP.

    A test that means to have some says so: `watch.allow("401")`.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def allow(self, *patterns: str) -> None:
        """Let complaints pass that one of these regular expressions finds something in."""
        self._allowed.extend(map(re.compile, patterns))

    async def over(self, context: BrowserContext) -> None:
        """Watch all pages that will be opened in a context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"exception: {error.error}"))
        context.on("requestfailed", self._failed)
        context.on("response", self._answered)
        await context.expose_binding("reportViolation", self._violated)
        await context.add_init_script(_VIOLATIONS)

    def check(self) -> None:
        """Fail if there was a complaint that is not allowed."""
        left = [one for one in self.complaints if not any(allowed.search(one) for allowed in self._allowed)]
        assert not left, "\n".join(left)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _NOT_OURS.search(message.text):
            self.complaints.append(f"console: {message.text} in {message.location.get('url')}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left while it loaded
            self.complaints.append(f"request failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"request refused: {response.status} {response.url}")

    async def _violated(self, _source: Any, what: str) -> None:
        self.complaints.append(f"content security policy: {what}")


@asynccontextmanager
async def asleep(browser: Browser) -> AsyncIterator[None]:
    """Do to a browser, for the time of the block, what happens to it when the laptop is shut: nothing of it runs.

    (The DevTools' own state "frozen" stops no timer of a page that is in view.)
    """
    devtools = await browser.new_browser_cdp_session()
    running = [process["id"] for process in (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]]
    await devtools.detach()
    for process in running:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in running:
            os.kill(process, signal.SIGCONT)


async def throttle(page: Page, *, cpu: float = 1, kbit_s: float = 0, latency_ms: float = 0) -> None:
    """Make a page's computer `cpu` times slower, and its line so slow (0: as it is), for as long as it is open."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    if kbit_s:
        bytes_s = kbit_s * 1000 / 8
        await devtools.send("Network.enable")
        line = {"offline": False, "latency": latency_ms, "downloadThroughput": bytes_s, "uploadThroughput": bytes_s}
        await devtools.send("Network.emulateNetworkConditions", line)


async def grave_findings(page: Page) -> list[str]:
    """What axe holds for serious or worse on a page as it is now: rule, and where."""
    await page.emulate_media(reduced_motion="reduce")  # the colours of a button that fades are between two
    await page.evaluate(AXE.read_text(encoding="utf-8") + ";0")  # not by a script element: the CSP refuses that
    found = await page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        f"{finding['id']} ({finding['impact']}): {finding['help']}: {[node['html'][:200] for node in finding['nodes']]}"
        for finding in found["violations"]
        if finding["impact"] in _GRAVE
    ]
