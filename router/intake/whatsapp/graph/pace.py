"""How fast an account may send, and whether it may send at all for the moment."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from router.intake.whatsapp.graph.errors import TREATMENTS, ErrorKind
from router.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

PERSON_S: Final = 6.0
"""Seconds between two messages to one person on average: Meta's pair rate limit, one message in 6 seconds."""
PERSON_BURST: Final = 4
"""Messages to one person that may go at once: Meta allows 45 in a burst, and a dialogue of ours has four."""
_LONGEST_REST_S: Final = 300.0
"""Of the rests for speed, which double."""
_SPREAD: Final = 0.3
_MANY: Final = 10_000
"""People of whom it is known when they were written to last: more are looked through for those of long ago."""


class Trouble(NamedTuple):
    """Why an account, or a message, needs an admin.

    Attributes:
        account: Its ``phone_number_id``.
        kind: Of the error.
        what: Its code and what it means.
    """

    account: str
    kind: ErrorKind
    what: str


@dataclass(slots=True)
class _Account:
    next_at: float = 0.0
    rest_until: float = 0.0
    trouble: Trouble | None = None
    backoff: Backoff = field(
        default_factory=lambda: Backoff(TREATMENTS[ErrorKind.RATE].rest_s, _LONGEST_REST_S, jitter=_SPREAD)
    )


class Pace:
    """The pace of all accounts; of one process, since one process sends.

    Args:
        per_second: Messages that an account may send.
        clock: Seconds that only ever grow.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._every_s = 1 / per_second
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._free_at: dict[int, float] = {}

    def resting(self) -> frozenset[str]:
        """Return the accounts that are not to send now."""
        now = self._clock()
        return frozenset(name for name, one in self._accounts.items() if one.rest_until > now)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """The troubles for which accounts do not send, until a message has gone through again."""
        return tuple(one.trouble for one in self._accounts.values() if one.trouble is not None)

    async def turn(self, account: str) -> None:
        """Wait until the account may send one more message."""
        one, now = self._of(account), self._clock()
        at = max(now, one.next_at)
        one.next_at = at + self._every_s
        if at > now:
            await asyncio.sleep(at - now)

    def wait_s(self, person: int) -> float:
        """Return how many seconds a person is not to be sent another message; 0: they may be, and it is counted."""
        now = self._clock()
        if len(self._free_at) > _MANY:
            self._free_at = {one: at for one, at in self._free_at.items() if at > now}
        free_at = max(self._free_at.get(person, 0.0), now)
        wait = free_at - now - PERSON_S * (PERSON_BURST - 1)
        if wait > 0:
            return wait
        self._free_at[person] = free_at + PERSON_S
        return 0.0

    def person_rests(self, person: int, seconds: float) -> None:
        """A person was sent too much: nothing for so long."""
        self._free_at[person] = self._clock() + seconds + PERSON_S * (PERSON_BURST - 1)

    def went_through(self, account: str) -> None:
        """A message was taken: whatever the trouble was, it has passed."""
        one = self._of(account)
        one.trouble = None
        one.rest_until = 0.0
        one.backoff.reset()

    def failed(self, account: str, kind: ErrorKind, what: str, retry_after_s: float | None = None) -> None:
        """An account got an error: let it rest as its kind says."""
        treatment, one = TREATMENTS[kind], self._of(account)
        if not treatment.rest_s:
            return
        rest_s = treatment.rest_s
        if kind is ErrorKind.RATE and retry_after_s is not None:
            rest_s = max(one.backoff.spread(retry_after_s), retry_after_s)
        elif kind is ErrorKind.RATE:
            if one.rest_until > self._clock():
                return  # requests that were under way together fail together: that is one failure
            rest_s = one.backoff.next_s()
        one.rest_until = max(one.rest_until, self._clock() + rest_s)
        if treatment.alert:
            one.trouble = Trouble(account, kind, what)

    def new_token(self) -> None:
        """The access token has changed: accounts that rest for want of one try at once."""
        for one in self._accounts.values():
            if one.trouble is not None and one.trouble.kind is ErrorKind.TOKEN:
                one.rest_until = 0.0

    def _of(self, account: str) -> _Account:
        return self._accounts.setdefault(account, _Account())
