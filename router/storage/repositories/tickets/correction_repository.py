"""Corrections of tickets by people, for the improvement of the lexicon."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.history_line import CHANGED, REROUTE, SEPARATOR
from router.storage.repositories.tickets.ticket_repository import TicketRepository
from router.storage.schema import history

if TYPE_CHECKING:
    from router.model.ticket import Ticket
    from router.model.ticket_views import TicketHistoryLine


class Corrected(NamedTuple):
    """A ticket and all its history."""

    ticket: Ticket
    history: list[TicketHistoryLine]


class CorrectionRepository:
    """Fields of tickets that persons have corrected."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def corrected_after(self, number: str, count: int) -> list[Corrected]:
        """Return tickets that were corrected or rerouted, by number, those above `number`: for a walk in steps.

        It reads the history from end to end: for a person at a console, not for a service.
        """
        query = (
            sa.select(history.c.number)
            .where(
                history.c.number > number,
                sa.or_(history.c.what.contains(f"{SEPARATOR}{CHANGED}"), history.c.what.startswith(REROUTE)),
            )
            .distinct()
            .order_by(history.c.number)
            .limit(count)
        )
        numbers = self._connection.execute(query).scalars().all()
        tickets = TicketRepository(self._connection)
        return [Corrected(ticket, tickets.history_of(ticket.number)) for ticket in tickets.by_numbers(numbers)]
