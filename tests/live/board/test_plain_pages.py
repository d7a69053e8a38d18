"""Sign-in, account, wall and reports in a real browser: without scripts, by keyboard, across sites, on paper."""

from __future__ import annotations

import re
import zlib
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from board.accounts.administration import Administration
from board.accounts.component import AccountsComponent, Provider
from board.accounts.identity import Identity, Role
from board.accounts.oidc.routes import CALLBACK
from board.accounts.oidc.settings import OidcSettings
from board.accounts.settings import AccountSettings
from board.app import make_app
from board.pages import Pages, Templates
from board.reports.reader import ReportReader
from board.reports.routes import ReportRoutes
from board.static_files import StaticFiles
from router.stock.items import load_items
from router.tickets.command import Command
from router.tickets.workflow import actor_of_room
from tests.support.browser import PHONE, grave_findings
from tests.support.http_app import serving
from tests.support.oidc_provider import CLIENT, SECRET, running_provider
from tests.support.ports import free_ports
from tests.support.stores import opened_desk, opened_store, places, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Page

    from tests.support.browser import Watch
    from tests.support.oidc_provider import Provider as RealProvider

pytestmark = pytest.mark.long

PASSWORD = "seven wells of Orchha"


class Site:
    """The screens, and a provider on another site."""

    def __init__(self, url: str, administration: Administration, provider: RealProvider) -> None:
        self.url = url
        self.administration = administration
        self.provider = provider


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    (port,) = free_ports(1)
    url = f"http://localhost:{port}"  # another site than 127.0.0.1, where the provider is
    async with (
        opened_store(tmp_path_factory.mktemp("store") / "s.sqlite") as store,
        opened_desk(store) as desk,
        running_provider(url + CALLBACK) as provider,
    ):
        administration = Administration(store, Identity("console/root", "", Role.ADMIN, None, None, ""))
        rooms = frozenset({"district-bhopal"})
        await administration.add("reader", "readonly", name="सीमा वर्मा", rooms=rooms, password=PASSWORD)
        await administration.add("boss", "admin", name="प्रशासक", rooms=rooms, password=PASSWORD)
        for number in range(12):
            ticket = await desk.open(report(f"p{number}", need="ration" if number % 3 else "water"))
            if number % 2:
                done = Command(command_id=f"c{number}", ticket=ticket.number, action="resolve", by="x")
                assert (await desk.command(done, actor=actor_of_room(ticket.room))).accepted
        settings = OidcSettings(issuer=provider.issuer, client_id=CLIENT, roles={"staff": Role.READONLY})
        static = StaticFiles()
        templates = Templates(static)
        known = Provider(settings, SECRET, url)
        accounts = AccountsComponent(store, AccountSettings(), templates, (), rooms, known)
        items = load_items(places().needs)
        reports = ReportRoutes(
            accounts.sessions, accounts.audit, templates, ReportReader(store, places(), items), places(), items
        )
        app = make_app((static, accounts, reports, Pages(accounts.sessions, templates, rooms)), templates)
        async with serving(app, port):
            yield Site(url, administration, provider)
        await accounts.stop()


@asynccontextmanager
async def window(
    chromium: Browser, watch: Watch, site: Site, lang: str = "hi", **options: object
) -> AsyncIterator[BrowserContext]:
    context = await chromium.new_context(base_url=site.url, **options)
    await watch.over(context)
    await context.add_cookies([{"name": "lang", "value": lang, "url": site.url}])
    yield context
    await context.close()


async def sign_in(page: Page, target: str, user: str = "reader") -> None:
    """By keyboard alone: the first field has the focus."""
    await page.goto(f"/sign-in?next={target}")
    await expect(page.locator("#user")).to_be_focused()
    await page.keyboard.type(user)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#user")).to_have_count(0)


