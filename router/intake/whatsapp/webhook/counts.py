"""What came to the webhook, counted: for metrics and alerts."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSALS_WITHIN_S: Final = 600.0
"""Refusals are remembered so long: an alert of them stands while they go on, and ends ten minutes after."""
_MOST: Final = 10_000  # refusals that are remembered: more of them change no alert


class WebhookCounts:
    """Counts of this process, since it started.

    Attributes:
        requests: By how they were answered: ``stored``, ``repeated``, ``kept``, ``refused``, ``other-account`` …
        messages: New ones, by kind.
        reports: What became of our messages, by state.

    Args:
        clock: Seconds; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.requests: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self.reports: Counter[str] = Counter()
        self._refusals: deque[float] = deque(maxlen=_MOST)
        self._other_accounts: deque[float] = deque(maxlen=_MOST)

    def refuse(self) -> None:
        """Count a request whose signature is missing or wrong."""
        self.requests["refused"] += 1
        self._refusals.append(self._clock())

    def leave_to_others(self) -> None:
        """Count a signed request for an account that is not set here."""
        self.requests["other-account"] += 1
        self._other_accounts.append(self._clock())

    @property
    def refused_lately(self) -> int:
        """How many signatures were refused within ``REFUSALS_WITHIN_S``."""
        return self._recent(self._refusals)

    @property
    def other_accounts_lately(self) -> int:
        """How many requests were for accounts that are not set, within ``REFUSALS_WITHIN_S``."""
        return self._recent(self._other_accounts)

    def _recent(self, moments: deque[float]) -> int:
        since = self._clock() - REFUSALS_WITHIN_S
        while moments and moments[0] < since:
            moments.popleft()
        return len(moments)
