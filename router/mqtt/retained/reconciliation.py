"""After each connect, compares all retained messages with the store, and repairs the differences.

A PUBACK is no promise: a broker killed right after it has forgotten the message. So what is retained is read back and
compared with the store, and the outbox gets whatever must be put right.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import aiomqtt
from paho.mqtt.subscribeoptions import SubscribeOptions

from router.model.messages import RetainedTopic
from router.mqtt import topics
from router.mqtt.cloudevents import EventError, parse
from router.mqtt.retained.broker_identity import BrokerIdentityError, mark_in, version_of
from router.mqtt.retained.kinds import FAMILIES
from router.storage.errors import UnreadableDocumentError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Container, Mapping, Sequence

    from router.model.messages import OutboxMessage
    from router.mqtt.client import AckClient
    from router.mqtt.retained.kinds import RetainedKind
    from router.storage.engine import Storage
    from router.storage.repositories.identity_repository import StoreIdentity
    from router.storage.unit_of_work import UnitOfWork

_SILENCE_S = 15.0  # the retained messages come in one stream; a gap this long means that the rest is not coming
_STEP = 100  # messages compared or put right at once: some milliseconds, so that calls are not held up

_log = logging.getLogger(__name__)


class Retained(NamedTuple):
    """Our retained messages at the broker.

    Attributes:
        hashes: For each topic (without root) a hash of its payload.
        versions: For each topic where one of our events lies, the name and version it bears.
        mark: Of the store that all this came from; None when it was never published.
        parked: The rooms with an alert that tickets are refused.
        wills_lost: Whether it still says that this node is online, so that it has published no last will.
    """

    hashes: dict[str, int]
    versions: dict[str, tuple[str, int]]
    mark: StoreIdentity | None
    parked: set[str]
    wills_lost: bool


async def read_back(client: AckClient, store: Storage, *, root: str, node: int) -> Retained:
    """Compare retained messages with the store and fill the outbox with the difference.

    Returns:
        The retained messages.

    Raises:
        BrokerIdentityError: it belongs to another store, or a newer one.
        aiomqtt.MqttError: the connection broke, or the broker does not send its retained messages.
        PublishRejectedError: the account may not write the mark that ends the reading.
        StorageUnavailableError: the store cannot be read or written.
    """
    retained = await read_retained(client, root, node)
    await check_memory(store, retained, node)
    waiting = await store.read(lambda uow: uow.outbox.waiting_numbers())
    for family in FAMILIES:
        wrong, stray = await _compare(store, family, retained.hashes, waiting, node)
        left = sorted({*wrong, *stray})
        for start in range(0, len(left), _STEP):
            chosen = {key: stray.get(key, ()) for key in left[start : start + _STEP]}
            await store.write(partial(_put_right, family, chosen), outbox=True)
        if left:
            _log.warning(
                "read back from the broker: %d %s missing or old, %d stray", len(wrong), family.name, len(stray)
            )
    return retained


async def check_memory(store: Storage, retained: Retained, node: int) -> None:
    """Check that the store is the one that published all this, with everything it published.

    Raises:
        BrokerIdentityError: it is not.
        StorageUnavailableError: the store cannot be read.
    """
    mine = await store.read(lambda uow: uow.identity.of_store(node=node))
    lacks = mine.lacks(retained.mark) if retained.mark else ""
    for family in () if lacks else [family for family in FAMILIES if family.of_node]:
        newer = await newer_than_known(store, family, retained.versions, node)
        if newer:
            lacks = f"it does not know the newest version of {len(newer)} {family.name}, such as {newer[0]}"
            break
    if lacks:
        raise BrokerIdentityError(store.location, "the broker's memory", lacks)


async def newer_than_known(
    store: Storage, family: RetainedKind, versions: Mapping[str, tuple[str, int]], node: int
) -> list[str]:
    """Return the keys of a family of which there is a newer version on a topic than in the store, or none there."""
    found: dict[str, int] = {}
    for topic, (name, version) in versions.items():
        owner = family.owner(topic, node)
        if owner and name == family.name_of(owner.key):
            found[owner.key] = max(version, found.get(owner.key, 0))
    newer: list[str] = []
    keys = sorted(found)
    for start in range(0, len(keys), _STEP):
        some = keys[start : start + _STEP]
        known = await store.read(partial(_versions, family, some))
        newer += [key for key in some if found[key] > known.get(key, 0)]
    return newer


def _versions(family: RetainedKind, keys: Sequence[str], uow: UnitOfWork) -> dict[str, int]:
    return family.versions(uow, keys)


async def read_retained(
    client: AckClient, root: str, node: int, *, families: Sequence[RetainedKind] = FAMILIES
) -> Retained:
    """Read all retained messages of every family, or of some, and those about this node and its store."""
    hashes: dict[str, int] = {}
    versions: dict[str, tuple[str, int]] = {}
    told: StoreIdentity | None = None
    parked: set[str] = set()
    online = False
    ours, store_mark, parked_alerts = topics.node(node), topics.store_mark(node), f"alerts/{topics.PARKED}/"
    wanted = [topic for family in families for topic in family.wanted]
    async for topic, payload in retained_messages(client, root, [*wanted, ours, store_mark], node):
        if topic == ours:
            online = _says_online(payload)
        elif topic == store_mark:
            told = mark_in(payload)
        elif topic.startswith(parked_alerts):
            parked.add(topic.removeprefix(parked_alerts))
        else:
            hashes[topic] = hash(payload)
            if version := version_of(payload):
                versions[topic] = version
    return Retained(hashes, versions, told, parked, online)


async def retained_messages(
    client: AckClient, root: str, wanted: Sequence[str], node: int
) -> AsyncIterator[tuple[str, object]]:
    """Yield topic and payload of all that is retained on some topics (without root, as are those yielded).

    What is said of this node meanwhile is yielded too: the broker may tell a last will of ours late.

    Mosquitto queues what is retained when it takes the subscription, so that a mark published after that with the
    same QoS arrives after all of it.

    Raises:
        aiomqtt.MqttError: the connection broke, or the broker does not send its retained messages.
        PublishRejectedError: the account may not write the mark that ends the reading.
    """
    mark = topics.under(root, topics.read_back_mark(node))
    ours = topics.under(root, topics.node(node))
    token = secrets.token_hex(8)
    there = [*(topics.under(root, topic) for topic in wanted), mark]
    await client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in there])
    await client.put(mark, token, retain=False)
    while True:
        message = await _next(client)
        topic, payload = str(message.topic), message.payload
        if topic == mark:
            if payload == token.encode():
                break
        elif message.retain or topic == ours:
            yield topics.below(root, topic), payload
    await client.unsubscribe(there)


async def _next(client: AckClient) -> aiomqtt.Message:
    try:
        async with asyncio.timeout(_SILENCE_S):
            return await client.next_message()
    except TimeoutError:
        raise aiomqtt.MqttError(
            f"the broker sent nothing for {_SILENCE_S:g} s while its tickets were read back: "
            "may the router's account read and write everything under the root?"
        ) from None


def _says_online(payload: object) -> bool:
    if not isinstance(payload, bytes):
        return False
    try:
        return parse(payload).data.get("state") == "online"
    except EventError:
        return False


async def _compare(
    store: Storage, family: RetainedKind, retained: Mapping[str, int], waiting: Container[str], node: int
) -> tuple[list[str], dict[str, list[RetainedTopic]]]:
    """Return the keys of a family whose message is missing or differs, and by key the topics to be emptied.

    Messages still in the outbox are not counted as missing.
    """
    wrong: list[str] = []
    right: set[str] = set()
    unread: set[str] = set()  # in the store, but unreadable there: the broker's copy may be the last
    last = ""
    while some := await store.read(partial(_page, family, last)):
        last = some[-1][0]
        for key, message in some:
            if message is None:
                unread.add(key)
                continue
            there = [place.topic for place in message.places]
            right.update(there)
            content = hash(message.payload.encode())
            if key not in waiting and any(retained.get(topic) != content for topic in there):
                wrong.append(key)
    stray: dict[str, list[RetainedTopic]] = {}
    for topic in retained:
        if topic not in right and (owner := family.owner(topic, node)) and owner.key not in unread:
            stray.setdefault(owner.key, []).append(RetainedTopic(owner.room, topic))
    return wrong, stray


def _page(family: RetainedKind, last: str, uow: UnitOfWork) -> Sequence[tuple[str, OutboxMessage | None]]:
    return family.after(uow, last, _STEP)


def _put_right(family: RetainedKind, chosen: Mapping[str, Sequence[RetainedTopic]], uow: UnitOfWork) -> None:
    """Add to the outbox what these keys need; read anew here, as it may have changed meanwhile."""
    for key, left in chosen.items():
        try:
            message = family.present(uow, key)
        except UnreadableDocumentError as trouble:
            _log.error("it stays at the broker as it lies there: %s", trouble)
            continue
        uow.outbox.replace(key, message, left)
