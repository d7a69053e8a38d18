"""Reports: periods, figures, charts, the page and the file, on a real store."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpx
import pytest
import sqlalchemy as sa

from board.accounts.administration import Administration
from board.accounts.component import AccountsComponent
from board.accounts.identity import Identity, Role
from board.accounts.settings import AccountSettings
from board.app import make_app
from board.pages import Templates
from board.reports import charts, reader
from board.reports.figures import quantile
from board.reports.period import Period, PeriodError, read_period
from board.reports.reader import ReportReader, ReportsBusyError
from board.reports.routes import ReportRoutes
from board.reports.tables import duration
from board.static_files import StaticFiles
from router.clock import sortable
from router.india import local
from router.stock.items import load_items
from router.storage.errors import StorageUnavailableError
from router.storage.schema import history, tickets
from tests.support.stores import places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

URL = "http://127.0.0.1:8312"
DAY = date(2026, 1, 14)  # a Wednesday
PASSWORD = "seven wells of Orchha"
ITEMS = load_items(places().needs)


def at(hour: int, minute: int = 0, *, day: date = DAY) -> datetime:
    """A time of India's."""
    return Period("day", day).begin + timedelta(hours=hour, minutes=minute)


class Given:
    """Tickets and their stages, written straight into the store."""

    def __init__(self, store: Storage) -> None:
        self._store = store
        self._count = 0

    async def ticket(
        self,
        stage: str,
        requested: datetime,
        *steps: tuple[str, int],
        district: str | None = "bhopal",
        need: str = "ration",
    ) -> None:
        """A ticket that came to stages so many minutes after it was asked for."""
        self._count += 1
        number = f"1{self._count:08}"
        row = {
            "number": number, "source_key": number, "version": 1, "stage": stage,
            "is_open": stage in ("routed", "acknowledged", "in_progress", "resolved", "reopened"), "room": "x",
            "desk": "food", "service_code": need, "priority": 3, "district": district, "document": "{}",
            "requested": sortable(requested),
        }  # fmt: skip
        lines = [
            {"number": number, "version": 1, "at": (requested + timedelta(minutes=minutes)).astimezone(UTC).isoformat(),
             "by": "x", "what": name, "stage": name}
            for name, minutes in (("routed", 0), *steps)
        ]  # fmt: skip

        def write(uow: UnitOfWork) -> None:
            uow.connection.execute(sa.insert(tickets), row)
            uow.connection.execute(sa.insert(history), lines)

        await self._store.write(write)


@pytest.fixture
def given(store: Storage) -> Given:
    return Given(store)


async def a_day(given: Given) -> None:
    """What the tests count."""
    for minutes in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100):
        steps = (("acknowledged", minutes), ("in_progress", minutes + 5), ("resolved", minutes * 10))
        await given.ticket("confirmed", at(9), *steps)
    await given.ticket("routed", at(23, 59))
    await given.ticket(
        "in_progress", at(10), ("acknowledged", 5), ("resolved", 10), ("reopened", 20), ("in_progress", 30)
    )
    await given.ticket("resolved", at(10), ("resolved", 60), ("reopened", 90), ("resolved", 120), district="indore")
    await given.ticket("unconfirmed", at(11), ("in_progress", 15), ("resolved", 30), district="indore", need="water")
    await given.ticket("rejected", at(0), district=None)
    await given.ticket("merged", at(12), district=None)
    await given.ticket("routed", at(0, day=DAY + timedelta(days=1)))  # of another day
    await given.ticket("routed", at(23, 59, day=DAY - timedelta(days=1)))


