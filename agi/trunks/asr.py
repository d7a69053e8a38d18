"""Answer-seizure ratio of each trunk, counted from CDR (``cdr-csv/Master.csv``).

ITU-T E.411: ASR is the number of seizures that result in an answer signal, divided by the number of all seizures; in
per cent. It says how much of what is sent over a trunk is taken up at its far end (E.422 observes the same from the
side of the caller's experience). A seizure here is one call on the trunk: coming in, answered by us; or going out,
answered over there. A call that was refused, busy, cancelled or not answered is a seizure without an answer. Each call
is counted in the window in which it ended, because CDR is written then.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from agi.cdr.tail import rotated_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Columns of cdr_csv with loguniqueid and newcdrcolumns (asterisk_conf/cdr.conf).
_CHANNEL, _FAR_CHANNEL, _ANSWER, _END, _DISPOSITION, _UNIQUEID = 5, 6, 10, 11, 14, 16
_CHUNK: Final = 256 * 1024
"""Bytes read at a time from the end of the CDR file: some thousand calls."""
_ORDERED_S: Final = 60
"""Rows are written in the order of their calls' ends but for some seconds, when much ends at once."""


@dataclass(slots=True)
class AnswerSeizureRatio:
    """Calls on a trunk in one direction.

    Attributes:
        seizures: All calls.
        answered: Those that were answered.
    """

    seizures: int = 0
    answered: int = 0

    @property
    def asr(self) -> float | None:
        """Answer-seizure ratio in per cent; None without a call."""
        return round(100 * self.answered / self.seizures, 1) if self.seizures else None


@dataclass(slots=True)
class TrunkTraffic:
    """Calls on a trunk in both directions."""

    incoming: AnswerSeizureRatio = field(default_factory=AnswerSeizureRatio)
    outgoing: AnswerSeizureRatio = field(default_factory=AnswerSeizureRatio)


def read_traffic(cdr_log: Path, since: datetime) -> dict[str, TrunkTraffic]:
    """Count the calls that ended since a time, by trunk.

    Args:
        cdr_log: ``Master.csv``; the rotated file is read too. A missing file counts as empty.
        since: Aware.
    """
    found: defaultdict[str, TrunkTraffic] = defaultdict(TrunkTraffic)
    incoming: dict[tuple[str, str], bool] = {}
    for row in _rows(cdr_log, since):
        trunk = _trunk(row[_CHANNEL])
        if trunk:  # one call may have several rows: one for each that was dialled for it
            key = trunk, row[_UNIQUEID]
            incoming[key] = incoming.get(key, False) or bool(row[_ANSWER])
        if far := _trunk(row[_FAR_CHANNEL]):
            _count(found[far].outgoing, answered=row[_DISPOSITION] == "ANSWERED")
    for (trunk, _), answered in incoming.items():
        _count(found[trunk].incoming, answered=answered)
    return dict(found)


def _count(ratio: AnswerSeizureRatio, *, answered: bool) -> None:
    ratio.seizures += 1
    ratio.answered += answered


def _trunk(channel: str) -> str:
    """``bsnl`` of ``PJSIP/bsnl-0000002a``; empty for any other channel."""
    return channel.removeprefix("PJSIP/").rpartition("-")[0] if channel.startswith("PJSIP/") else ""


def _rows(cdr_log: Path, since: datetime) -> Iterator[list[str]]:
    """The rows of calls that ended since then, newest first; older ones are not read."""
    limit = since.astimezone(UTC).timestamp()
    for line in chain(_lines_from_the_end(cdr_log), _lines_from_the_end(rotated_path(cdr_log))):
        row = next(csv.reader([line]), [])
        try:
            ended = datetime.fromisoformat(row[_END]).replace(tzinfo=UTC).timestamp()
            row[_UNIQUEID]
        except (IndexError, ValueError):  # a line cut by a crash
            continue
        if ended >= limit:
            yield row
        elif ended < limit - _ORDERED_S:
            return


def _lines_from_the_end(path: Path) -> Iterator[str]:
    if not path.exists():
        return
    with path.open("rb") as file:
        at = file.seek(0, 2)
        rest = b""
        while at > 0:
            size = min(_CHUNK, at)
            at = file.seek(at - size)
            first, *lines = (file.read(size) + rest).split(b"\n")
            rest = first
            for line in reversed(lines):
                yield line.decode("utf-8", "replace")
        yield rest.decode("utf-8", "replace")
