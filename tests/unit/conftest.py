"""A store and a desk on it for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.stores import opened_desk, opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from router.storage.engine import Storage
    from router.tickets.service import TicketService


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened_store(tmp_path / "warroom.sqlite") as store:
        yield store


@pytest.fixture
async def desk(store: Storage) -> AsyncIterator[TicketService]:
    async with opened_desk(store) as desk:
        yield desk
