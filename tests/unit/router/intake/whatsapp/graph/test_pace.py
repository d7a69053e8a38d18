"""An account that is too fast rests, longer each time; many failures at once are one."""

from __future__ import annotations

import pytest

from router.intake.whatsapp.graph.errors import ErrorKind
from router.intake.whatsapp.graph.pace import PERSON_BURST, PERSON_S, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def rest(pace: Pace, clock: Clock) -> float:
    """How long the account rests from now; the clock stands at its end then."""
    begun = clock.now
    while pace.resting():
        clock.now += 0.1
    return clock.now - begun


def test_failures_of_requests_that_were_under_way_together_are_one() -> None:
    clock = Clock()
    pace = Pace(80, clock)
    for _ in range(24):
        pace.failed("1", ErrorKind.RATE, "130429")
    assert rest(pace, clock) < 3


def test_each_rest_is_about_twice_the_one_before_until_a_message_goes_through() -> None:
    clock = Clock()
    pace = Pace(80, clock)
    rests = []
    for _ in range(5):
        pace.failed("1", ErrorKind.RATE, "130429")
        rests.append(rest(pace, clock))
    assert rests[-1] > 4 * rests[0]
    pace.went_through("1")
    pace.failed("1", ErrorKind.RATE, "130429")
    assert rest(pace, clock) < 3


@pytest.mark.parametrize("kind", [ErrorKind.RETRY, ErrorKind.PERSON, ErrorKind.PERSON_RATE, ErrorKind.CONTENT])
def test_what_is_no_fault_of_the_account_lets_the_others_go(kind: ErrorKind) -> None:
    pace = Pace(80, Clock())
    pace.failed("1", kind, "")
    assert (pace.resting(), pace.troubles) == (frozenset(), ())


def test_a_person_gets_a_burst_and_then_one_in_six_seconds() -> None:
    clock = Clock()
    pace = Pace(80, clock)
    assert [pace.wait_s(1) for _ in range(PERSON_BURST)] == [0.0] * PERSON_BURST
    assert pace.wait_s(1) == pytest.approx(PERSON_S)
    clock.now += PERSON_S
    assert (pace.wait_s(1), pace.wait_s(2)) == (0.0, 0.0)
    pace.person_rests(2, 30)
    assert pace.wait_s(2) == pytest.approx(30)
