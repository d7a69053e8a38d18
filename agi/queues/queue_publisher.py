"""Tells the broker how each queue of operators stands."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.ami.errors import AmiError
from agi.queues.status import read_all_queues
from router.mqtt.operator_messages import QueueState
from router.polling import poll_forever

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection
    from agi.queues.status import QueueStatus

POLL_INTERVAL_S: Final = 2.0
"""Nobody at a wall sees a second; Asterisk lists 500 waiting callers in some milliseconds."""


class QueuePublisher:
    """Reads the queues from Asterisk, and hands on each change.

    Args:
        link: The link to Asterisk.
        wrap_up_s: Returns what operators have after each call.
        put: Called with the state of every queue there is, by its name.
    """

    def __init__(
        self,
        link: AmiConnection,
        wrap_up_s: Callable[[], int],
        put: Callable[[Mapping[str, Mapping[str, object]]], None],
    ) -> None:
        self._link = link
        self._wrap_up_s = wrap_up_s
        self._put = put
        self._since: dict[str, float] = {}

    async def run(self) -> NoReturn:
        """Read until cancelled; while Asterisk is away the last state stays, with its time."""
        await poll_forever(partial(self._look), every_s=POLL_INTERVAL_S, troubles=(AmiError,))

    async def _look(self) -> None:
        if self._link.connected:
            found = await read_all_queues(self._link, wrap_up_s=self._wrap_up_s())
            now = time.time()
            self._put({one.name: self._state(one, now) for one in found})

    def _state(self, queue: QueueStatus, now: float) -> Mapping[str, object]:
        first = min((one.joined for one in queue.waiting), default=0.0)
        # Asterisk says whole seconds of waiting: the same caller's moment moves by one, which is no change
        if abs(self._since.get(queue.name, 0.0) - first) > 1:
            self._since[queue.name] = first
        since = self._since.get(queue.name, 0.0)
        return QueueState(
            queue=queue.name,
            waiting=len(queue.waiting),
            longest_s=round(now - since) if queue.waiting else 0,
            waiting_since=datetime.fromtimestamp(round(since), UTC) if queue.waiting else None,
            members=queue.free + queue.busy + queue.wrap_up + queue.paused + queue.away,
            free=queue.free,
            busy=queue.busy + queue.wrap_up,
            paused=queue.paused,
            away=queue.away,
        ).model_dump(mode="json")
