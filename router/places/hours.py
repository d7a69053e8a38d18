"""Open hours as people write them in a table: ``Mo-Sa 08:00-20:00; Su 09:00-13:00``.

A part of the syntax of OpenStreetMap's ``opening_hours`` key (wiki.openstreetmap.org/wiki/Key:opening_hours): rules
divided by ``;``, each of days (all without any) and times, or ``off``; a later rule counts for its days in the place
of an earlier one; ``24/7``. Times are India's; past midnight is written ``20:00-02:00``.
"""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
"""One zone for the whole country, without summer time."""

DAY_MINUTES = 24 * 60
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
EXPECTED = "'24/7' or times such as '08:00-20:00' or 'Mo-Sa 08:00-13:00,16:00-20:00; Su off'"

_RULE = re.compile(r"(?:([a-z]{2}(?:[-,][a-z]{2})*)\s+)?(off|[0-9:,\- ]+)")
_SPAN = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])\s*-\s*([01]?[0-9]|2[0-4]):([0-5][0-9])")

Span = tuple[int, int]
"""From and to, in minutes after midnight; ``to`` may lie on the next day."""


class Hours:
    """When a place is open.

    Args:
        text: As in the table; empty: not known.

    Raises:
        ValueError: it cannot be read; the text says what is expected.
    """

    def __init__(self, text: str) -> None:
        self.known = bool(text.strip())
        self._days: list[Sequence[Span]] = [()] * len(DAYS)
        for rule in text.lower().split(";") if self.known else ():
            self._add(rule.strip())

    def _add(self, rule: str) -> None:
        if rule == "24/7":
            self._days = [((0, DAY_MINUTES),)] * len(DAYS)
            return
        found = _RULE.fullmatch(rule)
        if found is None:
            raise ValueError(f"expected {EXPECTED}")
        spans = () if found[2] == "off" else tuple(_span(part.strip()) for part in found[2].split(","))
        for day in _days(found[1]):
            self._days[day] = spans

    @property
    def never(self) -> bool:
        """Whether it is known to be closed all week."""
        return self.known and not any(self._days)

    def open_at(self, when: datetime) -> bool:
        """Whether it is open, as far as is known: unknown hours count as open."""
        if not self.known:
            return True
        local = when.astimezone(INDIA)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        today, yesterday = self._days[day], self._days[day - 1]
        return any(start <= minute < end for start, end in today) or any(
            minute < end - DAY_MINUTES for _, end in yesterday
        )


@lru_cache(maxsize=4096)
def hours_of(text: str) -> Hours:
    """Return hours that were read before, or read them: thousands of places share a few.

    Raises:
        ValueError: they cannot be read; the text says what is expected.
    """
    return Hours(text)


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"expected {EXPECTED}")
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if max(start, end) > DAY_MINUTES or start == end:
        raise ValueError(f"expected {EXPECTED}")
    return start, end if end > start else end + DAY_MINUTES


def _days(text: str | None) -> list[int]:
    if text is None:
        return list(range(len(DAYS)))
    days: list[int] = []
    for part in text.split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAYS for end in ends):  # noqa: PLR2004
            raise ValueError(f"days are Mo, Tu, We, Th, Fr, Sa, Su; expected {EXPECTED}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        days += [day % len(DAYS) for day in range(first, last + 1 if last >= first else last + 1 + len(DAYS))]
    return days
