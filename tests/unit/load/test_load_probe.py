"""Loss, jitter, gaps and percentiles of the bench's probe call."""

from __future__ import annotations

import pytest

from tests.load.probe import compute, percentile


def _rows(*sequences: int) -> list[tuple[float, int, int]]:
    """Packets that left every 20 ms and came 5 ms later."""
    return [(sequence * 0.02 + 0.005, sequence & 0xFFFF, sequence * 160) for sequence in sequences]


def test_probe_whole_stream():
    result = compute(_rows(*range(100)))
    assert (result.packets, result.lost) == (100, 0)
    assert result.jitter_mean_ms == pytest.approx(0, abs=1e-9)
    assert result.gap_p99_ms == pytest.approx(20)


def test_probe_counts_what_never_came():
    result = compute(_rows(*range(10), *range(13, 30)))
    assert result.lost == 3
    assert result.gap_p99_ms == pytest.approx(80)


def test_probe_sequence_numbers_wrap():
    assert compute(_rows(*range(65530, 65545))).lost == 0
    assert compute(_rows(*range(65530, 65536), *range(65537, 65545))).lost == 1


def test_probe_swapped_packets_are_not_lost():
    rows = _rows(*range(10))
    rows[4], rows[5] = rows[5], rows[4]
    assert compute(rows).lost == 0


def test_probe_jitter_is_that_of_rfc_3550():
    rows = [(0.0, 0, 0), (0.036, 1, 160), (0.040, 2, 320)]  # 16 ms late, then 16 ms early
    first, second = 16 / 16, 1 + (16 - 1) / 16
    assert compute(rows).jitter_mean_ms == pytest.approx((first + second) / 2)


def test_probe_silence_is_an_error():
    with pytest.raises(ValueError, match="received no sound"):
        compute([])


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(50, 5), (99, 10), (90, 9), (1, 1)],
)
def test_percentile_is_the_nearest_rank(percent: float, expected: float):
    assert percentile([float(value) for value in range(10, 0, -1)], percent) == expected


def test_percentile_of_nothing():
    assert percentile([], 99) == 0
