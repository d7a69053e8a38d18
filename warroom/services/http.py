"""The api process: Open311 and recordings over HTTP, in its own process so that it can never slow a call."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException

from recordings.playback.media import media_router
from router.geo import load_places
from router.intake.open311 import render_error
from router.mqtt.retained.messages import RetainedMessages
from router.storage.engine import Storage
from warroom.config.api_settings import ApiSettings, HttpApiError
from warroom.config.paths import DataDirectory
from warroom.http.connection_limits import ConnectionLimiter
from warroom.http.guard import NOSNIFF, ResponseHeaders
from warroom.http.header_timeout import HeaderTimeoutProtocol
from warroom.services.intake_channels import CHANNELS, ChannelContext, make_text_intake
from warroom.services.store_gate import wait_at_gate
from warroom.services.store_presence import store_there
from warroom.services.systemd_notify import feed_watchdog, notify_ready
from warroom.services.ticket_service_factory import make_rules, make_ticket_service, media_links

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fastapi import APIRouter, Request, Response

    from warroom.config.settings import Settings

_GOODBYE_S = 5  # requests in hand get this long to end; each takes milliseconds, unless the disk hangs
_IDLE_S = 15  # a client that comes back within seconds keeps its connection; others do not hold one
_HEADER_BYTES = 16 * 1024  # a request line with 1000 ticket numbers, and the headers of any browser
_BACKLOG = 256

_log = logging.getLogger(__name__)


def make_app(routers: Iterable[APIRouter]) -> FastAPI:
    """Return the application made of each package's own router."""
    # No redirect from a path with a slash too many: its address would be made of what the client calls us in Host, and
    # without the proxy's TLS.
    app = FastAPI(title="warroom", docs_url=None, redoc_url=None, redirect_slashes=False)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    for router in routers:
        app.include_router(router)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """A path or method that nobody serves."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    return render_error(request, error.status_code, str(error.detail), headers=error.headers)


async def _failed(request: Request, _: Exception) -> Response:
    """A fault of ours; the server logs it."""
    return render_error(request, 500, "this could not be done; the fault is in our log")


async def run(data: Path, settings: Settings) -> None:
    """Serve HTTP until SIGTERM or SIGINT.

    Raises:
        HttpApiError: the address cannot be listened on.
        StorageUnavailableError: there is no store, or not of this program's schema.
    """
    places = load_places()
    async with contextlib.AsyncExitStack() as stack:
        listener = stack.enter_context(listening(settings.api))
        store = Storage(store_there(data), RetainedMessages(), timeout_s=settings.router.storage.timeout_s)
        await store.open()
        stack.push_async_callback(store.close)
        await wait_at_gate(data, settings, store)
        rules = await asyncio.to_thread(make_rules, data, places)
        watching = asyncio.create_task(rules.run(store))
        stack.callback(watching.cancel)
        feeding = asyncio.create_task(feed_watchdog())
        stack.callback(feeding.cancel)
        desk = make_ticket_service(data, settings, store, places, rules)
        stack.push_async_callback(desk.close)
        intake = await asyncio.to_thread(make_text_intake, desk, places)
        context = ChannelContext(store, intake, places, settings.router)
        channels = [make(context).router() for make in CHANNELS]
        layout = DataDirectory(data)
        media = media_router(desk, media_links(data, settings), kept=layout.kept, folder=layout.played)
        await serve_app(make_app([*channels, media]), settings.api, listener)


async def serve_app(app: FastAPI, settings: ApiSettings, listener: socket.socket) -> None:
    """Serve an application on a socket that listens, until SIGTERM or SIGINT."""
    server = _Server(
        uvicorn.Config(
            ResponseHeaders(app),
            log_config=None,  # ours
            access_log=False,  # a URL may hold an API key
            server_header=False,
            lifespan="off",
            ws="none",
            backlog=_BACKLOG,
            limit_concurrency=settings.connections,
            timeout_keep_alive=_IDLE_S,
            timeout_graceful_shutdown=_GOODBYE_S,
            h11_max_incomplete_event_size=_HEADER_BYTES,
            http=HeaderTimeoutProtocol.among(ConnectionLimiter(settings.connections, settings.proxies)),
            proxy_headers=bool(settings.proxies),
            forwarded_allow_ips=[str(network) for network in settings.proxies],
            headers=[NOSNIFF],
        )
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that says when it is ready, and leaves the signals to us: uvicorn raises them once more at its end."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        notify_ready("answering HTTP")
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            _log.info("answering HTTP on %s:%d", host, port)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        self.should_exit = True


@contextlib.contextmanager
def listening(settings: ApiSettings) -> Iterator[socket.socket]:
    """Bind the address first of all: a port that is taken is found before anything else is opened.

    The protocol is named because asyncio sets TCP_NODELAY on no connection else: head and body of an answer are two
    packets, and the second would wait for the client's delayed acknowledgement of the first, 40 ms.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            remedy = "end the program that has it (`ss -ltnp`), or set api.port" * (error.errno == errno.EADDRINUSE)
            raise HttpApiError(
                f"api: cannot listen on {settings.host}:{settings.port}: {os.strerror(error.errno or 0)}; "
                f"{remedy or 'set api.host to an address of this machine'}"
            ) from None
        yield listener
