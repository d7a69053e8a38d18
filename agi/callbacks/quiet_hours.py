"""The hours of the day in which citizens may be called."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from router.india import INDIA

if TYPE_CHECKING:
    from datetime import datetime


def next_allowed(now: datetime, from_hour: int, until_hour: int) -> datetime:
    """Return the first moment, from now on, that lies within the hours of the day in India.

    Args:
        now: Aware.
        from_hour: The first hour, 0 to 23.
        until_hour: The hour that no longer belongs to it, up to 24; later than ``from_hour``.
    """
    local = now.astimezone(INDIA)
    if from_hour <= local.hour < until_hour:
        return now
    opening = local.replace(hour=from_hour, minute=0, second=0, microsecond=0)
    return opening if local < opening else opening + timedelta(days=1)
