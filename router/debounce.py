"""Gathering what happens many times in a moment, and acting on all of it once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Debouncer:
    """Acts on notifications, at most once per interval; none is missed.

    Args:
        gather_s: Seconds between the first note and the act, so that the others have come by then; or, `at_once`,
            from an act to the next.
        at_once: Act on the first note without waiting.
        poll_s: Seconds after which to act though nothing was noted; None: never.
    """

    def __init__(self, gather_s: float, *, at_once: bool = False, poll_s: float | None = None) -> None:
        self._gather_s = gather_s
        self._at_once = at_once
        self._poll_s = poll_s
        self._news = asyncio.Event()

    def touch(self) -> None:
        """Note that something has happened; returns at once."""
        self._news.set()

    async def run(self, act: Callable[[], Awaitable[object]]) -> NoReturn:
        """Act until cancelled; errors of `act` are raised, and notifications since it began wait for the next run."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._news.wait()
            if not self._at_once:
                await asyncio.sleep(self._gather_s)
            self._news.clear()
            await act()
            if self._at_once:
                await asyncio.sleep(self._gather_s)


class DebouncedCall:
    """Calls a function some time after the first of many notifications: for quick work without a task of its own.

    Args:
        gather_s: Seconds from the first note to the call.
        act: Called in the event loop.
    """

    def __init__(self, gather_s: float, act: Callable[[], None]) -> None:
        self._gather_s = gather_s
        self._act = act
        self._due = False

    def touch(self) -> None:
        """Note that something has happened; returns at once."""
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(self._gather_s, self._call)

    def _call(self) -> None:
        self._due = False
        self._act()
