"""Counts of tickets by hour, which are India's hours, so that an hour of the day is one."""

from __future__ import annotations

from typing import NamedTuple

from router.india import INDIA

_OFFSET_S = int(INDIA.utcoffset(None).total_seconds())  # hours are India's, so that an hour of the day is one

SETTLE_S = 60.0
"""An hour is taken when its last tickets are surely committed."""


class HourlyCount(NamedTuple):
    """How many tickets were opened in an hour in a district for a need."""

    hour: int
    district: str
    need: str
    tickets: int


def hour_of(timestamp: float) -> int:
    """Return the hour of a time (seconds since 1970, UTC), counted from midnight before 1 January 1970 in India."""
    return int((timestamp + _OFFSET_S) // 3600)


def start_of_hour(hour: int) -> int:
    """Return when an hour began, in seconds since 1970, UTC."""
    return hour * 3600 - _OFFSET_S


def share_of_hour(timestamp: float) -> float:
    """Return how much of its hour is over at a time (seconds since 1970, UTC), 0 to 1."""
    return (timestamp + _OFFSET_S) % 3600 / 3600
