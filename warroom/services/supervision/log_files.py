"""The logs of the parts in ``<data>/log/``: their last lines, and new ones."""

from __future__ import annotations

import heapq
import os
import re
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from router.india import INDIA
from warroom.services.supervision.plan import NAMES
from warroom.services.supervision.supervisord_config import LOG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LOGS: Final = (LOG, *NAMES)
"""Whose logs there are."""
_STAMP: Final = re.compile(r"(\[?)(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)([,0-9]*) ([+-]\d{4})\b")
"""The time that a line begins with: of Asterisk in brackets."""
_ZONE: Final = "+0530"


class LogLine(NamedTuple):
    """One line.

    Attributes:
        at: Its time as text; of a line without one, that of the line before.
        part: The part that wrote it.
        text: Without its end.
    """

    at: str
    part: str
    text: str


def last_lines(data: Path, parts: Sequence[str], count: int) -> list[LogLine]:
    """Return the last lines of these parts together, in the order of their times."""
    merged = heapq.merge(*(_last_of(data, part, count) for part in parts), key=lambda line: line.at)
    return list(deque(merged, maxlen=count))


def _last_of(data: Path, part: str, count: int) -> list[LogLine]:
    """Those of one part, out of the log before this one too, where this one has begun anew."""
    lines: deque[LogLine] = deque(maxlen=count)
    path = log_path(data, part)
    at = ""
    for file in (path.with_name(f"{path.name}.1"), path):
        try:
            with file.open(encoding="utf-8", errors="replace") as text:
                for written in text:
                    line = in_india(written.rstrip("\n"))
                    at = _time(line) or at
                    lines.append(LogLine(at, part, line))
        except FileNotFoundError:
            continue
    return list(lines)


def log_path(data: Path, part: str) -> Path:
    """Return where the log of a part is."""
    return data / "log" / f"{part}.log"


def _time(line: str) -> str:
    found = _STAMP.match(line)
    return f"{found[2]}{found[3]}" if found else ""


def in_india(line: str) -> str:
    """Return a line with its time as India's: Asterisk writes the machine's, whatever TZ says."""
    found = _STAMP.match(line)
    if found is None or found[4] == _ZONE:
        return line
    moment = datetime.strptime(f"{found[2]} {found[4]}", "%Y-%m-%d %H:%M:%S %z").astimezone(INDIA)
    return f"{found[1]}{moment:%Y-%m-%d %H:%M:%S}{found[3]} {_ZONE}{line[found.end() :]}"


class LogFollower:
    """Reads new lines of logs, also after a rotation.

    Args:
        data: The data directory.
        parts: Whose logs.
        from_end: Begin with new lines; else with all lines.
    """

    def __init__(self, data: Path, parts: Sequence[str], *, from_end: bool = True) -> None:
        self._files = {part: _GrowingFile(log_path(data, part), from_end=from_end) for part in parts}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        """Yield part and text of each line that was added since the last time."""
        for part, file in self._files.items():
            for line in file.new_lines():
                yield part, in_india(line)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()


class _GrowingFile:
    """One log. When it is large it is copied and cut, or moved aside and another begun in its place."""

    def __init__(self, path: Path, *, from_end: bool) -> None:
        self._path = path
        self._file: BinaryIO | None = self._open()
        self._half = b""
        if self._file and from_end:
            self._file.seek(0, os.SEEK_END)

    def _open(self) -> BinaryIO | None:
        try:
            return self._path.open("rb")
        except FileNotFoundError:
            return None

    def new_lines(self) -> Iterator[str]:
        yield from self._read()
        if self._moved():
            yield from self._read()  # lines written between the two polls
            self.close()
            self._file = self._open()
            yield from self._read()

    def _read(self) -> Iterator[str]:
        if self._file is None:
            return
        if os.fstat(self._file.fileno()).st_size < self._file.tell():
            self._file.seek(0)
        *lines, self._half = (self._half + self._file.read()).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace")

    def _moved(self) -> bool:
        try:
            there = self._path.stat().st_ino
        except FileNotFoundError:
            return False
        return self._file is None or os.fstat(self._file.fileno()).st_ino != there

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
