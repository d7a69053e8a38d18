"""What pages are shown and send, as the audit log has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from board.accounts.audit import Audit
from board.accounts.identity import Identity, Role
from board.live import audited
from board.live.audited import LiveAudit
from board.live.collection import Collection
from board.live.frames import FROM_PAGE
from board.live.tab import Tab
from board.live.views import View

if TYPE_CHECKING:
    from router.model.accounts.audit_entry import AuditEntry
    from router.storage.engine import Storage

DESK = Identity("bhopal-1", "पहली मेज़", Role.ROOM, "district-bhopal", None, "abc", "192.0.2.1")


class Page:
    """A page that shows a view."""

    def __init__(self, store: Storage, *names: str) -> None:
        self._store = store
        self._audit = Audit(store)
        self.live = LiveAudit(self._audit)
        self.tab = Tab(DESK, None, lambda: "")  # type: ignore[arg-type]
        self.collections = {name: Collection(name) for name in names}
        self.view = View("room/district-bhopal", tuple(self.collections.values()), self._told)

    def _told(self, view: View, _frame: str, collection: str, key: str) -> None:
        self.live.changed(self.tab, view, collection, key)

    async def entries(self) -> list[AuditEntry]:
        await self._audit.flush()
        return [one.entry for one in await self._store.read(lambda uow: uow.audit.list_newest(100))]

    async def say(self, **frame: Any) -> None:
        said = FROM_PAGE.validate_python(frame)
        await (self.live.stock if frame["type"] == "stock" else self.live.command)(self.tab, said)  # type: ignore[operator]


async def test_a_view_is_noted_once_when_opened_and_with_the_rest_when_closed(
    store: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Page(store, "tickets", "summary")
    page.collections["tickets"].put("100000013", {"phone": "+919812343210"})
    page.live.opened(page.tab, page.view)
    for number in ("100000013", "100000024", "100000035", "100000024"):
        page.collections["tickets"].put(number, {"version": number, "again": len(page.collections["tickets"].entries)})
    page.collections["summary"].put("summary", {"open": 3})
    page.live.closed(page.tab, page.view)
    page.live.closed(page.tab, page.view)
    entries = await page.entries()
    assert [one.tickets for one in entries] == [("100000013",), ("100000024", "100000035")]
    assert {(one.user, one.session, one.address, one.action, one.target) for one in entries} == {
        ("bhopal-1", "abc", "192.0.2.1", "view", "room/district-bhopal")
    }
    assert "phone" in entries[0].fields
    assert "9812343210" not in repr(entries)


async def test_a_page_that_stays_open_is_noted_now_and_then(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audited, "MAX_SEEN", 2)
    page = Page(store, "tickets")
    page.live.opened(page.tab, page.view)
    for number in ("100000013", "100000024", "100000035"):
        page.collections["tickets"].put(number, {})
    assert [one.tickets for one in await page.entries()] == [(), ("100000013", "100000024")]


async def test_what_an_open_page_has_shown_can_be_noted_at_any_time(store: Storage) -> None:
    page = Page(store, "tickets")
    page.live.opened(page.tab, page.view)
    page.collections["tickets"].put("100000013", {})
    page.live.note_seen()
    page.live.note_seen()
    page.live.closed(page.tab, page.view)
    assert [one.tickets for one in await page.entries()] == [(), ("100000013",)]


async def test_a_view_of_figures_alone_is_not_noted(store: Storage) -> None:
    page = Page(store, "districts", "totals")
    page.live.opened(page.tab, page.view)
    page.collections["districts"].put("district-bhopal", {"open": 1})
    page.live.closed(page.tab, page.view)
    assert await page.entries() == []


async def test_a_command_stands_there_with_its_fields_and_none_of_its_texts(store: Storage) -> None:
    page = Page(store)
    command = {
        "command_id": "c1", "action": "correct", "ticket": "100000013", "note": "call +919812343210",
        "changes": {"name": "सीता", "phone": "+919812343210"},
    }  # fmt: skip
    await page.say(type="command", to="rooms/district-bhopal", command=command)
    hostile = {"command_id": "c2", "action": "ack", "ticket": "9812343210", "9812343210": 1, "x" * 99: 1}
    await page.say(type="command", to="rooms/district-bhopal", command=hostile)
    await page.say(type="stock", room="district-bhopal", item="rice", report_id="s1", report={"quantity": 5})
    entries = await page.entries()
    assert [(one.action, one.target, one.tickets) for one in entries] == [
        ("correct", "rooms/district-bhopal", ("100000013",)),
        ("ack", "rooms/district-bhopal", ()),
        ("stock", "rooms/district-bhopal", ()),
    ]
    assert set(entries[0].fields) == {"note", "changes", "name", "phone"}
    assert entries[1].fields == ()
    assert entries[2].fields == ("rice",)
    assert "9812343210" not in repr(entries)
    assert "सीता" not in repr(entries)
