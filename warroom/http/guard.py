"""Response headers of every answer, and rejection of requests that proxies could split differently."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request

from router.intake.open311 import render_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOSNIFF = ("X-Content-Type-Options", "nosniff")
"""Sent with every answer: what citizens wrote is never taken for something to be run."""
_TWO_LENGTHS = (
    "Content-Length and Transfer-Encoding: send one of them, and Transfer-Encoding with HTTP/1.1 only: where the "
    "request ends must be the same for whoever passes it on (RFC 9112, 6.1)"
)


class ResponseHeaders:
    """Answers for an application.

    Args:
        app: Answers admitted requests; a ``Cache-Control`` of its own stays, else nothing may keep the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a WebSocket is the application's own affair."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        if _ends_twice(scope["http_version"], [name for name, _ in scope["headers"]]):
            refusal = render_error(Request(scope), 400, _TWO_LENGTHS, headers={"connection": "close"})
            await refusal(scope, receive, answered)
        else:
            await self._app(scope, receive, answered)


def _ends_twice(version: str, names: Sequence[bytes]) -> bool:
    return b"transfer-encoding" in names and (b"content-length" in names or version != "1.1")
