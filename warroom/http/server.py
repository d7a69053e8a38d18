"""The HTTP server of a process: its port, its application, and the component that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from typing import TYPE_CHECKING, Final, Protocol

import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from router.component import Component
from router.intake.open311 import render_error
from warroom.config.api_settings import HttpApiError
from warroom.http.connection_limits import ConnectionLimiter
from warroom.http.guard import NOSNIFF, ResponseHeaders
from warroom.http.header_timeout import HeaderTimeoutProtocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from ipaddress import IPv4Network, IPv6Network

    from fastapi import APIRouter, Request, Response
    from starlette.types import ASGIApp

    from router.component import Work

STOP_TIMEOUT_S: Final = 5
"""Requests in progress get this long to end; each takes milliseconds, unless the disk hangs."""
KEEP_ALIVE_TIMEOUT_S: Final = 15
"""A client that comes back within seconds keeps its connection; others do not hold one."""
MAX_HEADER: Final = 16 * 1024
"""Bytes: a request line with 1000 ticket numbers, and the headers of any browser."""
BACKLOG: Final = 256
"""Connections the kernel holds for us."""


@contextlib.contextmanager
def listening(settings: HttpSettings, part: str = "api") -> Iterator[socket.socket]:
    """Bind the address; to be done first of all: a port that is taken is found before anything else is opened.

    Args:
        settings: Has the address.
        part: The process, and the section of the settings.

    The protocol is named because asyncio sets TCP_NODELAY on no connection else: head and body of an answer are two
    packets, and the second would wait for the client's delayed acknowledgement of the first, 40 ms.

    Raises:
        HttpApiError: the address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            remedy = f"end the program that has it (`ss -ltnp`), or set {part}.port" * (error.errno == errno.EADDRINUSE)
            raise HttpApiError(
                f"{part}: cannot listen on {settings.host}:{settings.port}: {os.strerror(error.errno or 0)}; "
                f"{remedy or f'set {part}.host to an address of this machine'}"
            ) from None
        yield listener


class HttpSettings(Protocol):
    """Where a process serves HTTP, and to how many."""

    @property
    def host(self) -> str:
        """Address to listen on."""
        ...

    @property
    def port(self) -> int:
        """TCP port."""
        ...

    @property
    def connections(self) -> int:
        """Connections at once."""
        ...

    @property
    def proxies(self) -> Sequence[IPv4Network | IPv6Network]:
        """Networks of reverse proxies."""
        ...


class HasRouter(Protocol):
    """What answers requests."""

    def router(self) -> APIRouter:
        """Return its paths, each with its handler."""
        ...


class HttpServerComponent(Component):
    """Serves HTTP.

    Args:
        settings: Limits, and the networks of reverse proxies.
        listener: Bound.
        app: Answers.
        max_frame: Bytes of a WebSocket's frame; 0: no WebSockets.
    """

    name = "HTTP"

    def __init__(self, settings: HttpSettings, listener: socket.socket, app: ASGIApp, *, max_frame: int = 0) -> None:
        self._listener = listener
        self._server = _Server(_configure(settings, app, max_frame))

    async def wait_answering(self) -> None:
        """Wait until requests are answered."""
        await self._server.answering.wait()

    def background(self) -> Iterable[Work]:
        """Answer requests."""
        return (self._serve(),)

    async def _serve(self) -> None:
        """Answer requests until cancelled; then take no more of them, and wait for those in progress."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        try:
            await asyncio.shield(serving)
        finally:
            self._server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """A server that says when it answers, and leaves the signals to the process.

    Attributes:
        answering: Set from then on.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configure(settings: HttpSettings, app: ASGIApp, max_frame: int) -> uvicorn.Config:
    return uvicorn.Config(
        ResponseHeaders(app),
        log_config=None,  # ours
        log_level="warning",  # each page that opens a WebSocket would be two lines
        access_log=False,  # a URL may hold an API key
        server_header=False,
        lifespan="off",
        ws="websockets-sansio" if max_frame else "none",
        ws_max_size=max_frame,
        ws_per_message_deflate=True,  # a room's 300 tickets are 450 KB of JSON; a connection keeps 50 KB for it
        backlog=BACKLOG,
        limit_concurrency=settings.connections,
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT_S,
        timeout_graceful_shutdown=STOP_TIMEOUT_S,
        h11_max_incomplete_event_size=MAX_HEADER,
        http=HeaderTimeoutProtocol.among(ConnectionLimiter(settings.connections, settings.proxies)),
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=[str(network) for network in settings.proxies],
        headers=[NOSNIFF],
    )


def make_app(parts: Iterable[HasRouter]) -> FastAPI:
    """Return the application made of each part's router."""
    # No redirect from a path with a slash too many: its address would be made of what the client calls us in Host, and
    # without the proxy's TLS.
    app = FastAPI(title="warroom", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    for part in parts:
        app.include_router(part.router())
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """A path or method that nobody serves."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    return render_error(request, error.status_code, str(error.detail), headers=error.headers)


async def _failed(request: Request, _: Exception) -> Response:
    """A fault of ours; the server logs it."""
    return render_error(request, 500, "this could not be done; the fault is in our log")
