"""Records the result of each dial: to an operator, another helpline, a control room or the emergency line."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agi.call_control.call import BRIDGED
from agi.destinations.resolver import describe, outcome
from agi.dialplan import ABANDONED, ANSWERED, CALL_BACK, SHORT
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agi.fastagi.session import AgiSession
    from router.intake.base import Submission
    from router.intake.service import IntakeService
    from router.model.ticket import Ticket
    from router.tickets.service import CallRecord, TicketService

BOOK_TIMEOUT_S = 1.5  # a caller who was not answered is waiting for the next destination
MAX_PENDING = 2000  # calls in a Dial at once are fewer; those whose outcome never comes must not pile up
_STATUSES = {ANSWERED, SHORT, ABANDONED, CALL_BACK, "", "BUSY", "NOANSWER", "CONGESTION", "CHANUNAVAIL", "INVALIDARGS"}
_DESTINATION = re.compile(r"[a-z][a-z0-9-]{1,60}")  # what extensions_hunt.conf makes of it

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TransferredCall:
    """A call as its conversation left it when it was put through.

    Attributes:
        row: The call record as the ticket service has it.
        kept: The trouble left to be opened later, if any.
        tickets: Numbers of the tickets spoken in it.
    """

    row: CallRecord
    kept: Submission | None
    tickets: tuple[str, ...]


class DialResultRecorder:
    """Records dial results. The dialplan itself goes on to the next destination.

    Args:
        desk: Where calls and notes are booked.
        intake: Where tickets are opened.
        now: The clock, UTC.
    """

    def __init__(self, *, desk: TicketService, intake: IntakeService, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._intake = intake
        self._now = now
        self._expected: dict[str, TransferredCall] = {}

    def expect(self, call: TransferredCall) -> None:
        """Remember a call whose outcome will come: its row may not have reached the store by then."""
        while len(self._expected) >= MAX_PENDING:
            del self._expected[next(iter(self._expected))]
        self._expected[call.row.uniqueid] = call

    def phone_of(self, uniqueid: str) -> str | None:
        """Return the number (E.164) to call that the conversation of a call settled; None when that is not known."""
        call = self._expected.get(uniqueid)
        return call.row.phone if call else None

    async def record(self, session: AgiSession) -> None:
        """The `outcome` script: arguments are the way tried, DIALSTATUS, ANSWEREDTIME in seconds, and the next way."""
        destination, status, seconds, follows = (*session.info.args, "", "", "", "")[:4]
        if not _DESTINATION.fullmatch(destination) or status not in _STATUSES:
            _log.warning("call %s: told of no outcome that there is: not booked", session.info.uniqueid)
            return
        session.notes.note("tried", to=destination, status=status, seconds=seconds)
        try:
            async with asyncio.timeout(BOOK_TIMEOUT_S):
                await self._record(session.info.uniqueid, destination, status, seconds, over=not follows)
        except (StorageUnavailableError, TimeoutError) as error:
            _log.warning(
                "call %s: outcome %s of %s not booked: %s",
                session.info.uniqueid,
                status,
                destination,
                error or "no answer",
            )

    async def _record(self, uniqueid: str, destination: str, status: str, seconds: str, *, over: bool) -> None:
        call = self._expected.pop(uniqueid, None)
        row = call.row if call else await self._desk.call(uniqueid)
        if row is not None:
            row = replace(
                row,
                outcome=outcome(destination)
                if status == ANSWERED
                else f"{outcome(destination)}-{status.lower() or 'unknown'}",
                ended=self._now() if over or status in (ANSWERED, ABANDONED) else None,
            )
            self._desk.call_progress(row)
            if call and row.ended is None:
                self.expect(replace(call, row=row))
        # conversations in transferred calls and conferences are noted by agi.call_control.conversation_log
        number = await self._ticket(uniqueid, call) if destination != BRIDGED else None
        if number:
            text = describe_result(destination, status, seconds)
            await self._desk.attach(number, status_notes=text, key=spoken_key(uniqueid) if status == ANSWERED else "")

    async def _ticket(self, uniqueid: str, call: TransferredCall | None) -> str | None:
        """The number of the call's newest ticket, if it has one."""
        if call is None:
            tickets: list[Ticket] = await self._desk.tickets_of_call(uniqueid)
            return tickets[-1].service_request_id if tickets else None
        if call.kept:  # opening with the same key gives the one ticket, opened by now or not
            return (await self._intake.submit(call.kept)).number
        return call.tickets[-1] if call.tickets else None


def spoken_key(uniqueid: str) -> str:
    """Return what the note is about that the caller of a call spoke with somebody: a call has one such note."""
    return f"spoken/{uniqueid}"


def describe_result(destination: str, status: str, seconds: str) -> str:
    """The outcome in the words of a status note."""
    who = describe(destination)
    if status == ANSWERED:
        return f"Spoke with {who} for {int(seconds)} s." if seconds.isdecimal() else f"Spoke with {who}."
    if status == SHORT:
        return f"{who[0].upper()}{who[1:]} answered and the call was over after {seconds or 0} s: nobody spoke."
    if status == CALL_BACK:
        return "The caller keeps a place in the line and is called when it is the caller's turn."
    if status == ABANDONED:
        return f"The caller hung up while {who} was being rung."
    return f"Nobody answered at {who} ({status or 'unknown'})."
