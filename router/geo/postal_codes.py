"""Maps a PIN code to its districts and its state."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PIN = re.compile(r"[1-9][0-9]{5}")
"""A PIN code of India Post: six digits, never a leading 0."""


@dataclass(frozen=True, slots=True)
class PinRange:
    """One row of pins.csv.

    Attributes:
        first: First PIN of the range.
        last: Last PIN, included.
        district: Id of the district.
    """

    first: int
    last: int
    district: str


class PinIndex:
    """Districts by PIN: the narrowest range wins, equally narrow ones are all candidates.

    The ranges are cut at every border once, so that a look-up is one binary search.
    """

    def __init__(self, ranges: Iterable[PinRange]) -> None:
        rows = list(ranges)
        self._starts = sorted({row.first for row in rows} | {row.last + 1 for row in rows})
        self._districts = [_narrowest(rows, start) for start in self._starts]

    def find(self, pin: str) -> tuple[str, ...]:
        """Ids of the districts of a PIN, in the order of the table; empty for an unknown or broken PIN."""
        if PIN.fullmatch(pin) is None:
            return ()
        at = bisect_right(self._starts, int(pin)) - 1
        return self._districts[at] if at >= 0 else ()


def _narrowest(rows: Iterable[PinRange], pin: int) -> tuple[str, ...]:
    fitting = [row for row in rows if row.first <= pin <= row.last]
    width = min((row.last - row.first for row in fitting), default=0)
    return tuple(row.district for row in fitting if row.last - row.first == width)


def longest_prefix(prefixes: Mapping[str, str], pin: str) -> str | None:
    """Value of the longest prefix that a PIN starts with; None for an unknown or broken PIN."""
    if PIN.fullmatch(pin) is None:
        return None
    for length in range(len(pin), 0, -1):
        if (found := prefixes.get(pin[:length])) is not None:
            return found
    return None
