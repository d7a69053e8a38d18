"""The guard comes on well before SIP drops calls, and goes off only when SIP has been calm for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warroom.config.asterisk.config_files import AsteriskError
from warroom.monitoring.overload import CALM_POLLS, KIND, LASTS_S, OverloadGuard, busiest_taskprocessor

if TYPE_CHECKING:
    from router.storage.engine import Storage

NOW = 1_000
HEAD = "Processor      Processed   In Queue  Max Depth  Low water High water Low time(us) High time(us)\n"


def row(name: str, waiting: int, high: int = 500) -> str:
    return f"{name:<70} 23 {waiting:>10} {waiting:>10} {high * 9 // 10:>10} {high:>10} 0 174\n"


class Console:
    """Asterisk's console: SIP's queue is as long as told, and what is set is noted."""

    def __init__(self) -> None:
        self.waiting = 0
        self.there = True
        self.set: list[str] = []

    def ask(self, command: str) -> str:
        if not self.there:
            raise AsteriskError("away")
        if command == "core show taskprocessors":
            return HEAD + row("pjsip/distributor-0000001f", self.waiting) + row("stasis/m:cel-0000000d", 400)
        self.set.append(command)
        return ""


def test_guard_looks_at_sip_alone_and_at_each_queue_by_its_own_mark() -> None:
    assert busiest_taskprocessor(HEAD).share == 0
    table = HEAD + row("pjsip/options/manage", 600, 5000) + row("taskpool/s:pjsip-00000012", 75) + row("sorcery/x", 490)
    assert busiest_taskprocessor(table) == ("taskpool/s:pjsip-00000012", 75, 0.15)


async def test_guard_comes_on_early_is_renewed_and_goes_off_after_a_calm(store: Storage) -> None:
    console = Console()
    guard = OverloadGuard(store, console.ask, now=lambda: NOW)

    async def look(waiting: int) -> bool:
        console.waiting = waiting
        await guard.look()
        alerts = await store.read(lambda uow: uow.alerts.active(KIND))
        assert [alert.room for alert in alerts] == (["state"] if guard.on else [])
        return guard.on

    assert [await look(waiting) for waiting in (0, 99, 100)] == [False, False, True]
    assert [await look(waiting) for waiting in (60, 20, 20, 60)] == [True] * 4  # not yet calm, calm, calm, not
    assert console.set == [f"dialplan set global WR_GUARD_UNTIL {NOW + LASTS_S}"] * 5
    assert [await look(0) for _ in range(CALM_POLLS)] == [True] * (CALM_POLLS - 1) + [False]
    assert console.set[-1] == "dialplan set global WR_GUARD_UNTIL 0"
    said = len(console.set)
    assert not await look(0)
    assert len(console.set) == said


async def test_guard_of_a_service_that_died_is_told_no_more_after_the_next_start(store: Storage) -> None:
    console = Console()
    console.waiting = 300
    await OverloadGuard(store, console.ask, now=lambda: NOW).look()
    console.waiting = 0
    await OverloadGuard(store, console.ask, now=lambda: NOW).look()
    assert not await store.read(lambda uow: uow.alerts.active(KIND))


async def test_guard_without_asterisk_sets_nothing(store: Storage) -> None:
    console = Console()
    console.there = False
    guard = OverloadGuard(store, console.ask)
    with pytest.raises(AsteriskError):
        await guard.look()
    assert not guard.on
