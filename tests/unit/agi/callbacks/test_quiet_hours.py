"""When citizens may be called."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agi.callbacks.quiet_hours import next_allowed


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(3, 29, (1, 3, 30)), (3, 30, (1, 3, 30)), (14, 29, (1, 14, 29)), (14, 30, (2, 3, 30)), (18, 31, (2, 3, 30))],
)
def test_may_call_at_knows_the_hours_of_india(hour: int, minute: int, expected: tuple[int, int, int]) -> None:
    now = datetime(2020, 4, 1, hour, minute, tzinfo=UTC)  # 9 in India is 3:30 UTC, 20 is 14:30
    assert next_allowed(now, 9, 20) == datetime(2020, 4, *expected, tzinfo=UTC)
