"""Reads CDR and CEL files piece by piece, from where the last piece ended.

A file is known by its first line, whose time and uniqueid no other has: under any name, moved or copied by whatever
rotates it. Only whole lines are taken; an unfinished line comes with the next piece.

Asterisk opens the file again for each line, so a large one is simply renamed (`rotate`), and it begins another.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PIECE: Final = 64 * 1024
"""Bytes read at once: some 300 lines, a few milliseconds to read and to write."""
LARGE: Final = 128 * 1024 * 1024
"""Bytes after which a new file is begun: some 400,000 calls, which is days of full load, whose figures `warroom trunks`
counts from the file itself; together with the rotated files half a gigabyte at most."""
_ROTATED: Final = re.compile(r"([.-][0-9]+)?")
"""The part after the name of a rotated file: logrotate's number or date. Compressed ones are not read:
rotate with ``delaycompress``."""

_MOMENT: Final = re.compile(rb"(?P<text>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)|\b(?P<epoch>1\d{9})\.\d+")
"""When a line was written: as the records have it, or the events (and every uniqueid)."""


class Chunk(NamedTuple):
    """Some lines of a file.

    Attributes:
        file: A hash of the file's first line.
        lines: Whole, without their ends.
        position: Where the next piece begins.
    """

    file: str
    lines: list[str]
    position: int


def files(log: Path) -> list[Path]:
    """Return the files of a log, also the rotated ones. Blocks."""
    if not log.parent.is_dir():
        return []
    found = [path for path in log.parent.glob(f"{log.name}*") if _ROTATED.fullmatch(path.name[len(log.name) :])]
    return sorted(found)


def rotated_path(log: Path) -> Path:
    """The file that a large log is renamed to, replacing the one before."""
    return log.with_name(f"{log.name}.1")


def rotate(log: Path, positions: Mapping[str, int], large: int = LARGE) -> bool:
    """Rename a large log, replacing the one before, once both have been read completely; say whether. Blocks.

    A line that is being written meanwhile goes where the file goes, and is read there.

    Args:
        log: The file.
        positions: How far each file was read.
        large: Bytes from which it is.

    Raises:
        OSError: it cannot be moved.
    """
    if not log.exists() or log.stat().st_size < large:
        return False
    if any(path.exists() and read_chunk(path, positions) for path in (log, rotated_path(log))):
        return False
    log.rename(rotated_path(log))
    return True


def turn_over(log: Path, positions: Mapping[str, int], now: datetime, days: int) -> bool:
    """Keep a log no longer than some days; say whether a new one was begun. Blocks.

    It is begun anew when its first line is half of that old, and the one before goes when its last line is all of it.

    Raises:
        OSError: it cannot be moved or deleted.
    """
    before = rotated_path(log)
    if before.exists() and before.stat().st_mtime < (now - timedelta(days=days)).timestamp():
        before.unlink()
    begun = _begun(log)
    return begun is not None and begun < now - timedelta(days=days / 2) and rotate(log, positions, large=0)


def _begun(log: Path) -> datetime | None:
    """Return when the first line of a log was written; None if there is no line, or it has no time."""
    if not log.exists():
        return None
    with log.open("rb") as file:
        found = _MOMENT.search(file.readline(PIECE))
    if not found:
        return None
    return datetime.fromtimestamp(int(found["epoch"]), UTC) if found["epoch"] else _written(found["text"].decode())


def _written(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def key_of(path: Path) -> str | None:
    """Return what a file is known by; None while its first line is not written. Blocks; raises OSError."""
    with path.open("rb") as file:
        return _key(file.readline(PIECE))


def _key(first: bytes) -> str | None:
    if not first.endswith(b"\n") and len(first) < PIECE:
        return None
    return hashlib.blake2b(first, digest_size=16).hexdigest()


def read_chunk(path: Path, positions: Mapping[str, int]) -> Chunk | None:
    """Read the next piece of a file; None when there is nothing new. Blocks.

    Args:
        path: The file.
        positions: How far each file was read, by the hash of its first line.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        name = _key(file.readline(PIECE))
        if name is None:
            return None
        start = positions.get(name, 0)
        file.seek(start)
        data = file.read(PIECE)
    end = data.rfind(b"\n") + 1
    if end == 0:
        if len(data) < PIECE:
            return None
        end = len(data)  # no line is so long: the rest is left out
    lines = data[:end].decode("utf-8", "replace").removesuffix("\n").split("\n")
    return Chunk(name, lines, start + end)
