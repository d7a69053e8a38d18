"""Polling of something that may be unavailable for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def poll_forever(
    look: Callable[[], Awaitable[object]],
    *,
    every_s: float,
    troubles: tuple[type[Exception], ...] = (),
    tell: Callable[[Exception], object] | None = None,
) -> NoReturn:
    """Look, for ever; a trouble that lasts is told once, not at every look of a night.

    Args:
        look: One look.
        every_s: Seconds from the end of one to the next.
        troubles: What may go wrong for a while; anything else is raised. None: `look` sees to its own.
        tell: Called with a trouble that is another one than at the look before.
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
