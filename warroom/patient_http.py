"""HTTP/1.1 by uvicorn, with a limit for clients that open a connection and never finish their request's header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

_HEADER_S = 10.0  # a header is one packet; the slowest mobile line sends it within a few seconds


class PatientProtocol(H11Protocol):
    """Hangs up when no whole header comes in time: uvicorn itself waits for ever, and connections are counted."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait on from the first byte of a header to its last."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        super().connection_lost(exc)
        self._forget()

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._forget()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(_HEADER_S, self.transport.close)

    def _forget(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
