"""An ASGI application on loopback, served in the event loop of the test."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Literal

import uvicorn

from tests.support.brokers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from starlette.types import ASGIApp


class _Server(uvicorn.Server):
    """Leaves signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp, port: int = 0, *, ws: Literal["auto", "websockets-sansio"] = "auto", log_level: str = "warning"
) -> AsyncIterator[int]:
    """Serve it; yields the port. What is open at the end is cut."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, ws=ws, log_config=None, log_level=log_level, access_log=False, lifespan="off"
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started or task.done())
        assert server.started, "the port is taken"
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await task
