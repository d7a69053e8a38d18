"""Places calls to citizens by AMI Originate, and reports when each has ended."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agi import dialplan
from agi.ami.errors import AmiBadValueError
from router.helpline import is_helpline_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ami.connection import AmiConnection
    from router.helpline import HelplineId

RING_TIMEOUT_S: Final = 60
"""For Asterisk to wait for an answer: more than WR_RING_CITIZEN_TIMEOUT_S, by which the dialplan ends the ringing."""
ROOM_RING_TIMEOUT_S: Final = 90
"""The same of a room's telephone, which may be dialled by two trunks."""
CODECS: Final = "alaw,ulaw"
"""The codec of the Local channel: otherwise it is slin, and every prompt is transcoded twice."""
FULL: Final = "all lines of the trunk are in use"
"""Result when the trunk had no free channel. The citizen's telephone never rang, so this is not an attempt."""
_NUMBER: Final = re.compile(r"[1-9][0-9]{9}", re.ASCII)
_TICKET: Final = re.compile(r"[1-9][0-9]{8}", re.ASCII)
_ROOM: Final = re.compile(r"room-[a-z0-9-]{1,60}", re.ASCII)
_STATUSES: Final = {"BUSY": "busy", "NOANSWER": "no answer"}
"""DIALSTATUS of a number that rang; all others mean that the number, its network or the trunk is unavailable."""
_WORD_S: Final = 1.0
"""For the dialplan to say why a call failed: Originate may know that it did a moment before."""
_UNAVAILABLE: Final = "unavailable"
_CAUSE: Final = re.compile(r"[1-9][0-9]{0,2}", re.ASCII)
"""HANGUPCAUSE, as in ITU-T Q.850; 0 is none."""
_REASONS: Final = {"1": "no answer", "3": "no answer", "5": "busy", "8": "no line or not reachable"}
"""Reasons of OriginateResponse: AST_CONTROL_HANGUP, RINGING, BUSY, CONGESTION in Asterisk's ``frame.h``; 0 is none."""


@dataclass(slots=True)
class _Placed:
    """A call on its way; ``doubtful``: the link broke since, so that events of it may have been missed."""

    news: asyncio.Event = field(default_factory=asyncio.Event)
    failed: str = ""
    answered: bool = False
    doubtful: bool = False
    talked: bool = False


