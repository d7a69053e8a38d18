"""What happens in calls is written in batches, kept while the store is away, and holds no telephone number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from agi.fastagi.errors import CallerGoneError
from agi.fastagi.notes import hidden, said
from agi.journal import journal as journals
from agi.journal.journal import CallJournal
from router.clock import MICROSECONDS
from router.helpline import CITIZENS
from router.model.calls.call_record import CallRecord
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.call_log_repository import CallEvent, CallFilter, LoggedCall

if TYPE_CHECKING:
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

CALL, CALLER = "1585000000.7", "+919812343210"
LONG_AGO = datetime.now(UTC) - timedelta(days=100)


class Away:
    """A store that is away for a while, and counts what is written."""

    def __init__(self, store: Storage) -> None:
        self.store = store
        self.away = False
        self.writes = 0

    async def write(self, job: object) -> object:
        if self.away:
            raise StorageUnavailableError("it is away", "here", "wait")
        self.writes += 1
        return await self.store.write(job)  # type: ignore[arg-type]


async def calls(store: Storage, **wanted: object) -> list[LoggedCall]:
    return await store.read(lambda uow: uow.call_log.find(CallFilter(**wanted), 10))  # type: ignore[arg-type]


async def test_steps_of_many_calls_are_one_write_and_come_back_in_order(store: Storage) -> None:
    counted = Away(store)
    journal = CallJournal(counted)  # type: ignore[arg-type]
    for number in range(50):
        notes = journal.of(f"{number}.1")
        notes.arrived(direction="in", trunk="bsnl", did="181", helpline="181", caller=CALLER)
        notes.step = "menu"
        with notes.during("asked", prompts=["greeting-181"]) as noted:
            noted["keys"] = "5"
        notes.note("handed-over", why="", destinations=["line-104"])
    await journal.close()
    assert counted.writes == 1
    assert len(await calls(store, phone=CALLER)) == 10
    events = await store.read(lambda uow: uow.call_log.events_of("7.1"))
    assert [event.kind for event in events] == ["asked", "handed-over"]
    assert (events[0].data["step"], events[0].data["keys"]) == ("menu", "5")


async def test_what_is_cut_is_noted_and_raised(store: Storage) -> None:
    journal = CallJournal(store)
    with pytest.raises(CallerGoneError), journal.of(CALL).during("heard", prompts=["one"]):
        raise CallerGoneError
    await journal.close()
    (event,) = await store.read(lambda uow: uow.call_log.events_of(CALL))
    assert event.data["cut"] is True


async def test_steps_wait_for_a_store_that_is_away_and_no_more_than_there_is_room_for(
    store: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(journals, "MAX_HELD", 3)
    counted = Away(store)
    counted.away = True
    journal = CallJournal(counted)  # type: ignore[arg-type]
    notes = journal.of(CALL)
    for number in range(5):
        notes.note(f"step-{number}")
    journal._hand_over()
    counted.away = False
    await journal.close()
    events = await store.read(lambda uow: uow.call_log.events_of(CALL))
    assert [event.kind for event in events] == ["step-0", "step-1", "step-2"]
    assert "2 are missing" in caplog.text


def test_no_telephone_number_and_no_secret_is_written_down() -> None:
    assert hidden("9812343210") == "••••••••••"
    assert hidden("462001") == "462001"
    assert hidden("123456", secret=True) == "••••••"
    assert said(["number-is", *(f"number-{digit}" for digit in "9812343210"), "confirm"]) == [
        "number-is",
        "number-•",
        "confirm",
    ]


async def test_end_of_a_conversation_and_arrival_come_in_any_order(store: Storage) -> None:
    """A short call's end may be written before its arrival."""
    over = CallRecord(CALL, CITIZENS, "181", datetime.now(UTC), ended=datetime.now(UTC), outcome="operator-noanswer")
    await store.write(lambda uow: uow.calls.upsert(over))
    journal = CallJournal(store)
    journal.of(CALL).arrived(direction="in", trunk="bsnl", did="181", helpline="181", caller=CALLER)
    await journal.close()
    (call,) = await calls(store)
    assert (call.result, call.outcome, call.trunk, call.caller) == (
        "nobody-there",
        "operator-noanswer",
        "bsnl",
        CALLER,
    )


async def test_call_is_found_by_the_number_keyed_and_forgotten_in_time(store: Storage) -> None:
    keyed = CallRecord(CALL, CITIZENS, "181", LONG_AGO, phone="+919811100000", ended=LONG_AGO, outcome="ticket")
    await store.write(lambda uow: uow.calls.upsert(keyed))
    await store.write(lambda uow: uow.call_log.write([], [CallEvent(CALL, 1, "asked", {"keys": "1"})]))
    assert [call.uniqueid for call in await calls(store, phone="+919811100000")] == [CALL]
    assert await calls(store, phone="+919811100001") == []
    day = LONG_AGO - timedelta(days=1)
    assert await store.write(lambda uow: uow.call_log.forget_before(day, 50)) == 0
    day = LONG_AGO + timedelta(days=1)
    assert await store.write(lambda uow: uow.call_log.forget_before(day, 50)) == 1
    assert await calls(store) == []
    assert await store.read(lambda uow: uow.call_log.events_of(CALL)) == []


@pytest.mark.parametrize("new_location", ["sqlite"], indirect=True)
async def test_calls_of_a_telephone_are_found_without_walking_through_all(store: Storage) -> None:
    plans: list[str] = []

    def find(uow: UnitOfWork) -> None:
        @sa.event.listens_for(uow.connection.engine, "before_cursor_execute")
        def explain(_: object, cursor: Any, text: str, values: Any, *__: object) -> None:
            plans.extend(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall())

        uow.call_log.find(CallFilter(phone=CALLER), 10)

    await store.write(find)
    assert any("call_log_by_caller (caller=?)" in plan for plan in plans), plans
    assert not any("SCAN call_log" in plan or "call_log_by_time" in plan for plan in plans), plans


async def test_citizen_who_is_forgotten_is_no_caller_any_more(store: Storage) -> None:
    known = LoggedCall(CALL, 1, caller=CALLER, did="181", helpline="181", trunk="bsnl")
    await store.write(lambda uow: uow.call_log.write([known], []))
    assert (await store.read(lambda uow: uow.citizens.find(CALLER))).rows == {"call_log": 1}
    rows = await store.read(lambda uow: uow.citizens.rows_with(CALLER))
    await store.write(lambda uow: uow.citizens.forget_number(CALLER, rows))
    assert [(call.caller, call.trunk) for call in await calls(store)] == [(None, "bsnl")]


async def test_old_calls_lose_their_caller_with_the_tickets(store: Storage) -> None:
    day = int(LONG_AGO.timestamp()) * MICROSECONDS
    both = [LoggedCall("1.1", day, caller=CALLER), LoggedCall("1.2", day + 86_400 * MICROSECONDS, caller=CALLER)]
    await store.write(lambda uow: uow.call_log.write(both, []))
    assert await store.write(lambda uow: uow.call_log.forget_callers_before(LONG_AGO + timedelta(hours=1))) == 1
    assert [call.caller for call in await calls(store)] == [CALLER, None]
