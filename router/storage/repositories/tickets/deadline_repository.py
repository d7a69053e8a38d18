"""The clocks of tickets in the store; ``due`` and ``resolve_by`` in seconds of `monotonic_clock_repository`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.deadline import Deadline, LateTicket
from router.storage.schema import tickets

if TYPE_CHECKING:
    from collections.abc import Iterable


_T = tickets.c
_SELECT = sa.select(_T.awaits, _T.due, _T.resolve_by, _T.late).where(_T.number == sa.bindparam("which"))
_UPDATE = sa.update(tickets).where(_T.number == sa.bindparam("which"))
_DUE = sa.select(_T.number).where(_T.due <= sa.bindparam("now")).order_by(_T.due).limit(sa.bindparam("count"))
_LATE = (
    sa.select(_T.number, _T.room, _T.desk, _T.service_code, _T.district, _T.priority, _T.level, _T.stage, _T.awaits)
    .where(_T.late.is_(True))
    .order_by(_T.priority, _T.id)
)
_DANGER = "danger"  # the need; the code knows it by name (router/geo/loader.py)
_OPEN = sa.select(_T.room).where(_T.is_open.is_(True))
_DANGER_UNSEEN = _OPEN.where(_T.service_code == _DANGER, _T.awaits == "acknowledge")


class DeadlineRepository:
    """Deadlines of tickets."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def of_ticket(self, number: str) -> Deadline:
        """Return a ticket's clock; one that stands when there is no such ticket."""
        row = self._connection.execute(_SELECT, {"which": number}).first()
        return Deadline(*row) if row else Deadline()

    def upsert(self, number: str, deadline: Deadline) -> None:
        """Set a ticket's clock."""
        self._connection.execute(_UPDATE, {"which": number, **deadline._asdict()})

    def due(self, now: int, count: int) -> list[str]:
        """Return at most so many tickets whose time has come, the longest overdue first."""
        return list(self._connection.execute(_DUE, {"now": now, "count": count}).scalars())

    def late(self) -> list[LateTicket]:
        """Return the tickets that are late, the most urgent and oldest first."""
        return [LateTicket(*row) for row in self._connection.execute(_LATE)]

    def with_open_tickets(self, rooms: Iterable[str]) -> set[str]:
        """Return which of these rooms have an open ticket."""
        return self._having(_OPEN, rooms)

    def with_danger_unseen(self, rooms: Iterable[str]) -> set[str]:
        """Return which of these rooms have a ticket of danger to life that nobody there has taken."""
        return self._having(_DANGER_UNSEEN, rooms)

    def _having(self, wanted: sa.Select[tuple[str]], rooms: Iterable[str]) -> set[str]:
        """Ask once for all rooms; each is looked up in the index, however many tickets there are."""
        given = [(room,) for room in rooms]
        if not given:
            return set()
        asked = sa.values(sa.column("room", sa.String), name="asked").data(given).cte()
        found = sa.select(asked.c.room).where(wanted.where(_T.room == asked.c.room).exists())
        return set(self._connection.execute(found).scalars())
