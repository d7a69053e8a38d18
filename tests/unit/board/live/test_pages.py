"""Open pages: what each is sent, made once for all, and what becomes of one that reads slowly."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from board.accounts.identity import Identity, Role
from board.live import hub as hub_module
from board.live import tab as tab_module
from board.live.audited import LiveAudit
from board.live.collection import Collection
from board.live.hub import Hub
from board.live.tab import TOO_SLOW, Tab
from board.live.views import Views
from tests.support.brokers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PERSON = Identity("bhopal-1", "Bhopal, desk 1", Role.ROOM, "district-bhopal", None, "s1")


class Fresh:
    """A picture that is fresh."""

    broker = serve = True
    as_of = "2026-01-01T00:00:00Z"


class Sessions:
    """Sessions that hold until they are ended."""

    def __init__(self) -> None:
        self.ended: set[str] = set()

    async def valid(self, identity: Identity) -> bool:
        return identity.session not in self.ended


class NoAudit:
    """Notes nothing."""

    def enqueue(self, *_: object, **__: object) -> None:
        """Note nothing."""


class Screen:
    """A hub with one view, `room/district-bhopal`, of one collection."""

    def __init__(self) -> None:
        self.tickets = Collection("tickets")
        self.sessions = Sessions()
        self.people: list[int] = []
        views = Views()
        views.add("room", lambda room, _: (self.tickets,) if room == "district-bhopal" else None)
        audit = LiveAudit(NoAudit())  # type: ignore[arg-type]
        people = lambda tabs: self.people.append(len(set(tabs)))  # noqa: E731
        self.hub = Hub(views, self.sessions, Fresh(), audit, build="b", people=people)

    @asynccontextmanager
    async def page(self, *, identity: Identity = PERSON, gate: asyncio.Event | None = None) -> AsyncIterator[Page]:
        """An open page, which takes nothing while its gate is closed."""
        page = Page(gate)
        page.tab = Tab(identity, page.send, lambda: Fresh.as_of)
        self.hub.join(page.tab)
        self.hub.show(page.tab, "room/district-bhopal")
        running = asyncio.create_task(page.tab.run())
        page.running = running
        try:
            yield page
        finally:
            self.hub.leave(page.tab)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


class Page:
    """What a page was sent."""

    tab: Tab
    running: asyncio.Task[int]

    def __init__(self, gate: asyncio.Event | None) -> None:
        self.texts: list[str] = []
        self._gate = gate

    async def send(self, text: str) -> None:
        if self._gate:
            await self._gate.wait()
        self.texts.append(text)

    def frames(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in map(json.loads, self.texts) if frame["type"] == kind]


async def test_a_change_is_made_into_json_once_however_many_pages_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    real = json.dumps

    def counted(value: object, **options: Any) -> str:
        made.append(value)
        return real(value, **options)

    screen = Screen()
    tabs = [Tab(PERSON, asyncio.sleep, lambda: "") for _ in range(500)]  # type: ignore[arg-type]
    sent: list[str] = []
    for tab in tabs:
        screen.hub.join(tab)
        screen.hub.show(tab, "room/district-bhopal")
        tab._wanted.clear()  # as if the snapshot had been sent
        monkeypatch.setattr(tab, "change", lambda _view, frame: sent.append(frame))
    monkeypatch.setattr(json, "dumps", counted)
    screen.tickets.put("100000013", {"stage": "routed"})
    assert made == [{"stage": "routed"}, "100000013"]  # the value, and its key
    assert len(sent) == 500
    assert len({id(frame) for frame in sent}) == 1
    assert json.loads(sent[0])["value"] == {"stage": "routed"}


async def test_a_page_is_sent_the_view_then_each_change() -> None:
    screen = Screen()
    screen.tickets.put("1", {"a": "राशन"})
    async with screen.page() as page:
        await until(lambda: page.frames("snapshot"))
        screen.tickets.put("2", {"a": 2})
        screen.tickets.put("2", {"a": 2})  # no news
        screen.tickets.remove("1")
        await until(lambda: len(page.frames("change")) == 2)
    assert [json.loads(text)["type"] for text in page.texts] == ["hello", "beat", "snapshot", "change", "change"]
    assert page.frames("snapshot")[0]["collections"] == {"tickets": {"1": {"a": "राशन"}}}
    assert [(one["key"], one["value"]) for one in page.frames("change")] == [("2", {"a": 2}), ("1", None)]


async def test_a_page_that_reads_slowly_is_sent_all_anew_and_its_answers_still_come() -> None:
    screen, gate = Screen(), asyncio.Event()
    async with screen.page(gate=gate) as slow, screen.page() as quick:
        for n in range(tab_module.MAX_QUEUED + 50):
            screen.tickets.put(str(n), {})
        slow.tab.answer('{"type": "reply"}')
        await until(lambda: quick.frames("snapshot"))
        gate.set()
        await until(lambda: slow.frames("snapshot"))
        for n in range(tab_module.MAX_QUEUED + 50):
            screen.tickets.put(str(n), {"n": n})
        await until(lambda: len(slow.frames("snapshot")) == 2)
        screen.tickets.put("last", {})
        await until(lambda: any(one["key"] == "last" for one in slow.frames("change")))
        assert slow.frames("reply")
        last = slow.frames("snapshot")[-1]["collections"]["tickets"]
        assert last == {str(n): {"n": n} for n in range(tab_module.MAX_QUEUED + 50)}
        assert screen.hub.resyncs >= 1


async def test_a_page_that_takes_nothing_for_long_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tab_module, "SEND_TIMEOUT_S", 0.01)
    screen = Screen()
    async with screen.page(gate=asyncio.Event()) as page:
        assert await page.running == TOO_SLOW


async def test_pages_of_an_ended_session_are_closed_and_no_others() -> None:
    screen = Screen()
    other = Identity("imran", "Imran", Role.ROOM, "district-bhopal", None, "s2")
    async with screen.page() as page, screen.page(identity=other) as another:
        screen.sessions.ended.add("s1")
        await screen.hub.check_sessions()
        assert await page.running == 4401
        assert not another.running.done()


async def test_a_view_of_others_or_of_nothing_is_refused() -> None:
    screen = Screen()
    warroom = Identity("w", "W", Role.WARROOM, None, None, "s3")
    async with screen.page() as page, screen.page(identity=warroom) as other:
        screen.hub.show(page.tab, "room/district-indore")
        screen.hub.show(other.tab, "room/nowhere")
        await until(lambda: page.frames("refused") and other.frames("refused"))
        assert page.frames("refused")[0]["code"] == "not-allowed"
        assert other.frames("refused")[0]["code"] == "unknown"


async def test_a_view_that_nobody_shows_is_followed_no_longer() -> None:
    screen = Screen()
    async with screen.page():
        assert len(screen.tickets._watchers) == 1
    assert screen.tickets._watchers == []
    assert screen.people[-1] == 0


async def test_heartbeats_go_on_while_sessions_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "BEAT_S", 0.01)
    screen = Screen()

    async def fail(_: Identity) -> bool:
        raise OSError("the store is away")

    monkeypatch.setattr(screen.sessions, "valid", fail)
    running = asyncio.create_task(screen.hub.run())
    async with screen.page() as page:
        await until(lambda: len(page.frames("beat")) > 3)
    running.cancel()
