"""The rows of the outbox: what takes the place of what, and in which order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from router.store import outbox_rows
from router.store.outbox_rows import Message, Place, Row
from tests.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from router.store.store import Store

A = Place("district-bhopal", "rooms/district-bhopal/tickets/food/1")
B = Place("district-indore", "rooms/district-indore/tickets/food/1")
OTHER = Place("district-dewas", "rooms/district-dewas/tickets/food/2")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path / "s.sqlite") as store:
        yield store


async def put(store: Store, present: Message | None, *left: Place, number: str = "1") -> None:
    await store.write(partial(outbox_rows.replace, number=number, present=present, left=left))


async def advance(store: Store, sent: Sequence[int] = ()) -> list[Row]:
    return await store.write(partial(outbox_rows.advance, sent=sent, count=100))


async def waiting(store: Store) -> list[tuple[str, str | None]]:
    return [(row.topic, row.payload) for row in await advance(store)]


async def test_newer_version_takes_the_place_of_an_older_one(store: Store) -> None:
    await put(store, Message(A, "v1"))
    await put(store, Message(OTHER, "other"), number="2")
    await put(store, Message(A, "v2"))
    assert await waiting(store) == [(OTHER.topic, "other"), (A.topic, "v2")]


async def test_move_sends_the_new_topic_before_it_empties_the_old(store: Store) -> None:
    await put(store, Message(B, "v2"), A)
    assert await waiting(store) == [(B.topic, "v2"), (A.topic, None)]


async def test_change_after_a_move_keeps_that_order(store: Store) -> None:
    await put(store, Message(B, "v2"), A)
    await put(store, Message(B, "v3"))
    assert await waiting(store) == [(B.topic, "v3"), (A.topic, None)]


async def test_move_there_and_back_leaves_the_old_topic_alone(store: Store) -> None:
    await put(store, Message(B, "v2"), A)
    await put(store, Message(A, "v3"), B)
    assert await waiting(store) == [(A.topic, "v3"), (B.topic, None)]


async def test_end_of_a_ticket_empties_its_topics(store: Store) -> None:
    await put(store, Message(A, "v1"))
    await put(store, None)
    assert await waiting(store) == [(A.topic, None)]


async def test_row_sent_while_it_was_replaced_takes_nothing_with_it(store: Store) -> None:
    await put(store, Message(A, "v1"))
    (old,) = await advance(store)
    await put(store, Message(A, "v2"))
    (new,) = await advance(store, [old.id])
    assert new.payload == "v2"
    assert await advance(store, [new.id]) == []
    await put(store, Message(A, "v3"))
    (newest,) = await advance(store)
    assert newest.id > new.id  # an id never comes again


async def test_parked_ticket_waits_whole_and_the_others_go_on(store: Store) -> None:
    await put(store, Message(B, "v2"), A)
    await put(store, Message(OTHER, "other"), number="2")
    await store.write(partial(outbox_rows.park, number="1"))
    assert await waiting(store) == [(OTHER.topic, "other")]
    assert await store.read(outbox_rows.parked_by_room) == {"district-bhopal": 1, "district-indore": 1}
    assert await store.read(outbox_rows.waiting) == 3
    await store.write(outbox_rows.unpark)
    assert await waiting(store) == [(B.topic, "v2"), (A.topic, None), (OTHER.topic, "other")]


async def test_newer_version_of_a_parked_ticket_is_tried_at_once(store: Store) -> None:
    await put(store, Message(A, "v1"))
    await store.write(partial(outbox_rows.park, number="1"))
    await put(store, Message(A, "v2"))
    assert await waiting(store) == [(A.topic, "v2")]
