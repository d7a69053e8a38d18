"""FastAGI scripts of a room's telephone: playing its messages, and the result of its call to a citizen."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from agi.destinations.resolver import DestinationResolver
from agi.destinations.schema import Helpline
from agi.dialplan import NextAction, finish
from agi.ivr.context import StepContext
from agi.ivr.engine import run_flow
from agi.ivr.room_calls import describe_outcome
from agi.ivr.state import CallState
from agi.ivr.steps.room.room_mailbox import RoomMailboxStep
from agi.settings import ROOMS
from recordings.spool import Spool
from router.clock import utc_now
from router.geo.opening_hours import OpeningHours
from router.helpline import HelplineId
from router.phone_numbers import normalise
from router.storage.errors import StorageUnavailableError
from router.storage.repositories.calls.call_log_repository import INBOUND
from router.tickets.service import UnknownTicketError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.fastagi.session import AgiSession
    from agi.ivr.flow import Flow
    from agi.ivr.room_calls import RoomLine
    from router.geo import Places
    from router.intake.service import IntakeService
    from router.tickets.service import TicketService

LINE: Final = HelplineId(ROOMS)
"""Used instead of a helpline id for these calls."""

_NO_HELPLINE: Final = Helpline(LINE, (), "", OpeningHours(""), {})
_log = logging.getLogger(__name__)


class RoomVoicemail:
    """Handlers of the FastAGI scripts of rooms' telephones.

    Args:
        desk: Knows the tickets.
        intake: As every conversation has it.
        places: Districts, states, needs.
        flow: Returns the conversation for new calls.
        line: Messages, PINs, sound.
    """

    def __init__(
        self, *, desk: TicketService, intake: IntakeService, places: Places, flow: Callable[[], Flow], line: RoomLine
    ) -> None:
        self._desk = desk
        self._intake = intake
        self._places = places
        self._flow = flow
        self._line = line

    async def talk(self, session: AgiSession) -> None:
        """The script `room`: arguments are the caller's number and the trunk."""
        caller, trunk = (*session.info.args, "", "")[:2]
        state = CallState(
            uniqueid=session.info.uniqueid,
            helpline=LINE,
            did="",
            caller=normalise(caller),
            started=utc_now(),
            line=caller,
            trunk=trunk,
            room=self._line.calls.back(session.info.uniqueid),
        )
        session.notes.arrived(
            direction=INBOUND, trunk=trunk, did="", helpline=LINE, caller=state.caller.e164 or caller or None
        )
        talk = StepContext(
            session=session,
            desk=self._desk,
            intake=self._intake,
            places=self._places,
            call=state,
            spool=Spool(self._line.kept, self._line.kept),
            incoming=self._line.kept,
            helpline=_NO_HELPLINE,
            destinations=DestinationResolver(tuple, self._places, utc_now),
            now=utc_now,
            rooms=self._line,
        )
        await session.answer()
        flow = self._flow()
        start = next(name for name, step in flow.steps.items() if isinstance(step, RoomMailboxStep))
        await run_flow(talk, flow, start if state.room else flow.start, lambda _: None)

    async def called(self, session: AgiSession) -> None:
        """The script `room-called`: arguments are DIALSTATUS and seconds spoken."""
        status, seconds = (*session.info.args, "", "")[:2]
        call = self._line.calls.end(session.info.uniqueid)
        if call is None:
            _log.warning("call %s: of no room that calls a citizen: its end is not noted", session.info.uniqueid)
            await finish(session, NextAction.HANGUP)
            return
        session.notes.note("tried", to="citizen", ticket=call.ticket, status=status, seconds=seconds)
        text = describe_outcome(status, seconds)
        at = utc_now().isoformat(timespec="minutes")  # a second call with the same end is another line
        try:
            await self._desk.note(call.ticket, f"{at} {text}", by=call.room)
        except (StorageUnavailableError, UnknownTicketError) as error:
            _log.warning("call of %s about %s not noted: %s", call.room, call.ticket, error)
        await finish(session, NextAction.HANGUP)
