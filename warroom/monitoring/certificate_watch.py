"""Alerts the state room when the certificate that Asterisk serves is expiring, expired or invalid."""

from __future__ import annotations

import asyncio
import logging
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NoReturn

from agi.trunks.loader import TrunksError
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from warroom.config.apply.trunks import applied_trunks
from warroom.config.asterisk.config_files import AsteriskError
from warroom.config.certificates import served, trouble_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from router.storage.engine import Storage

KIND: Final = "certificate"
"""The alert's kind; it goes to the state room."""
ROOM: Final = "state"
POLL_INTERVAL_S: Final = 20.0
"""One handshake with our own machine; a renewal is seen as soon as it is in force."""
SILENT_POLLS: Final = 3
"""In a row, with nothing that answers by TLS though Asterisk does: at its start it takes a moment."""
_WHAT_HI: Final = "फ़ोन लाइन का सर्टिफ़िकेट ख़त्म हो रहा है या ठीक नहीं है: तकनीकी विभाग को बताएँ"

_log = logging.getLogger(__name__)


class CertificateWatch:
    """Checks the certificate that is served: the files are private to root and Asterisk, and may not be in force yet.

    Args:
        store: For the alert.
        data: The data directory.
        host: Where SIP is taken.
        ask: Asterisk's console; blocks.
    """

    def __init__(self, store: Storage, data: Path, host: str, ask: Callable[[str], str]) -> None:
        self._store = store
        self._data = data
        self._host = host
        self._ask = ask
        self._silent = 0

    async def run(self) -> NoReturn:
        """Watch until cancelled."""
        await poll_forever(
            self.look,
            every_s=POLL_INTERVAL_S,
            troubles=(AsteriskError, StorageUnavailableError, TrunksError),
            tell=lambda trouble: _log.warning("the certificate is not watched for the moment: %s", trouble),
        )

    async def look(self) -> None:
        """Poll once, and raise or end the alert.

        Raises:
            AsteriskError: Asterisk does not run.
            StorageUnavailableError: the next poll reports it.
            TrunksError: the trunks in force cannot be read.
        """
        trouble = await asyncio.to_thread(self._trouble)
        if trouble is None:
            return
        said: Mapping[str, object] = {"what": f"the certificate of SIP over TLS {trouble}", "what_hi": _WHAT_HI}
        told = {ROOM: said} if trouble else {}
        standing = await self._store.read(lambda uow: uow.alerts.active(kind=KIND))
        if told != {alert.room: alert.data for alert in standing}:
            if trouble:
                _log.warning("the certificate of SIP over TLS %s", trouble)
            await self._store.write(lambda uow: uow.alerts.replace_active(kind=KIND, told=told), outbox=True)

    def _trouble(self) -> str | None:
        """The trouble; None while it is not known."""
        tls = applied_trunks(self._data).tls
        if tls is None:
            return ""
        try:
            certificate = served(self._host, tls.port)
        except ssl.SSLError:
            return f"on port {tls.port} does not fit its key: warroom trunks check"
        except OSError:
            self._ask("core show uptime seconds")
            self._silent += 1
            if self._silent < SILENT_POLLS:
                return None
            return f"is not in use, nothing answers on port {tls.port}: warroom trunks check, then restart the stack"
        self._silent = 0
        trouble = trouble_of(certificate, datetime.now(UTC))
        return f"{trouble}; put a new one in its place, then: warroom apply" if trouble else ""
