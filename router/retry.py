"""Retries with growing pauses: a service that is back is found soon, one that stays away is not flooded."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


async def retry(
    action: Callable[[], Awaitable[T]],
    *,
    delay_s: float,
    troubles: tuple[type[Exception], ...],
    tell: Callable[[Exception], object] | None = None,
) -> T:
    """Call a function until it succeeds; return its result.

    Args:
        action: May be done twice.
        delay_s: Seconds from a failure to the next try.
        troubles: What may go wrong for a while; anything else is raised.
        tell: Called with each error.
    """
    while True:
        try:
            return await action()
        except troubles as trouble:
            if tell:
                tell(trouble)
        await asyncio.sleep(delay_s)


class Backoff:
    """The pauses between tries: each twice the one before, up to a limit.

    Args:
        initial_s: The first pause, in seconds.
        max_s: The longest.
        jitter: By what share a pause may be shorter or longer, 0 to 1: where many try the same thing, they must not
            all come in the same instant.
    """

    def __init__(self, initial_s: float, max_s: float, *, jitter: float = 0.0) -> None:
        self._initial_s = initial_s
        self._max_s = max_s
        self._jitter = jitter
        self._pause_s = initial_s

    def reset(self) -> None:
        """Begin with the first pause again: the last try was a success."""
        self._pause_s = self._initial_s

    def next_s(self) -> float:
        """Return how many seconds to wait now, and grow."""
        pause_s = self._pause_s
        self._pause_s = min(pause_s * 2, self._max_s)
        return self.spread(pause_s)

    def spread(self, seconds: float) -> float:
        """Return a pause of another length, spread as these are."""
        return seconds * random.uniform(1 - self._jitter, 1 + self._jitter)  # noqa: S311 - no secret
