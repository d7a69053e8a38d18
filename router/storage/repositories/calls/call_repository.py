"""Calls in the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from router.model.calls.call_record import CallRecord
from router.storage.portable import insert_or_replace
from router.storage.repositories.calls.call_log_repository import CallLogRepository
from router.storage.schema import calls

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_PUT = insert_or_replace(calls)
_SELECT = sa.select(calls)
_UNFINISHED = sa.select(calls.c.uniqueid).where(calls.c.ended.is_(None)).order_by(calls.c.started)


class CallRepository:
    """Calls."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def upsert(self, call: CallRecord) -> None:
        """Write the state of a call over the one before, and once it is over into the log of calls."""
        self._connection.execute(
            _PUT,
            {
                "uniqueid": call.uniqueid,
                "helpline": call.helpline,
                "did": call.did,
                "phone": call.phone,
                "language": call.language,
                "trouble": call.trouble,
                "need": call.need,
                "district": call.district,
                "started": call.started.isoformat(),
                "ended": call.ended.isoformat() if call.ended else None,
                "outcome": call.outcome,
            },
        )
        if call.ended and call.outcome:
            CallLogRepository(self._connection).progress(call)

    def by_uniqueid(self, uniqueid: str) -> CallRecord | None:
        """Return the state of a call."""
        row = self._connection.execute(_SELECT.where(calls.c.uniqueid == uniqueid)).mappings().first()
        return None if row is None else _call(row)

    def unfinished(self) -> list[str]:
        """Return the uniqueids of the calls that have not ended, oldest first."""
        return list(self._connection.execute(_UNFINISHED).scalars())


def _call(row: Mapping[Any, Any]) -> CallRecord:
    values = dict(row)
    values["started"] = datetime.fromisoformat(values["started"])
    values["ended"] = datetime.fromisoformat(values["ended"]) if values["ended"] else None
    return CallRecord(**values)