async def test_a_browser_without_scripts_signs_in_and_out(chromium: Browser, watch: Watch, site: Site) -> None:
    async with window(chromium, watch, site, java_script_enabled=False) as context:
        page = await context.new_page()
        await sign_in(page, "/account")
        await expect(page.get_by_role("heading", level=1)).to_have_text("मेरा खाता")
        await page.get_by_role("link", name="English").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("My account")
        await page.get_by_role("link", name="Sign out").click()
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        await page.goto("/account")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def test_a_form_on_another_site_does_nothing(chromium: Browser, watch: Watch, site: Site) -> None:
    watch.allow("403")
    async with window(chromium, watch, site) as context:
        page = await context.new_page()
        await sign_in(page, "/account")
        form = f'<form method="post" action="{site.url}/sign-out"></form>'
        await context.route("http://evil.example/", lambda route: route.fulfill(body=form, content_type="text/html"))
        await page.goto("http://evil.example/")
        async with page.expect_navigation():
            await page.evaluate("document.forms[0].submit()")
        await page.goto("/account")
        await expect(page.get_by_role("heading", level=1)).to_have_text("मेरा खाता")


async def test_a_person_comes_back_from_the_provider_s_site_signed_in(
    chromium: Browser, watch: Watch, site: Site
) -> None:
    """The session's cookie is for our own site alone: it must count in spite of the way back from another one."""
    site.provider.person = {"sub": "1", "preferred_username": "meena", "name": "मीना", "roles": ["staff"]}
    async with window(chromium, watch, site) as context:
        page = await context.new_page()
        await page.goto("/sign-in?next=/account")
        await page.get_by_role("link", name="SSO").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("मेरा खाता")
        await expect(page.get_by_text("मीना")).to_be_visible()


async def test_a_wall_begins_by_one_key(chromium: Browser, watch: Watch, site: Site) -> None:
    token = await site.administration.add_wall("hall")
    async with window(chromium, watch, site, java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto(f"/wall/hall/begin?token={token}")
        await expect(page.get_by_role("button")).to_be_focused()
        watch.allow(r"static/.*\.js: csp")  # Chromium's own word for a script that must not run
        await page.keyboard.press("Enter")  # of a television's remote
        await expect(page).to_have_url(f"{site.url}/wall/hall")


@pytest.mark.parametrize(("lang", "dark"), [("hi", False), ("en", True)])
async def test_pages_have_no_serious_fault_of_accessibility(
    chromium: Browser, watch: Watch, site: Site, lang: str, dark: bool
) -> None:
    colours = {"color_scheme": "dark" if dark else "light"}
    async with window(chromium, watch, site, lang, viewport=PHONE, **colours) as context:
        page = await context.new_page()
        await page.goto("/sign-in")
        assert await grave_findings(page) == []
        await sign_in(page, "/account", "boss")
        assert await grave_findings(page) == []
        for path in ("/reports", "/users"):
            await page.goto(path)
            await expect(page.locator("table").first).to_be_visible()
            assert await grave_findings(page) == []


async def test_a_report_prints_in_devanagari_with_our_font(chromium: Browser, watch: Watch, site: Site) -> None:
    async with window(chromium, watch, site) as context:
        page = await context.new_page()
        await sign_in(page, "/reports")
        await expect(page.locator("table").first).to_be_visible()
        paper = await page.pdf(prefer_css_page_size=True)
        fonts = {name.decode() for name in re.findall(rb"/FontName /[A-Z]{6}\+([\w-]+)", paper)}
        assert {name.partition("-")[0] for name in fonts} == {"NotoSansDevanagari"}, fonts
        assert {"रि", "पो", "र्ट", "भो"} <= clusters_of(paper)
        sizes = {tuple(map(float, box)) for box in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)}
        assert all(width > height for width, height in sizes)


def clusters_of(paper: bytes) -> set[str]:
    """What letters were shaped together: vowel signs put before their letter, conjuncts, a mark above.

    Where glyphs stand in another order or number than letters, Chromium writes the letters beside them (PDF, 14.9.4).
    """
    clusters = set()
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL):
        with suppress(zlib.error):
            for digits in re.findall(rb"/ActualText <FEFF([0-9A-F]+)>", zlib.decompress(found[1])):
                clusters.add(bytes.fromhex(digits.decode()).decode("utf-16-be"))
    return clusters
