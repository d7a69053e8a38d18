"""Closes calls whose end was never recorded, because the service died or was away when they ended."""

from __future__ import annotations

import dataclasses
import datetime as dt
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from agi.call_control.bridge_history import CHANGED
from agi.call_control.call import BRIDGED
from agi.call_control.dial_results import describe_result, spoken_key
from agi.destinations.resolver import QUEUE
from agi.dialplan import ANSWERED, OPERATOR_PREFIX
from router.clock import MICROSECONDS
from router.intake.base import Submission
from router.phone_numbers import UNKNOWN_NUMBER, normalise
from router.storage.repositories.calls import cdr_repository

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from router.intake.service import IntakeService
    from router.model.calls.call_record import CallRecord
    from router.storage.engine import Storage
    from router.tickets.service import TicketService

CDR_TIMEOUT_S: Final = 60.0
"""How long to wait for the CDR of a call: CDR is read every ten seconds. Asterisk writes none when it is killed."""
LOST: Final = "lost"
_UNANSWERED: Final = ("-busy", "-noanswer", "-chanunavail", "-congestion", "-short", "-unknown")
"""Endings of the outcome of a call whose destination was not reached; the row does not say who answered later."""


class SpokenFlags(NamedTuple):
    """The destination a caller spoke with, and how.

    Attributes:
        seconds: How long, one that was begun counted whole; 0: with nobody.
        operator: Whether with an operator of ours.
        changed: Whether their call was changed by an operator or the war room: `agi.call_control.conversation_log`
            notes who spoke.
    """

    seconds: int
    operator: bool
    changed: bool = False


async def find_spoken(store: Storage, uniqueid: str) -> SpokenFlags | None:
    """Return the destination a caller spoke with, according to CDR and CEL; None until they have the end of the call.

    Raises:
        StorageUnavailableError: it cannot be read now.
    """
    events = await store.read(lambda uow: uow.cdr.talk_of(uniqueid=uniqueid))
    if events is None:
        return None
    spent = sum(one.at if one.event == cdr_repository.LEFT else -one.at for one in events)
    changed = any(one.context in CHANGED for one in events)
    return SpokenFlags(ceil(spent / MICROSECONDS), any(OPERATOR_PREFIX in one.peer for one in events), changed)


class CallRecovery:
    """Records the end of such calls: opens the ticket that a call still needs, and notes that its caller was connected.

    Args:
        desk: Where calls and notes are booked.
        intake: Where tickets are opened.
        spoken_in: Returns how a caller spoke with others, None while that is not known.
        now: The clock, UTC.
    """

    def __init__(
        self,
        desk: TicketService,
        intake: IntakeService,
        spoken_in: Callable[[str], Awaitable[SpokenFlags | None]],
        *,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._desk = desk
        self._intake = intake
        self._spoken_in = spoken_in
        self._now = now
        self._waiting: dict[str, dt.datetime] = {}

    async def recover(self, uniqueid: str) -> None:
        """Record the end of a call; what is not known yet is left to the next time.

        Raises:
            StorageUnavailableError: the next time does it.
        """
        row = await self._desk.call(uniqueid)
        if row is None or row.ended is not None:
            self._waiting.pop(uniqueid, None)
            return
        spoken = await self._spoken_in(uniqueid) if row.outcome else SpokenFlags(0, operator=False)
        if spoken is None and self._now() < self._waiting.setdefault(uniqueid, self._now()) + dt.timedelta(
            0, CDR_TIMEOUT_S
        ):
            return
        self._waiting.pop(uniqueid, None)
        if row.need and (row.district or row.phone):
            await self._intake.submit(_submission_of(row))
        outcome = LOST
        if spoken and spoken.changed:
            outcome = BRIDGED
        elif spoken and spoken.seconds:
            outcome = row.outcome
            await self._note(row, spoken)
        self._desk.call_progress(dataclasses.replace(row, ended=self._now(), outcome=outcome))

    async def _note(self, row: CallRecord, spoken: SpokenFlags) -> None:
        """Note on the call's ticket that its caller spoke, unless that was noted before the service died."""
        tickets = await self._desk.tickets_of_call(row.uniqueid)
        if tickets:
            destination = QUEUE if spoken.operator else "" if row.outcome.endswith(_UNANSWERED) else row.outcome
            text = describe_result(destination, ANSWERED, str(spoken.seconds))
            await self._desk.attach(tickets[-1].number, status_notes=text, key=spoken_key(row.uniqueid))


def _submission_of(row: CallRecord) -> Submission:
    """What a cut call had recorded; the key is that of the need's own ticket, so that it is opened once."""
    return Submission(
        source_key=f"{row.uniqueid}/{row.trouble}",
        channel="phone",
        helpline=row.helpline,
        language=row.language,
        need=row.need,
        district=row.district,
        sender=normalise(row.phone) if row.phone else UNKNOWN_NUMBER,
        status_notes="the call was cut by a fault: call back",
        call=row.uniqueid,
    )
