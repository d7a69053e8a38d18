"""Checks, before the store is served, that it is the one the broker and the data directory know."""

from __future__ import annotations

import asyncio
import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING

import aiomqtt

from router.mqtt.client import AckClient, PublishRejectedError
from router.mqtt.mosquitto.config import ROUTER_ACCOUNT
from router.mqtt.retained.broker_identity import BrokerIdentityError
from router.mqtt.retained.reconciliation import check_memory, read_retained
from router.retry import retry
from router.storage.engines import database_at
from warroom.config.paths import DataDirectory
from warroom.config.secrets import MQTT_ROUTER, read_secret
from warroom.config.store_identity_file import read_mark
from warroom.services.store.presence import store_location

if TYPE_CHECKING:
    from pathlib import Path

    from router.storage.engine import Storage
    from router.storage.repositories.identity_repository import StoreIdentity
    from warroom.config.settings import Settings

_BROKER_S = 5.0  # a broker started beside us is there within one; when it is away, calls wait no longer than this
_POLL_INTERVAL_S = 0.1
_REPORT_INTERVAL_S = 2.0

_log = logging.getLogger(__name__)


async def pass_gate(data: Path, settings: Settings, store: Storage) -> None:
    """Return when the store is the one that is remembered, or when nothing is.

    A broker that does not answer is not waited for: the link looks again before it puts anything right there.

    Raises:
        BrokerIdentityError: the data directory or the broker remembers another store, or a newer one.
        StorageUnavailableError: it cannot be read.
    """
    mine = await store.read(lambda uow: uow.identity.of_store(node=settings.router.node))
    await asyncio.to_thread(compare_with_file, data, mine)
    try:
        async with asyncio.timeout(_BROKER_S):
            await retry(
                partial(_ask_broker, data, settings, store),
                delay_s=_POLL_INTERVAL_S,
                troubles=(aiomqtt.MqttError, PublishRejectedError, FileNotFoundError),
            )
    except TimeoutError:
        _log.warning("the broker does not answer: whether its memory belongs to the store is seen when it does")


def compare_with_file(data: Path, mine: StoreIdentity) -> None:
    """See that a store of this mark is the one that the data directory remembers. Blocks.

    Raises:
        BrokerIdentityError: it is not.
        OSError: the file cannot be read.
    """
    layout = DataDirectory(data)
    told = read_mark(layout.store_mark)
    if told and (lacks := mine.lacks(told)):
        raise BrokerIdentityError(database_at(store_location(data)).location, str(layout.store_mark), lacks)


async def wait_at_gate(data: Path, settings: Settings, store: Storage) -> None:
    """Wait until the store is the one: for processes beside `serve`, which says what is wrong."""
    await retry(
        partial(pass_gate, data, settings, store),
        delay_s=_REPORT_INTERVAL_S,
        troubles=(BrokerIdentityError,),
        tell=partial(_log.debug, "%s"),
    )


async def _ask_broker(data: Path, settings: Settings, store: Storage) -> None:
    broker, node = settings.router.broker, settings.router.node
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
    await check_memory(store, retained, node)
