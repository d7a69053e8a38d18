"""A broker, a store, a desk and a link for each test."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.brokers import NOBODY, WAIT_S, Broker, opened_link
from tests.support.stores import opened_desk, opened_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    """A broker that has not been started."""
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        if os.geteuid() == 0:
            os.chown(directory, NOBODY, NOBODY)
        broker = Broker(directory)
        yield broker
        await broker.kill()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Storage]:
    async with opened_store(tmp_path / "s.sqlite") as store:
        yield store


@pytest.fixture
async def desk(store: Storage) -> AsyncIterator[TicketService]:
    async with opened_desk(store) as desk:
        yield desk


@pytest.fixture
async def link(broker: Broker, store: Storage, desk: TicketService) -> AsyncIterator[MqttConnection]:
    """A running broker and a link to it, which takes rooms' commands too."""
    await broker.start()
    async with opened_link(broker, store, desk=desk) as link:
        async with asyncio.timeout(WAIT_S):
            await link.wait_connected()
        yield link
