"""Retained state of many like things, one topic each: the operators' calls and states, queues, trunks, call-backs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from router.mqtt import topics
from router.mqtt.cloudevents import cloud_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from paho.mqtt.properties import Properties

    from router.mqtt.client import AckClient
    from router.mqtt.cloudevents import Kind
    from router.mqtt.inbox import Inbox


class KeyedTopics:
    """Publishes each change; after a connect all of them, so that none is left over from before.

    Args:
        kind: The event's type.
        topic: Returns where it lies, by key.
        root: The topics' root.
        node: 1 to 9.
    """

    def __init__(self, kind: Kind, topic: Callable[[str], str], *, root: str, node: int) -> None:
        self._kind = kind
        self._topic = topic
        self._root = root
        self._node = node
        self._now: dict[str, Mapping[str, object] | None] = {}
        self._changed: set[str] = set()
        self._news = asyncio.Event()

    def set(self, key: str, what: Mapping[str, object] | None) -> None:
        """Take how something is, None when there is nothing (any more); returns at once."""
        if key in self._now and self._now[key] == what:
            return
        self._now[key] = what
        self._changed.add(key)
        self._news.set()

    def set_all(self, now: Mapping[str, Mapping[str, object]]) -> None:
        """Take how all of them are: those that are not there are no more; returns at once."""
        for key in self._now.keys() - now.keys():
            self.set(key, None)
        for key, what in now.items():
            self.set(key, what)

    def empty_unknown(self, inbox: Inbox, wanted: str) -> None:
        """Have topics emptied that an earlier process left with a key that is none any more; before ``start``.

        Args:
            inbox: Where they come in after each connect.
            wanted: The filter of all of them, ending in the key.
        """

        async def ignore(_topic: str, _payload: bytes, _properties: Properties | None) -> None:
            pass

        async def look(topic: str, payload: bytes, _properties: Properties | None) -> None:
            key = topic.rpartition("/")[2]
            if payload and self._now.get(key) is None:
                await inbox.empty(topic)

        inbox.on(wanted, ignore, retained=look)

    async def run(self, client: AckClient) -> NoReturn:
        """Publish until cancelled.

        Raises:
            aiomqtt.MqttError: the connection broke.
            PublishRejectedError: the account may not write there.
        """
        self._changed.update(self._now)
        self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            while self._changed:
                key = next(iter(self._changed))
                what = self._now[key]
                text = cloud_event(self._kind, what, node=self._node, subject=key) if what is not None else ""
                await client.put(topics.under(self._root, self._topic(key)), text)
                if self._now[key] is what:
                    self._changed.discard(key)
