"""The FastAGI scripts: a new call, what became of one that was put through, a citizen whom we called, and a room."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from agi import dialplan
from agi.call_control.dial_results import DialResultRecorder, TransferredCall
from agi.callbacks.queue_callbacks import PLACED
from agi.channel_ids import ticket_of_channel
from agi.ivr.context import StepContext
from agi.ivr.engine import run_call
from agi.ivr.state import CallState
from recordings.spool import Spool
from router.helpline import CITIZENS
from router.phone_numbers import normalise

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agi.admission.caller_limits import CallerLimits
    from agi.callbacks.agi_handlers import QueueAgiHandlers
    from agi.callbacks.confirmation_calls import ConfirmationCallScheduler
    from agi.destinations.resolver import DestinationResolver
    from agi.destinations.schema import Helplines
    from agi.fastagi.server import Handler
    from agi.fastagi.session import AgiSession
    from agi.ivr.flow import Flow
    from agi.voicemail.room_calls import RoomVoicemail
    from router.geo import Places
    from router.tickets.service import TicketService
    from router.tickets.ticket import Ticket

PRESERVED_PATH = "kept"  # beside the incoming folder of the spool


class StageRegistry(Protocol):
    """What shows the calls by helpline and stage."""

    def assign(self, uniqueid: str, helpline: str, stage: str) -> None:
        """A call has come to a stage."""


def make_handlers(
    *,
    desk: TicketService,
    places: Places,
    flow: Flow,
    incoming: Path,
    helplines: Helplines,
    destinations: DestinationResolver,
    talking: set[str],
    callback_flow: Flow,
    caller: ConfirmationCallScheduler,
    voicemail: RoomVoicemail,
    limited_flow: Flow,
    limits: CallerLimits,
    queue_scripts: QueueAgiHandlers,
    picture: StageRegistry | None = None,
) -> dict[str, Handler]:
    """Make the handlers by FastAGI script.

    Args:
        desk: Where tickets are opened.
        places: Districts, states, needs.
        flow: The conversation.
        incoming: Absolute folder Asterisk records into; `kept` beside it takes recordings with a ticket.
        helplines: How each is answered.
        destinations: Who can be tried for a caller.
        talking: Holds the uniqueid of every call whose conversation has not yet booked its end.
        callback_flow: The conversation with citizens whom we call.
        caller: Calls them, and is told when each conversation is over.
        voicemail: Lets rooms hear their messages.
        limited_flow: The conversation with numbers that get urgent help only.
        limits: Knows which those are.
        queue_scripts: What the dialplan asks around queues.
        picture: Told of each call's stage, if given.
    """
    spool = Spool(incoming, incoming.with_name(PRESERVED_PATH))
    outcomes = DialResultRecorder(desk=desk, now=_now)

    async def call(session: AgiSession) -> None:
        state = _state(session)
        helpline = helplines.of(state.helpline)
        state.helpline = helpline.id
        state.home = helpline.district

        def entered(stage: str) -> None:
            if picture is not None:
                picture.assign(state.uniqueid, state.helpline, stage)

        queue_scripts.came_in(None if state.placed else state.caller.e164)
        standing = await limits.arrives(state.caller.e164, state.started)
        state.medical = standing.medical
        try:
            if standing.limited:
                await converse(session, state, limited_flow, entered)
            else:
                await converse(session, state, flow, entered, helpline.start)
        finally:
            queue_scripts.ended(state.uniqueid, person=state.pressed)
            for need in state.booked:
                limits.booked(state.caller.e164, need, _now())

    async def converse(
        session: AgiSession, state: CallState, flow: Flow, entered: Callable[[str], None], start: str = ""
    ) -> None:
        talk = StepContext(
            session=session,
            desk=desk,
            places=places,
            call=state,
            spool=spool,
            incoming=incoming,
            helpline=helplines.of(state.helpline),
            destinations=destinations,
            now=_now,
        )
        talking.add(state.uniqueid)
        try:
            await run_call(talk, flow, entered, start=start)
        finally:
            talking.discard(state.uniqueid)
        if state.row is not None and state.row.ended is None:
            outcomes.expect(TransferredCall(state.row, state.kept, tuple(state.tickets)))

    async def callback(session: AgiSession) -> None:
        number = ticket_of_channel(session.info.uniqueid)
        ticket = await desk.asked_about(number) if number and session.info.args == (number,) else None
        if ticket is None:
            msg = "no call-back of ours, or about a ticket that is not there"
            raise LookupError(msg)
        state = _state_of_callback(session, ticket)
        try:
            await session.set_language(ticket.language)
            await converse(session, state, callback_flow, lambda _: None)
        finally:
            caller.talked(state.uniqueid, ticket.number, state.word, person=state.pressed)

    queue_scripts.phone_of = outcomes.phone_of
    return {
        **queue_scripts.handlers,
        dialplan.SCRIPT_CALL: call,
        dialplan.SCRIPT_OUTCOME: outcomes.book,
        dialplan.SCRIPT_CALLBACK: callback,
        dialplan.SCRIPT_ROOM: voicemail.talk,
        dialplan.SCRIPT_ROOM_CALLED: voicemail.called,
    }


def _state_of_callback(session: AgiSession, ticket: Ticket) -> CallState:
    return CallState(
        uniqueid=session.info.uniqueid,
        helpline=ticket.helpline or CITIZENS,
        did="",
        caller=normalise(ticket.phone or ""),
        started=_now(),
        placed=True,
        tickets=[ticket.number],
        about=ticket,
    )


def _state(session: AgiSession) -> CallState:
    info = session.info
    return CallState(
        uniqueid=info.uniqueid,
        helpline=info.helpline,
        did=info.did,
        caller=normalise(info.caller),
        started=_now(),
        placed=info.uniqueid.startswith(PLACED),
    )


def _now() -> datetime:
    return datetime.now(UTC)
