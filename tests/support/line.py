"""A line between a page and the board that can be cut, and that can go dead without anybody being told."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_PIECE_BYTES = 1 << 16


class Line:
    """Passes TCP connections on to a port of 127.0.0.1, from `port`."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._alive = asyncio.Event()
        self._alive.set()
        self._whole = True
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """End all connections, and refuse new ones until `mend`."""
        self._whole = False
        for writer in self._open:
            writer.transport.abort()

    def deaden(self) -> None:
        """From now on pass nothing on, and end nothing: a cable pulled out somewhere far away."""
        self._alive.clear()

    def mend(self) -> None:
        """Undo `cut` and `deaden`; what was sent into a dead line comes out."""
        self._whole = True
        self._alive.set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on, both ways."""
        if not self._whole:
            writer.transport.abort()
            return
        await self._alive.wait()
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self._open -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(_PIECE_BYTES):
                await self._alive.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def line_to(target: int) -> AsyncIterator[Line]:
    """Open a line to a port of this machine."""
    line = Line(target)
    server = await asyncio.start_server(line.take, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        line.mend()
        server.close()
        line.cut()
