"""Who is called back by a person: found in the log of calls, taken by one, and never called by machine as well."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from router.clock import MICROSECONDS
from router.helpline import HelplineId
from router.model.calls.call_record import CallRecord
from router.model.job import CALL
from router.storage.repositories.calls.call_log_repository import CallEvent, LoggedCall
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.repositories.calls.attended_callback_repository import OpenCallback
    from router.storage.unit_of_work import UnitOfWork

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PHONE = "+919811600101"
PAYLOAD = {"reason": "missed", "helpline": "181", "language": "hi"}


class Calls:
    """The log of calls of a store, and the list that is made of it."""

    def __init__(self, store: Storage) -> None:
        self.store = store

    async def call(self, uniqueid: str, minute: float, *, phone: str | None = PHONE, **more: Any) -> None:
        """A call that came in at a minute and ended half a minute later."""
        keys = more.pop("keys", "")
        arrived = int((NOW + timedelta(minutes=minute)).timestamp() * MICROSECONDS)
        row = LoggedCall(uniqueid, arrived, helpline="181", caller=phone)._replace(
            **{"answered": arrived + 1, "ended": arrived + 30 * MICROSECONDS, "result": "hung-up", **more}
        )

        def job(uow: UnitOfWork) -> None:
            uow.call_log.write([row], [CallEvent(uniqueid, arrived + 2, "asked", {"keys": keys})])
            uow.connection.exec_driver_sql(
                "UPDATE call_log SET answered = ?, ended = ?, result = ? WHERE uniqueid = ?",
                (row.answered, row.ended, row.result, uniqueid),
            )

        await self.store.write(job)

    async def look(self, *, minutes: float = 30) -> dict[str, OpenCallback]:
        """Bring the list up to date; by telephone."""
        until = NOW + timedelta(minutes=minutes)

        def job(uow: UnitOfWork) -> list[OpenCallback]:
            uow.attended_callbacks.find_new(NOW - HOUR, until, until + HOUR)
            uow.attended_callbacks.prune(until)
            return uow.attended_callbacks.open()

        return {one.callback.phone: one for one in await self.store.write(job)}

    async def take(self, callback: str, operator: str) -> str:
        later = datetime.now(UTC) + HOUR
        return (
            await self.store.write(
                lambda uow: uow.attended_callbacks.take(callback, operator, NOW + timedelta(minutes=30), later)
            )
        )[0]

    async def ask_machine(self, phone: str = PHONE, *, begun: bool = False) -> bool:
        """Have the machine call; `begun`: it does so now."""

        def job(uow: UnitOfWork) -> bool:
            new = uow.jobs.ask_for_call(phone, "9.9", PAYLOAD, NOW)
            if begun and (row := uow.jobs.due(CALL, 3, NOW + HOUR)) is not None:
                uow.jobs.checkpoint(row, "call.1.1", NOW + HOUR)
            return new

        return await self.store.write(job)


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    async with opened_store(tmp_path / "s.sqlite") as store:
        yield Calls(store)


async def test_callers_without_a_ticket_are_listed_by_number_oldest_first(calls: Calls) -> None:
    await calls.call("1.1", 1)
    await calls.call("1.2", 2, phone="+919811600102", keys="1")
    await calls.call("1.3", 3, phone=None)  # withheld
    await calls.call("1.4", 4, phone="+919811600104", answered=None)  # never heard us
    await calls.call("1.5", 5, phone="+919811600105", result="ticket")
    await calls.call("1.6", 6, phone="+919811600106")
    await calls.call("1.7", 7, phone="+911812345678901")  # no number
    async with opened_desk(calls.store) as desk:
        await desk.open(report("1.6/1", phone=None, call="1.6"))  # whatever the number
    found = await calls.look()
    assert [(one.callback.callback, one.callback.reason) for one in found.values()] == [
        ("1.1", "silent"),
        ("1.2", "abandoned"),
    ]
    await calls.call("1.8", 10, keys="2")
    (again, _) = (await calls.look()).values()
    assert (again.callback.callback, again.callback.calls, again.callback.reason) == ("1.1", 2, "abandoned")
    assert again.callback.since < again.callback.last


async def test_row_goes_when_the_citizen_was_helped_or_nobody_came_in_a_day(calls: Calls) -> None:
    await calls.call("1.1", 1)
    await calls.call("2.1", 1, phone="+919811600102")
    assert len(await calls.look()) == 2
    await calls.call("1.2", 5, result="spoke")
    assert list(await calls.look()) == ["+919811600102"]
    assert not await calls.look(minutes=120)
    await calls.call("2.2", 8, phone="+919811600102")  # before the row ended: counted with it
    assert not await calls.look()


async def test_one_operator_has_it_and_no_machine_calls_meanwhile(calls: Calls) -> None:
    await calls.call("1.1", 1)
    await calls.look()
    assert await calls.take("1.1", "101") == "taken"
    assert await calls.take("1.1", "102") == "taken-already"
    assert await calls.take("1.1", "101") == "taken"  # the same command again
    assert await calls.take("7.7", "101") == "no-callback"
    assert not await calls.ask_machine()
    assert (await calls.look(minutes=120))[PHONE].callback.taken_by == "101"  # not pruned in the middle of it


async def test_what_the_machine_has_begun_is_not_given_out_and_what_waits_ends(calls: Calls) -> None:
    await calls.call("1.1", 1)
    await calls.call("2.1", 1, phone="+919811600102")
    await calls.look()
    assert await calls.ask_machine()
    assert await calls.take("1.1", "101") == "taken"
    ended = "SELECT outcome FROM jobs WHERE kind = 'call' AND ended IS NOT NULL"
    assert await _query(calls, ended) == [("called by operator 101",)]
    assert await calls.ask_machine("+919811600102", begun=True)
    assert await calls.take("2.1", "101") == "called-already"
    assert "+919811600102" not in await calls.look()
    await calls.call("3.1", 2, phone="+919811600103")
    assert await calls.ask_machine("+919811600103")
    assert "+919811600103" not in await calls.look()  # the machine calls


async def test_citizen_on_the_line_is_not_called(calls: Calls) -> None:
    await calls.call("1.1", 1)
    await calls.look()
    going_on = CallRecord("1.2", HelplineId("181"), "181", NOW + timedelta(minutes=9), phone=PHONE)
    await calls.store.write(lambda uow: uow.calls.upsert(going_on))
    assert await calls.take("1.1", "101") == "on-the-line"


async def test_row_that_is_over_does_not_come_back_but_a_later_call_does(calls: Calls) -> None:
    await calls.call("1.1", 1)
    await calls.call("1.2", 3)
    row = (await calls.look())[PHONE].row
    await calls.store.write(lambda uow: uow.attended_callbacks.give_back(row, "busy", NOW, tried=True))
    assert (await calls.look())[PHONE].callback.attempts == 1
    assert await calls.take("1.2", "101") == "taken"
    await calls.store.write(lambda uow: uow.attended_callbacks.release_all("the service ended", NOW))
    after = (await calls.look())[PHONE].callback
    assert (after.attempts, after.taken_by) == (2, "")
    assert await calls.take("1.2", "102") == "taken"
    await calls.store.write(lambda uow: uow.attended_callbacks.finish(row, "spoke with 102"))
    assert not await calls.look()
    tomorrow = (datetime.now(UTC) - NOW) / timedelta(minutes=1) + 5
    await calls.call("1.3", tomorrow)
    assert (await calls.look(minutes=tomorrow + 2))[PHONE].callback.callback == "1.3"


async def _query(calls: Calls, sql: str) -> list[Any]:
    ask: Callable[[UnitOfWork], list[Any]] = lambda uow: [tuple(row) for row in uow.connection.exec_driver_sql(sql)]  # noqa: E731
    return await calls.store.read(ask)
