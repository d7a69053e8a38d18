"""The processes beside a bench of the screens: many tabs, and the bare fan-out they are compared with."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

_START_TIMEOUT_S = 180.0  # five hundred tabs beside five hundred calls
_STOP_TIMEOUT_S = 30.0
_LINE_BYTES = 1 << 28  # the result is one line


@dataclass(frozen=True, slots=True)
class Tab:
    """One screen of the bench: its cookie, what it shows, and whether it never reads."""

    cookie: str
    view: str
    mute: bool = False


class Helper:
    """A process that does something for a bench: lines in, lines out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    def say(self, line: str) -> None:
        """Give it a line."""
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())

    async def line(self, limit_s: float = _START_TIMEOUT_S) -> str:
        """Wait for its next line."""
        assert self._process.stdout
        async with asyncio.timeout(limit_s):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("a helper of the bench ended; what it said is above")
        return line.decode()

    async def end(self) -> dict[str, Any]:
        """End its input, and return what it tells at its end."""
        assert self._process.stdin
        self._process.stdin.close()
        found: dict[str, Any] = json.loads(await self.line(_STOP_TIMEOUT_S))
        return found


@asynccontextmanager
async def helper(module: str) -> AsyncIterator[Helper]:
    """Run a module of this folder for the time of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.load.{module}",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LINE_BYTES,
    )  # fmt: skip
    try:
        yield Helper(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def opened_tabs(url: str, origin: str, tabs: Sequence[Tab]) -> AsyncIterator[Helper]:
    """Open tabs, and wait until each has its first snapshot."""
    async with helper("board_tabs") as fleet:
        every = [{"cookie": tab.cookie, "view": tab.view, "mute": tab.mute} for tab in tabs]
        fleet.say(json.dumps({"url": url, "origin": origin, "tabs": every}))
        await fleet.line()
        yield fleet


@asynccontextmanager
async def floor_server() -> AsyncIterator[tuple[Helper, int]]:
    """Run the bare fan-out; yields it and its port."""
    async with helper("board_floor") as server:
        yield server, int(await server.line())
