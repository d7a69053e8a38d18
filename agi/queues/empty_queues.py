"""Moves callers out of a queue in which nobody has been able to answer for a while.

Asterisk itself keeps everybody in the queue (queues.conf: ``leavewhenempty``): it would throw all of them out for a
telephone that signs in anew, or for one wrong key.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, NoReturn

from agi.ami.polling import poll_while_connected
from agi.queues.status import read_all_queues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from agi.ami.connection import AmiConnection

POLL_INTERVAL_S: Final = 2.0
"""Between two polls: one line for each queue, more only where callers wait and no operator is free."""
LEFT: Final = "queue-empty"
"""The dialplan's context for callers who leave an empty queue."""

_PLACE: Final = "Local/"
"""Prefix of the channel of a kept place: no caller is on the line, and it stays in the queue."""

_log = logging.getLogger(__name__)


class EmptyQueues:
    """Checks the queues periodically.

    Args:
        link: The link to Asterisk.
        empty_s: Returns how long a queue must have been without anybody who could answer.
        clock: Seconds, monotonic.
    """

    def __init__(
        self, link: AmiConnection, empty_s: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._link = link
        self._empty_s = empty_s
        self._clock = clock
        self._since: dict[str, float] = {}

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        await poll_while_connected(
            self._link,
            self.look,
            every_s=POLL_INTERVAL_S,
            tell=lambda trouble: _log.warning("queues: not looked whether they are empty: %s", trouble),
        )

    async def look(self) -> None:
        """Poll once, and move the callers who have waited in vain.

        Raises:
            AmiError: Asterisk did not answer.
        """
        now = self._clock()
        listed = await self._link.list({"Action": "QueueSummary"})
        empty = [str(one["Queue"]) for one in listed if one["Event"] == "QueueSummary" and _without_answer(one)]
        waiting = {name: await self._channels(name) for name in empty}
        self._since = {name: self._since.get(name, now) for name in empty if waiting[name] is not None}
        for name, since in self._since.items():
            if now - since >= self._empty_s():
                for channel in waiting[name] or ():
                    await self._move(channel, name)

    async def _channels(self, name: str) -> list[str] | None:
        """The callers in a queue, by channel; None when an operator can answer there after all."""
        for queue in await read_all_queues(self._link, name):
            return None if queue.staffed else [one.channel for one in queue.waiting if one.channel[:6] != _PLACE]
        return None

    async def _move(self, channel: str, queue: str) -> None:
        _log.info("queue %s is empty: %s goes the next way", queue, channel)
        await self._link.action(
            {"Action": "Redirect", "Channel": channel, "Context": LEFT, "Exten": "s", "Priority": "1"}
        )


def _without_answer(summary: Mapping[str, Any]) -> bool:
    """Whether possibly no operator can answer at once: none signed in, or none free while callers wait."""
    return int(summary["LoggedIn"]) == 0 or (int(summary["Available"]) == 0 and int(summary["Callers"]) > 0)
