"""The state room hears that Asterisk's manager is away once that lasts, and that it is back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from router.store import alert_rows
from warroom.manager_watch import AWAY_LOOKS, KIND, ManagerWatch

if TYPE_CHECKING:
    from router.store.store import Store


async def test_told_when_it_lasts_and_ended_when_it_is_back(store: Store) -> None:
    there = True
    watch = ManagerWatch(store, lambda: there)

    async def looks(count: int) -> list[str]:
        for _ in range(count):
            await watch.look()
        return [alert.room for alert in await store.read(partial(alert_rows.standing, kind=KIND))]

    assert await looks(1) == []
    there = False
    assert await looks(AWAY_LOOKS - 1) == [], "a restart"
    assert await looks(1) == ["state"]
    assert await looks(3) == ["state"]
    there = True
    assert await looks(1) == []


async def test_alert_of_an_earlier_service_ends_with_the_first_look(store: Store) -> None:
    await store.write(partial(alert_rows.bring, kind=KIND, told={"state": {"what": "x"}}))
    await ManagerWatch(store, lambda: True).look()
    assert await store.read(partial(alert_rows.standing, kind=KIND)) == []
