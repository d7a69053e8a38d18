"""A day's figures, counted from the books as they lie in the store."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from agi.cdr.importer import CdrImporter
from agi.cdr.statistics import compute_daily_statistics, queue_rows, rows
from router.helpline import CITIZENS
from router.model.calls.call_record import CallRecord
from tests.support.cdr_lines import TEN, Books

if TYPE_CHECKING:
    from router.storage.engine import Storage

BOOKS = Path(__file__).parents[3] / "data" / "cdr"
APRIL = date(2020, 4, 1)
#: The last second of 1 April and the first of 2 April, in India.
BEFORE_MIDNIGHT, MIDNIGHT = TEN + 14 * 3600 - 1, TEN + 14 * 3600


@pytest.fixture
def written(tmp_path: Path) -> Books:
    return Books(tmp_path / "asterisk-log")


async def counted(store: Storage, written: Books, day: date = APRIL) -> dict[tuple[str, str], dict[str, Any]]:
    await CdrImporter(store, written.folder, dids={"181": "181", "104": "104"}).look()
    return {(row["helpline"], row["trunk"]): row for row in rows((await compute_daily_statistics(store, day)).figures)}


async def test_figures_each_call_offered_is_one_of_four(store: Storage, written: Books) -> None:
    written.call("1.1", seconds=60)
    written.call("1.2", seconds=120, helpline="104", did="104", trunk="pri")
    written.call("1.3", answered=False, app="AGI", seconds=4)  # hung up before the answer
    written.call("1.4", answered=False, app="Hangup", helpline="", did="104", seconds=0)  # no line free
    written.call("1.5", answered=False, app="Hangup", helpline="", did="999", seconds=0)  # none of our numbers
    written.arrives("1.6", did="104")  # still speaking
    found = await counted(store, written)
    whole = found["all", "all"]
    assert [whole[key] for key in ("offered", "answered", "abandoned", "rejected", "without_end")] == [6, 2, 1, 2, 1]
    assert whole["mean_call_s"] == 90.0
    assert [found["104", "all"][key] for key in ("offered", "answered", "rejected", "without_end")] == [3, 1, 1, 1]
    assert found["unknown", "all"]["offered"] == 1
    assert [found["all", trunk]["offered"] for trunk in ("bsnl", "pri")] == [5, 1]
    assert next(iter(found)) == ("all", "all")


async def test_figures_of_books_as_asterisk_22_wrote_them(store: Storage, tmp_path: Path) -> None:
    """A harness of one line: an operator, one busy, one who hung up, three while it was full, the emergency line."""
    shutil.copytree(BOOKS, tmp_path / "asterisk-log")
    await CdrImporter(store, tmp_path / "asterisk-log", dids={"181": "181", "104": "104"}).look()
    marks = (await store.read(lambda uow: uow.cdr.marks())).values()
    assert [mark.skipped_lines for mark in marks] == [0, 0]
    found = {
        (row["helpline"], row["trunk"]): row
        for row in rows((await compute_daily_statistics(store, date(2026, 11, 24))).figures)
    }
    assert not found
    found = {
        (row["helpline"], row["trunk"]): row
        for row in rows((await compute_daily_statistics(store, date(2026, 11, 25))).figures)
    }
    whole = found["all", "loopback"]
    assert [whole[key] for key in ("offered", "answered", "abandoned", "rejected", "without_end")] == [8, 5, 0, 3, 0]
    assert [whole[key] for key in ("asked", "served", "gave_up", "not_served")] == [3, 2, 0, 1]
    assert (whole["service_level"], whole["mean_handle_s"]) == (66.7, 1.5)
    assert [found[line, "all"]["offered"] for line in ("181", "104", "unknown")] == [4, 3, 1]
    assert [found[line, "all"]["rejected"] for line in ("181", "104", "unknown")] == [1, 1, 1]


async def test_figures_of_those_for_whom_nobody_was_at_work(store: Storage, written: Books) -> None:
    """They were rung nowhere, so that the CEL says nothing of it; the service does."""
    written.call("1.1", seconds=60)
    written.call("1.2", seconds=60)
    wanted = CallRecord("1.2", CITIZENS, "181", datetime.fromtimestamp(TEN, UTC), ended=datetime.now(UTC))
    await store.write(lambda uow: uow.calls.upsert(dataclasses.replace(wanted, outcome="unstaffed")))
    whole = (await counted(store, written))["all", "all"]
    assert [whole[key] for key in ("offered", "answered", "asked", "served", "not_served")] == [2, 2, 1, 0, 1]


async def test_figures_of_those_who_asked_for_a_person(store: Storage, written: Books) -> None:
    for uniqueid, rings, spoken, seconds, dialstatus in (
        ("1.1", 4.0, 100.0, 130, "ANSWER"),
        ("1.2", 20.0, 50.0, 100, "ANSWER"),
        ("1.3", 20.5, 30.0, 90, "ANSWER"),
        ("1.4", 25.0, 0.0, 35, "CANCEL"),
        ("1.5", 30.0, 0.0, 90, "NOANSWER"),
        ("1.6", 0.0, 0.0, 60, ""),
    ):
        written.arrives(uniqueid)
        if rings:
            written.dial(uniqueid, TEN + 10, rings=rings, spoken=spoken)
        written.ends(uniqueid, seconds=seconds, dialstatus=dialstatus)
    whole = (await counted(store, written))["all", "all"]
    assert [whole[key] for key in ("asked", "served", "gave_up", "not_served")] == [5, 3, 1, 1]
    assert whole["service_level"] == 40.0
    assert whole["mean_wait_s"] == pytest.approx(14.8)
    assert whole["longest_wait_s"] == 30.0
    assert whole["mean_handle_s"] == 60.0


async def test_figures_wait_of_a_caller_sent_on_counts_from_the_first_telephone(store: Storage, written: Books) -> None:
    written.arrives("1.1")
    written.dial("1.1", TEN + 10, rings=20)
    written.dial("1.1", TEN + 31, rings=5, spoken=60)
    written.ends("1.1", seconds=100, dialstatus="ANSWER")
    whole = (await counted(store, written))["all", "all"]
    assert [whole[key] for key in ("asked", "served", "mean_wait_s", "mean_handle_s")] == [1, 1, 26.0, 60.0]


async def test_figures_belong_to_the_day_in_india_on_which_the_call_came(store: Storage, written: Books) -> None:
    written.call("1.1", BEFORE_MIDNIGHT, seconds=600)
    written.call("1.2", MIDNIGHT)
    first = (await counted(store, written))["all", "all"]
    second = (await counted(store, written, date(2020, 4, 2)))["all", "all"]
    assert (first["offered"], first["mean_call_s"], second["offered"]) == (1, 600.0, 1)


async def test_figures_of_a_day_without_calls(store: Storage, written: Books) -> None:
    assert await counted(store, written) == {}


async def test_figures_leave_out_calls_that_we_placed(store: Storage, written: Books) -> None:
    written.event("CHAN_START", TEN, "1.1", context="from-operator", trunk="operator-1")
    written.event("CHAN_START", TEN, "1.2", context="callback", trunk="bsnl")
    written.event("CHAN_START", TEN, "1.3", context="from-trunk", exten="s", trunk="bsnl", linked="1.1")  # a leg
    written.ends("1.2")
    assert await counted(store, written) == {}


async def test_figures_of_queues(store: Storage, written: Books) -> None:
    for uniqueid, waits, spoken, app in (
        ("1.1", 20.0, 100.0, "Queue"),  # answered in time
        ("1.2", 40.0, 60.0, "Queue"),  # answered late
        ("1.3", 90.0, 0.0, "Queue"),  # hung up while waiting
        ("1.4", 50.0, 0.0, "Playback"),  # chose to be called
    ):
        written.arrives(uniqueid)
        written.queue(uniqueid, TEN + 10, "health-hi", waits=waits, spoken=spoken)
        written.ends(uniqueid, seconds=200, app=app)
    written.arrives("1.5")  # nobody there: the next queue
    written.queue("1.5", TEN + 10, "health-hi", waits=0.5)
    written.queue("1.5", TEN + 11, "general-hi", waits=5.0, spoken=30.0)
    written.ends("1.5", seconds=60, app="Queue")
    found = await counted(store, written)
    health, general = queue_rows(await compute_daily_statistics(store, date(2020, 4, 1)))[::-1]
    assert [health[key] for key in ("queue", "offered", "answered", "abandoned", "not_served")] == [
        "health-hi",
        5,
        2,
        1,
        2,
    ]
    assert [health[key] for key in ("service_level", "mean_wait_s", "longest_wait_s", "mean_handle_s")] == [
        20,
        30,
        90,
        80,
    ]
    assert [general[key] for key in ("queue", "offered", "answered", "mean_wait_s")] == ["general-hi", 1, 1, 5]
    assert [found["all", "all"][key] for key in ("asked", "served", "gave_up", "not_served")] == [5, 3, 1, 1]
