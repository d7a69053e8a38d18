"""Polling of something that may be unavailable for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

from router.errors import WarroomError

if TYPE_CHECKING:
    import logging
    from collections.abc import Awaitable, Callable


async def poll_forever(
    look: Callable[[], Awaitable[object]],
    *,
    every_s: float,
    troubles: tuple[type[Exception], ...] = (),
    tell: Callable[[Exception], object] | None = None,
) -> NoReturn:
    """Poll until cancelled; an error that lasts is reported once, not at every poll of a night.

    Args:
        look: One look.
        every_s: Seconds from the end of one to the next.
        troubles: What may go wrong for a while; anything else is raised. None: `look` sees to its own.
        tell: Called with an error that differs from that of the poll before.
    """
    told = ""
    while True:
        try:
            await look()
            told = ""
        except troubles as trouble:
            if tell and str(trouble) != told:
                tell(trouble)
            told = str(trouble)
        await asyncio.sleep(every_s)


def log_trouble(log: logging.Logger, what: str, trouble: Exception) -> None:
    """Log a trouble of a poll that outlives every fault: one of the program's own errors in a line, others in full.

    Args:
        log: Of the module.
        what: The work that waits for it to pass.
        trouble: The error.
    """
    log.warning("%s: %s", what, trouble, exc_info=None if isinstance(trouble, WarroomError) else trouble)
