"""Attaches facilities near the ticket's PIN code that serve its need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from router.storage.repositories import facility_repository

if TYPE_CHECKING:
    import sqlalchemy as sa

    from router.geo import Places
    from router.model.ticket import Ticket

MAX_FACILITIES = 3
"""Places on a ticket: what a person reads out or looks at; the ticket goes over the line with each change."""


def attach_facilities(
    connection: sa.Connection, ticket: Ticket, places: Places, *, before: Ticket | None = None
) -> Ticket:
    """Return a ticket with its places, looked up again when its need or PIN code has changed; the same version."""
    if before and (before.service_code, before.zipcode) == (ticket.service_code, ticket.zipcode):
        return ticket
    kinds = places.kinds_serving(ticket.service_code)
    found = tuple(facility_repository.of_pin(connection, kinds, ticket.zipcode, datetime.now(UTC), MAX_FACILITIES))
    return ticket if found == ticket.served_by else ticket.model_copy(update={"served_by": found})
