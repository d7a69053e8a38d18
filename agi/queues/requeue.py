"""Puts kept positions back into their queue one after the other, in their order."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import defaultdict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class RequeueOrder:
    """The callers waiting to be put back into a queue, by queue."""

    def __init__(self) -> None:
        self._lines: dict[str, list[tuple[int, float, int]]] = defaultdict(list)
        self._busy: set[str] = set()
        self._moved = asyncio.Condition()

    @asynccontextmanager
    async def turn(self, queue: str, urgency: int, joined: float, place: int) -> AsyncIterator[None]:
        """Wait until nobody is before this place; the next one's turn comes when the block is left.

        Args:
            queue: Its name.
            urgency: QUEUE_PRIO: the higher ones first.
            joined: When the queue was joined, seconds since 1970: among equals the earlier ones first.
            place: Its number; no two are the same.
        """
        mine = (-urgency, joined, place)
        line = self._lines[queue]
        insort(line, mine)
        inside = False
        try:
            async with self._moved:
                await self._moved.wait_for(lambda: line[0] == mine and queue not in self._busy)
                self._busy.add(queue)
                inside = True
            yield
        finally:
            line.remove(mine)
            if inside:
                self._busy.discard(queue)
            async with self._moved:
                self._moved.notify_all()
