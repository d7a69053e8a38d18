"""Tells the broker how each trunk is, and how many of its channels are in use."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final, NoReturn

from agi.settings import MISSED, ROOMS
from agi.trunks.loader import TrunksError
from router.component import Component
from router.debounce import DebouncedCall
from router.mqtt.operator_messages import TrunkState
from router.polling import poll_forever
from warroom.config.apply.trunks import applied_trunks
from warroom.config.asterisk.config_files import AsteriskError
from warroom.monitoring.conditions.calls import why_down
from warroom.monitoring.trunk_status import read_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from agi.ami.connection import AmiConnection
    from agi.trunks.schema import Trunk, Trunks
    from router.component import Work
    from router.mqtt.connection import MqttConnection
    from warroom.config.asterisk.console import AsteriskConsole
    from warroom.monitoring.trunk_status import TrunkLink

POLL_INTERVAL_S: Final = 10.0
"""Between two looks at registrations and OPTIONS, which change as slowly."""
GATHER_S: Final = 1.0
"""With 500 calls the channels change a hundred times a second; they are counted once."""

_log = logging.getLogger(__name__)


class TrunkReport(Component):
    """Publishes the state of the trunks in force.

    Args:
        data: The data directory.
        console: Of Asterisk.
        ami: Knows the live channels.
        broker: Where it is published.
    """

    name = "trunk report"

    def __init__(self, data: Path, console: AsteriskConsole, ami: AmiConnection, broker: MqttConnection) -> None:
        self._data = data
        self._console = console
        self._ami = ami
        self._broker = broker
        self._known: list[tuple[Trunk, TrunkLink]] = []
        self._news = DebouncedCall(GATHER_S, self._tell)

    async def start(self) -> None:
        """Follow the channels."""
        self._ami.on_change(self._news.touch)

    def background(self) -> Iterable[Work]:
        """Look at the trunks' links."""
        return (self._run(),)

    async def _run(self) -> NoReturn:
        def tell(trouble: Exception) -> None:
            _log.info("the state of trunks is unknown: %s", trouble)

        await poll_forever(self._look, every_s=POLL_INTERVAL_S, troubles=(AsteriskError, TrunksError), tell=tell)

    async def _look(self) -> None:
        trunks, links = await asyncio.to_thread(self._read)
        self._known = [(trunk, links[trunk.name]) for trunk in trunks.trunk]
        self._tell()

    def _read(self) -> tuple[Trunks, Mapping[str, TrunkLink]]:
        trunks = applied_trunks(self._data)
        return trunks, read_links(trunks, self._console)

    def _tell(self) -> None:
        lines = self._ami.channels.by_line()
        self._broker.trunks.set_all(
            {
                trunk.name: state_of(trunk, link, lines.get(trunk.name, {}).get("channels", 0))
                for trunk, link in self._known
            }
        )


def state_of(trunk: Trunk, link: TrunkLink, in_use: int) -> Mapping[str, object]:
    """Return a trunk's state as its topic has it."""
    down = why_down(trunk.name, link)
    known = link.reachable != "unknown" or link.registration
    return TrunkState(
        trunk=trunk.name,
        state="down" if down else "up" if known else "unknown",
        why=down[1] if down else "",
        in_use=in_use,
        bought=trunk.channels,
        helplines=sorted(set(trunk.dids.values()) - {ROOMS, MISSED}),
    ).model_dump(mode="json")
