"""The mark of a store: what it lacks of what was told, and whose numbers count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from router.storage.repositories.identity_repository import StoreIdentity
from tests.support.stores import opened_desk, opened_store, report

if TYPE_CHECKING:
    from router.storage.engines import Location

MINE = StoreIdentity(store="a" * 32, node=1, serial=5, changes=20, tasks=2)


@pytest.mark.parametrize("behind", [{}, {"serial": 4}, {"changes": 1}, {"tasks": 0}])
def test_store_that_has_all_that_was_told_lacks_nothing(behind: dict[str, int]) -> None:
    assert MINE.lacks(MINE.model_copy(update=behind)) == ""


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"store": "b" * 32}, "another store"),
        ({"store": "b" * 32, "serial": 0}, "another store"),
        ({"serial": 6}, "older copy"),
        ({"changes": 21}, "older copy"),
        ({"tasks": 3}, "older copy"),
    ],
)
def test_store_that_is_new_older_or_anothers_says_so(told: dict[str, object], what: str) -> None:
    assert what in MINE.lacks(MINE.model_copy(update=told))


def test_another_node_has_a_series_of_its_own() -> None:
    assert MINE.model_copy(update={"node": 2, "serial": 0}).lacks(MINE) == ""


async def test_numbers_and_tasks_go_on_behind_what_was_seen_and_never_back(location: Location) -> None:
    async with opened_store(location) as store, opened_desk(store) as desk:
        await store.write(lambda uow: uow.identity.raise_serial(node=1, last=1300))
        await store.write(lambda uow: uow.identity.raise_serial(node=1, last=7))
        await store.write(lambda uow: uow.identity.raise_tasks(last=9))
        assert (await desk.open(report("1"))).number.startswith("10001301")
        before = await store.read(lambda uow: uow.identity.of_store(node=1))
        await store.write(lambda uow: uow.identity.renew())
        after = await store.read(lambda uow: uow.identity.of_store(node=1))
        assert (before.serial, before.changes) == (1301, 1)
        assert "another store" in before.lacks(after)
        assert after.model_copy(update={"store": before.store}) == before
