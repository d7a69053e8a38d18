"""Fills fields of a ticket that nobody has said yet with what its citizen says of it later, in words or by a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from router.tickets.findings.apply_findings import FieldUpdates, consequence
from router.tickets.findings.attach_facilities import attach_facilities
from router.tickets.notes import first_time, known_ticket

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.geo import Places
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork
    from router.tickets.routing.rules import Rules
    from router.tickets.version_writer import TicketVersionWriter

UNSAID_NEEDS: Final = frozenset({"other", "listen"})
"""Needs of a ticket that say that its need is not known."""
_UNTOLD: Final = frozenset({"lat", "long", "phone"})
"""Fields whose values stand in the ticket alone, not in its history."""
_FILLED: Final = ("district", "state", "zipcode", "quantity", "people", "address", "landmark", "phone", "lat", "long")


def fill_fields(
    uow: UnitOfWork,
    *,
    number: str,
    fields: Mapping[str, object],
    by: str,
    key: str,
    versions: TicketVersionWriter,
    places: Places,
    rules: Rules,
    now: datetime,
) -> Ticket:
    """Fill what is empty; runs in the writer's thread. The arguments are those of ``TicketService.fill``."""
    before = known_ticket(uow, number)
    if not first_time(uow, key, number) or not before.is_open:
        return before
    new = {name: fields[name] for name in _FILLED if fields.get(name) is not None and not getattr(before, name)}
    if before.district or before.state:  # a place has both or neither of these: half of one says another place
        new = {name: value for name, value in new.items() if name not in ("district", "state")}
    if fields.get("service_code") and before.service_code in UNSAID_NEEDS:
        new["service_code"] = fields["service_code"]
    if fields.get("priority"):
        new["priority"] = min(int(str(fields["priority"])), before.priority)
    new = {name: value for name, value in new.items() if getattr(before, name) != value}
    if not new:
        return before
    told = tuple(f"{name}: {value}" for name, value in sorted(new.items()) if name not in _UNTOLD)
    history = uow.tickets.history_of(number)
    settled = consequence(before, FieldUpdates(new, told), history, places=places, rules=rules, now=now)
    after = attach_facilities(uow, before.next(now, **settled.changes), places, before=before)
    return versions.update(uow, before, after, by=by, what="; ".join(("told later", *settled.what)))
