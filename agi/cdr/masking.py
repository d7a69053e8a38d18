"""Removes a telephone number from CDR and CEL files while Asterisk goes on writing them.

Digits are written over by as many letters X, in place: no byte moves, so that neither Asterisk, which only ever adds
at the end, nor the reader, which goes on by byte, notices. Blocks: not for the event loop.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Final

from agi.cdr.tail import files, key_of
from agi.journal.cel import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CHUNK: Final = 1 << 20
_MAX_NUMBER_CHARS: Final = 64  # a number and what may stand before and behind it: what two chunks share


def cdr_files(folder: Path) -> list[Path]:
    """Return all CDR and CEL files in the folder where Asterisk logs, also the rotated ones."""
    return [path for log in ("cdr-csv/Master.csv", "cel-custom/cel.csv") for path in files(folder / log)]


def cdr_sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of all CDR and CEL files, by the key that their import is noted under. Raises OSError."""
    found = ((key_of(path), path.stat().st_size) for path in cdr_files(folder))
    return {key: size for key, size in found if key}


def is_imported(sizes: Mapping[str, int], positions: Mapping[str, int]) -> bool:
    """Tell whether files were imported as far as they went once (`cdr_sizes`)."""
    return all(positions.get(key, 0) >= size for key, size in sizes.items())


def count_in_cdr(folder: Path, pattern: re.Pattern[str]) -> int:
    """Return how often a number occurs in CDR and CEL files. Raises OSError."""
    return sum(len(list(_places(handle, pattern))) for handle in _opened(folder, os.O_RDONLY))


def mask_in_cdr(folder: Path, pattern: re.Pattern[str]) -> int:
    """Overwrite a number with X in all CDR and CEL files, and sync; return how often it occurred. Raises OSError."""
    masked = 0
    for handle in _opened(folder, os.O_RDWR):
        for start, end in _places(handle, pattern):
            os.pwrite(handle, MASK.encode("ascii") * (end - start), start)
            masked += 1
        os.fsync(handle)
    return masked


def _opened(folder: Path, flags: int) -> Iterator[int]:
    """Yield each file, open: a plain one only, never by a link, for the folder is not ours alone."""
    for path in cdr_files(folder):
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            if stat.S_ISREG(os.fstat(handle).st_mode):
                yield handle
        finally:
            os.close(handle)


def _places(handle: int, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last byte but one of each place where a number stands."""
    wanted = re.compile(pattern.pattern.encode("ascii"))
    start = 0
    while data := os.pread(handle, _CHUNK, start):
        last = len(data) < _CHUNK
        safe = len(data) if last else len(data) - _MAX_NUMBER_CHARS
        for found in wanted.finditer(data):
            if found.start() < safe and (start == 0 or found.start() > 0):
                yield start + found.start(), start + found.end()
        if last:
            return
        start += safe - 1  # one byte before, which says whether digits begin there
