"""Citizens of merged tickets: each of them is called when the surviving ticket is settled.

A merged ticket keeps its stage; what its citizen is asked follows from the ticket that goes on, through any number of
mergings. "Help came" is noted on the merged ticket: the other one is its own citizen's to close. "Not yet" reopens the
one that goes on. Functions on a connection run in the store's threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.model.job import ORIGINATE
from router.model.stages import Stage
from router.storage.repositories import job_repository, ticket_repository

if TYPE_CHECKING:
    import sqlalchemy as sa

    from router.model.ticket import Ticket

_DEEPEST: Final = 20
"""Mergings of mergings that are followed: a ring of them would else have no end."""
_SETTLED: Final = frozenset({Stage.RESOLVED, Stage.CONFIRMED, Stage.UNCONFIRMED})
HELPED: Final = "मदद मिली / help came"
NOT_YET: Final = "मदद नहीं मिली / help has not come"


def goes_on(connection: sa.Connection, ticket: Ticket) -> Ticket:
    """Return the ticket that a merged one goes on in; one that is not merged itself."""
    for _ in range(_DEEPEST):
        if ticket.stage is not Stage.MERGED or ticket.merged_into is None:
            break
        ticket = ticket_repository.by_number(connection, ticket.merged_into) or ticket
    return ticket


def asked_about(connection: sa.Connection, number: str) -> Ticket | None:
    """Return a ticket as its citizen is to be asked about it; None when there is none.

    A merged one has the stage, and the rejection, of the one that goes on: resolved as long as it is settled.
    """
    ticket = ticket_repository.by_number(connection, number)
    if ticket is None or ticket.stage is not Stage.MERGED:
        return ticket
    main = goes_on(connection, ticket)
    stage = Stage.RESOLVED if main.stage in _SETTLED else main.stage
    return ticket.model_copy(update={"stage": stage, "rejection": main.rejection})


def follow(connection: sa.Connection, main: Ticket, *, ask: bool) -> None:
    """The ticket that goes on has been resolved, rejected, or taken up again: its merged ones are asked about, or not.

    Each telephone once, and not that of the ticket that goes on: one citizen may have asked twice.
    """
    telephones = {main.phone}
    for ticket in _merged_into(connection, main.number):
        job_repository.cancel_all(connection, ORIGINATE, ticket.number, main.stage.value)
        if ask and ticket.phone not in telephones:
            add(connection, ticket, main)
        telephones.add(ticket.phone)


def add(connection: sa.Connection, ticket: Ticket, main: Ticket) -> None:
    """Have the citizen of a merged ticket called about what became of the one that goes on."""
    if ticket.phone is None or not ticket.callback_wanted:
        return
    payload = {"ticket": ticket.number, "version": main.version}
    key = f"{ticket.number}/{main.version}"
    job_repository.add(connection, ORIGINATE, key, payload, main.updated_datetime, ticket.priority)


def _merged_into(connection: sa.Connection, number: str) -> list[Ticket]:
    found: list[Ticket] = []
    numbers = [number]
    while numbers and len(found) < _DEEPEST * _DEEPEST:
        these = ticket_repository.merged_into(connection, numbers.pop())
        found += these
        numbers += [ticket.number for ticket in these]
    return found
