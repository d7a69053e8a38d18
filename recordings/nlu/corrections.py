"""Corrections made by people: they are never overruled, and they show what the lexicon should have found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recordings.nlu.pipeline import understand
from router import history_line
from router.tickets.workflow import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recordings.nlu.lexicon import Lexicon
    from router.model.ticket import Ticket
    from router.model.ticket_views import TicketHistoryLine

TAUGHT = ("service_code", "district", "quantity", "people", "address", "landmark")
"""Fields of a ticket that its text may say and a person may correct."""


def corrected_fields(history: Iterable[TicketHistoryLine]) -> frozenset[str]:
    """Return the fields that persons have set, from the history's lines: ``correct; changed people, quantity``.

    A person who reroutes a ticket decides its district, and its state.
    """
    fields: set[str] = set()
    for line in history:
        action = history_line.action_of(line.what)
        if action not in ACTIONS:  # what understanding itself wrote: it quotes the citizen
            continue
        if action == history_line.REROUTE:
            fields |= {"district", "state"}
        fields |= history_line.changed_fields(line.what)
    return frozenset(fields)


def training_pair(ticket: Ticket, history: Iterable[TicketHistoryLine], lexicon: Lexicon) -> dict[str, Any] | None:
    """Return the text, the findings, and the person's corrections; None when nothing was corrected.

    The transcript is the citizen's own words and may name people: it is personal data. Telephone and name are left
    out.
    """
    corrected = corrected_fields(history) & set(TAUGHT)
    if not ticket.transcript or not corrected:
        return None
    found = understand(ticket.transcript, lexicon, language_hint=ticket.language)
    return {
        "ticket": ticket.number,
        "language": ticket.language,
        "text": ticket.transcript,
        "understood": {
            "service_code": found.need,
            "district": found.district,
            "quantity": found.quantity,
            "people": found.people,
        },
        "corrected": {name: getattr(ticket, name) for name in TAUGHT if name in corrected},
    }