class Originator:
    """Places calls, each under a channel id that its caller chooses, so that it can be found again.

    Args:
        link: The link to Asterisk; not yet running, for events are registered here.
    """

    def __init__(self, link: AmiConnection) -> None:
        self._link = link
        self._placed: dict[str, _Placed] = {}
        link.on_event("OriginateResponse", self._response)
        link.on_event("UserEvent", self._on_dial_failed)
        link.on_change(self._changed)

    @property
    def connected(self) -> bool:
        """Whether Asterisk can be asked, so that `is_up` is to be believed."""
        return self._link.connected

    @property
    def callers(self) -> int:
        """Citizens who have called in and are on a line now."""
        return sum(self._link.channels.calls_by_helpline().values())

    def is_up(self, channel_id: str) -> bool:
        """Whether a call placed under this id, by any service process, is up."""
        return self._link.channels.channel(channel_id) is not None

    def find(self, beginning: str) -> str | None:
        """Return the id of a call that is up and whose id has this prefix; None when there is none."""
        alive = self._link.channels.alive
        return next((one for one in alive if one.startswith(beginning) and not one.endswith(".out")), None)

    def talked(self, channel_id: str) -> None:
        """The conversation of a call has ended; the rest of the call belongs to another component."""
        if placed := self._placed.get(channel_id):
            placed.talked = True
            placed.news.set()

    async def call(self, number: str, ticket: str, channel_id: str, *, limit_s: float) -> str:
        """Call a citizen and wait until the call, or its conversation, is over.

        Args:
            number: Ten digits, as dialled in India without 0.
            ticket: The ticket's nine digits: the extension of the conversation.
            channel_id: Asterisk's unique id for the channel that the conversation gets.
            limit_s: Seconds after which we stop waiting.

        Returns:
            "" when it was answered, else why not: `FULL`, or what became of the try.

        Raises:
            AmiBadValueError: Number or ticket is not of that form; nothing was sent.
            AmiRefusedError: Asterisk did not place it.
            AmiNotConnectedError, AmiTimeoutError: It may or may not have been placed.
        """
        if not _NUMBER.fullmatch(number) or not _TICKET.fullmatch(ticket):
            msg = "a citizen's number is ten digits and a ticket's nine: not called"
            raise AmiBadValueError(msg)
        return await self._place(channel_id, _dial(number, dialplan.CONTEXT_CALLBACK, ticket, channel_id), limit_s)

    async def call_in(self, number: str, helpline: HelplineId, channel_id: str, *, limit_s: float) -> str:
        """Call a citizen into the conversation of a helpline; the rest as `call`."""
        if not _NUMBER.fullmatch(number) or not is_helpline_name(helpline):
            msg = "a citizen's number is ten digits, a helpline's name small letters, digits and hyphens: not called"
            raise AmiBadValueError(msg)
        return await self._place(channel_id, _dial(number, dialplan.CONTEXT_CALL_IN, helpline, channel_id), limit_s)

    async def keep_place(
        self, number: str, place: int, channel_id: str, *, values: Mapping[str, str], limit_s: float
    ) -> str:
        """Stand in a queue for a citizen, who is called when an operator has answered; wait until that is over.

        Args:
            number: Ten digits.
            place: Names the place to the dialplan's scripts.
            channel_id: Asterisk's unique id for the channel that calls the citizen; the one in the queue has `.out`
                behind it.
            values: Channel variables: the queue, the position in it.
            limit_s: Seconds after which the place is given up.

        Returns, raises: as `call`; "" when an operator answered, whatever became of the citizen; or `FULL`.
        """
        if not _NUMBER.fullmatch(number):
            msg = "a citizen's number is ten digits: no place kept"
            raise AmiBadValueError(msg)
        values = {dialplan.PLACE: str(place), dialplan.CITIZEN: number, **values}
        return await self._place(
            channel_id,
            {
                "Channel": f"Local/{place}@{dialplan.CONTEXT_QUEUE_PLACE}/n",
                "Context": dialplan.CONTEXT_CALLBACK_DIAL,
                "Exten": str(place),
                "Timeout": str(round(limit_s * 1000)),
                "Variable": [f"{name}={value}" for name, value in values.items()],
            },
            limit_s + RING_TIMEOUT_S,
        )

    async def call_for_room(
        self, destination: str, number: str, ticket: str, channel_id: str, *, limit_s: float
    ) -> str:
        """Ring a room's own telephone, and once it is lifted a ticket's citizen; wait until that is over.

        Args:
            destination: The room's, a name of ``[destinations]``: nothing else is dialled.
            number: Ten digits.
            ticket: The ticket's nine digits.
            channel_id: Asterisk's unique id for the channel that calls the citizen.
            limit_s: Seconds after which we stop waiting.

        Returns, raises: as `call`; "" when the room answered, whatever became of the citizen.
        """
        if not (_NUMBER.fullmatch(number) and _TICKET.fullmatch(ticket) and _ROOM.fullmatch(destination)):
            msg = "a citizen's number is ten digits, a ticket's nine, a room's telephone room-…: not called"
            raise AmiBadValueError(msg)
        values = {dialplan.CITIZEN: number, dialplan.TICKET: ticket}
        return await self._place(
            channel_id,
            {
                "Channel": f"Local/{destination}@{dialplan.CONTEXT_BRIDGE_ADD}/n",
                "Context": dialplan.CONTEXT_ROOM_CALL_DIAL,
                "Exten": ticket,
                "Timeout": str(ROOM_RING_TIMEOUT_S * 1000),
                "Variable": [f"{name}={value}" for name, value in values.items()],
            },
            limit_s,
        )

    async def follow(self, channel_id: str, *, limit_s: float) -> None:
        """Wait until a call placed by an earlier service process is over, as far as the connection can see."""
        placed = self._placed[channel_id] = _Placed(answered=True)
        try:
            await self._wait_until_over(channel_id, placed, limit_s)
        finally:
            del self._placed[channel_id]

    async def _place(self, channel_id: str, call: Mapping[str, object], limit_s: float) -> str:
        placed = self._placed[channel_id] = _Placed()
        try:
            await self._link.action(
                {
                    "Action": "Originate",
                    "ActionID": channel_id,
                    "ChannelId": channel_id,
                    "OtherChannelId": f"{channel_id}.out",
                    "Priority": "1",
                    "Codecs": CODECS,
                    "Async": "true",
                    **call,
                }
            )
            if not await self._wait_until_over(channel_id, placed, limit_s):
                return "no end in time"
        finally:
            del self._placed[channel_id]
        return placed.failed or ("" if placed.answered or placed.talked else "the link to Asterisk broke")

    async def _wait_until_over(self, channel_id: str, placed: _Placed, limit_s: float) -> bool:
        try:
            async with asyncio.timeout(limit_s):
                while not self._is_over(channel_id, placed):
                    placed.news.clear()
                    await placed.news.wait()
        except TimeoutError:
            return False
        return True

    def _is_over(self, channel_id: str, placed: _Placed) -> bool:
        if placed.failed or placed.talked:
            return True
        known = self._link.connected and (placed.answered or placed.doubtful)
        return known and not self.is_up(channel_id)

    def _response(self, event: Mapping[str, object]) -> None:
        placed = self._placed.get(str(event.get("ActionID")))
        if placed is None:
            return
        if event.get("Response") == "Success":
            placed.answered = True
        else:
            reason = str(event.get("Reason"))
            why = _REASONS.get(reason, f"not placed (reason {reason})")
            asyncio.get_running_loop().call_later(_WORD_S, _fail, placed, why)
        placed.news.set()

    def _on_dial_failed(self, event: Mapping[str, object]) -> None:
        """The dialplan itself says, before the call's end, that the trunk had no channel for it, or why it failed."""
        placed = self._placed.get(str(event.get("Uniqueid")).removesuffix(".out"))
        if placed is None or placed.answered:
            return
        if event.get("UserEvent") == "WrFull":
            placed.failed = FULL
        elif event.get("UserEvent") == "WrNotReached":
            placed.failed = _describe_dial_status(str(event.get("Status")), str(event.get("Cause")))
        placed.news.set()

    def _changed(self) -> None:
        for placed in self._placed.values():
            placed.doubtful = placed.doubtful or not self._link.connected
            placed.news.set()


def _fail(placed: _Placed, why: str) -> None:
    placed.failed = placed.failed or why
    placed.news.set()


def _describe_dial_status(status: str, cause: str) -> str:
    """Why nobody answered: DIALSTATUS in words, with the network's cause where it gave one."""
    word = _STATUSES.get(status, _UNAVAILABLE)
    return f"{word} (cause {cause})" if _CAUSE.fullmatch(cause) else word


def _dial(number: str, context: str, exten: str, channel_id: str) -> dict[str, object]:
    """Call a citizen, who enters this place in the dialplan after answering.

    The channel bears the name of the ticket or row that its id names. Names of channels are shown to whoever looks at
    Asterisk, and kept by what gathers its metrics: a citizen's number stands in none.
    """
    return {
        "Channel": f"Local/{channel_id.split('.')[1]}@{dialplan.CONTEXT_CALLBACK_DIAL}/n",
        "Variable": [f"{dialplan.CITIZEN}={number}"],
        "Context": context,
        "Exten": exten,
        "Timeout": str(RING_TIMEOUT_S * 1000),
    }
