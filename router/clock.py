"""The time, as all parts take it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

MICROSECONDS: Final = 1_000_000
"""In a second; Asterisk's CEL, and so its table in the store, counts them."""
DAY_MINUTES: Final = 24 * 60
"""In a day."""


def utc_now() -> datetime:
    """Return the moment it is, aware, in UTC: the clock of whatever a test gives no other."""
    return datetime.now(UTC)
