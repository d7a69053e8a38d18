"""Alerts the state room while missed calls exceed the callback limits: they may be forged."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.storage.engine import Storage
    from router.storage.repositories.calls.callback_repository import StrangerLimits
    from router.storage.unit_of_work import UnitOfWork

KIND: Final = "callbacks-flood"
"""The alert's kind; it goes to the state room."""
ROOM: Final = "state"
POLL_INTERVAL_S: Final = 5.0
CALM_S: Final = 60.0
"""So long no limit stands in the way before the alert ends: calls end and come one by one."""

_WHAT: Final = "more missed calls than may be called back: citizens with a ticket are called first"
_WHAT_HI: Final = "मिस्ड कॉल बहुत ज़्यादा हैं, सबको वापस फ़ोन नहीं हो सकता: जिनका टिकट है, उन्हें पहले फ़ोन किया जा रहा है"

_log = logging.getLogger(__name__)


class FloodWatch:
    """Watches the callback limits.

    Args:
        store: Open.
        limits: Those in force.
        steady: Seconds of a clock that only goes forward.
    """

    def __init__(self, store: Storage, limits: StrangerLimits, steady: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._limits = limits
        self._steady = steady
        self._calm_since: float | None = None
        self._told: tuple[str, ...] | None = None

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(StorageUnavailableError,),
            tell=lambda trouble: _log.warning("call-backs are not watched for the moment: %s", trouble),
        )

    async def look(self) -> None:
        """Poll once, and report changes.

        Raises:
            StorageUnavailableError: the next poll reports it.
        """
        reached = await self._store.read(lambda uow: uow.callbacks.held_back_now(limits=self._limits))
        if reached:
            self._calm_since = None
            if reached != self._told:
                _log.warning("call-backs are held back by the limits %s", ", ".join(reached))
                await self._store.write(partial(_tell, limits=reached), outbox=True)
                self._told = reached
            return
        if self._calm_since is None:
            self._calm_since = self._steady()
        if self._told != () and self._steady() - self._calm_since >= CALM_S:
            await self._store.write(partial(_tell, limits=()), outbox=True)
            self._told = ()


def _tell(uow: UnitOfWork, *, limits: tuple[str, ...]) -> None:
    """Runs in the writer's thread."""
    if limits:
        data = {"what": _WHAT, "what_hi": _WHAT_HI, "limits": list(limits)}
        uow.alerts.raise_alert(KIND, ROOM, data)
    else:
        uow.alerts.end_alert(KIND, ROOM)
