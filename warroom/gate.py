"""The gate before the store is served: it must be the one that the broker and the data directory remember."""

from __future__ import annotations

import asyncio
import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING

import aiomqtt

from router.broker.client import AckClient, Refused
from router.broker.memory import OtherMemory
from router.broker.readback import check_memory, read_retained
from router.broker.rooms import ROUTER_ACCOUNT
from router.store import mark_rows
from warroom.layout import Layout
from warroom.secret_files import MQTT_ROUTER, read_secret
from warroom.store_mark import read_mark

if TYPE_CHECKING:
    from pathlib import Path

    from router.store.mark_rows import Mark
    from router.store.store import Store
    from warroom.settings import Settings

_BROKER_S = 5.0  # a broker started beside us is there within one; when it is away, calls wait no longer than this
_PAUSE_S = 0.1
_AGAIN_S = 2.0

_log = logging.getLogger(__name__)


async def pass_gate(data: Path, settings: Settings, store: Store) -> None:
    """Return when the store is the one that is remembered, or when nothing is.

    A broker that does not answer is not waited for: the link looks again before it puts anything right there.

    Raises:
        OtherMemory: the data directory or the broker remembers another store, or a newer one.
        StoreUnavailable: it cannot be read.
    """
    mine = await store.read(partial(mark_rows.of_store, node=settings.router.node))
    await asyncio.to_thread(compare_with_file, data, mine)
    try:
        async with asyncio.timeout(_BROKER_S):
            await _ask_broker(data, settings, store)
    except TimeoutError:
        _log.warning("the broker does not answer: whether its memory belongs to the store is seen when it does")


def compare_with_file(data: Path, mine: Mark) -> None:
    """See that a store of this mark is the one that the data directory remembers. Blocks.

    Raises:
        OtherMemory: it is not.
        OSError: the file cannot be read.
    """
    layout = Layout(data)
    told = read_mark(layout.store_mark)
    if told and (lacks := mine.lacks(told)):
        raise OtherMemory(layout.store, str(layout.store_mark), lacks)


async def wait_at_gate(data: Path, settings: Settings, store: Store) -> None:
    """Wait until the store is the one: for processes beside `serve`, which says what is wrong."""
    while True:
        try:
            return await pass_gate(data, settings, store)
        except OtherMemory as wrong:
            _log.debug("%s", wrong)
            await asyncio.sleep(_AGAIN_S)


async def _ask_broker(data: Path, settings: Settings, store: Store) -> None:
    broker, node = settings.router.broker, settings.router.node
    while True:
        try:
            async with AckClient(
                broker.host,
                broker.port,
                username=ROUTER_ACCOUNT,
                password=read_secret(data, MQTT_ROUTER),
                identifier=f"gate-{node}-{secrets.token_hex(8)}",
            ) as client:
                retained = await read_retained(client, broker.topic_root, node, families=())
                if retained.mark is None:  # all there is says whose it is; of 100,000 tickets that takes seconds
                    retained = await read_retained(client, broker.topic_root, node)
            return await check_memory(store, retained, node)
        except (aiomqtt.MqttError, Refused, FileNotFoundError):
            await asyncio.sleep(_PAUSE_S)
