"""Alerts and shortages as a screen without personal data may show them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from board.state.districts import Alerts

_SHOWN = ("since", "count", "level", "by_room", "what", "what_hi", "remedy")
"""Of an alert's data; the tickets and tasks it names are for those who may open them."""
_DAY_S = 86_400.0


def alert_figures(alerts: Alerts) -> dict[str, dict[str, object]]:
    """Return the alerts that stand, by ``<kind>/<room>``: since when, how many, up to which level."""
    return {
        f"{kind}/{room}": {"kind": kind, "room": room, **{name: data[name] for name in _SHOWN if name in data}}
        for (kind, room), data in sorted(alerts.items())
    }


def shortage_figures(alerts: Alerts, now: datetime) -> dict[str, dict[str, object]]:
    """Return what runs short, by ``<room>/<item>`` for stock and ``<room>/need-<need>`` for what tickets tell of.

    Args:
        alerts: All alerts.
        now: Aware.
    """
    found: dict[str, dict[str, object]] = {}
    for (kind, room), data in sorted(alerts.items()):
        if kind != "shortage":
            continue
        for said in data.get("items", ()):
            found[f"{room}/{said['item']}"] = {"room": room, **said, "days_left": days_left(said.get("runs_out"), now)}
        for said in data.get("needs", ()):
            found[f"{room}/need-{said['need']}"] = {"room": room, "level": "alert", **said}
    return found


def days_left(runs_out: str | None, now: datetime) -> float | None:
    """Return the days from now until a stock reaches nothing; None: not within sight."""
    if runs_out is None:
        return None
    return round(max(0.0, (datetime.fromisoformat(runs_out) - now).total_seconds() / _DAY_S), 1)
