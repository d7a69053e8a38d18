"""From the telephone's ring to the screen, as the bench of operators counts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.load.far_ends import FarEnd
from tests.load.operators_bench import pop_ms

if TYPE_CHECKING:
    from pathlib import Path


def test_each_ring_has_its_own_call_on_the_screen() -> None:
    rings = [("1", 100.0), ("1", 160.0), ("2", 100.0)]
    shown = {"1": [100.25, 159.5], "3": [100.0]}
    assert pop_ms(rings, shown) == ([250.0, 0.0], 1)


def test_a_call_of_the_last_caller_does_not_count_for_the_next_one() -> None:
    assert pop_ms([("1", 100.0), ("1", 160.0)], {"1": [100.25]}) == ([250.0], 1)


def test_a_telephones_log_tells_which_operator_was_rung_when(tmp_path: Path) -> None:
    (tmp_path / "calls.log").write_text(
        "ringing 1 1001 2026-11-30 16:00:00 99.5\nringing 2 1002 2026-11-30 16:00:00 99.6\n"
        "answered 1 2026-11-30 16:00:01 100.5\nended 1 2026-11-30 16:00:50 150.5\n"
    )
    assert FarEnd(tmp_path).rings == [("1001", 99.5), ("1002", 99.6)]
