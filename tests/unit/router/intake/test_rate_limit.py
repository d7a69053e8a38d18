"""How many requests somebody may send."""

from __future__ import annotations

from router.intake.rate_limit import RateLimiter


def test_pace_allows_a_burst_then_so_many_a_minute() -> None:
    pace = RateLimiter(60)
    assert [pace.wait_s("a", now=0) for _ in range(60)] == [0] * 60
    assert pace.wait_s("a", now=0) == 1
    assert pace.wait_s("b", now=0) == 0
    assert pace.wait_s("a", now=1) == 0
    assert pace.wait_s("a", now=1.5) == 0.5


def test_pace_forgets_those_who_have_been_quiet_longest() -> None:
    pace = RateLimiter(1)
    for sender in range(20_000):
        pace.wait_s(str(sender), now=0)
    assert pace.wait_s("19999", now=0) > 0
    assert pace.wait_s("0", now=0) == 0
