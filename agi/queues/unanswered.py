"""Counts calls that an operator was offered and did not take; decides who is paused for them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from router.tickets.operator_presence import NO_ANSWER, REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.connection import AmiConnection

REFUSALS: Final = 3
"""Calls in a row that a telephone refuses, by a key, as busy or by a fault of its own, before its operator is paused.
One is a wrong key, which must not empty a queue at night; three are a telephone set to "do not disturb"."""

ELSEWHERE: Final = "WrElsewhere"
"""The dialplan's word that a telephone was not rung, because the address it signed in with leads somewhere else."""

_PREFIX: Final = "PJSIP/operator-"


class UnansweredOffers:
    """Follows what app_queue says of each call offered (AgentRingNoAnswer) and taken (AgentConnect), and the dialplan.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        ring_s: Returns how long a telephone rings, seconds: an operator whose telephone rang so long is away.
        tell: Called when an operator is to be paused, or has refused.

    Attributes:
        refused: How many calls in a row each operator's telephone has refused.
        to_pause: Why, by operator: to be written down and then removed by who does.
    """

    def __init__(self, link: AmiConnection, ring_s: Callable[[], int], tell: Callable[[], None]) -> None:
        self._ring_s = ring_s
        self._tell = tell
        self.refused: Counter[str] = Counter()
        self.to_pause: dict[str, str] = {}
        link.on_event("AgentRingNoAnswer", self._not_taken)
        link.on_event("AgentConnect", self._taken)
        link.on_event("UserEvent", self._told)

    def forget(self, operator: str) -> None:
        """Reset the count: an operator has logged out, or in."""
        self.refused.pop(operator, None)

    def _not_taken(self, event: Mapping[str, object]) -> None:
        operator = _operator(event)
        if int(str(event.get("RingTime") or 0)) >= self._ring_s() * 1000:
            self.to_pause[operator] = NO_ANSWER
            self._tell()
        else:
            self._refuses(operator)

    def _told(self, event: Mapping[str, object]) -> None:
        if event.get("UserEvent") == ELSEWHERE:
            self._refuses(str(event.get("Operator")))

    def _refuses(self, operator: str) -> None:
        self.refused[operator] += 1
        if self.refused[operator] >= REFUSALS:
            self.to_pause[operator] = REFUSED
        self._tell()

    def _taken(self, event: Mapping[str, object]) -> None:
        if self.refused.pop(_operator(event), 0):
            self._tell()


def _operator(event: Mapping[str, object]) -> str:
    return str(event.get("Interface")).removeprefix(_PREFIX)
