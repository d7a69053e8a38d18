"""Which caller each operator has in hand, as app_queue tells it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agi.ami.link import AmiLink

_PREFIX: Final = "PJSIP/operator-"


class Hands:
    """Follows AgentConnect and AgentComplete.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
        tell: Called with an operator's id and the call in hand, None when it is over. The call: ``uniqueid`` of the
            caller, ``helpline``, ``caller`` (as the line told it), ``queue``, ``waited_s``, ``since`` (seconds since
            1970).
    """

    def __init__(self, link: AmiLink, tell: Callable[[str, Mapping[str, object] | None], None]) -> None:
        self._link = link
        self._tell = tell
        self._callers: dict[str, str] = {}
        link.on_event("AgentConnect", self._connect)
        link.on_event("AgentComplete", self._complete)
        link.on_change(self._changed)

    def _connect(self, event: Mapping[str, object]) -> None:
        operator = _operator(event)
        self._callers[operator] = str(event.get("Uniqueid"))
        self._tell(
            operator,
            {
                "uniqueid": self._callers[operator],
                "helpline": event.get("AccountCode") or "",
                "caller": event.get("CallerIDNum") or "",
                "queue": event.get("Queue"),
                "waited_s": _whole(event.get("HoldTime")),
                "since": round(time.time()),
            },
        )

    def _complete(self, event: Mapping[str, object]) -> None:
        operator = _operator(event)
        if self._callers.get(operator) == event.get("Uniqueid"):
            self._over(operator)

    def _changed(self) -> None:
        """What ended while the link was broken has ended all the same."""
        if self._link.connected:
            for operator, uniqueid in list(self._callers.items()):
                if self._link.picture.channel(uniqueid) is None:
                    self._over(operator)

    def _over(self, operator: str) -> None:
        del self._callers[operator]
        self._tell(operator, None)


def _operator(event: Mapping[str, object]) -> str:
    return str(event.get("Interface")).removeprefix(_PREFIX)


def _whole(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() else 0
