"""What Asterisk's CEL tells of a call is in the log, whether the service saw the call or not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from agi.cdr.importer import CdrImporter
from agi.cdr.masking import cdr_sizes, is_imported, mask_in_cdr
from agi.cdr.statistics import compute_daily_statistics
from agi.journal.journal import CallJournal
from router.clock import MICROSECONDS
from router.storage.repositories.calls.call_log_repository import CallFilter, LoggedCall
from router.storage.repositories.citizen_repository import pattern_of
from tests.support.cdr_lines import TEN, Books

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage

CALL = "1585715400.1"
OWN = f"PJSIP/bsnl-{CALL}"


async def logged(store: Storage, books: Books) -> LoggedCall:
    await CdrImporter(store, books.folder, dids={"181": "181"}).look()
    (call,) = await store.read(lambda uow: uow.call_log.find(CallFilter(), 10))
    return call


def ends(books: Books, *, context: str = "helplines", source: str = OWN, cause: int = 16) -> None:
    extra: dict[str, Any] = {"hangupcause": cause, "hangupsource": source, "dialstatus": ""}
    books.event("HANGUP", TEN + 30, CALL, context=context, extra=extra)


@pytest.mark.parametrize(
    ("context", "answered", "source", "became"),
    [
        ("helplines", True, OWN, ("ended", "", "caller")),
        ("fallback-message", True, OWN, ("message", "message", "caller")),
        ("helplines", False, OWN, ("abandoned", "abandoned", "caller")),
        ("rejected-loop", False, "dialplan/builtin", ("rejected", "rejected-loop", "us")),
        ("rejected-trunk-full", False, "dialplan/builtin", ("rejected", "rejected-trunk-full", "us")),
        ("missed-heard", False, "dialplan/builtin", ("missed", "missed", "us")),
        ("from-trunk", False, "", ("rejected", "rejected-maxcalls", "us")),
        ("dial", True, "PJSIP/far-00000002", ("ended", "", "far")),
    ],
)
async def test_call_that_the_service_never_saw(
    store: Storage, tmp_path: Path, context: str, answered: bool, source: str, became: tuple[str, str, str]
) -> None:
    books = Books(tmp_path / "log")
    books.arrives(CALL)
    if answered:
        books.event("ANSWER", TEN + 1, CALL)
    ends(books, context=context, source=source)
    call = await logged(store, books)
    assert (call.state, call.outcome, call.hung_up) == became
    assert (call.arrived, call.ended) == (int(TEN) * MICROSECONDS, int(TEN + 30) * MICROSECONDS)
    assert call.caller == (None if context == "from-trunk" else "+919812345678")


async def test_caller_who_was_forgotten_comes_back_neither_with_cel_nor_with_the_journal(
    store: Storage, tmp_path: Path
) -> None:
    phone = "+919812345678"
    books = Books(tmp_path / "log")
    books.arrives(CALL)
    ends(books)
    assert mask_in_cdr(books.folder, pattern_of(phone)) > 0
    assert (await logged(store, books)).caller is None
    journal = CallJournal(store)  # its notes of a short call are written after the call's end
    journal.of(CALL).arrived(direction="in", trunk="bsnl", did="181", helpline="181", caller=phone)
    await journal.close()
    call = await logged(store, books)
    assert (call.caller, call.trunk) == (None, "bsnl")


async def test_import_is_waited_for_as_far_as_the_files_went_then(store: Storage, tmp_path: Path) -> None:
    books = Books(tmp_path / "log")
    books.arrives(CALL)
    sizes = cdr_sizes(books.folder)
    importer = CdrImporter(store, books.folder, dids={"181": "181"})

    async def imported() -> bool:
        marks = await store.read(lambda uow: uow.cdr.marks())
        return is_imported(sizes, {key: mark.position for key, mark in marks.items()})

    assert not await imported()
    await importer.look()
    ends(books)  # written since: not waited for
    assert await imported()
    sizes = cdr_sizes(books.folder)
    assert not await imported()


@pytest.mark.parametrize("service_first", [True, False])
async def test_test_call_of_an_admin_is_logged_as_one_and_in_no_figures(
    store: Storage, tmp_path: Path, service_first: bool
) -> None:
    arrived = [LoggedCall(CALL, int(TEN) * MICROSECONDS, "in", "bsnl", "181", "181", "+919811100000")]
    books = Books(tmp_path / "log")
    books.call(CALL)
    books.event("TEST", TEN + 1, CALL, context="trunk-call")
    if service_first:
        await store.write(lambda uow: uow.call_log.write(arrived, []))
    await logged(store, books)
    await store.write(lambda uow: uow.call_log.write(arrived, []))
    (call,) = await store.read(lambda uow: uow.call_log.find(CallFilter(), 10))
    assert call.direction == "test"
    assert not (await compute_daily_statistics(store, date(2020, 4, 1))).figures


async def test_service_has_said_what_became_of_it_and_the_cel_leaves_that(store: Storage, tmp_path: Path) -> None:
    known = LoggedCall(CALL, int(TEN) * MICROSECONDS, "in", "bsnl", "07554000181", "181", "+919811100000")
    known = known._replace(result="spoke", outcome="operator")
    await store.write(lambda uow: uow.call_log.write([known], []))
    books = Books(tmp_path / "log")
    books.arrives(CALL)
    ends(books, context="fallback-message")
    call = await logged(store, books)
    assert (call.result, call.outcome, call.did, call.caller) == ("spoke", "operator", "07554000181", "+919811100000")
    assert call.ended is not None


async def test_what_was_tried_and_played_by_the_dialplan(store: Storage, tmp_path: Path) -> None:
    books = Books(tmp_path / "log")
    books.arrives(CALL)
    books.event("LEG", TEN + 2, CALL, extra={"extra": "bsnl BUSY 17 486"})
    books.event("HEARD", TEN + 3, CALL, extra={"extra": "nobody-there connecting-room"})
    books.event("KEYS", TEN + 4, CALL, extra={"extra": "1"})
    books.event("LEG", TEN + 5, CALL, extra={"extra": "x;drop BUSY 17 486"})
    await logged(store, books)
    events = await store.read(lambda uow: uow.call_log.events_of(CALL))
    assert [(event.kind, event.data) for event in events] == [
        ("leg", {"trunk": "bsnl", "status": "BUSY", "cause": 17, "sip": 486}),
        ("heard", {"prompts": ["nobody-there", "connecting-room"]}),
        ("pressed", {"keys": "1"}),
    ]
