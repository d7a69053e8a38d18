"""Rate limit of requests: a token bucket for each sender (RFC 3290, section 5.1.3 describes one)."""

from __future__ import annotations

import time

_KNOWN = 10_000  # about 2 MB; beyond that the senders quiet for longest are forgotten, to their advantage


class RateLimiter:
    """Allows each sender a burst, and then so many a minute.

    Args:
        per_minute: Requests a minute in the long run; also the burst, for a portal that catches up after a pause.
    """

    def __init__(self, per_minute: int) -> None:
        self._burst = float(per_minute)
        self._per_s = per_minute / 60
        self._left: dict[str, tuple[float, float]] = {}

    def wait_s(self, sender: str, now: float | None = None) -> float:
        """Count a request; return 0 when it is allowed, else the seconds until one would be.

        Args:
            sender: The sender.
            now: Monotonic seconds; for tests.
        """
        now = time.monotonic() if now is None else now
        left, at = self._left.pop(sender, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_s)
        allowed = left >= 1
        self._left[sender] = (left - allowed, now)
        if len(self._left) > _KNOWN:
            del self._left[next(iter(self._left))]
        return 0.0 if allowed else (1 - left) / self._per_s
