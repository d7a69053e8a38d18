"""State for each operator's console, retained on the operator's topics: the current call and how it stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from router.mqtt import topics
from router.mqtt.cloudevents import cloud_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.mqtt.client import AckClient
    from router.mqtt.cloudevents import Kind


class PerOperator:
    """Publishes each change; after a connect all of them, so that none is left over from before.

    Args:
        kind: The event's type.
        topic: Returns where it lies, by operator.
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

    def set(self, operator: str, what: Mapping[str, object] | None) -> None:
        """Take what an operator is shown, None when there is nothing (any more); returns at once."""
        self._now[operator] = what
        self._changed.add(operator)
        self._news.set()

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
                operator = next(iter(self._changed))
                what = self._now[operator]
                text = cloud_event(self._kind, what, node=self._node, subject=operator) if what is not None else ""
                await client.put(topics.under(self._root, self._topic(operator)), text)
                if self._now[operator] is what:
                    self._changed.discard(operator)
