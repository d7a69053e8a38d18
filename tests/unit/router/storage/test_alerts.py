"""Alerts in the store: raised, changed, ended, each with what the outbox sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from router.mqtt.cloudevents import parse
from router.storage.engine import Storage
from router.storage.engines import Location
from tests.support.stores import opened_store

TOPIC = "alerts/shortage/district-bhopal"


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


async def tell(store: Storage, **data: object) -> bool:
    return await store.write(
        lambda uow: uow.alerts.raise_alert(kind="shortage", room="district-bhopal", data=data), outbox=True
    )


async def end(store: Storage) -> bool:
    return await store.write(lambda uow: uow.alerts.end_alert(kind="shortage", room="district-bhopal"), outbox=True)


async def waiting(store: Storage) -> list[tuple[str, str | None]]:
    rows = await store.write(lambda uow: uow.outbox.advance([], 100))
    return [(row.topic, parse(row.payload).id if row.payload else None) for row in rows]


async def test_alert_said_twice_is_one_message_and_one_version(store: Storage) -> None:
    assert await tell(store, item="wheat")
    assert not await tell(store, item="wheat")
    assert await waiting(store) == [(TOPIC, "shortage-district-bhopal-1")]
    (alert,) = await store.read(lambda uow: uow.alerts.active())
    assert (alert.kind, alert.room, alert.data) == ("shortage", "district-bhopal", {"item": "wheat"})


async def test_alert_that_changes_keeps_when_it_began(store: Storage) -> None:
    await tell(store, item="wheat")
    await tell(store, item="गेहूँ")
    (row,) = await store.write(lambda uow: uow.outbox.advance([], 100))
    event = parse(row.payload or "")
    (alert,) = await store.read(lambda uow: uow.alerts.active())
    assert (event.id, event.type) == ("shortage-district-bhopal-2", "warroom.alert.shortage.v1")
    assert event.data == {"room": "district-bhopal", "since": alert.since.isoformat(), "item": "गेहूँ"}
    assert alert.since < event.time


async def test_alert_that_ends_empties_its_topic_and_counts_on_when_it_comes_back(store: Storage) -> None:
    assert not await end(store)
    await tell(store)
    assert await end(store)
    assert not await end(store)
    assert await waiting(store) == [(TOPIC, None)]
    assert await store.read(lambda uow: uow.alerts.active()) == []
    await tell(store)
    assert await waiting(store) == [(TOPIC, "shortage-district-bhopal-3")]


async def test_alert_for_no_possible_room_is_refused_and_nothing_is_written(store: Storage) -> None:
    with pytest.raises(ValueError, match="a/b"):
        await store.write(lambda uow: uow.alerts.raise_alert("shortage", "a/b", {}))
    assert await waiting(store) == []
