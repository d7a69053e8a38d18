"""Imports CDR and CEL files into the store as they grow, each line exactly once."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, time
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.ami.channels import endpoint_name
from agi.cdr.parser import read_caller, read_cdr, read_cel, read_cel_line, whole_or_end
from agi.cdr.tail import files, read_chunk, rotate, turn_over
from agi.dialplan import CAPACITY_REASONS, CONTEXT_MISSED_RANG, REJECTED, REJECTION_REASONS
from agi.journal.cel import add_news, no_news
from agi.settings import ROOMS
from router.india import INDIA
from router.phone_numbers import normalise
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.cdr_repository import FileOffset, RejectedCall

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from agi.cdr.tail import Chunk
    from router.storage.engine import Storage
    from router.storage.repositories.calls.call_log_repository import CallNews
    from router.storage.repositories.calls.cdr_repository import CdrRow, CelRow
    from router.storage.unit_of_work import UnitOfWork

MissedCall = tuple[str, str, datetime, str]
"""Number, unique id, time and trunk."""
CDR: Final = "cdr"
CEL: Final = "cel"
_POLL_INTERVAL_S: Final = 2.0
"""Who looks up a call that has just ended finds it; polling unchanged files costs next to nothing."""
CALLED_FOR_S: Final = 12 * 3600
"""Callers rejected or missed longer ago than this are not called back: the importer may read old files, and after half
a day the citizen has called again or found help."""
_REJECTED_EXTENSIONS: Final = tuple(f"{REJECTED}{why}" for why in REJECTION_REASONS)
_FULL: Final = frozenset(f"{REJECTED}{why}" for why in CAPACITY_REASONS)

_log = logging.getLogger(__name__)


async def _nobody(caller: str, uniqueid: str, at: datetime, trunk: str) -> None:
    """Calls nobody back."""


class CdrImporter:
    """Imports new lines in transactions, each together with the position it was read to.

    Args:
        store: Open.
        folder: Where Asterisk logs: ``cdr-csv/Master.csv`` and ``cel-custom/cel.csv`` lie in it, beside what was
            rotated.
        dids: Helpline by dialled number.
        counted: Called with how many calls were rejected today, in India, by reason, whenever they were counted anew.
        missed: Called with the number, unique id, time and trunk of each missed call of which the service has not
            heard from the dialplan; maybe several times of the same.
        read: Called with a moment once everything written before it is in the store.
        days: How long the files are kept; None: until they are large.
        now: The clock, UTC.
    """

    def __init__(
        self,
        store: Storage,
        folder: Path,
        *,
        dids: Mapping[str, str],
        counted: Callable[[Mapping[str, int]], None] = lambda _: None,
        missed: Callable[[str, str, datetime, str], Awaitable[None]] = _nobody,
        read: Callable[[datetime], None] = lambda _: None,
        days: int | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._logs = {CEL: folder / "cel-custom" / "cel.csv", CDR: folder / "cdr-csv" / "Master.csv"}
        self._dids = dids
        self._marks: dict[str, FileOffset] | None = None
        self._now = now
        self._days = days
        self._counted = counted
        self._missed = missed
        self._read_until = read
        self._day: date | None = None

    async def run(self) -> NoReturn:
        """Read until cancelled."""
        await poll_forever(
            self.look,
            every_s=_POLL_INTERVAL_S,
            troubles=(StorageUnavailableError, OSError),
            tell=lambda trouble: _log.warning("CDR and CEL are imported later: %s", trouble),
        )

    async def look(self) -> None:
        """Take all that is new.

        Raises:
            StorageUnavailableError: the next look goes on where this one ended.
            OSError: a file cannot be read, or a large one not moved.
        """
        began = self._now()
        if self._marks is None:
            self._marks = await self._store.read(lambda uow: uow.cdr.marks())
        for log, path in self._logs.items():
            for file in await asyncio.to_thread(files, path):
                await self._take(log, file, self._marks)
        self._read_until(began)
        await self._count()
        positions = {name: mark.position for name, mark in self._marks.items()}
        for path in self._logs.values():
            if await asyncio.to_thread(rotate, path, positions):
                _log.info("%s is large and all in the store: begun anew", path)
            if self._days and await asyncio.to_thread(turn_over, path, positions, self._now(), self._days):
                _log.info("%s is old and all in the store: begun anew", path)

    async def _count(self) -> None:
        """Count the calls rejected today, when there are new ones."""
        today = self._now().astimezone(INDIA).date()
        if self._day == today:
            return
        midnight = datetime.combine(today, time(), INDIA).timestamp()
        found = await self._store.read(lambda uow: uow.cdr.ended_in(contexts=_REJECTED_EXTENSIONS, first=midnight))
        self._day = today
        self._counted({context.removeprefix(REJECTED): count for context, count in sorted(found.items())})

    async def _take(self, log: str, path: Path, marks: dict[str, FileOffset]) -> None:
        while True:
            positions = {name: mark.position for name, mark in marks.items()}
            try:
                piece = await asyncio.to_thread(read_chunk, path, positions)
            except FileNotFoundError:  # just rotated: it is found again under its new name
                return
            if piece is None:
                return
            records, events, rejected, missed, news, bad = await asyncio.to_thread(self._read, log, piece)
            before = marks[piece.file].skipped_lines if piece.file in marks else 0
            mark = FileOffset(piece.file, log, piece.position, before + bad)
            if bad:
                _log.warning("%s: %d lines before byte %d cannot be read: left out", path, bad, piece.position)
            for call in missed:  # before the lines count as read: a service that dies in between reports them again
                await self._missed(*call)
            await self._store.write(partial(_keep, mark, records, events, rejected, news))
            marks[piece.file] = mark
            if any(record.context.startswith(REJECTED) for record in records):
                self._day = None

    def _read(
        self, log: str, piece: Chunk
    ) -> tuple[list[CdrRow], list[CelRow], list[RejectedCall], list[MissedCall], CallNews, int]:
        records: list[CdrRow] = []
        events: list[CelRow] = []
        rejected: list[RejectedCall] = []
        missed: list[MissedCall] = []
        news = no_news()
        bad = 0
        for line in piece.lines:
            try:
                if log == CDR:
                    record = whole_or_end(line, partial(read_cdr, dids=self._dids))
                    records.append(record)
                    rejected += self._to_call(record, line)
                    missed += self._missed_in(record, line)
                else:
                    event = whole_or_end(line, partial(read_cel, dids=self._dids))
                    if event is not None:
                        events.append(event)
                    add_news(news, whole_or_end(line, read_cel_line), self._dids, endpoint_name)
            except ValueError:
                bad += 1
        return records, events, rejected, missed, news, bad

    def _to_call(self, record: CdrRow, line: str) -> list[RejectedCall]:
        """The caller, if he was rejected for want of lines just now and can be called; an officer calls again."""
        if record.context not in _FULL or record.helpline == ROOMS or not self._is_recent(record):
            return []
        number = normalise(whole_or_end(line, read_caller))
        if number.e164 is None or not number.callable:
            return []
        return [RejectedCall(record.uniqueid, number.e164, record.helpline, record.ended)]

    def _missed_in(self, record: CdrRow, line: str) -> list[MissedCall]:
        """The call, if it rang and the service has not recorded it (its context is else `missed-heard`)."""
        if record.context != CONTEXT_MISSED_RANG or not self._is_recent(record):
            return []
        return [
            (whole_or_end(line, read_caller), record.uniqueid, datetime.fromtimestamp(record.ended, UTC), record.line)
        ]

    def _is_recent(self, record: CdrRow) -> bool:
        return record.ended >= self._now().timestamp() - CALLED_FOR_S


def _keep(
    mark: FileOffset,
    records: Sequence[CdrRow],
    events: Sequence[CelRow],
    rejected: Sequence[RejectedCall],
    news: CallNews,
    uow: UnitOfWork,
) -> None:
    uow.cdr.take(mark, records, events, rejected, news)