async def test_a_day_s_figures_are_those_of_its_tickets(
    store: Storage, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day(given)
    monkeypatch.setattr(reader, "STEP", 4)  # several reads, within tickets of the same moment
    report = await ReportReader(store, places(), ITEMS).read(Period("day", DAY))
    bhopal, indore, unknown = (report.figures.districts[one] for one in ("bhopal", "indore", ""))
    assert (bhopal.opened, bhopal.open, bhopal.confirmed, bhopal.reopened) == (12, 2, 10, 1)
    assert (bhopal.median("acknowledge"), bhopal.ninetieth("acknowledge")) == (50, 90)
    assert (bhopal.median("resolve"), bhopal.ninetieth("resolve")) == (500, 900)
    assert (indore.opened, indore.unconfirmed, indore.reopened, indore.resolve) == (2, 1, 1, [120, 30])
    assert indore.by_need == {"ration": 1, "water": 1}
    assert (unknown.opened, unknown.rejected, unknown.merged) == (2, 1, 1)
    assert report.figures.state.opened == 16
    assert report.figures.by_hour == {0: 1, 9: 10, 10: 2, 11: 1, 12: 1, 23: 1}
    week = await ReportReader(store, places(), ITEMS).read(Period("day", DAY).week())
    assert week.figures.by_day == {"2026-01-13": 1, "2026-01-14": 16, "2026-01-15": 1}


async def test_a_report_is_read_once_and_waits_in_a_short_queue(
    store: Storage, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day(given)
    reads, real = 0, store.read

    async def counted(query: object) -> object:
        nonlocal reads
        reads += 1
        return await real(query)

    monkeypatch.setattr(store, "read", counted)
    one = ReportReader(store, places(), ITEMS)
    answers = await asyncio.gather(*(one.read(Period("day", DAY)) for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(answer, ReportsBusyError) for answer in answers) == 4
    assert reads == 3  # tickets, charts, stock
    monkeypatch.setattr(reader, "FRESH_S", -1.0)
    await one.read(Period("day", DAY))
    assert reads == 6


async def test_a_report_of_too_many_tickets_says_so(
    store: Storage, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day(given)
    monkeypatch.setattr(reader, "STEP", 5)
    monkeypatch.setattr(reader, "MAX_TICKETS", 10)
    report = await ReportReader(store, places(), ITEMS).read(Period("day", DAY))
    assert report.figures.cut
    assert report.figures.state.opened == 10


def test_quantiles_are_of_the_nearest_rank() -> None:
    assert quantile([], 0.5) is None
    assert quantile([3], 0.9) == 3
    assert quantile([4, 1, 3, 2], 0.5) == 2
    assert quantile(list(range(1, 11)), 0.9) == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Period("day", DAY)),
        ("2026-01-02", Period("day", date(2026, 1, 2))),
        ("2026-W03", Period("week", date(2026, 1, 12))),
        ("2026-W01", Period("week", date(2025, 12, 29))),
    ],
)
def test_a_period_is_read_from_its_text(text: str, expected: Period) -> None:
    period = read_period(text, DAY)
    assert period == expected
    assert read_period(period.text, DAY) == period


@pytest.mark.parametrize(
    "text", ["x", "2026-13-01", "2026-W54", "2026-1-1", "2019-12-31", "2026-01-15", "9999-W01", "२०२६-०१-०१"]
)
def test_a_text_that_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodError):
        read_period(text, DAY)


@pytest.mark.parametrize(
    ("minutes", "said"), [(None, "–"), (0.4, "0 मि"), (59.4, "59 मि"), (200, "3 घं 20 मि"), (3120, "2 दि 4 घं")]
)
def test_a_duration_is_said_as_people_do(minutes: float | None, said: str) -> None:
    assert duration(minutes, "hi") == said


@pytest.mark.parametrize(
    ("most", "top"), [(0, 4), (4, 4), (5, 8), (9, 20), (21, 40), (79, 80), (81, 200), (1001, 2000)]
)
def test_a_scale_has_four_even_steps(most: int, top: int) -> None:
    assert charts.scale_of(most) == top


def test_charts_are_svg_without_style_and_keep_hostile_text_as_text() -> None:
    for made in (
        charts.bars('a "title"', [("<script>&", 3), ("राशन", 0)]),
        charts.columns("x", [("<b>", 7)]),
        charts.bars("", []),
    ):
        ET.fromstring(made)
        assert "style" not in made
        assert "<script" not in made


