"""Publishes the status of a node, which is its heartbeat too: online, version, live calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

import aiomqtt

from router.debounce import Debouncer
from router.mqtt import topics
from router.mqtt.cloudevents import cloud_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.mqtt.client import AckClient

HEARTBEAT_S = 30.0
"""From one status to the next, when nothing changes: who hears none for three of them takes us for away."""
_DEBOUNCE_S = 1.0  # with 500 calls the status changes many times a second, and people read it


class NodeStatus:
    """Publishes the node's status on change, at most once a second, and as a heartbeat; the last will is ``offline``.

    Args:
        root: The topics' root.
        node: 1 to 9.
        heartbeat_s: Seconds from one status to the next, when nothing changes.
    """

    def __init__(self, *, root: str, node: int, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._heartbeat_s = heartbeat_s
        self._topic = topics.under(root, topics.node(node))
        self._node = node
        self._status: dict[str, object] = {}
        self._news = Debouncer(_DEBOUNCE_S, at_once=True, poll_s=heartbeat_s)

    def set(self, status: Mapping[str, object]) -> None:
        """Take a new status; returns at once."""
        if status != self._status:
            self._status = dict(status)
            self._news.touch()

    def will(self) -> aiomqtt.Will:
        """Return the last will: the status published when the connection is lost."""
        return aiomqtt.Will(self._topic, self._event({"state": "offline"}), qos=1, retain=True)

    async def run(self, client: AckClient) -> NoReturn:
        """Publish our status, again with each heartbeat, and each change, until cancelled.

        Raises:
            aiomqtt.MqttError: the connection broke.
            PublishRejectedError: the account may not write there.
        """
        self._news.touch()
        await self._news.run(partial(self._publish, client))

    async def _publish(self, client: AckClient) -> None:
        await client.put(
            self._topic, self._event({"state": "online", "heartbeat_s": self._heartbeat_s, **self._status})
        )

    async def leave(self, client: AckClient) -> None:
        """Say that we go: a clean goodbye does not trigger the last will."""
        await client.put(self._topic, self._event({"state": "offline"}))

    def _event(self, data: Mapping[str, object]) -> str:
        return cloud_event("node", data, node=self._node, subject=str(self._node))
