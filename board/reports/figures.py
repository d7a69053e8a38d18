"""The figures of a report, from tickets and their stages. Pure functions."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from router.india import local
from router.model.stages import CLOSED, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from router.storage.repositories.tickets.report_repository import ReportedTicket, StageSpan

UNKNOWN: Final = ""
"""Stands for the district of tickets of which none is known."""
TAKEN: Final = (Stage.ACKNOWLEDGED, Stage.IN_PROGRESS, Stage.RESOLVED)
"""A room has taken a ticket when it says one of these."""
COUNTED: Final = (*TAKEN, Stage.REOPENED)
"""Stages whose times a report needs."""
_HELPED: Final = frozenset({Stage.RESOLVED, Stage.CONFIRMED, Stage.UNCONFIRMED})
_NINE_TENTHS: Final = 0.9
_HALF: Final = 0.5


@dataclass(slots=True)
class Figures:
    """Of one district, or of the state.

    Attributes:
        opened: Tickets asked for in the period.
        open: Those of them that are open now.
        confirmed: Citizens who say that help has come.
        unconfirmed: Citizens who could not be reached to say so.
        reopened: Tickets whose citizen said, once or more often, that help had not come.
        rejected: Rejected with the war room's consent.
        merged: The same trouble as another ticket, withdrawn ones among them.
        by_need: Tickets by need.
        acknowledge: Minutes from the request to the room's first word, of those that have it.
        resolve: Minutes from the request to the room's last word that help has come, of those where it stands.
    """

    opened: int = 0
    open: int = 0
    confirmed: int = 0
    unconfirmed: int = 0
    reopened: int = 0
    rejected: int = 0
    merged: int = 0
    by_need: Counter[str] = field(default_factory=Counter)
    acknowledge: list[float] = field(default_factory=list)
    resolve: list[float] = field(default_factory=list)

    def median(self, what: str) -> float | None:
        """Return the median of ``acknowledge`` or ``resolve``; None: there is none."""
        return quantile(getattr(self, what), _HALF)

    def ninetieth(self, what: str) -> float | None:
        """Return their 90th percentile."""
        return quantile(getattr(self, what), _NINE_TENTHS)


@dataclass(slots=True)
class ReportFigures:
    """Of a whole report.

    Attributes:
        state: Of all tickets.
        districts: By district's id, `UNKNOWN` among them.
        by_hour: Tickets asked for by hour of India's day.
        by_day: By day, ISO 8601.
        cut: Whether there were more tickets than are counted.
    """

    state: Figures = field(default_factory=Figures)
    districts: dict[str, Figures] = field(default_factory=dict)
    by_hour: Counter[int] = field(default_factory=Counter)
    by_day: Counter[str] = field(default_factory=Counter)
    cut: bool = False

    def add(self, tickets: Iterable[ReportedTicket], spans: Iterable[StageSpan]) -> None:
        """Count some more tickets."""
        stages: dict[str, dict[str, StageSpan]] = {}
        for span in spans:
            stages.setdefault(span.number, {})[span.stage] = span
        for ticket in tickets:
            at = local(datetime.fromisoformat(ticket.requested))
            self.by_hour[at.hour] += 1
            self.by_day[at.date().isoformat()] += 1
            district = self.districts.setdefault(ticket.district or UNKNOWN, Figures())
            for figures in (self.state, district):
                _count(figures, ticket, at, stages.get(ticket.number, {}))


def _count(figures: Figures, ticket: ReportedTicket, at: datetime, spans: Mapping[str, StageSpan]) -> None:
    figures.opened += 1
    figures.by_need[ticket.need] += 1
    figures.open += Stage(ticket.stage) not in CLOSED
    figures.reopened += Stage.REOPENED in spans
    match ticket.stage:
        case Stage.CONFIRMED:
            figures.confirmed += 1
        case Stage.UNCONFIRMED:
            figures.unconfirmed += 1
        case Stage.REJECTED:
            figures.rejected += 1
        case Stage.MERGED | Stage.WITHDRAWN:
            figures.merged += 1
    if taken := [spans[stage].first for stage in TAKEN if stage in spans]:
        figures.acknowledge.append(_minutes(at, min(taken)))
    if ticket.stage in _HELPED and Stage.RESOLVED in spans:
        figures.resolve.append(_minutes(at, spans[Stage.RESOLVED].last))


def _minutes(since: datetime, until: str) -> float:
    return max(0.0, (datetime.fromisoformat(until) - since).total_seconds() / 60)


def quantile(values: Sequence[float], part: float) -> float | None:
    """Return the nearest-rank quantile: the least value that so large a part of all is not above; None of none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]
