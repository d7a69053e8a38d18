"""Reads a live call from Asterisk and changes it there, through AMI."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from agi import dialplan
from agi.ami.channels import endpoint_name
from agi.ami.connection import variables_of
from agi.ami.errors import AmiError, AmiRefusedError
from agi.ami.originator import CODECS
from agi.call_control.actions import Hangup, Redirect, SetVariable, Step
from agi.call_control.call import CITIZEN, READ, CallLeg, LiveCall
from agi.call_control.errors import refusal
from agi.channel_ids import ticket_of_channel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agi.ami.connection import AmiConnection

RING_LIMIT_MS: Final = 90_000
"""For Asterisk to wait for a way's answer: longer than the dialplan lets it ring by two trunks."""
NORMAL: Final = "16"
"""Cause of our hang-ups: normal clearing (ITU-T Q.850)."""

_log = logging.getLogger(__name__)


class AmiCallControl:
    """Asterisk as call control needs it.

    Args:
        link: The link to it.

    Attributes:
        destinations: The destination each leg was dialled for, by unique id; the leg reports it when it answers.
    """

    def __init__(self, link: AmiConnection) -> None:
        self._link = link
        self.destinations: dict[str, str] = {}
        link.on_event("UserEvent", self._told)
        link.on_event("Hangup", self._gone)

    async def call(self, uniqueid: str) -> LiveCall:
        """Return the call a channel belongs to, as it is now.

        Raises:
            CommandRefusedError: It is gone, or Asterisk cannot be asked.
        """
        legs = []
        for channel in self._link.channels.call_of(uniqueid):
            legs += await self._legs(Channel=channel.name)
        if not legs:
            raise refusal("no-call", name=uniqueid)
        return LiveCall(legs)

    async def remember(self) -> list[CallLeg]:
        """After a restart, or a lost link: learn by which way legs were dialled; returns all legs there are.

        Raises:
            CommandRefusedError: Asterisk cannot be asked.
        """
        self.destinations = {
            one: destination for one, destination in self.destinations.items() if self._link.channels.channel(one)
        }
        legs = await self._legs()
        for leg in legs:
            # the channel that had the destination dialled bears the variable too
            if (
                (destination := leg.variables.get(dialplan.BRIDGING))
                and not leg.citizen
                and not endpoint_name(leg.name).startswith(dialplan.OPERATOR_PREFIX)
            ):
                self.destinations.setdefault(leg.uniqueid, destination)
        return legs

    async def do(self, steps: Iterable[Step]) -> None:
        """Do steps in their order, up to the first that cannot be done.

        Raises:
            CommandRefusedError: A channel is gone, or Asterisk cannot be asked.
        """
        for step in steps:
            try:
                await self._link.action(_action(step))
            except AmiRefusedError as error:
                if isinstance(step, Hangup):  # it has gone by itself
                    continue
                _log.info("%s: %s", type(step).__name__, error)
                raise refusal("gone") from None
            except AmiError as error:
                _log.warning("%s: %s", type(step).__name__, error)
                raise refusal("no-asterisk") from None

    async def bring(self, destination: str, conference: str, variables: Mapping[str, str]) -> str:
        """Call a way, to come into a conference; returns the unique id its channel there will have.

        Raises:
            CommandRefusedError: Asterisk cannot be asked, or would not.
        """
        channel_id = f"bridge.{conference}"
        action = {
            "Action": "Originate",
            "ActionID": channel_id,
            "Channel": f"Local/{destination}@{dialplan.CONTEXT_BRIDGE_ADD}",
            "ChannelId": channel_id,
            "OtherChannelId": f"{channel_id}.out",
            "Context": dialplan.CONTEXT_CONFERENCE_ADD,
            "Exten": conference,
            "Priority": "1",
            "Timeout": str(RING_LIMIT_MS),
            "Codecs": CODECS,
            "Variable": [f"{name}={value}" for name, value in variables.items()],
            "Async": "true",
        }
        try:
            await self._link.action(action)
        except AmiError as error:
            _log.warning("%s could not be called: %s", destination, error)
            raise refusal("no-asterisk") from None
        return channel_id

    async def set(self, leg: CallLeg, name: str, value: str) -> None:
        """Set a channel variable or function. Raises CommandRefusedError."""
        await self.do([SetVariable(leg, name, value)])

    async def end(self, uniqueid: str) -> None:
        """Hang a channel up, if it is still there. Raises CommandRefusedError when Asterisk cannot be asked."""
        channel = self._link.channels.channel(uniqueid)
        if channel is not None:
            await self.do([Hangup(CallLeg(uniqueid, channel.name, "", "", "", up=True, variables={}))])

    def destination_of(self, channel: Mapping[str, Any]) -> str:
        """By which way a channel was dialled; "" when that is not known."""
        name = str(channel.get("Channel", ""))
        if f"@{dialplan.CONTEXT_BRIDGE_ADD}-" in name:
            return name.partition("/")[2].partition("@")[0]
        return self.destinations.get(str(channel.get("Uniqueid")), "")

    def who(self, uniqueid: str) -> str:
        """Describe a channel without a telephone number; "" when it is gone."""
        channel = self._link.channels.channel(uniqueid)
        if channel is None:
            return ""
        if channel.caller or ticket_of_channel(uniqueid):
            return CITIZEN
        return self.destination_of({"Channel": channel.name, "Uniqueid": uniqueid}) or endpoint_name(channel.name)

    async def _legs(self, **which: str) -> list[CallLeg]:
        """One channel, none when it is gone meanwhile, or all there are."""
        try:
            found = await self._link.list({"Action": "Status", **which, "Variables": ",".join(READ)})
        except AmiRefusedError:
            return []
        except AmiError as error:
            _log.warning("calls cannot be read: %s", error)
            raise refusal("no-asterisk") from None
        return [_leg(event, self.destination_of(event)) for event in found if event.get("Event") == "Status"]

    def _told(self, event: Mapping[str, object]) -> None:
        if event.get("UserEvent") == "WrAnswered":
            self.destinations[str(event.get("Uniqueid"))] = str(event.get("Destination"))

    def _gone(self, event: Mapping[str, object]) -> None:
        self.destinations.pop(str(event.get("Uniqueid")), None)


def _action(step: Step) -> dict[str, str]:
    if isinstance(step, SetVariable):
        return {"Action": "Setvar", "Channel": step.leg.name, "Variable": step.name, "Value": step.value}
    if isinstance(step, Redirect):
        action = {"Action": "Redirect", "Channel": step.leg.name, "Context": step.to.context, "Exten": step.to.exten}
        action["Priority"] = "1"
        if step.other is not None and step.other_to is not None:
            to = step.other_to
            action |= {"ExtraChannel": step.other.name, "ExtraContext": to.context, "ExtraExten": to.exten}
            action["ExtraPriority"] = "1"
        return action
    return {"Action": "Hangup", "Channel": step.leg.name, "Cause": NORMAL}


def _leg(event: Mapping[str, Any], destination: str) -> CallLeg:
    return CallLeg(
        uniqueid=str(event.get("Uniqueid", "")),
        name=str(event.get("Channel", "")),
        context=str(event.get("Context", "")),
        exten=str(event.get("Exten", "")),
        bridge=str(event.get("BridgeID", "")),
        up=event.get("ChannelStateDesc") == "Up",
        variables=variables_of(event),
        destination=destination,
    )
