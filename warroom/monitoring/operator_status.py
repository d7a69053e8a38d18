"""What operators' telephones are doing now, from Asterisk's console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from agi.dialplan import TICKET

if TYPE_CHECKING:
    from agi.queues.schema import Operators
    from warroom.config.asterisk.console import AsteriskConsole

_STATE, _DURATION = 4, 11
"""Fields of a line of ``core show channels concise``."""
_FIELDS: Final = 12
_TICKET: Final = re.compile(rf"^{TICKET}=([0-9]+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OperatorCall:
    """A call that an operator's telephone has.

    Attributes:
        ringing: Whether it rings, and nobody has answered.
        seconds: Since it began to ring, or was answered.
        ticket: The caller's, if there is one.
    """

    ringing: bool
    seconds: int
    ticket: str

    def __str__(self) -> str:
        """Return it in words for a list."""
        what = "rings" if self.ringing else "in call"
        return f"{what} {self.seconds // 60}:{self.seconds % 60:02d}" + (
            f", ticket {self.ticket}" if self.ticket else ""
        )


def calls_in_hand(operators: Operators, console: AsteriskConsole) -> dict[str, OperatorCall]:
    """Return the call of each operator who has one, by the operator's id.

    Raises:
        AsteriskError: Asterisk does not run.
    """
    found: dict[str, OperatorCall] = {}
    ids = {one.endpoint: one.id for one in operators.operator}
    for line in console.ask("core show channels concise").splitlines():
        fields = line.split("!")
        endpoint = fields[0].removeprefix("PJSIP/").rpartition("-")[0]
        if endpoint in ids and len(fields) >= _FIELDS and fields[_DURATION].isdecimal():
            ticket = _TICKET.search(console.ask(f"core show channel {fields[0]}"))
            found[ids[endpoint]] = OperatorCall(
                fields[_STATE] != "Up", int(fields[_DURATION]), ticket[1] if ticket else ""
            )
    return found
