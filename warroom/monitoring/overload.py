"""Overload guard for PJSIP: rejects new calls before SIP is so far behind that it drops them in silence.

Asterisk's parts hand work to each other in queues (taskprocessors). Above a queue's high-water mark (500) PJSIP drops
new calls without an answer. There is no AMI action that shows the queues: the console is asked.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from agi.dialplan import GUARD_UNTIL
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from warroom.config.asterisk.config_files import AsteriskError

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

KIND: Final = "overload"
"""The alert's kind; it goes to the state room."""
ROOM: Final = "state"
POLL_INTERVAL_S: Final = 2.0
"""A call is some ten tasks: 40 calls a second fill a queue that stands still in a second or two."""
ON_AT: Final = 0.2
"""Of the high-water mark, 100 of 500: a healthy queue holds a handful."""
OFF_AT: Final = 0.05
"""The queue must be as good as empty again..."""
CALM_POLLS: Final = 3
"""...so often in a row, so that the guard does not flutter with each wave."""
LASTS_S: Final = 15
"""Seconds the guard stands after each look that wants it: it ends by itself when we have died."""

_ROW: Final = re.compile(r"^((?:pjsip/|taskpool/s:pjsip)\S*)\s+\d+\s+(\d+)\s+\d+\s+\d+\s+(\d+)\s", re.MULTILINE)

_log = logging.getLogger(__name__)


class TaskprocessorQueue(NamedTuple):
    """The fullest of SIP's queues.

    Attributes:
        name: Asterisk's.
        waiting: Tasks in it.
        share: Of its high-water mark.
    """

    name: str
    waiting: int
    share: float


def busiest_taskprocessor(table: str) -> TaskprocessorQueue:
    """Return the fullest of SIP's queues in what ``core show taskprocessors`` says; an empty one without any."""
    found = (
        TaskprocessorQueue(name, int(waiting), int(waiting) / max(int(high), 1))
        for name, waiting, high in _ROW.findall(table)
    )
    return max(found, key=lambda queue: queue.share, default=TaskprocessorQueue("", 0, 0.0))


class OverloadGuard:
    """Watches SIP's queues, sets ``WR_GUARD_UNTIL`` in the dialplan, and alerts the state room.

    Args:
        store: For the alert.
        ask: Asterisk's console; blocks.
        now: Seconds since 1970, as Asterisk counts them.
    """

    def __init__(self, store: Storage, ask: Callable[[str], str], now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._ask = ask
        self._now = now
        self._calm = CALM_POLLS
        self._told: bool | None = None

    @property
    def on(self) -> bool:
        """Whether new calls without priority are rejected."""
        return self._calm < CALM_POLLS

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(AsteriskError, StorageUnavailableError),
            tell=lambda trouble: _log.warning("SIP's queues are not watched for the moment: %s", trouble),
        )

    async def look(self) -> None:
        """Poll once; set, renew or lift the guard, then report it.

        Raises:
            AsteriskError: the console does not answer; a guard that stands runs out by itself.
            StorageUnavailableError: the guard is set; the alert follows with the next look.
        """
        queue = busiest_taskprocessor(await asyncio.to_thread(self._ask, "core show taskprocessors"))
        was = self.on
        if queue.share >= ON_AT:
            self._calm = 0
        elif queue.share <= OFF_AT:
            self._calm = min(self._calm + 1, CALM_POLLS)
        elif was:
            self._calm = 0
        if self.on or was:
            until = int(self._now()) + LASTS_S if self.on else 0
            await asyncio.to_thread(self._ask, f"dialplan set global {GUARD_UNTIL} {until}")
        if self.on != was:
            said = "new calls are rejected" if self.on else "calls are taken again"
            _log.warning("SIP is behind (%d tasks in %s): %s", queue.waiting, queue.name, said)
        if self._told != self.on:
            await self._store.write(partial(_tell, on=self.on), outbox=True)
            self._told = self.on


def _tell(uow: UnitOfWork, *, on: bool) -> None:
    """Runs in the writer's thread."""
    if on:
        what = "SIP cannot keep up: calls without priority are rejected for the moment"
        what_hi = "फ़ोन की मशीन पर बहुत काम है: अभी सिर्फ़ ज़रूरी कॉल ली जा रही हैं"
        uow.alerts.raise_alert(KIND, ROOM, {"what": what, "what_hi": what_hi})
    else:
        uow.alerts.end_alert(KIND, ROOM)
