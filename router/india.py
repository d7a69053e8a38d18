"""Local time of India, for days, hours and lists, whatever time zone the machine or terminal has."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

from router.bounds import kept_moment

INDIA: Final = timezone(timedelta(hours=5, minutes=30), "IST")
"""One zone for the whole country, without summer time since 1945; so it needs no table of zones on the machine."""

TIME_ZONE: Final = "IST-5:30"
"""The same for the variable TZ of other programs, in the form of POSIX, which needs no such table either."""


def local(moment: datetime) -> datetime:
    """Return a moment in India's time; one without a zone is India's already."""
    return moment.astimezone(INDIA) if moment.tzinfo else moment.replace(tzinfo=INDIA)


def short(moment: datetime) -> str:
    """Return a moment as lists show it: day, month and minute, India's; one of the store may be out of bounds."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=INDIA)
    return f"{local(kept_moment(aware)):%d %b %H:%M}"
