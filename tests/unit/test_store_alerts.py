"""Alerts in the store: raised, changed, ended, each with what the outbox sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from router.broker.events import parse
from router.store import alert_rows, outbox_rows
from router.store.store import Store
from tests.stores import opened_store

TOPIC = "alerts/shortage/district-bhopal"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path / "s.sqlite") as store:
        yield store


async def tell(store: Store, **data: object) -> bool:
    return await store.write(
        partial(alert_rows.raise_alert, kind="shortage", room="district-bhopal", data=data), outbox=True
    )


async def end(store: Store) -> bool:
    return await store.write(partial(alert_rows.end_alert, kind="shortage", room="district-bhopal"), outbox=True)


async def waiting(store: Store) -> list[tuple[str, str | None]]:
    rows = await store.write(lambda connection: outbox_rows.advance(connection, [], 100))
    return [(row.topic, parse(row.payload).id if row.payload else None) for row in rows]


async def test_alert_said_twice_is_one_message_and_one_version(store: Store) -> None:
    assert await tell(store, item="wheat")
    assert not await tell(store, item="wheat")
    assert await waiting(store) == [(TOPIC, "shortage-district-bhopal-1")]
    (alert,) = await store.read(alert_rows.standing)
    assert (alert.kind, alert.room, alert.data) == ("shortage", "district-bhopal", {"item": "wheat"})


async def test_alert_that_changes_keeps_when_it_began(store: Store) -> None:
    await tell(store, item="wheat")
    await tell(store, item="गेहूँ")
    (row,) = await store.write(lambda connection: outbox_rows.advance(connection, [], 100))
    event = parse(row.payload or "")
    (alert,) = await store.read(alert_rows.standing)
    assert (event.id, event.type) == ("shortage-district-bhopal-2", "warroom.alert.shortage.v1")
    assert event.data == {"room": "district-bhopal", "since": alert.since.isoformat(), "item": "गेहूँ"}
    assert alert.since < event.time


async def test_alert_that_ends_empties_its_topic_and_counts_on_when_it_comes_back(store: Store) -> None:
    assert not await end(store)
    await tell(store)
    assert await end(store)
    assert not await end(store)
    assert await waiting(store) == [(TOPIC, None)]
    assert await store.read(alert_rows.standing) == []
    await tell(store)
    assert await waiting(store) == [(TOPIC, "shortage-district-bhopal-3")]


async def test_alert_for_no_possible_room_is_refused_and_nothing_is_written(store: Store) -> None:
    job = partial(alert_rows.raise_alert, kind="shortage", room="a/b", data={})
    with pytest.raises(ValueError, match="a/b"):
        await store.write(job)
    assert await waiting(store) == []
