"""Writes a version of a ticket with everything that belongs to it; the only place that does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.history_line import TAKEN_OVER
from router.model.calls.recording_record import recorded_of
from router.model.deadline import Deadline
from router.tickets.sla.deadlines import next_deadline, promised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from router.model.calls.recording_record import NewRecording
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.sla.deadlines import LimitsOf

OnChange = Callable[["UnitOfWork", "Ticket | None", "Ticket"], None]
"""Gets the unit of work, the version before (None: just opened) and the new one; runs in the writer's thread."""


class TicketVersionWriter:
    """Writes versions: the row, its deadline, a history row, the outbox, and what listeners add.

    Every method runs in the caller's transaction, in the writer's thread, and returns the version as it is kept: with
    its limits, by when help is expected, and where its recordings are heard.

    Args:
        limits_of: How long a room may take, by need and priority.
        media_url: Says where a ticket's room hears its recordings; the same for the same version.
    """

    def __init__(self, limits_of: LimitsOf, media_url: Callable[[Ticket], str] = lambda _: "") -> None:
        self._limits_of = limits_of
        self._media_url = media_url
        self._hooks: list[OnChange] = []

    def on_change(self, hook: OnChange) -> None:
        """Have something written in the same transaction as every version: a durable work row."""
        self._hooks.append(hook)

    def create(
        self, uow: UnitOfWork, ticket: Ticket, *, by: str, what: str, recordings: Iterable[NewRecording] = ()
    ) -> Ticket:
        """Write a ticket that has just been opened, and the rows of its recordings."""
        ticket = self._with_media(ticket)
        document = ticket.model_dump_json()
        deadline = next_deadline(Deadline(), None, ticket, uow.clock.monotonic_now())
        uow.tickets.insert(ticket, document, deadline, by=by, what=what)
        message = uow.messages.of_ticket(ticket, document)
        if message:
            uow.outbox.add_first(ticket.number, message)
        uow.hourly_counts.count_new(ticket)
        _add_recordings(uow, ticket, recordings)
        self._tell(uow, None, ticket)
        return ticket

    def update(
        self,
        uow: UnitOfWork,
        before: Ticket,
        after: Ticket,
        *,
        by: str,
        what: str,
        recordings: Iterable[NewRecording] = (),
    ) -> Ticket:
        """Write a ticket's next version, and the rows of the recordings it has got with it.

        Where it lay and no longer lies is emptied, after it lies in its new place.
        """
        after = self._with_media(promised(before, after, self._limits_of))
        document = after.model_dump_json()
        kept = uow.deadlines.of_ticket(after.number)
        deadline = next_deadline(kept, before, after, uow.clock.monotonic_now())
        uow.tickets.update(after, document, deadline, by=by, what=what)
        uow.hourly_counts.count_changed(before, after, datetime.now(UTC))
        left = uow.messages.topics_of_ticket(before)
        uow.outbox.replace(after.number, uow.messages.of_ticket(after, document), left=left)
        _add_recordings(uow, after, recordings)
        self._tell(uow, before, after)
        return after

    def take_over(self, uow: UnitOfWork, found: Ticket, recordings: Iterable[NewRecording]) -> bool:
        """Write a ticket exactly as it lies at the broker, unless the store has this version or a newer one.

        Its clock goes on towards the time that was promised, and what hangs on its stage is asked for: a recording's
        text, a call to its citizen.
        """
        known = uow.tickets.by_number(found.number)
        if known and known.version >= found.version:
            return False
        if known is None and uow.tickets.by_source_key(found.source_key):
            # a store begun anew has opened another ticket from the same call: both stay
            found = found.model_copy(update={"source_key": f"recovered/{found.number}"})
        now = max(datetime.now(UTC), found.updated_datetime)
        today = found.model_copy(update={"updated_datetime": now})
        deadline = next_deadline(Deadline(), None, today, uow.clock.monotonic_now())
        write = uow.tickets.update if known else uow.tickets.insert
        write(found, found.model_dump_json(), deadline, by="warroom", what=TAKEN_OVER)
        for key in _sources_of(found):
            if uow.tickets.by_source_key(key) is None:
                uow.tickets.add_source(key, found.number)
        if known is None:
            uow.hourly_counts.count_new(found)
        else:
            uow.hourly_counts.count_changed(known, found, now)
        _add_recordings(uow, found, recordings)
        self._tell(uow, known, found)
        return True

    def _with_media(self, ticket: Ticket) -> Ticket:
        return ticket.model_copy(update={"media_url": self._media_url(ticket)}) if ticket.recordings else ticket

    def _tell(self, uow: UnitOfWork, before: Ticket | None, after: Ticket) -> None:
        for hook in self._hooks:
            hook(uow, before, after)


def _add_recordings(uow: UnitOfWork, ticket: Ticket, recordings: Iterable[NewRecording]) -> None:
    for recording in recordings:
        uow.recordings.add(recorded_of(recording, ticket))


def _sources_of(ticket: Ticket) -> list[str]:
    """Return keys under which its calls and messages find a ticket of which only the present version is known."""
    calls = [call if "/" in call else f"{call}/0" for call in ticket.calls]
    return [*calls, *(f"file/{name.removesuffix('.wav')}" for name in ticket.recordings)]
