"""Pauses the recording of a call while an illness is discussed, and notes on the ticket who did so.

A pause is silence in the recording, as long as it lasted; the people hear each other all the time. It ends with the
talk: who is tried next is recorded again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from agi.ami.errors import AmiError, AmiRefusedError
from agi.channel_ids import ticket_of_channel
from router.localized import LocalizedMessage
from router.mqtt.operator_messages import OperatorCommand
from router.storage.errors import StorageUnavailableError
from router.tickets.errors import CommandRefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from agi.ami.connection import AmiConnection
    from router.mqtt.commands.operator_commands import OperatorCommands
    from router.tickets.service import TicketService

REASONS: Mapping[str, LocalizedMessage] = MappingProxyType(
    {
        "not-recorded": LocalizedMessage("this call is not recorded", "यह कॉल रिकॉर्ड नहीं हो रही है"),
        "recording-unsure": LocalizedMessage(
            "the telephone exchange does not answer: take it that the recording goes on, and try again",
            "टेलीफ़ोन एक्सचेंज से जवाब नहीं मिला: मान कर चलिए कि रिकॉर्डिंग चल रही है, और फिर कोशिश कीजिए",
        ),
    }
)
"""Why a recording is not paused or resumed, beside what ``agi.call_control.errors`` has."""

_STATES: Mapping[str, str] = MappingProxyType(
    {
        "stopped": "the recording stopped, for another came who was not told of it,",
        "resumed": "the call was recorded again, in a file of its own, from the next answer on,",
    }
)
"""What the dialplan's event WrRecording reports, for the ticket's history."""

_log = logging.getLogger(__name__)


class CallRecording:
    """Pauses and resumes recordings.

    Args:
        ami: The link to Asterisk.
        desk: Has the tickets.
    """

    def __init__(self, ami: AmiConnection, desk: TicketService) -> None:
        self._ami = ami
        self._desk = desk
        self._notes: set[asyncio.Task[str]] = set()
        ami.on_event("UserEvent", self._told)

    async def pause(self, uniqueid: str, *, by: str) -> str:
        """Record silence from now on.

        Args:
            uniqueid: Of any channel of the call.
            by: Who requests it, for the ticket's history.

        Returns:
            The ticket's number; "" when the call has none yet.

        Raises:
            CommandRefusedError: The call is not recorded, or Asterisk does not answer.
        """
        return await self._mute(uniqueid, "1", f"paused the recording of call {uniqueid}", by)

    async def resume(self, uniqueid: str, *, by: str) -> str:
        """Resume recording; otherwise as `pause`."""
        return await self._mute(uniqueid, "0", f"resumed the recording of call {uniqueid}", by)

    async def _mute(self, uniqueid: str, state: str, what: str, by: str) -> str:
        done = []
        for channel in self._ami.channels.call_of(uniqueid):
            action = {"Action": "MixMonitorMute", "Channel": channel.name, "Direction": "both", "State": state}
            try:
                await self._ami.action(action)
            except AmiRefusedError:  # the recording is on another channel of the call, or this one has just gone
                continue
            except AmiError as error:
                _log.warning("call %s: %s", uniqueid, error)
                raise CommandRefusedError("recording-unsure", words=REASONS["recording-unsure"]) from None
            done.append(channel.uniqueid)
        if not done:
            raise CommandRefusedError("not-recorded", words=REASONS["not-recorded"])
        return await self._note(done, f"{what} at {datetime.now(UTC):%H:%M:%S} UTC", by)

    def _told(self, event: Mapping[str, object]) -> None:
        """The dialplan stops a recording when a party joins who was not informed of it."""
        what = _STATES.get(str(event.get("State"))) if event.get("UserEvent") == "WrRecording" else None
        if what is not None:
            text = f"{what} at {datetime.now(UTC):%H:%M:%S} UTC"
            note = asyncio.create_task(self._note([str(event.get("Uniqueid"))], text, "warroom"))
            self._notes.add(note)
            note.add_done_callback(self._notes.discard)

    async def _note(self, uniqueids: list[str], text: str, by: str) -> str:
        """Write it down; the pause itself is done, whatever comes of this."""
        try:
            for uniqueid in uniqueids:
                number = ticket_of_channel(uniqueid)
                if number is None:
                    tickets = await self._desk.tickets_of_call(uniqueid)
                    number = tickets[-1].number if tickets else None
                if number:
                    await self._desk.note(number, text, by=by)
                    return number
        except StorageUnavailableError as error:
            _log.warning("%s %s; not on the ticket: %s", by, text, error)
            return ""
        _log.warning("%s %s; the call has no ticket", by, text)
        return ""


class PauseRecordingCommand(OperatorCommand):
    """Record silence until resumed."""

    action: Literal["record-pause"]
    call: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._ -]+$")]
    """A channel's unique id, or the number of the ticket the call is about."""


class ResumeRecordingCommand(PauseRecordingCommand):
    """Resume the recording."""

    action: Literal["record-resume"]  # type: ignore[assignment]


class RecordingCommands:
    """The recording commands of operators and the war room.

    Args:
        recording: Carries out the commands.
        channel_of: The unique id of a channel of a call that an operator may act on; raises CommandRefusedError.
    """

    def __init__(self, recording: CallRecording, channel_of: Callable[[str, str], Awaitable[str]]) -> None:
        self._recording = recording
        self._channel_of = channel_of

    def register(self, commands: OperatorCommands) -> None:
        """Register the actions."""
        commands.on("record-pause", PauseRecordingCommand, self._pause)
        commands.on("record-resume", ResumeRecordingCommand, self._resume)

    async def _pause(self, operator: str, command: PauseRecordingCommand) -> dict[str, Any]:
        uniqueid = await self._channel_of(operator, command.call)
        return {"call": uniqueid, "ticket": await self._recording.pause(uniqueid, by=_who(operator, command))}

    async def _resume(self, operator: str, command: PauseRecordingCommand) -> dict[str, Any]:
        uniqueid = await self._channel_of(operator, command.call)
        return {"call": uniqueid, "ticket": await self._recording.resume(uniqueid, by=_who(operator, command))}


def _who(operator: str, command: PauseRecordingCommand) -> str:
    return f"{command.by} ({operator})" if command.by else operator
