"""Conditions: when each holds, and how its alert is raised and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agi.queues.schema import Operators
from agi.settings import CallSettings
from agi.trunks.loader import parse_trunks
from router.clock import MICROSECONDS
from router.model.job import TRANSCRIBE
from router.storage.repositories.calls.call_log_repository import CallEnd, CallNews, LoggedCall
from warroom.config.alert_settings import AlertSettings
from warroom.monitoring.conditions.calls import LinesFull, NoCalls, QueueUnattended, why_down
from warroom.monitoring.conditions.condition import Condition, ConditionWatch, Trouble, UnknownConditionError
from warroom.monitoring.conditions.node import BrokerAway, ClockUnsynchronized, PartRestarted, TranscriptionBehind
from warroom.monitoring.trunk_status import TrunkLink

if TYPE_CHECKING:
    from router.storage.engine import Storage

NOON = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)  # 12:00 in India
TROUBLE = Trouble("it is broken", "ख़राब है", "warroom doctor")


async def standing(store: Storage) -> dict[str, Any]:
    return {one.kind: one.data["what"] for one in await store.read(lambda uow: uow.alerts.active())}


async def test_alert_is_raised_when_it_lasts_and_ends_when_it_is_calm(store: Storage) -> None:
    said: list[Trouble | None] = []

    async def check() -> Trouble | None:
        if not said:
            raise UnknownConditionError("nobody knows")
        return said.pop(0)

    watch = ConditionWatch(store, [Condition("clock", check, looks=2, calm=2)], every_s=1)
    found = []
    for trouble in (TROUBLE, None, TROUBLE, TROUBLE, None, TROUBLE, None, None):
        said.append(trouble)
        await watch.look()
        found.append("clock" in await standing(store))
    assert found == [False, False, False, True, True, True, True, False]
    said += [TROUBLE, TROUBLE]
    for _ in range(5):
        await watch.look()
    assert "clock" in await standing(store), "what cannot be told leaves the alert as it is"


async def test_alert_of_an_earlier_process_ends_with_the_first_look(store: Storage) -> None:
    await store.write(lambda uow: uow.alerts.raise_alert("clock", "state", {"what": "x"}))

    async def check() -> None:
        return None

    await ConditionWatch(store, [Condition("clock", check, looks=3)], every_s=1).look()
    assert await standing(store) == {}


@pytest.mark.parametrize(
    ("registration", "reachable", "down"),
    [
        ("", "yes", None),
        ("", "not asked", None),
        ("", "unknown", None),
        ("Registered", "yes", None),
        ("Rejected", "yes", "is not registered (Rejected)"),
        ("Unregistered", "no", "is not registered (Unregistered)"),
        ("", "no", "does not answer (OPTIONS)"),
    ],
)
def test_trunk_is_down(registration: str, reachable: str, down: str | None) -> None:
    found = why_down("bsnl", TrunkLink(registration, reachable, None))
    assert found == (down and ("bsnl", down))


async def answered(store: Storage, uniqueid: str, at: datetime, *, test: bool = False) -> None:
    moment = int(at.timestamp() * MICROSECONDS)
    news = CallNews([LoggedCall(uniqueid, moment)], [(uniqueid, moment)], list[CallEnd](), [], [uniqueid] * test)
    await store.write(lambda uow: uow.call_log.take(news))


async def test_no_calls_by_day(store: Storage) -> None:
    now = NOON
    condition = NoCalls(store, AlertSettings(), lambda: now)
    assert await condition.check() is None, "there were never any"
    await answered(store, "1.1", NOON - timedelta(minutes=16))
    assert await condition.check() is not None
    await answered(store, "1.2", NOON - timedelta(minutes=1), test=True)
    assert await condition.check() is not None, "our own call is none"
    await answered(store, "1.3", NOON - timedelta(minutes=14))
    assert await condition.check() is None
    now = NOON.replace(hour=2, minute=40) + timedelta(days=1)  # 08:10 in India, after a night
    assert await condition.check() is None
    now = NOON.replace(hour=2, minute=46) + timedelta(days=1)
    assert await condition.check() is not None
    now = NOON.replace(hour=16) + timedelta(days=1)  # 21:30
    assert await condition.check() is None
    off = NoCalls(store, AlertSettings(no_call_minutes=0), lambda: NOON + timedelta(hours=5))
    assert await off.check() is None


async def test_lines_full() -> None:
    trunks = parse_trunks('[[trunk]]\nname = "bsnl"\nserver = "192.0.2.1"\nchannels = 2\ndids = { 181 = "181" }\n', "t")
    lines: dict[str, dict[str, int]] = {}
    condition = LinesFull(lambda: lines, lambda: trunks, lambda: CallSettings(max_calls=3, reserved=NONE))
    assert await condition.check() is None
    lines["bsnl"] = {"channels": 2, "callers": 1}
    assert "trunk bsnl" in (await condition.check() or TROUBLE).what
    lines.update(bsnl={"channels": 1, "callers": 1}, other={"channels": 2, "callers": 2})
    found = (await condition.check() or TROUBLE).what
    assert "all 3 lines" in found
    assert "bsnl" not in found


NONE = {"priority_percent": 0}


async def test_queue_unattended() -> None:
    operators = Operators.model_validate(
        {"operator": [{"id": "op1", "name": "One", "skills": ["health"], "languages": ["hi", "en"]}]}
    )
    staffed, wanted = {"health-hi"}, True

    async def read() -> Operators:
        return operators

    condition = QueueUnattended(read, lambda: staffed, lambda: wanted)
    assert (await condition.check() or TROUBLE).what.endswith(": health-en")
    staffed.add("health-en")
    assert await condition.check() is None
    staffed.clear()
    wanted = False
    assert await condition.check() is None, "closed"


async def test_transcription_behind(store: Storage) -> None:
    condition = TranscriptionBehind(store, 60, lambda: NOON)
    assert await condition.check() is None
    await store.write(lambda uow: uow.jobs.add(TRANSCRIBE, "a", {}, NOON - timedelta(seconds=30)))
    assert await condition.check() is None
    await store.write(lambda uow: uow.jobs.add(TRANSCRIBE, "b", {}, NOON - timedelta(seconds=61)))
    assert await condition.check() is not None


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (BrokerAway(lambda: True), False),
        (BrokerAway(lambda: False), True),
        (ClockUnsynchronized(lambda: True), False),
        (ClockUnsynchronized(lambda: False), True),
        (PartRestarted(dict), False),
        (PartRestarted(lambda: {"serve": 2}), True),
    ],
)
async def test_conditions_of_the_node(condition: Any, holds: bool) -> None:
    assert (await condition.check() is not None) == holds


async def test_clock_that_nobody_knows() -> None:
    with pytest.raises(UnknownConditionError):
        await ClockUnsynchronized(lambda: None).check()
