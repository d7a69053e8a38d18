"""The call in each operator's hand, retained on the operator's own topic."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from router.broker import topics
from router.broker.events import event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.broker.client import AckClient


class OperatorCalls:
    """Publishes each change; after a connect all of them, so that none is left over from before.

    Args:
        root: The topics' root.
        node: 1 to 9.
    """

    def __init__(self, *, root: str, node: int) -> None:
        self._root = root
        self._node = node
        self._calls: dict[str, Mapping[str, object] | None] = {}
        self._changed: set[str] = set()
        self._news = asyncio.Event()

    def set(self, operator: str, call: Mapping[str, object] | None) -> None:
        """Take an operator's call, None when there is none (any more); returns at once."""
        self._calls[operator] = call
        self._changed.add(operator)
        self._news.set()

    async def run(self, client: AckClient) -> NoReturn:
        """Publish for ever.

        Raises:
            aiomqtt.MqttError: the connection broke.
            Refused: the account may not write there.
        """
        self._changed.update(self._calls)
        self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            while self._changed:
                operator = next(iter(self._changed))
                call = self._calls[operator]
                text = event("call", call, node=self._node, subject=operator) if call is not None else ""
                await client.put(topics.under(self._root, topics.operator_calls(operator)), text)
                if self._calls[operator] is call:
                    self._changed.discard(operator)
