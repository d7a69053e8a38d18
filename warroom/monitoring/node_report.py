"""Publishes the status of this node: version, Asterisk, live calls by helpline, stage and trunk."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING

from router.component import Component
from router.debounce import DebouncedCall

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ami.connection import AmiConnection
    from router.mqtt.connection import MqttConnection

_GATHER_S = 1.0  # with 500 calls the channels change a hundred times a second; they are counted once


class NodeReport(Component):
    """Collects changes of the live calls and publishes them as the node's status.

    Args:
        ami: Knows the live calls.
        broker: Publishes the node's status.

    Attributes:
        asterisk_there: Set once the link to Asterisk was there.
    """

    name = "node report"

    def __init__(self, ami: AmiConnection, broker: MqttConnection) -> None:
        self._ami = ami
        self._broker = broker
        self._version = version("warroom")
        self._rejected: Mapping[str, int] = {}
        self._news = DebouncedCall(_GATHER_S, self.tell)
        self.asterisk_there = asyncio.Event()

    async def start(self) -> None:
        """Tell for the first time: Asterisk may never be there."""
        self._ami.on_change(self.changed)
        self.tell()

    @property
    def rejected(self) -> Mapping[str, int]:
        """How many calls were rejected today, by reason."""
        return self._rejected

    def count_rejected(self, rejected: Mapping[str, int]) -> None:
        """Take how many calls were rejected today, by reason."""
        self._rejected = rejected
        self.changed()

    def changed(self) -> None:
        """Take note of a change; it is published within a second."""
        if self._ami.connected:
            self.asterisk_there.set()
        self._news.touch()

    def tell(self) -> None:
        """Hand the present status to the broker link."""
        self._broker.set_node_status(
            {
                "version": self._version,
                "asterisk": self._ami.connected,
                "calls": self._ami.channels.calls_by_helpline(),
                "stages": self._ami.channels.calls_by_stage(),
                "lines": self._ami.channels.by_line(),
                "rejected": self._rejected,
            }
        )
