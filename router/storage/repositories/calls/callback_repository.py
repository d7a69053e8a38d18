"""Callbacks for missed calls. Anybody can send one under any number, so limits apply.

Work rows of the kind ``call`` have a priority: places kept in a queue first, then citizens who are known from a ticket
or from a call in which keys were pressed, then strangers. Every call that we place to a citizen is noted, so that
limits hold over a restart. Those of an hour, a day, a trunk and a number block are for strangers alone: whoever
sends missed calls under made-up names keeps nobody waiting whom we know.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from router.model.job import CALL
from router.storage.repositories import job_repository
from router.storage.repositories.job_repository import JobRepository
from router.storage.schema import calls, jobs, outbound_calls, tickets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.model.job import Job

Asked = Literal["new", "needless", "full"]
"""A call is to be made; there is one already, or none is needed any more; too many wait."""

PLACE, KNOWN, STRANGER = 1, 2, 3
"""Priorities of the rows."""
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
STALE: Final = HOUR
"""When the first in the line has waited so long, who came last is called first: they still hold the telephone, and
may make room for another."""
_HOME: Final = len("+91")

_STRANGERS = (
    jobs.c.kind == CALL,
    jobs.c.priority == STRANGER,
    jobs.c.ended.is_(None),
)
_WAITING = sa.select(sa.func.count()).where(*_STRANGERS)
_FIRST = sa.select(jobs.c.id, jobs.c.due).where(*_STRANGERS).order_by(jobs.c.due).limit(1)
_MARKED = (
    sa.select(jobs.c.id)
    .where(
        jobs.c.kind == CALL,
        jobs.c.ended.is_(None),
        jobs.c.checkpoint != "",
        jobs.c.due <= sa.bindparam("now"),
    )
    .order_by(jobs.c.priority, jobs.c.due)
    .limit(1)
)
_HAS_TICKET = sa.select(tickets.c.id).where(tickets.c.phone == sa.bindparam("who")).limit(1)
_HAS_PRESSED = (
    sa.select(calls.c.uniqueid).where(calls.c.phone == sa.bindparam("who"), calls.c.need.is_not(None)).limit(1)
)
_TO_STRANGERS = sa.select(outbound_calls.c.at, outbound_calls.c.phone, outbound_calls.c.trunk).where(
    outbound_calls.c.stranger.is_(True), outbound_calls.c.at >= sa.bindparam("since")
)
_TO_NUMBER = sa.select(sa.func.count()).where(
    outbound_calls.c.phone == sa.bindparam("who"), outbound_calls.c.at >= sa.bindparam("since")
)


class StrangerLimits(NamedTuple):
    """The most that may be; see ``agi.settings.StrangerLimitSettings``."""

    max_per_hour: int
    max_per_day: int
    max_per_trunk_per_hour: int
    max_per_block_per_hour: int
    block_digits: int
    max_waiting: int
    max_per_number_per_day: int


class Reached(NamedTuple):
    """Limits that stand in the way of strangers' calls now.

    Attributes:
        all: ``max_per_hour``, ``max_per_day``: no stranger is called.
        trunks: Those whose missed callers are not called.
        blocks: Prefixes of numbers (E.164) that are not called.
    """

    all: tuple[str, ...] = ()
    trunks: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()


class CallbackRepository:
    """Callbacks for missed calls, and the ceilings of calls to strangers."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def ask(
        self,
        phone: str,
        uniqueid: str,
        payload: Mapping[str, Any],
        due: datetime,
        *,
        since: datetime,
        limits: StrangerLimits,
    ) -> Asked:
        """Ask for the call that a missed call stands for, in the caller's transaction.

        Args:
            phone: E.164.
            uniqueid: Of the missed call.
            payload: As `JobRepository.ask_for_call` takes it, with the ``trunk`` it came by.
            due: Not before this moment; aware.
            since: When the missed call was; aware.
            limits: Those in force.
        """
        if self.called_today(phone, since) >= limits.max_per_number_per_day:
            return "needless"
        priority = KNOWN if self.is_known(phone) else STRANGER
        if priority == STRANGER and self.waiting() >= limits.max_waiting and not self._made_room(since):
            return "full"
        new = JobRepository(self._connection).ask_for_call(
            phone, uniqueid, payload, due, since=since, priority=priority
        )
        return "new" if new else "needless"

    def is_known(self, phone: str) -> bool:
        """Whether a number (E.164) has a ticket, or has pressed a key in a call: a call alone proves no number."""
        return any(self._connection.execute(query, {"who": phone}).first() for query in (_HAS_TICKET, _HAS_PRESSED))

    def waiting(self) -> int:
        """Return how many strangers wait to be called."""
        return int(self._connection.execute(_WAITING).scalar_one())

    def take(self, now: datetime, lease_s: float, *, calling: bool, limits: StrangerLimits) -> Job | None:
        """Take the row whose turn it is; None when there is none.

        Args:
            now: Aware.
            lease_s: As `JobRepository.claim` has it.
            calling: Whether citizens may be called now: else places alone, which stand in queues of their own.
            limits: Those in force.
        """
        for priority in (PLACE, KNOWN) if calling else (PLACE,):
            if (row := JobRepository(self._connection).due(CALL, priority, now)) is not None:
                return JobRepository(self._connection).lease(row, now, lease_s)
        if calling and (row := self._stranger(now, limits)) is not None:
            return JobRepository(self._connection).lease(row, now, lease_s)
        return None

    def take_marked(self, now: datetime, lease_s: float) -> Job | None:
        """Take a row that an earlier taker had begun, whatever its priority; None when there is none."""
        row = self._connection.execute(_MARKED, {"now": job_repository.as_text(now)}).scalar()
        return JobRepository(self._connection).lease(row, now, lease_s) if row is not None else None

    def note(self, phone: str, now: datetime, *, trunk: str = "", stranger: bool = False) -> None:
        """A citizen is about to be called; marks older than two days are deleted."""
        values = {"at": job_repository.as_text(now), "phone": phone, "trunk": trunk, "stranger": stranger}
        self._connection.execute(sa.insert(outbound_calls).values(values))
        self._connection.execute(
            sa.delete(outbound_calls).where(outbound_calls.c.at < job_repository.as_text(now - 2 * DAY))
        )

    def called_today(self, phone: str, now: datetime) -> int:
        """Return how often we have called a number (E.164) in the last 24 hours, for whatever reason."""
        return int(
            self._connection.execute(
                _TO_NUMBER, {"who": phone, "since": job_repository.as_text(now - DAY)}
            ).scalar_one()
        )

    def reached(self, now: datetime, limits: StrangerLimits) -> Reached:
        """Return the limits that calls to strangers have come to."""
        rows = self._connection.execute(_TO_STRANGERS, {"since": job_repository.as_text(now - DAY)}).all()
        lately = [row for row in rows if row.at >= job_repository.as_text(now - HOUR)]
        trunks = Counter(row.trunk for row in lately)
        blocks = Counter(row.phone[: _HOME + limits.block_digits] for row in lately)
        whole = (("max_per_hour", len(lately) >= limits.max_per_hour), ("max_per_day", len(rows) >= limits.max_per_day))
        return Reached(
            tuple(name for name, full in whole if full),
            frozenset(trunk for trunk, count in trunks.items() if count >= limits.max_per_trunk_per_hour),
            frozenset(block for block, count in blocks.items() if count >= limits.max_per_block_per_hour),
        )

    def held_back(self, now: datetime, limits: StrangerLimits) -> tuple[str, ...]:
        """Return the names of the limits that prevent a call now, ``max_waiting`` among them."""
        names = ["max_waiting"] if self.waiting() >= limits.max_waiting else []
        if self._connection.execute(_due(now).limit(1)).first() is None:
            return tuple(names)
        found = self.reached(now, limits)
        names += found.all
        names += ["max_per_trunk_per_hour"] * any(
            self._connection.execute(_due(now, by_trunk=one)).first() for one in found.trunks
        )
        names += ["max_per_block_per_hour"] * any(
            self._connection.execute(_due(now, in_block=one)).first() for one in found.blocks
        )
        return tuple(names)

    def held_back_now(self, limits: StrangerLimits) -> tuple[str, ...]:
        """`held_back`, by this machine's clock."""
        return self.held_back(datetime.now(UTC), limits)

    def _stranger(self, now: datetime, limits: StrangerLimits) -> int | None:
        """The next stranger to call: the first in the line; once that one has waited for long, the last."""
        first = self._connection.execute(_FIRST).first()
        if first is None or first.due > job_repository.as_text(now):
            return None
        full = self.reached(now, limits)
        if full.all:
            return None
        query = _due(now)
        for block in full.blocks:
            query = query.where(~jobs.c.key.startswith(block, autoescape=True))
        for trunk in full.trunks:
            query = query.where(~_by_trunk(trunk))
        stale = first.due < job_repository.as_text(now - STALE)
        order = (jobs.c.due.desc(), jobs.c.id.desc()) if stale else (jobs.c.due, jobs.c.id)
        found = self._connection.execute(query.order_by(*order).limit(1)).first()
        return found.id if found else None

    def _made_room(self, now: datetime) -> bool:
        """Drop the one who has waited longest, if that is for long; not one who is being called."""
        first = self._connection.execute(_FIRST).first()
        if first is None or first.due > job_repository.as_text(min(now, datetime.now(UTC)) - STALE):
            return False
        return JobRepository(self._connection).finish(first.id, "waited too long, others came later")


def _due(now: datetime, *, by_trunk: str | None = None, in_block: str | None = None) -> sa.Select[tuple[int]]:
    query = sa.select(jobs.c.id).where(*_STRANGERS, jobs.c.due <= job_repository.as_text(now))
    if by_trunk is not None:
        query = query.where(_by_trunk(by_trunk)).limit(1)
    if in_block is not None:
        query = query.where(jobs.c.key.startswith(in_block, autoescape=True)).limit(1)
    return query


def _by_trunk(trunk: str) -> sa.ColumnElement[bool]:
    return jobs.c.payload.contains(f'"trunk": "{trunk}"', autoescape=True)
