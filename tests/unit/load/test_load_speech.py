"""The speech bench's own arithmetic."""

from datetime import UTC, datetime, timedelta

from tests.load.speech_burst import Told, inversions


def told(priority: int, since: int, ended: int) -> Told:
    begin = datetime(2020, 4, 1, tzinfo=UTC)
    return Told(priority, begin + timedelta(seconds=since), begin + timedelta(seconds=ended))


def test_inversion_is_less_urgent_taken_while_more_urgent_waited() -> None:
    calm = [told(1, 0, 1), told(2, 0, 2), told(3, 0, 3), told(3, 0, 4)]
    assert inversions(calm, in_hand=2) == 0
    late = told(1, 2, 6)  # came when the last two had been taken, or were just being taken
    assert inversions([*calm, late], in_hand=2) == 0
    assert inversions([told(3, 0, 1), told(3, 0, 2), told(3, 0, 8), told(1, 0, 9)], in_hand=2) == 1
