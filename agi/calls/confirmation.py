"""The FastAGI script of a citizen whom we have called to ask whether help came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.channel_ids import ticket_of_channel
from agi.ivr.state import CallState
from router.clock import utc_now
from router.helpline import CITIZENS
from router.phone_numbers import normalise
from router.storage.repositories.calls.call_log_repository import OUTBOUND

if TYPE_CHECKING:
    from agi.callbacks.confirmation_calls import ConfirmationCallScheduler
    from agi.calls.conversations import Conversations
    from agi.calls.flows import CallsInForce
    from agi.fastagi.session import AgiSession
    from router.tickets.service import TicketService


class ConfirmationCallHandler:
    """Asks the citizen about a ticket.

    Args:
        desk: Knows the tickets.
        conversations: Lead the call.
        in_force: The conversations for new calls.
        scheduler: Placed the call, and is notified when the conversation is over.
    """

    def __init__(
        self,
        *,
        desk: TicketService,
        conversations: Conversations,
        in_force: CallsInForce,
        scheduler: ConfirmationCallScheduler,
    ) -> None:
        self._desk = desk
        self._conversations = conversations
        self._in_force = in_force
        self._scheduler = scheduler

    async def handle(self, session: AgiSession) -> None:
        """The script `callback`: its argument is the ticket's number.

        Raises:
            LookupError: we have not placed this call, or there is no such ticket.
        """
        uniqueid = session.info.uniqueid
        number = ticket_of_channel(uniqueid)
        ticket = await self._desk.asked_about(number) if number and session.info.args == (number,) else None
        if ticket is None:
            msg = "no call-back of ours, or about a ticket that is not there"
            raise LookupError(msg)
        call = CallState(
            uniqueid=uniqueid,
            helpline=ticket.helpline or CITIZENS,
            did="",
            caller=normalise(ticket.phone or ""),
            started=utc_now(),
            placed=True,
            tickets=[ticket.number],
            about=ticket,
        )
        session.notes.arrived(direction=OUTBOUND, trunk="", did="", helpline=call.helpline, caller=call.caller.e164)
        try:
            await session.set_language(ticket.language)
            await self._conversations.lead(session, call, self._in_force.flows.callback)
        finally:
            self._scheduler.talked(uniqueid, ticket.number, call.word, person=call.pressed)
