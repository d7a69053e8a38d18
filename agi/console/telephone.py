"""Rings an operator's own telephone by AMI Originate; what was asked for happens when it is lifted.

The dialplan (``extensions_console.conf``) tells how far a call is by its event WrConsole, which names the call's id.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from agi import dialplan
from agi.ami.channels import endpoint_name
from agi.ami.errors import AmiError
from agi.ami.originator import CODECS
from agi.call_control.errors import refusal as call_refusal
from agi.console.errors import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from agi.ami.connection import AmiConnection

RING_LIMIT_MS: Final = 60_000
"""For Asterisk to wait: more than WR_RING_TIMEOUT_S, by which the dialplan ends the ringing."""
PREFIX: Final = "console."
"""How the ids of these calls begin."""

Then = Literal["callback", "supervise", "take-over"]
"""What happens when the telephone is lifted."""
Said = Literal["unlifted", "lifted", "calling", "speaking", "ended", "over", "lost"]
"""The operator did not lift; lifted; the citizen's leg is dialled; citizen and operator speak; the operator's leg has
ended; the citizen's has; Asterisk has been away."""


class News(NamedTuple):
    """Something that happened in a call.

    Attributes:
        said: What.
        uniqueid: The channel's: the operator's, or the citizen's.
        channel: Its name.
        status: DIALSTATUS, or ``FULL``: the trunk had no channel free.
    """

    said: Said
    uniqueid: str = ""
    channel: str = ""
    status: str = ""


class ConsoleCall:
    """One such call.

    Attributes:
        id: Its id.
        news: What happens in it.
        citizen: The unique id of the citizen's leg, once it is dialled.
    """

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.news: asyncio.Queue[News] = asyncio.Queue()
        self.citizen = ""


class OperatorTelephone:
    """Places the calls.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
    """

    def __init__(self, link: AmiConnection) -> None:
        self._link = link
        self._calls: dict[str, ConsoleCall] = {}
        link.on_event("UserEvent", self._told)
        link.on_event("BridgeEnter", lambda event: self._citizens(event, "speaking"))
        link.on_event("Hangup", lambda event: self._citizens(event, "over"))
        link.on_change(self._changed)

    def check_free(self, operator: str) -> None:
        """Make sure that an operator's telephone is in no call. Raises CommandRefusedError."""
        if not self._link.connected:
            raise call_refusal("no-asterisk")
        if self.in_use(operator):
            raise refusal("busy-yourself")

    def in_use(self, operator: str) -> bool:
        """Whether an operator's telephone rings or speaks."""
        name = f"{dialplan.OPERATOR_PREFIX}{operator}"
        channels = map(self._link.channels.channel, self._link.channels.alive)
        return any(one is not None and endpoint_name(one.name) == name for one in channels)

    @contextmanager
    def new_call(self) -> Iterator[ConsoleCall]:
        """A call to be placed, whose news are gathered for the time of the block."""
        call = ConsoleCall(f"{PREFIX}{time.time_ns()}")
        self._calls[call.id] = call
        try:
            yield call
        finally:
            del self._calls[call.id]

    async def ring(self, call: ConsoleCall, operator: str, then: Then, **values: str) -> None:
        """Ring an operator's telephone.

        Args:
            call: As `new_call` gives it.
            operator: The operator's id.
            then: What happens when it is lifted.
            values: Channel variables for that.

        Raises:
            CommandRefusedError: Asterisk cannot be asked, or would not.
        """
        variables = {dialplan.CONSOLE: call.id, dialplan.THEN: then, **values}
        action = {
            "Action": "Originate",
            "ActionID": call.id,
            "Channel": f"Local/{dialplan.OPERATOR_PREFIX}{operator}@{dialplan.CONTEXT_CONSOLE_DIAL}/n",
            "ChannelId": call.id,
            "OtherChannelId": f"{call.id}.out",
            "Context": dialplan.CONTEXT_CONSOLE_LIFTED,
            "Exten": then,
            "Priority": "1",
            "Timeout": str(RING_LIMIT_MS),
            "Codecs": CODECS,
            "Variable": [f"{name}={value}" for name, value in variables.items()],
            "Async": "true",
        }
        try:
            await self._link.action(action)
        except AmiError:
            raise call_refusal("no-asterisk") from None

    def _told(self, event: Mapping[str, object]) -> None:
        call = self._calls.get(str(event.get("Console")))
        if call is None or event.get("UserEvent") != "WrConsole":
            return
        uniqueid, said = str(event.get("Uniqueid")), str(event.get("Said"))
        if said == "calling":
            call.citizen = uniqueid
        if said in ("unlifted", "lifted", "calling", "ended"):
            status = str(event.get("Status") or "")
            call.news.put_nowait(News(said, uniqueid, str(event.get("Channel")), status))  # type: ignore[arg-type]

    def _citizens(self, event: Mapping[str, object], said: Said) -> None:
        uniqueid = str(event.get("Uniqueid"))
        for call in self._calls.values():
            if uniqueid and call.citizen == uniqueid:
                call.news.put_nowait(News(said, uniqueid, str(event.get("Channel"))))

    def _changed(self) -> None:
        if not self._link.connected:
            for call in self._calls.values():
                call.news.put_nowait(News("lost"))
