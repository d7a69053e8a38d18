"""The rows of the outbox: what takes the place of what, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.model.messages import OutboxMessage, RetainedTopic
from router.storage.repositories.outbox_repository import OutboxRow
from tests.support.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from router.storage.engine import Storage
    from router.storage.engines import Location

A = RetainedTopic("district-bhopal", "rooms/district-bhopal/tickets/food/1")
B = RetainedTopic("district-indore", "rooms/district-indore/tickets/food/1")
OTHER = RetainedTopic("district-dewas", "rooms/district-dewas/tickets/food/2")


@pytest.fixture
async def store(location: Location) -> AsyncIterator[Storage]:
    async with opened_store(location) as store:
        yield store


async def put(store: Storage, present: OutboxMessage | None, *left: RetainedTopic, number: str = "1") -> None:
    await store.write(lambda uow: uow.outbox.replace(number=number, present=present, left=left))


async def advance(store: Storage, sent: Sequence[int] = ()) -> list[OutboxRow]:
    return await store.write(lambda uow: uow.outbox.advance(sent=sent, count=100))


async def waiting(store: Storage) -> list[tuple[str, str | None]]:
    return [(row.topic, row.payload) for row in await advance(store)]


async def test_newer_version_takes_the_place_of_an_older_one(store: Storage) -> None:
    await put(store, OutboxMessage(A, "v1"))
    await put(store, OutboxMessage(OTHER, "other"), number="2")
    await put(store, OutboxMessage(A, "v2"))
    assert await waiting(store) == [(OTHER.topic, "other"), (A.topic, "v2")]


async def test_move_sends_the_new_topic_before_it_empties_the_old(store: Storage) -> None:
    await put(store, OutboxMessage(B, "v2"), A)
    assert await waiting(store) == [(B.topic, "v2"), (A.topic, None)]


async def test_change_after_a_move_keeps_that_order(store: Storage) -> None:
    await put(store, OutboxMessage(B, "v2"), A)
    await put(store, OutboxMessage(B, "v3"))
    assert await waiting(store) == [(B.topic, "v3"), (A.topic, None)]


async def test_move_there_and_back_leaves_the_old_topic_alone(store: Storage) -> None:
    await put(store, OutboxMessage(B, "v2"), A)
    await put(store, OutboxMessage(A, "v3"), B)
    assert await waiting(store) == [(A.topic, "v3"), (B.topic, None)]


async def test_end_of_a_ticket_empties_its_topics(store: Storage) -> None:
    await put(store, OutboxMessage(A, "v1"))
    await put(store, None)
    assert await waiting(store) == [(A.topic, None)]


async def test_row_sent_while_it_was_replaced_takes_nothing_with_it(store: Storage) -> None:
    await put(store, OutboxMessage(A, "v1"))
    (old,) = await advance(store)
    await put(store, OutboxMessage(A, "v2"))
    (new,) = await advance(store, [old.id])
    assert new.payload == "v2"
    assert await advance(store, [new.id]) == []
    await put(store, OutboxMessage(A, "v3"))
    (newest,) = await advance(store)
    assert newest.id > new.id  # an id never comes again


async def test_parked_ticket_waits_whole_and_the_others_go_on(store: Storage) -> None:
    await put(store, OutboxMessage(B, "v2"), A)
    await put(store, OutboxMessage(OTHER, "other"), number="2")
    await store.write(lambda uow: uow.outbox.quarantine(number="1"))
    assert await waiting(store) == [(OTHER.topic, "other")]
    assert await store.read(lambda uow: uow.outbox.quarantined_by_room()) == {
        "district-bhopal": 1,
        "district-indore": 1,
    }
    assert await store.read(lambda uow: uow.outbox.waiting()) == 3
    await store.write(lambda uow: uow.outbox.release_quarantined())
    assert await waiting(store) == [(B.topic, "v2"), (A.topic, None), (OTHER.topic, "other")]


async def test_newer_version_of_a_parked_ticket_is_tried_at_once(store: Storage) -> None:
    await put(store, OutboxMessage(A, "v1"))
    await store.write(lambda uow: uow.outbox.quarantine(number="1"))
    await put(store, OutboxMessage(A, "v2"))
    assert await waiting(store) == [(A.topic, "v2")]
