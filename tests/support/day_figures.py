"""Statistics of the calls of a test, whose days in India may be two: a test may run over midnight."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from router.clock import utc_now
from router.india import local
from tests.support.commands import warroom

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path


def days_since(moment: datetime) -> list[date]:
    """Return India's days from the one of a moment until today."""
    first, today = local(moment).date(), local(utc_now()).date()
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]


async def stats_since(data: Path, moment: datetime) -> Counter[str]:
    """Return the counts of all calls of those days, as `warroom stats` shows them, added up."""
    total: Counter[str] = Counter()
    for day in days_since(moment):
        shown = await warroom(data, "stats", "--day", f"{day}", "--json")
        assert shown.code == 0, shown
        whole = [row for row in json.loads(shown.out) if row["helpline"] == row["trunk"] == "all"]
        total += Counter({key: value for row in whole for key, value in row.items() if isinstance(value, int)})
    return total
