"""A store and a desk on it for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stores import opened_desk, opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.store.store import Store
    from router.tickets.desk import Desk


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with opened_store(tmp_path / "warroom.sqlite") as store:
        yield store


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    async with opened_desk(store) as desk:
        yield desk
