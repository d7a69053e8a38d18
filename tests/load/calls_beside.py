"""Callers in conversations beside whatever else a bench measures."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from tests.load.bench import RATE_PER_S, install_floor, say, work_folder
from tests.load.caller_sound import make_sound
from tests.load.floor import PROBE_DID
from tests.load.load import Caller, Callers, run_load
from tests.load.shares import SOUND_S, TICKET
from tests.support.brokers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.live.conftest import LiveStack

_SETTLE_S: Final = 30.0


@contextlib.asynccontextmanager
async def calls_beside(stack: LiveStack, count: int, seconds: float) -> AsyncIterator[None]:
    """So many callers are in a conversation that leads to a ticket, for longer than the block needs."""
    if not count:
        yield
        return
    with work_folder() as work:
        hold_s = count / RATE_PER_S + seconds + _SETTLE_S
        voice, _ = install_floor(stack, work, [TICKET], seconds=hold_s + 2 * SOUND_S)
        sound = make_sound(SOUND_S, TICKET.presses, voice)
        many = [Caller(f"9{800000000 + which}", "181", sound) for which in range(count * (2 + int(hold_s / 45)))]
        callers = Callers(many, RATE_PER_S, SOUND_S, at_once=count, hold_s=hold_s)
        task = asyncio.create_task(run_load(stack, work / "calls", callers, PROBE_DID, say))
        await until(lambda: task.done() or channels_up(stack) >= 0.95 * count, seconds=hold_s)
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def channels_up(stack: LiveStack) -> int:
    """Return how many channels Asterisk has."""
    return int(stack.asterisk("core show channels count").split()[0])
