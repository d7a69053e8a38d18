"""Writes what happens in calls to the store, in batches and never in a caller's way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from agi.dialplan import SYNTHETIC
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.call_log_repository import INBOUND, CallEvent, LoggedCall
from router.tickets.write_behind import WriteBehindBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from router.storage.engine import Storage

GATHER_S: Final = 2.0
"""The steps of all calls in this time share one commit, which costs more than they do; an admin who looks sees a step
two seconds late, and a service that is killed loses those of the last two."""
MAX_HELD: Final = 50_000
"""Steps kept while the store is away, about 20 MB: half an hour of an ordinary day, some minutes of full load. What
is beyond is not kept: Asterisk's CEL still tells who was tried and how the call ended."""

_log = logging.getLogger(__name__)


class _Batch(NamedTuple):
    arrivals: tuple[LoggedCall, ...]
    events: tuple[CallEvent, ...]


def now() -> int:
    """Return the moment, microseconds since 1970."""
    return time.time_ns() // 1000


class CallNotes:
    """The notes of one call.

    Args:
        call: Its unique id.
        put: Takes an arrival or an event.

    Attributes:
        step: The step of the conversation that the notes belong to; empty: none.
    """

    __slots__ = ("_call", "_put", "step")

    def __init__(self, call: str, put: Callable[[LoggedCall | CallEvent], None]) -> None:
        self._call = call
        self._put = put
        self.step = ""

    def arrived(self, *, direction: str, trunk: str, did: str, helpline: str, caller: str | None) -> None:
        """Note that the call is here; the attributes of `LoggedCall`."""
        self._put(LoggedCall(self._call, now(), direction, trunk, did, helpline, caller))

    def note(self, kind: str, **data: Any) -> None:
        """Note something that happens now."""
        self._put(CallEvent(self._call, now(), kind, data))

    @contextlib.contextmanager
    def during(self, kind: str, **data: Any) -> Iterator[dict[str, Any]]:
        """Note something that takes a while, when it is over, with its step and its seconds.

        Yields:
            What will be noted, to be added to; ``cut`` is added when it raises: the caller hung up in it, or it failed.
        """
        began = now()
        if self.step:
            data["step"] = self.step
        try:
            yield data
        except BaseException:
            data["cut"] = True
            raise
        finally:
            data["s"] = round((now() - began) / 1_000_000, 1)
            self._put(CallEvent(self._call, began, kind, data))


class CallJournal:
    """Collects the notes of all calls, and writes them.

    Args:
        store: Open by the time that something is noted.

    Attributes:
        answered: Calls that came to the menu since the start, by helpline; synthetic ones left out.
    """

    def __init__(self, store: Storage) -> None:
        self._store = store
        self.answered: Counter[str] = Counter()
        self._waiting: list[LoggedCall | CallEvent] = []
        self._timer: asyncio.TimerHandle | None = None
        self._batches = 0
        self._held = 0
        self._left_out = 0
        self._buffer: WriteBehindBuffer[_Batch] = WriteBehindBuffer(self._write, _describe)

    def of(self, call: str) -> CallNotes:
        """Return what takes the notes of a call."""
        return CallNotes(call, self._put)

    async def close(self) -> None:
        """Write the remaining notes."""
        self._hand_over()
        await self._buffer.close()

    def _put(self, note: LoggedCall | CallEvent) -> None:
        if isinstance(note, LoggedCall) and note.trunk != SYNTHETIC:
            self.answered[note.helpline] += note.direction == INBOUND
        if self._held >= MAX_HELD:
            if not self._left_out:
                _log.error("the store has been away too long: steps of calls are no longer written down")
            self._left_out += 1
            return
        self._held += 1
        self._waiting.append(note)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_S, self._hand_over)

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        batch = _Batch(
            tuple(note for note in waiting if isinstance(note, LoggedCall)),
            tuple(note for note in waiting if isinstance(note, CallEvent)),
        )
        self._batches += 1
        self._buffer.put(str(self._batches), batch)

    async def _write(self, batch: _Batch) -> None:
        try:
            await self._store.write(lambda uow: uow.call_log.write(arrivals=batch.arrivals, events=batch.events))
        except StorageUnavailableError:  # kept, and tried again
            raise
        except BaseException:
            self._written(batch)
            raise
        self._written(batch)

    def _written(self, batch: _Batch) -> None:
        self._held -= len(batch.arrivals) + len(batch.events)
        if self._left_out:
            _log.warning("steps of calls are written down again; %d are missing", self._left_out)
            self._left_out = 0


def _describe(batch: _Batch) -> str:
    return f"{len(batch.events)} steps of calls, {len(batch.arrivals)} arrivals"
