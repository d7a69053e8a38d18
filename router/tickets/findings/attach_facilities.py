"""Attaches facilities near the ticket's PIN code that serve its need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.geo import Places
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork

MAX_FACILITIES = 3
"""Facilities on a ticket: a person reads them out; the ticket is sent with each change."""


def attach_facilities(uow: UnitOfWork, ticket: Ticket, places: Places, *, before: Ticket | None = None) -> Ticket:
    """Return a ticket with its places, looked up again when its need or PIN code has changed; the same version."""
    if before and (before.service_code, before.zipcode) == (ticket.service_code, ticket.zipcode):
        return ticket
    kinds = places.kinds_serving(ticket.service_code)
    found = tuple(uow.facilities.of_pin(kinds, ticket.zipcode, datetime.now(UTC), MAX_FACILITIES))
    return ticket if found == ticket.served_by else ticket.model_copy(update={"served_by": found})
