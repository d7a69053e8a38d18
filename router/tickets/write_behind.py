"""Write-behind buffer: holds in memory what could not be stored at once, and writes it later."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Generic, TypeVar

from router.retry import Backoff
from router.storage.errors import StorageUnavailableError, UnreadableDocumentError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

T = TypeVar("T")

MAX_PENDING = 10_000  # about 10 MB; at ten calls a second, a quarter of an hour of a full disk
_BATCH_SIZE = 200  # as many as the writer commits together
INITIAL_BACKOFF_S = 1.0  # a lock is often gone after a second
MAX_BACKOFF_S = 30.0  # a full disk takes an admin minutes; half a minute after that all is written
_CLOSE_TIMEOUT_S = 5.0  # a service that stops is given about this long before it is killed

_log = logging.getLogger(__name__)


class WriteBehindBuffer(Generic[T]):
    """Writes in the background, and retries with growing backoff until the store accepts it.

    Args:
        write: Writes one item; raises StorageUnavailableError when it must be tried again.
        describe: Says what an item is, for the log; no full telephone number.
        gather_s: Seconds to wait for more before writing, so that many go into one commit.
    """

    def __init__(
        self, write: Callable[[T], Awaitable[object]], describe: Callable[[T], str], *, gather_s: float = 0.0
    ) -> None:
        self._write = write
        self._describe = describe
        self._gather_s = gather_s
        self._items: dict[str, T] = {}
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def put(self, key: str, item: T) -> None:
        """Keep an item, in the place of an older one with the same key; returns at once.

        When the memory set aside is full, the item is lost and the log says so.
        """
        if key not in self._items and len(self._items) >= MAX_PENDING:
            _log.critical("LOST, the store has been away too long and memory is full: %s", self._describe(item))
            return
        self._items[key] = item
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="write-later")

    async def close(self) -> None:
        """Try once more to write the rest, for a few seconds; the log names the data that is lost."""
        self._closing.set()
        if self._task:
            await asyncio.wait([self._task], timeout=_CLOSE_TIMEOUT_S)
            self._task.cancel()
            await asyncio.wait([self._task])
        for item in self._items.values():
            _log.critical("LOST, the store could not be written before the end: %s", self._describe(item))
        self._items.clear()

    async def _run(self) -> None:
        backoff = Backoff(INITIAL_BACKOFF_S, MAX_BACKOFF_S)
        await self._pause(self._gather_s)
        while self._items:
            last_try = self._closing.is_set()
            if await self._write_some():
                backoff.reset()
                await self._pause(self._gather_s)
            elif last_try:
                return
            else:
                await self._pause(backoff.next_s())

    async def _pause(self, seconds: float) -> None:
        if seconds:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._closing.wait()

    async def _write_some(self) -> bool:
        """Write up to a commit's worth; whether the store took them."""
        batch = list(self._items.items())[:_BATCH_SIZE]
        ends = await asyncio.gather(*(self._write(item) for _, item in batch), return_exceptions=True)
        taken = True
        for (key, item), end in zip(batch, ends, strict=True):
            if isinstance(end, StorageUnavailableError) and not isinstance(end, UnreadableDocumentError):
                taken = False
                continue
            if isinstance(end, BaseException):
                _log.critical("LOST, it cannot be written: %s", self._describe(item), exc_info=end)
            if self._items.get(key) is item:
                del self._items[key]
        return taken
