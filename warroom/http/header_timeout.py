"""HTTP/1.1 by uvicorn, with a timeout for clients that never finish their request header."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from warroom.http.connection_limits import ConnectionLimiter

_HEADER_S = 10.0  # a header is one packet; the slowest mobile line sends it within a few seconds
_CLIENTS_TURN = (h11.IDLE, h11.SEND_BODY)


class HeaderTimeoutProtocol(H11Protocol):
    """Closes a connection without a complete header in time; uvicorn itself would wait without end.

    Args:
        crowd: All connections of this server.
        given: What uvicorn gives.
    """

    _waiting: asyncio.TimerHandle | None = None

    def __init__(self, *, crowd: ConnectionLimiter, **given: Any) -> None:
        super().__init__(**given)
        self._crowd = crowd
        self._since = self.loop.time()

    @classmethod
    def among(cls, crowd: ConnectionLimiter) -> type[asyncio.Protocol]:
        """Return the protocol for the connections of one server."""
        return cast("type[asyncio.Protocol]", partial(cls, crowd=crowd))

    @property
    def address(self) -> str:
        """Whose connection it is."""
        return self.client[0] if self.client else ""

    @property
    def keyed(self) -> bool:
        """Whether its last request had a valid key, as the application has noted."""
        return bool(self.scope and self.scope["state"].get("keyed"))

    @property
    def waits_since(self) -> float | None:
        """Since when the client has been silent, or is still sending a body; None while we have to answer."""
        return self._since if self.conn.their_state in _CLIENTS_TURN else None

    def leave(self) -> None:
        """Close the connection."""
        self.transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._crowd.join(self)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Wait on from the first byte of a header to its last."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._crowd.leave(self)
        super().connection_lost(exc)
        self._forget()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over to a WebSocket, which has limits of its own."""
        self._crowd.leave(self)
        self._forget()
        super().handle_websocket_upgrade(event)

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._since = self.loop.time()
            self._forget()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(_HEADER_S, self.transport.close)

    def _forget(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
