"""The charts of all districts and needs, stored as JSON and updated from hourly counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from router.stock.cusum import Rates

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from router.model.hourly_count import HourlyCount
    from router.stock.cusum import Numbers

_FORM = 1  # of the document; another one is not read, and the charts begin anew
_DIGITS = 6
_BY_CHART = ("seen", "exposure", "watched_h", "evidence", "relief", "since", "recent", "recent_usual")
_SHARED = ("day_seen", "day_expected", "week_seen", "week_expected", "volume_seen", "volume_expected")


@dataclass(frozen=True, slots=True)
class Rate:
    """How many tickets come for a need in a district, and how many usually do.

    Attributes:
        per_hour: In the last hours.
        usual_per_hour: In these hours of the day.
        since: The hour since which it is a shortage; None: it is none.
    """

    district: str
    need: str
    per_hour: float
    usual_per_hour: float
    since: int | None

    @property
    def times(self) -> float | None:
        """How many times the usual; None where hardly anything is usual."""
        return round(self.per_hour / self.usual_per_hour, 1) if self.usual_per_hour >= 0.01 else None  # noqa: PLR2004


class Charts:
    """The charts.

    Args:
        districts: Their ids.
        needs: The ids of the needs that are charted.
        document: What ``document`` returned before, None for new ones. Districts and needs may differ: those that
            are new begin without history.
    """

    def __init__(self, districts: Sequence[str], needs: Sequence[str], document: str | None = None) -> None:
        self._districts = {district: at for at, district in enumerate(districts)}
        self._needs = {need: at for at, need in enumerate(needs)}
        self._rates = Rates(len(districts), len(needs))
        known = json.loads(document) if document else {}
        if known.get("form") == _FORM:
            self._restore(known)

    @property
    def hour(self) -> int:
        """The last hour that was taken, -1 before the first."""
        return self._rates.hour

    def rewind(self, hour: int) -> None:
        """Go on from an earlier hour: the clock had been ahead."""
        self._rates.hour = hour

    def take(self, counts: Iterable[HourlyCount]) -> None:
        """Take hours that are over, in order.

        An hour without a single ticket in the whole state says nothing: it was the calls that did not come.
        """
        for hour, rows in groupby(counts, key=lambda count: count.hour):
            table = self._table(rows)
            if hour > self._rates.hour and table.any():
                self._rates.step(hour, table)

    def look(self, hour: int, fraction: float, counts: Iterable[HourlyCount]) -> bool:
        """Look at a running hour; whether an alarm was raised."""
        return self._rates.look(hour, self._table(counts), fraction)

    def rates(self) -> list[Rate]:
        """Return all rates, in the order of districts and needs."""
        rates = self._rates
        return [
            Rate(
                district,
                need,
                round(float(rates.recent[row, column]), 2),
                round(float(rates.recent_usual[row, column]), 2),
                int(rates.since[row, column]) if rates.since[row, column] >= 0 else None,
            )
            for district, row in self._districts.items()
            for need, column in self._needs.items()
        ]

    def document(self) -> str:
        """Return all that was learned, as JSON."""
        rates = self._rates
        values: dict[str, Any] = {name: _listed(getattr(rates, name)) for name in (*_BY_CHART, *_SHARED)}
        head = {"form": _FORM, "hour": rates.hour, "districts": list(self._districts), "needs": list(self._needs)}
        return json.dumps(head | values, separators=(",", ":"))

    def _restore(self, known: dict[str, Any]) -> None:
        rates, districts, needs = self._rates, known["districts"], known["needs"]
        rates.hour = known["hour"]
        rows = [(at, districts.index(name)) for name, at in self._districts.items() if name in districts]
        columns = [(at, needs.index(name)) for name, at in self._needs.items() if name in needs]
        for name in _BY_CHART:
            mine, old = getattr(rates, name), known[name]
            for row, old_row in rows:
                for column, old_column in columns:
                    mine[row, column] = old[old_row][old_column]
        for name in _SHARED:
            mine, old = getattr(rates, name), known[name]
            if name.startswith("week"):
                mine[:] = old
            else:
                for column, old_column in columns:
                    mine[column] = old[old_column]

    def _table(self, counts: Iterable[HourlyCount]) -> Numbers:
        table = np.zeros((len(self._districts), len(self._needs)))
        for count in counts:
            row, column = self._districts.get(count.district), self._needs.get(count.need)
            if row is not None and column is not None:
                table[row, column] = count.tickets
        return table


def _listed(values: Numbers) -> Any:
    return np.round(values, _DIGITS).tolist()
