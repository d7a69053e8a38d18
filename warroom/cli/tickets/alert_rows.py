"""Alerts as rows of a list: one row for the same alert to many rooms, and the subject of a shortage."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from router.india import short

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from router.model.rooms.alert import Alert

MAX_NAMED: Final = 3
"""Rooms named in one row; further ones are counted."""


def alert_rows(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    """Return a row for each kind and text: rooms with the same alert share one."""
    told = sorted(((one, describe(one)) for one in alerts), key=lambda pair: (pair[0].kind, pair[1], pair[0].room))
    rows = []
    for (kind, what), group in groupby(told, key=lambda pair: (pair[0].kind, pair[1])):
        same = [alert for alert, _ in group]
        rooms = ", ".join(alert.room for alert in same[:MAX_NAMED])
        more = f" and {len(same) - MAX_NAMED} more" if len(same) > MAX_NAMED else ""
        rows.append(
            {
                "kind": kind,
                "room": rooms + more,
                "since": short(min(alert.since for alert in same)),
                "what": f"{what} ({len(same)} rooms)" if len(same) > 1 else what,
            }
        )
    return rows


def describe(alert: Alert) -> str:
    """Return in one line what an alert says."""
    data = alert.data
    if alert.kind == "shortage":
        return "; ".join([*map(_item, data.get("items", ())), *map(_need, data.get("needs", ()))])
    said = f"{data.get('count', '')} {data.get('what', '')}".strip()
    return f"{said}: {data['remedy']}" if data.get("remedy") else said


def _item(item: Mapping[str, Any]) -> str:
    runs_out = f", runs out {item['runs_out'][:10]}" if item.get("runs_out") else ""
    return f"{item['item']}: {item['quantity']:g} {item['unit']} left{runs_out}"


def _need(need: Mapping[str, Any]) -> str:
    often = f"{need['times']:g} times as often as usual" if need["times"] else f"{need['per_hour']:g} an hour"
    return f"{need['need']} in {need['district']}: {often}"
