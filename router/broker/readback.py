"""After each connect: does the broker hold exactly the open tickets of the store?

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

from router.broker import topics
from router.broker.messages import present_message
from router.store import outbox_rows, ticket_rows
from router.store.outbox_rows import Place
from router.tickets import number as numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import sqlalchemy as sa

    from router.broker.client import AckClient
    from router.store.store import Store

_SILENCE_S = 15.0  # the retained messages come in one stream; a gap this long means that the rest is not coming
_STEP = 100  # tickets compared or put right at once: some milliseconds, so that calls are not held up

_log = logging.getLogger(__name__)


class Retained(NamedTuple):
    """What the broker holds of ours.

    Attributes:
        tickets: For each ticket topic (without root) a hash of what lies there.
        alerts: The rooms with an alert that tickets are refused.
    """

    tickets: dict[str, int]
    alerts: set[str]


async def read_back(client: AckClient, store: Store, *, root: str, node: int) -> set[str]:
    """Compare what is retained with the store and fill the outbox with the difference.

    Returns:
        The rooms with an alert that tickets are refused.

    Raises:
        aiomqtt.MqttError: the connection broke, or the broker does not send what it holds.
        Refused: the account may not write the mark that ends the reading.
        StoreUnavailable: the store cannot be read or written.
    """
    retained = await _retained(client, root, node)
    wrong, stray = await _compare(store, retained.tickets, node)
    numbers_left = sorted({*wrong, *stray})
    for start in range(0, len(numbers_left), _STEP):
        chosen = {number: stray.get(number, ()) for number in numbers_left[start : start + _STEP]}
        await store.write(partial(_put_right, chosen), outbox=True)
    if numbers_left:
        _log.warning("read back from the broker: %d tickets missing or old, %d stray", len(wrong), len(stray))
    return retained.alerts


async def _retained(client: AckClient, root: str, node: int) -> Retained:
    """Read all retained tickets and alerts.

    Mosquitto queues what is retained when it takes the subscription, so that a mark published after that with the
    same QoS arrives after all of it.
    """
    found = Retained({}, set())
    mark = topics.under(root, topics.read_back_mark(node))
    token = secrets.token_hex(8)
    wanted = [topics.under(root, topics.ALL_TICKETS), topics.under(root, topics.ALL_PARKED_ALERTS), mark]
    await client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in wanted])
    await client.put(mark, token, retain=False)
    while True:
        message = await _next(client)
        topic, payload = str(message.topic), message.payload
        if topic == mark:
            if payload == token.encode():
                break
        elif message.retain:
            _note(found, topics.below(root, topic), payload)
    await client.unsubscribe(wanted)
    return found


async def _next(client: AckClient) -> aiomqtt.Message:
    try:
        async with asyncio.timeout(_SILENCE_S):
            return await anext(client.messages)
    except TimeoutError:
        raise aiomqtt.MqttError(
            f"the broker sent nothing for {_SILENCE_S:g} s while its tickets were read back: "
            "may the router's account read and write everything under the root?"
        ) from None


def _note(found: Retained, topic: str, payload: object) -> None:
    if topic.startswith("alerts/"):
        found.alerts.add(topic.rpartition("/")[2])
    else:
        found.tickets[topic] = hash(payload)


async def _compare(store: Store, retained: Mapping[str, int], node: int) -> tuple[list[str], dict[str, list[Place]]]:
    """Return the numbers whose ticket is missing or differs, and by number the topics where nothing should lie.

    A ticket that waits in the outbox anyway is not missed.
    """
    waiting = await store.read(outbox_rows.waiting_numbers)
    wrong: list[str] = []
    right: set[str] = set()
    last = ""
    while some := await store.read(partial(ticket_rows.open_after, number=last, count=_STEP)):
        last = some[-1].ticket.number
        for kept in some:
            message = present_message(kept.ticket, kept.document)
            if message is None:
                continue
            right.add(message.place.topic)
            same = retained.get(message.place.topic) == hash(message.payload.encode())
            if not same and kept.ticket.number not in waiting:
                wrong.append(kept.ticket.number)
    return wrong, _stray((topic for topic in retained if topic not in right), node)


def _stray(left_over: Iterable[str], node: int) -> dict[str, list[Place]]:
    stray: dict[str, list[Place]] = {}
    for topic in left_over:
        number = topic.rpartition("/")[2]
        if numbers.valid(number) and numbers.node_of(number) != node:
            continue  # another node's, with a store of its own
        stray.setdefault(number, []).append(Place(topic.split("/")[1], topic))
    return stray


def _put_right(chosen: Mapping[str, Sequence[Place]], connection: sa.Connection) -> None:
    """Add to the outbox what these numbers need; read anew here, as a ticket may have changed meanwhile."""
    for number, left in chosen.items():
        kept = ticket_rows.kept(connection, number)
        outbox_rows.replace(connection, number, present_message(kept.ticket, kept.document) if kept else None, left)
