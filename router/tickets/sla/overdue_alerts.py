"""Alerts for overdue tickets, for every level concerned; derived from the tickets alone."""

from __future__ import annotations

from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.geo import Places
    from router.model.deadline import Awaits, LateTicket
    from router.storage.unit_of_work import UnitOfWork

KINDS: Mapping[Awaits, str] = MappingProxyType({"acknowledge": "unacknowledged", "resolve": "overdue"})
"""The kind of alert for each action that a room has not done in time."""

MAX_LISTED = 100
"""Tickets named in an alert, the most urgent and oldest first; ``count`` and ``by_room`` count all of them."""

_WHAT = {
    "unacknowledged": ("tickets that nobody has taken in time", "टिकट जिन्हें समय पर किसी ने नहीं लिया"),
    "overdue": ("tickets whose help has not come in time", "टिकट जिनमें समय पर मदद नहीं पहुँची"),
}

Alerts = dict[tuple[str, str], dict[str, object]]
"""The content of an alert, by its kind and the room it is for."""


def wanted(late: Iterable[LateTicket], places: Places) -> Alerts:
    """Return the alerts there should be: each ticket appears at its room and at every level it has risen to.

    A room that is not in the data any more gets no alert; the war room and the secretary still do.
    """
    found: dict[tuple[str, str], list[LateTicket]] = {}
    for ticket in late:
        for room in places.ladder(ticket.room):
            if room.id == ticket.room or room.level <= ticket.level:
                found.setdefault((KINDS[ticket.awaits], room.id), []).append(ticket)
    return {key: _data(key[0], tickets) for key, tickets in found.items()}


def active(uow: UnitOfWork) -> Alerts:
    """Return the alerts on late tickets that stand."""
    return {(alert.kind, alert.room): dict(alert.data) for kind in KINDS.values() for alert in uow.alerts.active(kind)}


def replace_active(uow: UnitOfWork, alerts: Alerts) -> None:
    """Make the standing alerts on late tickets these, in the caller's transaction."""
    for kind, room in active(uow).keys() - alerts.keys():
        uow.alerts.end_alert(kind, room)
    for (kind, room), data in alerts.items():
        uow.alerts.raise_alert(kind, room, data)


def _data(kind: str, tickets: list[LateTicket]) -> dict[str, object]:
    what, what_hi = _WHAT[kind]
    return {
        "what": what,
        "what_hi": what_hi,
        "count": len(tickets),
        "level": max(ticket.level for ticket in tickets),
        "by_room": dict(sorted(Counter(ticket.room for ticket in tickets).items())),
        "tickets": [
            {name: value for name, value in ticket._asdict().items() if name != "awaits"}
            for ticket in tickets[:MAX_LISTED]
        ],
    }
