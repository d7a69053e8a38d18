"""Figures as the board sends them of the state, for pages that are to show them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from board.state.alerts import alert_figures, shortage_figures
from board.state.districts import district_figures
from board.state.lines import line_figures
from board.state.stranded import by_home, by_state
from router.geo import load_places
from router.model.stranded_group import GroupCount

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = load_places()
ROOMS = [district.room for district in PLACES.districts.values()]


def ago(minutes: float) -> str:
    """A moment, so many minutes ago."""
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def short_ticket(need: str = "ration", *, stage: str = "routed", priority: int = 3, **more: Any) -> dict[str, Any]:
    """As much of a ticket as figures are made of."""
    return {"service_code": need, "stage": stage, "priority": priority, "requested_datetime": ago(30), **more}


def short_stock(item: str, days: float) -> dict[str, Any]:
    """A line of a shortage alert."""
    ends = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    return {
        "item": item,
        "level": "alert",
        "quantity": 9,
        "unit": "kg",
        "daily_use": 9,
        "as_of": ago(60),
        "runs_out": ends,
    }


def state_collections(
    tickets: dict[str, list[dict[str, Any]]],
    alerts: dict[tuple[str, str], dict[str, Any]],
    stranded: Sequence[GroupCount] = (),
) -> dict[str, dict[str, Any]]:
    """The collections of the view `state`, made as the board makes them.

    Args:
        tickets: Open tickets by room.
        alerts: By kind and room.
        stranded: Counts of the register.
    """
    nodes = {"1": {"state": "online", "asterisk": True, "calls": {"181": 61, "104": 22, "warroom": 3}}}
    queues = {
        "general-hi": {"queue": "general-hi", "waiting": 7, "waiting_since": ago(1.5), "free": 2},
        "health-hi": {"queue": "health-hi", "waiting": 0, "waiting_since": None, "free": 0},
    }
    trunks = {
        "bsnl": {"trunk": "bsnl", "state": "up", "why": "", "in_use": 78, "bought": 120, "helplines": ["104", "181"]},
        "airtel": {"trunk": "airtel", "state": "down", "why": "", "in_use": 0, "bought": 30, "helplines": ["warroom"]},
    }
    day = {"calls": 4211, "answered": 4180, "tickets": 1630}
    before = {"calls": 3805, "answered": 3790, "tickets": 1702}
    return {
        "districts": {room: district_figures(room, tickets.get(room, []), alerts) for room in ROOMS},
        "lines": line_figures(nodes.values(), queues.values(), list(trunks.values())),
        "queues": queues,
        "trunks": trunks,
        "alerts": alert_figures(alerts),
        "shortages": shortage_figures(alerts, datetime.now(UTC)),
        "outside": by_state(stranded, "outbound"),
        "inbound": by_state(stranded, "inbound"),
        "homes": by_home(stranded),
        "totals": {"totals": {"today": day, "yesterday_by_now": before, "yesterday": {**before, "calls": 9902}}},
        "transcription": {"backlog": {"waiting": 14, "oldest": ago(12)}},
        "nodes": nodes,
    }


def busy_state() -> dict[str, dict[str, Any]]:
    """A state in which every list is longer than a wall has room for."""
    tickets = {room: [short_ticket(need) for need in PLACES.needs] * (1 + at % 5) for at, room in enumerate(ROOMS)}
    tickets["district-bhopal"].append(short_ticket("danger", priority=1))
    states = [state.id for state in PLACES.other_states]
    stranded = [
        GroupCount("outbound", state, district, "waiting", 1, 9)
        for state, district in zip(states, PLACES.districts, strict=False)
    ] + [GroupCount("inbound", state, None, "helped", 1, 4) for state in states[:9]]
    alerts: dict[tuple[str, str], dict[str, Any]] = {}
    for at, room in enumerate(ROOMS):
        alerts["overdue", room] = {"since": ago(90), "count": 1 + at, "level": 2 + at % 3, "by_room": {room: 1 + at}}
        alerts["shortage", room] = {
            "since": ago(9),
            "level": "alert",
            "items": [short_stock("wheat", at / 10)],
            "needs": [],
        }
        if at % 2:
            alerts["room-offline", room] = {"since": ago(at)}
    for kind in ("disk", "broker-away", "clock", "certificate", "routes", "overload", "lines-full", "database"):
        alerts[kind, "state"] = {
            "since": ago(5),
            "what": f"{kind}: " + "something long to be told " * 6,
            "what_hi": "ख़राबी",
        }
    return state_collections(tickets, alerts, stranded)