def test_heat_has_five_shades() -> None:
    assert [charts.heat_class(number, 100) for number in (0, 1, 6, 7, 25, 26, 56, 57, 100)] == [
        0,
        1,
        1,
        2,
        2,
        3,
        3,
        4,
        4,
    ]


@pytest.fixture
async def app(store: Storage, tmp_path: Path) -> AsyncIterator[ASGIApp]:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "manifest.json").write_text('{"version": "1", "files": {}, "imports": {}}')
    templates = Templates(StaticFiles(tmp_path / "static"))
    accounts = AccountsComponent(store, AccountSettings(), templates, (), ())
    root = Administration(store, Identity("console/root", "root", Role.ADMIN, None, None, ""))
    await root.add("reader", "readonly", rooms=(), password=PASSWORD)
    await root.add("bhopal", "room", room="district-bhopal", rooms={"district-bhopal"}, password=PASSWORD)
    routes = ReportRoutes(
        accounts.sessions, accounts.audit, templates, ReportReader(store, places(), ITEMS), places(), ITEMS
    )
    yield make_app((accounts, routes), templates)
    await accounts.stop()


@asynccontextmanager
async def signed_in(app: ASGIApp, user: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL, headers={"origin": URL}) as client:
        await client.post("/sign-in", data={"user": user, "password": PASSWORD})
        yield client


async def test_the_page_says_the_figures_in_both_languages(app: ASGIApp, given: Given) -> None:
    await a_day(given)
    async with signed_in(app, "reader") as client:
        page = (await client.get(f"/reports?of={DAY}")).text
        assert "भोपाल" in page
        assert "8 घं 20 मि" in page
        assert not re.search(r'\s(style|on\w+)="|<script', page)
        await client.get("/language/en")
        page = (await client.get("/reports?of=2026-W03")).text
        assert "Bhopal" in page
        assert "8 h 20 min" in page
        assert (await client.get("/reports")).status_code == 200  # an empty day
        for wrong in ("x", "2019-01-01", "2099-01-01"):
            assert (await client.get("/reports", params={"of": wrong})).status_code == 404


async def test_the_file_opens_rightly_in_a_spreadsheet(app: ASGIApp, given: Given, store: Storage) -> None:
    await a_day(given)
    async with signed_in(app, "reader") as client:
        answer = await client.get(f"/reports/{DAY}.csv")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert answer.headers["content-disposition"] == f'attachment; filename="report-{DAY}.csv"'
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        heading, state, bhopal = rows[:3]
        assert heading[:2] == ["ज़िला", "आए"]
        assert state[:3] == ["पूरा राज्य", "16", "3"]
        assert bhopal[:7] == ["भोपाल", "12", "2", "50", "90", "500", "900"]
        assert len({len(row) for row in rows}) == 1
    listed = await store.read(lambda uow: uow.audit.list_newest(1))
    assert (listed[0].entry.action, listed[0].entry.target) == ("export", f"reports/{DAY}")


async def test_who_may_not_see_reports_is_refused(app: ASGIApp) -> None:
    async with signed_in(app, "bhopal") as client:
        assert (await client.get("/reports")).status_code == 403
        assert (await client.get(f"/reports/{DAY}.csv")).status_code == 403
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        assert (await client.get("/reports")).headers["location"] == "/sign-in?next=/reports"
        there = (await client.get("/reports?of=2026-W03")).headers["location"]
        assert there == "/sign-in?next=/reports%3Fof%3D2026-W03"
        assert (await client.get(f"/reports/{DAY}.csv")).status_code == 401


async def test_an_export_that_cannot_be_written_down_is_refused(
    app: ASGIApp, store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: object) -> None:
        raise StorageUnavailableError("away", "x", "mend it")

    async with signed_in(app, "reader") as client:
        monkeypatch.setattr(store, "write", away)
        assert (await client.get(f"/reports/{DAY}.csv")).status_code == 503
        assert (await client.get(f"/reports?of={DAY}")).status_code == 200


def test_today_is_india_s() -> None:
    assert local(datetime(2026, 1, 13, 18, 31, tzinfo=UTC)).date() == DAY
