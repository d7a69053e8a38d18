"""Leads a call through a flow, and hands it on to the component that records its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.call_control.dial_results import TransferredCall
from agi.ivr.context import StepContext
from agi.ivr.engine import run_call
from router.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from agi.call_control.dial_results import DialResultRecorder
    from agi.calls.flows import CallsInForce
    from agi.destinations.resolver import DestinationResolver
    from agi.fastagi.session import AgiSession
    from agi.ivr.context import AnswerListening, NoticesToTell, TextsToSpeak
    from agi.ivr.flow import Flow
    from agi.ivr.state import CallState
    from recordings.spool import Spool
    from router.geo import Places
    from router.intake.service import IntakeService
    from router.tickets.service import TicketService


class Conversations:
    """The conversations that are going on.

    Args:
        desk: Finds and changes tickets.
        intake: Where tickets are opened.
        places: Districts, states, needs.
        spool: Takes recordings over once their ticket is committed; its folders are absolute paths.
        in_force: The helplines for new calls.
        destinations: Returns the destinations for a caller.
        outcomes: Notified of each call that is transferred.
        notices: Those to the public; None: none are told.
        texts: Spoken when they are needed; None: none are.
        answers: Hears what callers say; None: they answer by keys alone.
    """

    def __init__(
        self,
        *,
        desk: TicketService,
        intake: IntakeService,
        places: Places,
        spool: Spool,
        in_force: CallsInForce,
        destinations: DestinationResolver,
        outcomes: DialResultRecorder,
        notices: NoticesToTell | None,
        texts: TextsToSpeak | None = None,
        answers: AnswerListening | None = None,
    ) -> None:
        self._desk = desk
        self._intake = intake
        self._places = places
        self._spool = spool
        self._in_force = in_force
        self._destinations = destinations
        self._outcomes = outcomes
        self._notices = notices
        self._texts = texts
        self._answers = answers
        self._going_on: set[str] = set()

    def is_going_on(self, uniqueid: str) -> bool:
        """Whether the conversation of a call has not recorded its end yet."""
        return uniqueid in self._going_on

    async def lead(
        self,
        session: AgiSession,
        call: CallState,
        flow: Flow,
        *,
        start: str = "",
        entered: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Lead a call through a flow to its end.

        Args:
            session: The call's.
            call: Its state so far.
            flow: The steps.
            start: The first step, where it is not the flow's own.
            entered: Called with the name of each step as it begins.

        Raises:
            Exception: as `agi.ivr.engine.run_call`.
        """
        talk = StepContext(
            session=session,
            desk=self._desk,
            intake=self._intake,
            places=self._places,
            call=call,
            spool=self._spool,
            incoming=self._spool.incoming,
            helpline=self._in_force.helplines.of(call.helpline),
            destinations=self._destinations,
            now=utc_now,
            notices=self._notices,
            texts=self._texts,
            answers=self._answers,
        )
        self._going_on.add(call.uniqueid)
        try:
            await run_call(talk, flow, entered, start=start)
        finally:
            self._going_on.discard(call.uniqueid)
        if call.row is not None and call.row.ended is None:
            self._outcomes.expect(TransferredCall(call.row, call.kept, tuple(call.tickets)))
