"""The state room hears that Asterisk's manager is away once that lasts, and that it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.monitoring.manager_watch import AWAY_POLLS, KIND, ManagerWatch

if TYPE_CHECKING:
    from router.storage.engine import Storage


async def test_told_when_it_lasts_and_ended_when_it_is_back(store: Storage) -> None:
    there = True
    watch = ManagerWatch(store, lambda: there)

    async def looks(count: int) -> list[str]:
        for _ in range(count):
            await watch.look()
        return [alert.room for alert in await store.read(lambda uow: uow.alerts.active(kind=KIND))]

    assert await looks(1) == []
    there = False
    assert await looks(AWAY_POLLS - 1) == [], "a restart"
    assert await looks(1) == ["state"]
    assert await looks(3) == ["state"]
    there = True
    assert await looks(1) == []


async def test_alert_of_an_earlier_service_ends_with_the_first_look(store: Storage) -> None:
    await store.write(lambda uow: uow.alerts.replace_active(kind=KIND, told={"state": {"what": "x"}}))
    await ManagerWatch(store, lambda: True).look()
    assert await store.read(lambda uow: uow.alerts.active(kind=KIND)) == []
