"""A report: the data from which a ticket is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from router.tickets.opening.content import TicketContent

if TYPE_CHECKING:
    from router.model.ticket import Ticket

OpenOutcome = Literal["opened", "joined", "known"]
"""A new ticket; one that was open for the same trouble; one that this very report has opened or joined before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(TicketContent):
    """A request as the ticket service takes it; ``router.intake.service`` makes it of a channel's submission.

    Attributes:
        phone: E.164, None when unknown.
        description: In the citizen's own words.
        understood: Which of these words filled a field that the citizen had not named, a line for each.
    """

    phone: str | None = None
    description: str = ""
    understood: tuple[str, ...] = ()


class OpenedTicket(NamedTuple):
    """The result of a report."""

    ticket: Ticket
    outcome: OpenOutcome
