"""Durable job queue: a lower layer requests work from a higher one, executed at most once for each key.

The asker adds a row in the transaction of what makes the work needful. A worker takes it for a while (a lease), does
it, and writes how it ended. A worker that dies lets the lease run out, and the row can be taken again; what it had
begun stands in the row's mark. Work that must never be done twice commits a mark before the deed.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from router.model.job import ATTENDED_CALL, CALL, Job
from router.storage.portable import insert_or_skip
from router.storage.schema import calls, jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


PRIORITIES: Final = (1, 2, 3, 4)
"""As a ticket's: 1 is taken first."""


_ADD = insert_or_skip(jobs, jobs.c.kind, jobs.c.key)
_OPEN = (
    sa.select(jobs.c.id, jobs.c.payload, jobs.c.checkpoint)
    .where(
        jobs.c.kind == sa.bindparam("which"),
        jobs.c.key > sa.bindparam("from"),
        jobs.c.key < sa.bindparam("to"),
        jobs.c.ended.is_(None),
    )
    .limit(1)
)
_SINCE = (
    sa.select(calls.c.uniqueid)
    .where(calls.c.phone == sa.bindparam("who"), calls.c.started >= sa.bindparam("from"))
    .limit(1)
)
_DUE = (
    sa.select(jobs.c.id)
    .where(
        jobs.c.kind == sa.bindparam("which"),
        jobs.c.priority == sa.bindparam("urgency"),
        jobs.c.ended.is_(None),
        jobs.c.due <= sa.bindparam("now"),
    )
    .order_by(jobs.c.due, jobs.c.id)
    .limit(1)
)
_TAKE = (
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("row"))
    .values(claims=jobs.c.claims + 1, due=sa.bindparam("until"))
    .returning(
        jobs.c.id,
        jobs.c.kind,
        jobs.c.key,
        jobs.c.priority,
        jobs.c.payload,
        jobs.c.claims,
        jobs.c.attempts,
        jobs.c.checkpoint,
    )
)


