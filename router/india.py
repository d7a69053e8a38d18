"""The local time of India: what days, hours and lists mean, whatever zone a machine or a terminal is set to."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Final

INDIA: Final = timezone(timedelta(hours=5, minutes=30), "IST")
"""One zone for the whole country, without summer time since 1945; so it needs no table of zones on the machine."""


def local(moment: datetime) -> datetime:
    """Return a moment in India's time; one without a zone is India's already."""
    return moment.astimezone(INDIA) if moment.tzinfo else moment.replace(tzinfo=INDIA)


def short(moment: datetime) -> str:
    """Return a moment as lists show it: day, month and minute, India's."""
    return f"{local(moment):%d %b %H:%M}"
