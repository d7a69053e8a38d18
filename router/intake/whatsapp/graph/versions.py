"""Versions of the Graph API, and when each ends.

Dates: Meta, Graph API changelog, "Available Graph API Versions", November 2026. "A version will no longer be usable two
years after the date that the subsequent version is released" (Platform Versioning).
"""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

RELEASED: Final[Mapping[int, date]] = MappingProxyType(
    {
        19: date(2024, 1, 23),
        20: date(2024, 5, 21),
        21: date(2024, 10, 2),
        22: date(2025, 1, 21),
        23: date(2025, 5, 29),
        24: date(2025, 10, 8),
        25: date(2026, 2, 18),
        26: date(2026, 7, 29),
        27: date(2026, 11, 4),
    }
)
"""When each came out, by its first number."""
_YEARS: Final = 2


def is_old(version: str, today: date) -> bool:
    """Tell whether a version came out two years ago or more, and so soon ends; one later than those known does not."""
    number = int(version.removeprefix("v").partition(".")[0])
    released = RELEASED.get(number)
    if released is None:
        return number < min(RELEASED)
    return released.replace(year=released.year + _YEARS) <= today