class JobRepository:
    """Durable jobs."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(
        self,
        kind: str,
        key: str,
        payload: Mapping[str, Any],
        due: datetime,
        priority: int = 3,
    ) -> bool:
        """Ask for work, in the caller's transaction.

        Args:
            kind: Which worker does it.
            key: Its subject; asking again with the same kind and key changes nothing, even when it is long done.
            payload: The worker's data; JSON.
            due: Not before this moment; aware.
            priority: 1 (first) to 4.

        Returns:
            Whether it is new.

        Raises:
            ValueError: there is no such priority, or ``due`` has no zone.
        """
        if priority not in PRIORITIES:
            raise ValueError(f"priority {priority} of {kind} {key}: work has the priorities 1 to 4")
        values = {
            "kind": kind,
            "key": key,
            "priority": priority,
            "payload": json.dumps(payload, ensure_ascii=False),
            "due": as_text(due),
            "claims": 0,
            "attempts": 0,
            "checkpoint": "",
            "outcome": "",
        }
        return self._connection.execute(_ADD, values).rowcount == 1

    def ask_for_call(
        self,
        phone: str,
        uniqueid: str,
        payload: Mapping[str, Any],
        due: datetime,
        *,
        since: datetime | None = None,
        priority: int = 3,
    ) -> bool:
        """Ask for a citizen to be called, in the caller's transaction; once at a time for each number.

        Args:
            phone: E.164.
            uniqueid: Of the call after which it is asked for: asking again about the same call changes nothing.
            payload: ``helpline``, ``language``, and ``reason``: ``missed``, ``rejected``, or ``queue`` with the place
                kept in it (``queue``, ``joined`` in seconds since 1970, ``urgency``).
            due: Not before this moment; aware.
            since: When that call was, where it is told late: who has been on the line since needs no other; aware.
            priority: As in `callback_repository`.

        Returns:
            Whether it is new: False too when a call to this number is still to be made, or an operator makes it now.
        """
        if since is not None:
            spoke = self._connection.execute(_SINCE, {"who": phone, "from": since.astimezone(UTC).isoformat()})
            if spoke.first():
                return False
        if self._connection.execute(_OPEN, _calls_to(phone)).first():
            return False
        attended = self._connection.execute(_OPEN, {**_calls_to(phone), "which": ATTENDED_CALL}).first()
        if attended is not None and attended.checkpoint:
            return False
        return self.add(CALL, f"{phone}/{uniqueid}", payload, due, priority)

    def cancel_for_phone(self, phones: Iterable[str]) -> int:
        """Citizens have got through by themselves: cancel calls to them that have not begun; return how many.

        A place kept in a queue stays theirs, though they call again.
        """
        ended = 0
        for phone in phones:
            row = self._connection.execute(_OPEN, _calls_to(phone)).first()
            if row is not None and not row.checkpoint and json.loads(row.payload)["reason"] != "queue":
                ended += self.finish(row.id, "got through")
        return ended

    def claim(self, kind: str, now: datetime, lease_s: float) -> Job | None:
        """Take the most urgent row that is due, then the one that has been due longest; None when nothing is.

        Args:
            kind: Which work.
            now: Aware.
            lease_s: Seconds until another worker may take it, unless it is finished, retried or marked before.
        """
        for priority in PRIORITIES:  # a seek in the index for each: rows that are not due yet cost nothing
            if (row := self.due(kind, priority, now)) is not None:
                return self.lease(row, now, lease_s)
        return None

    def due(self, kind: str, priority: int, now: datetime) -> int | None:
        """Return the id of the row of a priority that has been due longest; None when nothing is."""
        found: int | None = self._connection.execute(
            _DUE, {"which": kind, "urgency": priority, "now": as_text(now)}
        ).scalar()
        return found

    def lease(self, row: int, now: datetime, lease_s: float) -> Job:
        """Take this row."""
        taken = (
            self._connection.execute(_TAKE, {"row": row, "until": as_text(now + timedelta(seconds=lease_s))})
            .one()
            ._asdict()
        )
        return Job(**{**taken, "payload": json.loads(taken["payload"])})

    def checkpoint(self, work_id: int, text: str, until: datetime) -> bool:
        """Record the action about to be done, and hold the row until a moment.

        Whoever takes the row after that finds the mark, and knows that it may have been done.

        Returns:
            Whether it may be done: False when the row has ended meanwhile.
        """
        return self._change(work_id, checkpoint=text, due=as_text(until))

    def reclaim(self, kind: str, now: datetime) -> int:
        """Let marked rows be taken at once, their marks as they are; return how many.

        For a worker that is the only one of its kind, when it starts: the worker that marked them is gone.
        """
        marked = sa.update(jobs).where(jobs.c.kind == kind, jobs.c.ended.is_(None), jobs.c.checkpoint != "")
        return self._connection.execute(marked.values(due=as_text(now))).rowcount

    def finish(self, work_id: int, outcome: str) -> bool:
        """Write how the work ended; it is never taken again.

        Returns:
            Whether this was the end: False when it had already been finished, and stays as it was.
        """
        return self._change(work_id, ended=as_text(datetime.now(UTC)), outcome=outcome, checkpoint="")

    def retry(self, work_id: int, due: datetime, why: str, *, tried: bool = True) -> bool:
        """Put the work back, to be taken again later.

        Args:
            work_id: The row's.
            due: Not before this moment; aware.
            why: The obstacle, for the admin who looks at the row.
            tried: Whether this counts as a try in vain; not when it was only put off.

        Returns:
            Whether it was put back: False when it had already been finished.
        """
        return self._change(
            work_id,
            due=as_text(due),
            outcome=why,
            checkpoint="",
            attempts=jobs.c.attempts + 1 if tried else jobs.c.attempts,
        )

    def cancel_all(self, kind: str, about: str, outcome: str) -> int:
        """Finish all unfinished jobs about a subject; return how many there were.

        Args:
            kind: Which work.
            about: The part of the keys before the ``/``.
            outcome: Why.
        """
        query = (
            sa.update(jobs)
            .where(
                jobs.c.kind == kind,
                jobs.c.key > f"{about}/",
                jobs.c.key < f"{about}0",  # "0" is the character after "/"
                jobs.c.ended.is_(None),
            )
            .values(ended=as_text(datetime.now(UTC)), outcome=outcome, checkpoint="")
        )
        return self._connection.execute(query).rowcount

    def has_open(self, kind: str, about: str) -> bool:
        """Whether a job about a subject (the part of its key before the first ``/``) is not finished."""
        found = self._connection.execute(_OPEN, {"which": kind, "from": f"{about}/", "to": f"{about}0"})
        return found.first() is not None

    def waiting(self, kind: str) -> int:
        """Return how many rows of a kind are not finished."""
        query = sa.select(sa.func.count()).where(jobs.c.kind == kind, jobs.c.ended.is_(None))
        return self._connection.execute(query).scalar_one()

    def longest_due(self, kind: str) -> datetime | None:
        """Return since when the row of a kind is due that nobody has taken for longest; None when none waits."""
        query = sa.select(sa.func.min(jobs.c.due)).where(jobs.c.kind == kind, jobs.c.ended.is_(None))
        due: str | None = self._connection.execute(query).scalar()
        return datetime.fromisoformat(due) if due else None

    def open_jobs(self, kind: str) -> dict[str, OpenJob]:
        """Return all rows of a kind that are not finished, by key."""
        c = jobs.c
        query = sa.select(c.key, c.id, c.due, c.attempts, c.payload).where(c.kind == kind, c.ended.is_(None))
        return {
            row.key: OpenJob(row.id, datetime.fromisoformat(row.due), row.attempts, json.loads(row.payload))
            for row in self._connection.execute(query.order_by(c.id))
        }

    def put_off(self, work_id: int, due: datetime, payload: Mapping[str, Any], attempts: int) -> None:
        """Write the present payload of a row, and when it is due again."""
        text = json.dumps(payload, ensure_ascii=False)
        self._change(work_id, due=as_text(due), payload=text, attempts=attempts)

    def _change(self, work_id: int, **values: Any) -> bool:
        query = sa.update(jobs).where(jobs.c.id == work_id, jobs.c.ended.is_(None)).values(values)
        return self._connection.execute(query).rowcount == 1

    def backlog(self, kind: str) -> Backlog:
        """Return the waiting jobs of a kind, and their obstacles."""
        open_ = (jobs.c.kind == kind, jobs.c.ended.is_(None))
        counted = sa.select(jobs.c.priority, sa.func.count()).where(*open_).group_by(jobs.c.priority)
        whys = sa.select(jobs.c.outcome).where(*open_, jobs.c.outcome != "").distinct().order_by(jobs.c.outcome)
        return Backlog(
            {row[0]: row[1] for row in self._connection.execute(counted)},
            list(self._connection.execute(whys).scalars()),
        )


def _calls_to(phone: str) -> dict[str, str]:
    return {"which": CALL, "from": f"{phone}/", "to": f"{phone}0"}


def as_text(moment: datetime) -> str:
    """Return a moment as text that sorts as time does: UTC, always with microseconds."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment}: a moment needs its zone")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


class OpenJob(NamedTuple):
    """A row that is not finished.

    Attributes:
        id: The row's.
        due: Not before this moment.
        attempts: How often it was tried.
        payload: The present data.
    """

    id: int
    due: datetime
    attempts: int
    payload: dict[str, Any]


class Backlog(NamedTuple):
    """The waiting jobs of a kind.

    Attributes:
        by_priority: How many rows, by priority.
        troubles: Why rows were put off last, each reason once.
    """

    by_priority: dict[int, int]
    troubles: list[str]
