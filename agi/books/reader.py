"""Takes Asterisk's books into the store, as they grow: whatever happens in between, each line once."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn

from agi.books.lines import read_cdr, read_cel, whole_or_end
from agi.books.pieces import files, next_piece
from router.store import book_rows
from router.store.book_rows import Mark
from router.store.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agi.books.pieces import Piece
    from router.store.book_rows import CdrRow, CelRow
    from router.store.store import Store

CDR: Final = "cdr"
CEL: Final = "cel"
_LOOK_S: Final = 10.0
"""Figures are of the day: ten seconds late is soon, and a look at unchanged files costs next to nothing."""

_log = logging.getLogger(__name__)


class BookReader:
    """Reads what is new in the books, a piece a transaction, together with how far that is.

    Args:
        store: Open.
        folder: Where Asterisk logs: ``cdr-csv/Master.csv`` and ``cel-custom/cel.csv`` lie in it, beside what was
            rotated.
        dids: Helpline by dialled number.
    """

    def __init__(self, store: Store, folder: Path, *, dids: Mapping[str, str]) -> None:
        self._store = store
        self._books = {CEL: folder / "cel-custom" / "cel.csv", CDR: folder / "cdr-csv" / "Master.csv"}
        self._dids = dids
        self._marks: dict[str, Mark] | None = None

    async def run(self) -> NoReturn:
        """Read, for ever."""
        told = ""
        while True:
            try:
                await self.look()
                told = ""
            except (StoreUnavailable, OSError) as trouble:
                if str(trouble) != told:  # once, not every ten seconds of a night
                    _log.warning("the books of calls are read later: %s", trouble)
                told = str(trouble)
            await asyncio.sleep(_LOOK_S)

    async def look(self) -> None:
        """Take all that is new.

        Raises:
            StoreUnavailable: the next look goes on where this one ended.
            OSError: a file cannot be read.
        """
        if self._marks is None:
            self._marks = await self._store.read(book_rows.marks)
        for book, path in self._books.items():
            for file in await asyncio.to_thread(files, path):
                await self._take(book, file, self._marks)

    async def _take(self, book: str, path: Path, marks: dict[str, Mark]) -> None:
        while True:
            positions = {name: mark.position for name, mark in marks.items()}
            try:
                piece = await asyncio.to_thread(next_piece, path, positions)
            except FileNotFoundError:  # just rotated: it is found again under its new name
                return
            if piece is None:
                return
            records, events, bad = await asyncio.to_thread(self._read, book, piece)
            before = marks[piece.file].left_out if piece.file in marks else 0
            mark = Mark(piece.file, book, piece.position, before + bad)
            if bad:
                _log.warning("%s: %d lines before byte %d cannot be read: left out", path, bad, piece.position)
            take = partial(book_rows.take, mark=mark, records=records, events=events)
            await self._store.write(take)
            marks[piece.file] = mark

    def _read(self, book: str, piece: Piece) -> tuple[list[CdrRow], list[CelRow], int]:
        records: list[CdrRow] = []
        events: list[CelRow] = []
        bad = 0
        for line in piece.lines:
            try:
                if book == CDR:
                    records.append(whole_or_end(line, partial(read_cdr, dids=self._dids)))
                elif (event := whole_or_end(line, partial(read_cel, dids=self._dids))) is not None:
                    events.append(event)
            except ValueError:
                bad += 1
        return records, events, bad
