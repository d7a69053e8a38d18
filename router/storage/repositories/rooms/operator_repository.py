"""Operators who are logged in, in the store."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from router.model.rooms.operator_attendance import OperatorAttendance
from router.storage.portable import insert_or_replace
from router.storage.schema import operators

_PUT = insert_or_replace(operators)


class OperatorRepository:
    """Operators who are logged in."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def upsert(self, presence: OperatorAttendance) -> None:
        """Write an operator's presence."""
        self._connection.execute(_PUT, {**presence._asdict(), "since": presence.since.isoformat()})

    def pause(self, operator_id: str, why: str, at: datetime) -> bool:
        """Pause an operator with a reason, or resume with ""; False for one who is not logged in."""
        query = (
            sa.update(operators)
            .where(operators.c.id == operator_id, operators.c.present.is_(True))
            .values(paused=why, since=at.isoformat())
        )
        return self._connection.execute(query).rowcount == 1

    def list_operators(self) -> list[OperatorAttendance]:
        """Return all operators who have ever logged in."""
        rows = self._connection.execute(sa.select(operators).order_by(operators.c.id)).mappings()
        return [
            OperatorAttendance(row["id"], row["present"], row["paused"], datetime.fromisoformat(row["since"]))
            for row in rows
        ]
