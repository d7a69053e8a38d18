"""The day or week that a report is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from router.errors import WarroomError
from router.india import INDIA

FIRST_DAY: Final = date(2020, 1, 1)
"""Reports of earlier days would be empty."""
_WEEK: Final = re.compile(r"(\d{4})-W(\d\d)", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DAYS: Final = {"day": 1, "week": 7}


class PeriodError(WarroomError, ValueError):
    """A text is no day and no week."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day of India's, or a week of it from Monday on (ISO 8601).

    Attributes:
        kind: Which of them.
        first: Its first day.
    """

    kind: Literal["day", "week"]
    first: date

    @property
    def days(self) -> list[date]:
        """Its days."""
        return [self.first + timedelta(days=number) for number in range(_DAYS[self.kind])]

    @property
    def begin(self) -> datetime:
        """The moment it begins."""
        return datetime.combine(self.first, time(), INDIA)

    @property
    def end(self) -> datetime:
        """The moment it is over."""
        return self.begin + timedelta(days=_DAYS[self.kind])

    @property
    def text(self) -> str:
        """As addresses and files name it: ``2026-11-30`` or ``2026-W48``."""
        if self.kind == "day":
            return self.first.isoformat()
        year, week, _ = self.first.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def before(self) -> Period:
        """The one before it."""
        return Period(self.kind, self.first - timedelta(days=_DAYS[self.kind]))

    @property
    def after(self) -> Period:
        """The one after it."""
        return Period(self.kind, self.first + timedelta(days=_DAYS[self.kind]))

    def week(self) -> Period:
        """The week it is in."""
        return Period("week", self.first - timedelta(days=self.first.weekday()))


def read_period(text: str, today: date) -> Period:
    """Return the period that a text names; empty: today.

    Raises:
        PeriodError: It names none, or one that has not begun.
    """
    try:
        if not text:
            period = Period("day", today)
        elif week := _WEEK.fullmatch(text):
            period = Period("week", date.fromisocalendar(int(week[1]), int(week[2]), 1))
        elif _DAY.fullmatch(text):
            period = Period("day", date.fromisoformat(text))
        else:
            raise PeriodError(text)
    except ValueError:
        raise PeriodError("expected a day such as 2026-11-30, or a week such as 2026-W48") from None
    if not FIRST_DAY <= period.first <= today:
        raise PeriodError(f"expected a day from {FIRST_DAY} to {today}")
    return period
