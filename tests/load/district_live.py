"""Callers say their district over real SIP: how often the first try is right, and how long an answer takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.live.conftest import NO_RESERVE
from tests.support.spoken_answers import NOISY_DB
from tests.support.spoken_calls import answer_times_ms, right_first, stack_that_hears

if TYPE_CHECKING:
    from collections.abc import Callable

_AT_ONCE: Final = 8
_CALLERS: Final = {"clean": (None, 9811500000), "noisy": (NOISY_DB, 9811600000)}


def district_live(say: Callable[[str], None]) -> dict[str, Any]:
    """Return ``district_live`` as the bench writes it: every district by each of two voices no model of ours has heard.

    Args:
        say: Told of each step.
    """
    with stack_that_hears("{ district = true }", reserved=NO_RESERVE) as stack:
        right = {}
        for line in _CALLERS:
            say(f"callers say their district, {line} …")
            noise_db, first_caller = _CALLERS[line]
            right[line] = round(asyncio.run(right_first(stack, noise_db, _AT_ONCE, first_caller)), 3)
        times = answer_times_ms(stack)
    return {"right_first": right, "answer_ms_p99": round(float(np.percentile(times, 99)), 1) if times else None}
