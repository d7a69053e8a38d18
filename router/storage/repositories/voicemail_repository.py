"""Voicemail of rooms in the store. Functions run on a connection handed in by ``Storage.read`` or ``Storage.write``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from router.model.voicemail import Mail, MailState
from router.storage.portable import insert_or_replace
from router.storage.repositories import monotonic_clock_repository
from router.storage.schema import recordings, room_locks, tickets, voicemail

if TYPE_CHECKING:
    from collections.abc import Callable


_NO_MESSAGE: Final = ("deleted", "call")  # states of a recording: its sound is gone, or it is a recorded call
_WAITING = (
    sa.select(recordings.c.name, recordings.c.number, voicemail.c.state.is_not(None).label("heard"))
    .join(tickets, tickets.c.number == recordings.c.number)
    .outerjoin(voicemail, sa.and_(voicemail.c.name == recordings.c.name, voicemail.c.room == tickets.c.room))
    .where(tickets.c.room == sa.bindparam("of"), tickets.c.is_open.is_(True), recordings.c.state.not_in(_NO_MESSAGE))
    .where(sa.or_(voicemail.c.state.is_(None), voicemail.c.state != "done"))
    .order_by(sa.literal_column("heard"), recordings.c.name.desc())
    .limit(sa.bindparam("most"))
)
_PUT = insert_or_replace(voicemail)
_LOCK = sa.select(room_locks.c.wrong, room_locks.c.until).where(room_locks.c.line == sa.bindparam("of"))
_PUT_LOCK = insert_or_replace(room_locks)


def waiting(connection: sa.Connection, room: str, most: int) -> list[Mail]:
    """Return the recordings of a room's open tickets it is not done with: new ones first, then the newest."""
    rows = connection.execute(_WAITING, {"of": room, "most": most})
    return [Mail(name, number, bool(heard)) for name, number, heard in rows]


def upsert(connection: sa.Connection, name: str, room: str, state: MailState) -> None:
    """Write what a room says of a message."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    connection.execute(_PUT, {"name": name, "room": room, "state": state, "at": at})


def locked_for(connection: sa.Connection, line: str) -> int:
    """Return for how many seconds no PIN is taken; 0: it is."""
    row = connection.execute(_LOCK, {"of": line}).first()
    return max(0, row.until - monotonic_clock_repository.monotonic_now(connection)) if row else 0


def tried(connection: sa.Connection, line: str, *, right: bool, pause_s: Callable[[int], int]) -> bool:
    """Count a try; return whether it opens: a right PIN while none is taken does not, and is not counted.

    Args:
        connection: The writer's.
        line: Whose tries are counted together.
        right: Whether the PIN was.
        pause_s: How long none is taken after so many wrong ones since the last right one.
    """
    if locked_for(connection, line):
        return False
    row = connection.execute(_LOCK, {"of": line}).first()
    wrong = 0 if right else (row.wrong if row else 0) + 1
    until = 0 if right else monotonic_clock_repository.checkpoint(connection) + pause_s(wrong)
    if row or wrong:
        connection.execute(_PUT_LOCK, {"line": line, "wrong": wrong, "until": until})
    return right
