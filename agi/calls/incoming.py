"""The FastAGI script of a new call: a citizen called a helpline, or was called back into one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from agi.callbacks.queue_callbacks import PLACED
from agi.ivr.state import CallState
from router.clock import utc_now
from router.helpline import HelplineId
from router.phone_numbers import normalise
from router.storage.repositories.calls.call_log_repository import INBOUND, OUTBOUND

if TYPE_CHECKING:
    from agi.admission.caller_limits import CallerLimits
    from agi.callbacks.agi_handlers import QueueAgiHandlers
    from agi.calls.conversations import Conversations
    from agi.calls.flows import CallsInForce
    from agi.fastagi.session import AgiSession


class StageRegistry(Protocol):
    """What shows the calls by helpline and stage: see `agi.ami.channels.ChannelRegistry`."""

    def assign(self, uniqueid: str, helpline: str, stage: str) -> None:
        """A call has come to a stage."""


class IncomingCallHandler:
    """Leads a new call through the menu of its helpline.

    Args:
        conversations: Lead it.
        in_force: The helplines and conversations for new calls.
        limits: Knows which those are.
        callbacks: Notified of every caller who got in, and of the end of every conversation.
        stages: Told of each call's stage.
    """

    def __init__(
        self,
        *,
        conversations: Conversations,
        in_force: CallsInForce,
        limits: CallerLimits,
        callbacks: QueueAgiHandlers,
        stages: StageRegistry,
    ) -> None:
        self._conversations = conversations
        self._in_force = in_force
        self._limits = limits
        self._callbacks = callbacks
        self._stages = stages

    async def handle(self, session: AgiSession) -> None:
        """The script `call`: its arguments are helpline, DID, caller and trunk."""
        name, did, caller, trunk = (*session.info.args, "", "", "", "")[:4]
        flows = self._in_force.flows
        helpline = self._in_force.helplines.of(HelplineId(name))
        call = CallState(
            uniqueid=session.info.uniqueid,
            helpline=helpline.id,
            home=helpline.district,
            did=did,
            caller=normalise(caller),
            started=utc_now(),
            placed=session.info.uniqueid.startswith(PLACED),
        )
        session.notes.arrived(
            direction=OUTBOUND if call.placed else INBOUND,
            trunk=trunk,
            did=call.did,
            helpline=call.helpline,
            caller=call.caller.e164 or caller or None,
        )
        self._callbacks.came_in(None if call.placed else call.caller.e164)
        standing = await self._limits.arrives(call.caller.e164, call.started)
        call.medical = standing.medical
        if standing.limited:
            session.notes.note("limited")
        flow, start = (flows.limited, "") if standing.limited else (flows.main, helpline.start)
        entered = partial(self._stages.assign, call.uniqueid, call.helpline)
        try:
            await self._conversations.lead(session, call, flow, start=start, entered=entered)
        finally:
            self._callbacks.ended(call.uniqueid, person=call.pressed)
            for need in call.booked:
                self._limits.booked(call.caller.e164, need, utc_now())
