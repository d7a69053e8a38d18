"""Queues transcription on every change of a ticket, so that each new recording has its job at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.helpline import HEALTH
from router.model.calls.recording_record import RecordingState
from router.model.job import TRANSCRIBE

if TYPE_CHECKING:
    from router.geo import Places
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.version_writer import OnChange

_HEALTH_GROUP: Final = "health"
_UNKNOWN_NEEDS: Final = frozenset({"listen", "other"})


def ask_for_transcription(places: Places) -> OnChange:
    """Return the hook for ``TicketService.on_change``."""

    def hook(uow: UnitOfWork, before: Ticket | None, after: Ticket) -> None:
        known = set(before.recordings) if before else set()
        for name in after.recordings:
            recorded = None if name in known else uow.recordings.by_name(name)
            if recorded and recorded.number == after.number and recorded.state is RecordingState.WAITING:
                priority = priority_of(after, places)
                uow.jobs.add(TRANSCRIBE, name, {}, after.updated_datetime, priority)

    return hook


def priority_of(ticket: Ticket, places: Places) -> int:
    """Return how soon a ticket's sound is to be transcribed: 1 first.

    Medical first: the health line's, and needs of the group health. Then what may be medical for all anybody knows,
    then the rest.
    """
    if ticket.helpline == HEALTH or places.needs[ticket.service_code].group == _HEALTH_GROUP:
        return 1
    return 2 if ticket.service_code in _UNKNOWN_NEEDS else 3
