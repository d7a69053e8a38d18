"""What reports count: tickets by the time they were asked for, and when they came to their stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from router.clock import sortable
from router.storage.schema import history, tickets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime


class ReportedTicket(NamedTuple):
    """A ticket, as far as a report counts it: nothing personal.

    Attributes:
        id: In the order of opening.
        number: Its number.
        district: None: not known.
        need: Its need's id.
        stage: The stage it has now.
        requested: ISO 8601.
    """

    id: int
    number: str
    district: str | None
    need: str
    stage: str
    requested: str


class StageSpan(NamedTuple):
    """When a ticket came to a stage.

    Attributes:
        number: The ticket's.
        stage: The stage.
        first: When first, ISO 8601.
        last: When last.
    """

    number: str
    stage: str
    first: str
    last: str


_COLUMNS = (tickets.c.id, tickets.c.number, tickets.c.district, tickets.c.service_code, tickets.c.stage)


class ReportRepository:
    """What reports count."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def list_between(
        self, since: datetime, until: datetime, after: tuple[str, int], count: int
    ) -> list[ReportedTicket]:
        """Return tickets asked for from one moment on and before another, oldest first.

        Args:
            since: The one.
            until: The other.
            after: ``requested`` and ``id`` of the ticket before the first one wanted; ("", 0): from the first on.
            count: At most so many.
        """
        begin = max(sortable(since), after[0])
        query = (
            sa.select(*_COLUMNS, tickets.c.requested)
            .where(
                tickets.c.requested >= begin,
                tickets.c.requested < sortable(until),
                sa.or_(tickets.c.requested > after[0], tickets.c.id > after[1]),
            )
            .order_by(tickets.c.requested, tickets.c.id)
            .limit(count)
        )
        return [ReportedTicket(*row) for row in self._connection.execute(query)]

    def stages_of(self, numbers: Sequence[str], stages: Iterable[str]) -> list[StageSpan]:
        """Return when tickets came to these stages."""
        query = (
            sa.select(history.c.number, history.c.stage, sa.func.min(history.c.at), sa.func.max(history.c.at))
            .where(history.c.number.in_(numbers), history.c.stage.in_(list(stages)))
            .group_by(history.c.number, history.c.stage)
        )
        return [StageSpan(*row) for row in self._connection.execute(query)]
