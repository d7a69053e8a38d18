"""Work of which each item is taken for a while (a lease), and several are done at once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar

from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    import logging
    from collections.abc import Awaitable, Callable


class _HasId(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_HasId)


class LeasedWork(Generic[T]):
    """Takes what is due and sees to it; what fails is taken again once its lease is over.

    Args:
        take: Takes the next item; None when nothing is due.
        see_to: Sees to one, to the commit of its result.
        at_once: Items that are seen to at the same time.
        every_s: Seconds between two looks.
        item: What the log calls one, such as "file".
        waits: What the log says when the store is away, with ``%s`` for the reason.
        log: Of the worker's module.
    """

    def __init__(
        self,
        take: Callable[[], Awaitable[T | None]],
        see_to: Callable[[T], Awaitable[None]],
        *,
        at_once: int,
        every_s: float,
        item: str,
        waits: str,
        log: logging.Logger,
    ) -> None:
        self._take = take
        self._do = see_to
        self._at_once = at_once
        self._every_s = every_s
        self._item = item
        self._waits = waits
        self._log = log
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> NoReturn:
        """Work until cancelled; what is under way then is begun anew at the next start, once its lease is over."""
        try:
            await poll_forever(
                self.look,
                every_s=self._every_s,
                troubles=(StorageUnavailableError,),
                tell=partial(self._log.warning, self._waits),
            )
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def look(self) -> int:
        """Begin with what is due; return how many items are under way.

        Raises:
            StorageUnavailableError: it is seen to at the next look.
        """
        while len(self._under_way) < self._at_once and (item := await self._take()):
            if item.id not in self._under_way:  # a clock that was put forward ends leases early
                self._under_way[item.id] = asyncio.create_task(self._see_to(item), name=f"{self._item} {item.id}")
        return len(self._under_way)

    async def _see_to(self, item: T) -> None:
        try:
            await self._do(item)
        except StorageUnavailableError as error:
            self._log.warning("%s %d will be seen to later: %s", self._item, item.id, error)
        except Exception:  # noqa: BLE001 - the trouble of one must not keep the others
            self._log.exception("%s %d failed, will be seen to later", self._item, item.id)
        finally:
            del self._under_way[item.id]
