"""The figures of one room: a tile of the state wall."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from router.model.stages import Stage
from router.model.ticket_search import URGENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WAITING = frozenset({Stage.TRIAGE, Stage.ROUTED, Stage.REOPENED})
"""Stages in which nobody has taken the ticket."""

LATE_KINDS = ("unacknowledged", "overdue")
"""Alerts on tickets whose room has let a time limit pass; a ticket is in one of the two at most."""

Alerts = dict[tuple[str, str], dict[str, Any]]
"""The data of every alert that stands, by its kind and the room it is for."""


def district_figures(room: str, tickets: Iterable[Mapping[str, Any]], alerts: Alerts) -> dict[str, object]:
    """Return what a tile shows.

    Args:
        room: The room's id.
        tickets: The room's open tickets.
        alerts: All alerts.

    Returns:
        ``open``: work left to do, so without those of which the room says that help has come (``resolved``);
        ``waiting``: nobody has taken them; ``emergencies`` and, of them, ``unseen``; ``overdue``: late by the SLA
        monitor's own count; ``shortages``: items and needs that run short; ``online``; ``oldest``: when the one that
        waits longest came in; ``by_need``; ``worst``: ``danger``, ``overdue``, ``shortage``, ``offline`` or empty.
    """
    work = [ticket for ticket in tickets if ticket["stage"] != Stage.RESOLVED]
    waiting = [ticket for ticket in work if ticket["stage"] in WAITING]
    emergencies = [ticket for ticket in work if ticket["priority"] == URGENT]
    unseen = sum(ticket["stage"] in WAITING for ticket in emergencies)
    overdue = sum(_late(kind, room, alerts) for kind in LATE_KINDS)
    shortage = alerts.get(("shortage", room), {})
    online = ("room-offline", room) not in alerts
    return {
        "open": len(work),
        "waiting": len(waiting),
        "emergencies": len(emergencies),
        "unseen": unseen,
        "overdue": overdue,
        "shortages": len(shortage.get("items", ())) + len(shortage.get("needs", ())),
        "online": online,
        "oldest": min((ticket["requested_datetime"] for ticket in waiting), default=None),
        "by_need": dict(sorted(Counter(ticket["service_code"] for ticket in work).items())),
        "worst": _worst(unseen, overdue, str(shortage.get("level", "")), online=online),
    }


def _late(kind: str, room: str, alerts: Alerts) -> int:
    count: int = alerts.get((kind, room), {}).get("by_room", {}).get(room, 0)
    return count


def _worst(unseen: int, overdue: int, shortage: str, *, online: bool) -> str:
    if unseen:
        return "danger"
    if overdue:
        return "overdue"
    if shortage == "alert":
        return "shortage"
    return "" if online else "offline"
