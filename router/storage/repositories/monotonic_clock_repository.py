"""A monotonic clock that survives restarts, whatever the system's time is set to.

All deadlines are kept in it. Within one start of the machine it is the kernel's time since that start
(``CLOCK_BOOTTIME``, clock_getres(2): not changed by setting the time, and it goes on while the machine sleeps) and a
constant; so a system time that jumps forward makes nothing late, and one that jumps back holds nothing up. The
constant is kept, so that a service that starts again goes on where it was.

Over a restart of the machine only the wall tells how long it was away. It is believed from none to ``BELIEVED_S``: a
wall that is behind what was seen last is wrong, so the machine was away for no time; one that is weeks ahead is more
likely wrong than that, so a day is counted.
"""

from __future__ import annotations

import sqlalchemy as sa

from router import clock
from router.storage.portable import insert_or_replace
from router.storage.schema import monotonic_clock

MAX_JUMP_S = 24 * 60 * 60

_ONLY = 1  # the table's one row
_SELECT = sa.select(monotonic_clock).where(monotonic_clock.c.id == _ONLY)
_PUT = insert_or_replace(monotonic_clock)


class MonotonicClockRepository:
    """The monotonic clock."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def monotonic_now(self) -> int:
        """Return the steady time, for readers."""
        reading = clock.read_clocks()
        return int(reading.since_boot + self._base(reading))

    def checkpoint(self) -> int:
        """Return the steady time and keep it, so that it goes on from here when the machine starts again."""
        reading = clock.read_clocks()
        base = self._base(reading)
        steady = reading.since_boot + base
        values = {"boot": reading.boot, "base": base, "seen_wall": reading.wall, "seen_monotonic": steady}
        self._connection.execute(_PUT, {"id": _ONLY, **values})
        return int(steady)

    def _base(self, reading: clock.Reading) -> float:
        """Return what to add to the time since this start of the machine."""
        row = self._connection.execute(_SELECT).first()
        if row is None:
            return 0.0
        if row.boot == reading.boot:
            return float(row.base)
        away = min(max(reading.wall - row.seen_wall, 0.0), MAX_JUMP_S)
        return float(row.seen_monotonic + away - reading.since_boot)
