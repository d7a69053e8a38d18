"""Alerts the state room when AMI is down: calls are answered, but none is shown or called back."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NoReturn

from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.storage.engine import Storage

KIND: Final = "manager-away"
"""The alert's kind."""
ROOM: Final = "state"
POLL_INTERVAL_S: Final = 5.0
AWAY_POLLS: Final = 4
"""Looks in a row without it: a restart of Asterisk takes some seconds, and the link tries again within 15."""
_SAID: Final = {
    "what": "the service has no link to Asterisk's manager and goes on trying: warroom doctor says why",
    "what_hi": "फ़ोन की मशीन से संपर्क नहीं है: कॉल ली जा रही हैं, पर दिखती नहीं और वापस कॉल नहीं हो रही",
}

_log = logging.getLogger(__name__)


class ManagerWatch:
    """Watches the AMI connection, which reconnects by itself.

    Args:
        store: For the alert.
        connected: Whether there is one now.
    """

    def __init__(self, store: Storage, connected: Callable[[], bool]) -> None:
        self._store = store
        self._connected = connected
        self._away = 0

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(StorageUnavailableError,),
            tell=lambda trouble: _log.warning("whether Asterisk can be seen is told later: %s", trouble),
        )

    async def look(self) -> None:
        """Poll once; report that it has been away for a while, or is back. Raises StorageUnavailableError."""
        self._away = 0 if self._connected() else self._away + 1
        if 0 < self._away < AWAY_POLLS:
            return
        told = {ROOM: _SAID} if self._away else {}
        standing = await self._store.read(lambda uow: uow.alerts.active(kind=KIND))
        if told.keys() != {alert.room for alert in standing}:
            await self._store.write(lambda uow: uow.alerts.replace_active(kind=KIND, told=told), outbox=True)
