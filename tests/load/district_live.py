"""Callers say their district over real SIP: how often the first try is right, and how long an answer takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.live.conftest import NO_RESERVE, open_stack
from tests.support.faults import shorten_all
from tests.support.spoken_answers import NOISY_DB, VOICES, answers
from tests.support.spoken_calls import Spoken, answer_times_ms, first_tries, listeners_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.conftest import LiveStack

_AT_ONCE: Final = 8
_CALLERS: Final = {"clean": (None, 9811500000), "noisy": (NOISY_DB, 9811600000)}


def district_live(say: Callable[[str], None]) -> dict[str, Any]:
    """Return ``district_live`` as the bench writes it: every district by each of two voices no model of ours has heard.

    Args:
        say: Told of each step.
    """
    with open_stack(spoken_answers="{ district = true }", reserved=NO_RESERVE) as stack:
        shorten_all(stack)
        asyncio.run(listeners_ready(stack))
        right = {}
        for line in _CALLERS:
            say(f"callers say their district, {line} …")
            right[line] = asyncio.run(_right_first(stack, line))
        times = answer_times_ms(stack)
    return {"right_first": right, "answer_ms_p99": round(float(np.percentile(times, 99)), 1) if times else None}


async def _right_first(stack: LiveStack, line: str) -> float:
    noise_db, first_caller = _CALLERS[line]
    spoken = [Spoken(said, noise_db) for voice in VOICES for said in answers("district", voice, "alone")]
    told = await first_tries(stack, spoken, _AT_ONCE, first_caller)
    right = sum(each.said.meaning == said_back for each, said_back in zip(spoken, told, strict=True))
    return round(right / len(spoken), 3)
