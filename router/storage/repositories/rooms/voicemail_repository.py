"""Voicemail of rooms in the store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from router.model.calls.voicemail import Mail, MailState
from router.storage.portable import insert_or_replace
from router.storage.repositories.monotonic_clock_repository import MonotonicClockRepository
from router.storage.schema import recordings, room_locks, tickets, voicemail

if TYPE_CHECKING:
    from collections.abc import Callable


_NO_MESSAGE: Final = ("deleted", "call")  # states of a recording: its sound is gone, or it is a recorded call
_WAITING = (
    sa.select(recordings.c.name, recordings.c.number, recordings.c.begun, voicemail.c.state.is_not(None).label("heard"))
    .join(tickets, tickets.c.number == recordings.c.number)
    .outerjoin(voicemail, sa.and_(voicemail.c.name == recordings.c.name, voicemail.c.room == tickets.c.room))
    .where(tickets.c.room == sa.bindparam("of"), tickets.c.is_open.is_(True), recordings.c.state.not_in(_NO_MESSAGE))
    .where(sa.or_(voicemail.c.state.is_(None), voicemail.c.state != "done"))
    .order_by(sa.literal_column("heard"), recordings.c.begun.desc(), recordings.c.name.desc())
    .limit(sa.bindparam("most"))
)
_PUT = insert_or_replace(voicemail)
_LOCK = sa.select(room_locks.c.wrong, room_locks.c.until).where(room_locks.c.line == sa.bindparam("of"))
_PUT_LOCK = insert_or_replace(room_locks)


class VoicemailRepository:
    """Voicemail of rooms."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def waiting(self, room: str, most: int) -> list[Mail]:
        """Return the recordings of a room's open tickets it is not done with: new ones first, then the newest."""
        rows = self._connection.execute(_WAITING, {"of": room, "most": most})
        return [Mail(name, number, datetime.fromisoformat(begun), bool(heard)) for name, number, begun, heard in rows]

    def upsert(self, name: str, room: str, state: MailState) -> None:
        """Write a room's decision on a message."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        self._connection.execute(_PUT, {"name": name, "room": room, "state": state, "at": at})

    def locked_for(self, line: str) -> int:
        """Return for how many seconds no PIN is taken; 0: it is."""
        row = self._connection.execute(_LOCK, {"of": line}).first()
        return max(0, row.until - MonotonicClockRepository(self._connection).monotonic_now()) if row else 0

    def unlock(self, room: str) -> int:
        """Forget the wrong PINs of a room, from all lines; return from how many there were some."""
        ours = room_locks.c.line.startswith(f"{room}/", autoescape=True)
        return self._connection.execute(sa.delete(room_locks).where(ours)).rowcount

    def tried(self, line: str, *, right: bool, pause_s: Callable[[int], int]) -> bool:
        """Count a try; return whether it opens: a right PIN while none is taken does not, and is not counted.

        Args:
            line: Whose tries are counted together.
            right: Whether the PIN was.
            pause_s: How long none is taken after so many wrong ones since the last right one.
        """
        if self.locked_for(line):
            return False
        row = self._connection.execute(_LOCK, {"of": line}).first()
        wrong = 0 if right else (row.wrong if row else 0) + 1
        until = 0 if right else MonotonicClockRepository(self._connection).checkpoint() + pause_s(wrong)
        if row or wrong:
            self._connection.execute(_PUT_LOCK, {"line": line, "wrong": wrong, "until": until})
        return right
