"""Finds live calls and tells who is in them, by the channels that Asterisk reports; changes nothing."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final

from agi import dialplan
from agi.ami.channels import LOCAL, endpoint_name
from agi.call_control.errors import refusal
from agi.channel_ids import ticket_of_channel
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.ami.channels import LiveChannel
    from agi.ami.connection import AmiConnection
    from router.tickets.service import TicketService

_TICKET: Final = re.compile(r"[1-9][0-9]{8}", re.ASCII)
_log = logging.getLogger(__name__)


class CallDirectory:
    """The calls that go on.

    Args:
        link: The link to Asterisk.
        desk: Knows which ticket a call is about.
        who: Returns the party of a channel, by its unique id, without a telephone number.
    """

    def __init__(self, link: AmiConnection, desk: TicketService, who: Callable[[str], str]) -> None:
        self._link = link
        self._channels = link.channels
        self._desk = desk
        self._who = who

    async def calls(self) -> list[dict[str, Any]]:
        """The calls in which at least two parties speak, each with its parties and its ticket."""
        if not self._link.connected:
            raise refusal("no-asterisk")
        return [await self._describe_channels(channels) for channels in self._channels.bridged_calls()]

    def in_call(self, operator: str, call: str) -> str:
        """Return the unique id of an operator's own leg of a call; "" when there is none."""
        wanted = f"{dialplan.OPERATOR_PREFIX}{operator}"
        return next((one.uniqueid for one in self._channels.call_of(call) if endpoint_name(one.name) == wanted), "")

    def parties(self, call: str) -> list[dict[str, Any]]:
        """Return who is in the call of a channel, as `calls` does; also while nobody speaks. Empty when it is gone."""
        channels = self._channels.call_of(call)
        far = {one.bridge for one in channels if _is_far_half(one) and one.bridge}
        return [self._party(one) for one in channels if one.bridge not in far and not _is_far_half(one)]

    def citizen_of(self, call: str) -> str:
        """Return the unique id of the caller in the call of a channel, the channel's own when none is known."""
        return next((one.uniqueid for one in self._channels.call_of(call) if one.caller), call)

    async def uniqueid(self, call: str) -> str:
        """Return the unique id of a channel of the call that is named by it, or by its ticket's number.

        Raises:
            CommandRefusedError: No such call is going on.
        """
        if not self._link.connected:
            raise refusal("no-asterisk")
        if self._channels.channel(call) is not None:
            return call
        plain = call.replace(" ", "")
        if _TICKET.fullmatch(plain):
            ticket = await self._desk.ticket(plain)
            placed = [one.uniqueid for one in self._channels.bridged() if ticket_of_channel(one.uniqueid) == plain]
            for uniqueid in (*reversed(ticket.calls if ticket else ()), *placed):
                if self._channels.channel(uniqueid) is not None:
                    return uniqueid
        raise refusal("no-call", name=call)

    async def ticket(self, uniqueids: list[str]) -> str:
        """Return the number of the ticket a call is about, by its channels; "" for none, or when nobody can say."""
        for uniqueid in uniqueids:
            if about := ticket_of_channel(uniqueid):
                return about
        callers = [one for one in map(self._channels.channel, uniqueids) if one is not None and one.caller]
        try:
            for caller in callers:
                if found := await self._desk.tickets_of_call(caller.uniqueid):
                    return found[-1].number
        except StorageUnavailableError as trouble:  # people must be put through all the same
            _log.warning("which ticket a call is about cannot be told: %s", trouble)
        return ""

    async def _describe_channels(self, channels: list[LiveChannel]) -> dict[str, Any]:
        caller = next((one for one in channels if one.caller), channels[0])
        return {
            "call": caller.uniqueid,
            "ticket": await self.ticket([one.uniqueid for one in channels]),
            "helpline": caller.helpline if caller.caller else "",
            "parties": [self._party(one) for one in channels],
        }

    def _party(self, channel: LiveChannel) -> dict[str, Any]:
        who = self._who(channel.uniqueid)
        return {"leg": channel.uniqueid, "who": who, "speaks": bool(channel.bridge)}


def _is_far_half(channel: LiveChannel) -> bool:
    """Whether a channel only joins one of our Local channels to the party behind it: the other half stands for both."""
    return channel.name.startswith(LOCAL) and channel.name.endswith(";2")
