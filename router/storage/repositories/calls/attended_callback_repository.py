"""Citizens who reached nobody, to be called back by a person: found in the log of calls, kept as jobs.

The callbacks that we place by ourselves (`callback_repository`) are other rows. Of one number there is never a call of
both kinds: a number that a machine is about to call is not listed, one that an operator has taken is not asked for, and
whoever takes one ends what still waits of the other kind, in one transaction.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

import sqlalchemy as sa

from router.clock import MICROSECONDS
from router.model.calls.attended_callback import AttendedCallback
from router.model.job import ATTENDED_CALL, CALL
from router.phone_numbers import normalise
from router.storage.call_results import ABANDONED, CALLBACK, FAULT, HUNG_UP, MESSAGE, NOBODY, SPOKE, TICKET
from router.storage.repositories.calls.call_log_repository import INBOUND, UNKNOWN
from router.storage.repositories.job_repository import JobRepository, as_text
from router.storage.schema import call_events, call_log, calls, jobs, ticket_sources

REACHED_NOBODY: Final = (HUNG_UP, ABANDONED, NOBODY, MESSAGE, FAULT)
"""Results of calls whose callers are called back, unless there is a ticket."""
HELPED: Final = (TICKET, SPOKE, CALLBACK)
"""Results of a later call after which nobody needs to call any more."""
MAX_FOUND: Final = 200
"""Calls looked at in one transaction: some milliseconds."""

Taken = Literal["taken", "no-callback", "taken-already", "on-the-line", "called-already"]
"""It is the operator's; there is none (any more); it is another operator's; the citizen is on the line just now; the
machine calls."""

_HAS_TICKET = sa.exists().where(
    ticket_sources.c.source_key > call_log.c.uniqueid + "/", ticket_sources.c.source_key < call_log.c.uniqueid + "0"
)
_LATER = call_log.alias("later")
_CALLED_AGAIN = sa.exists().where(
    _LATER.c.caller == call_log.c.caller, _LATER.c.arrived > call_log.c.arrived, _LATER.c.direction == INBOUND
)
_LISTED = sa.exists().where(jobs.c.kind == ATTENDED_CALL, jobs.c.key == call_log.c.caller + "/" + call_log.c.uniqueid)
_COLUMNS = (jobs.c.id, jobs.c.key, jobs.c.payload, jobs.c.due, jobs.c.attempts, jobs.c.checkpoint)


class OpenCallback(NamedTuple):
    """A row: its id, and what it says."""

    row: int
    callback: AttendedCallback


class AttendedCallbackRepository:
    """The list of the citizens to be called back by a person."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._jobs = JobRepository(connection)

    def find_new(self, since: datetime, until: datetime, expires: datetime) -> int:
        """List the callers who reached nobody in calls that arrived since a moment and have ended by another.

        Returns:
            How many were added or have called again.
        """
        c = call_log.c
        query = (
            sa.select(c.uniqueid, c.caller, c.helpline, c.ended)
            .where(
                c.arrived >= _micro(since),
                c.ended <= _micro(until),
                c.direction == INBOUND,
                c.answered.is_not(None),
                c.caller.is_not(None),
                c.helpline != UNKNOWN,
                c.result.in_(REACHED_NOBODY),
                ~_HAS_TICKET,
                ~_CALLED_AGAIN,
                ~_LISTED,
            )
            .order_by(c.ended)
            .limit(MAX_FOUND)
        )
        return sum(self._list(row, expires) for row in self._connection.execute(query).all())

    def open(self) -> list[OpenCallback]:
        """Return those to be called, the longest waiting first."""
        query = sa.select(*_COLUMNS).where(jobs.c.kind == ATTENDED_CALL, jobs.c.ended.is_(None))
        found = [_read(row) for row in self._connection.execute(query)]
        return sorted(found, key=lambda one: (one.callback.since, one.row))

    def of(self, callback: str) -> OpenCallback | None:
        """Return one by its name; None when it is over, or there is none."""
        return next((one for one in self.open() if one.callback.callback == callback), None)

    def prune(self, now: datetime) -> list[str]:
        """End those that need no call any more, but none that an operator makes now; return their names."""
        gone = []
        for row, callback in self.open():
            if callback.taken_by:
                continue
            why = self._needless(callback, now)
            if why and self._jobs.finish(row, why):
                gone.append(callback.callback)
        return gone

    def take(self, callback: str, operator: str, now: datetime, until: datetime) -> tuple[Taken, OpenCallback | None]:
        """Give one to an operator until a moment; a machine's callback of the same number that has not begun ends."""
        found = self.of(callback)
        if found is None or self._needless(found.callback, now, machine=False):
            return "no-callback", None
        if found.callback.taken_by not in ("", operator):
            return "taken-already", found
        phone = found.callback.phone
        going_on = sa.select(calls.c.uniqueid).where(
            calls.c.phone == phone, calls.c.ended.is_(None), calls.c.started >= found.callback.since.isoformat()
        )
        if self._connection.execute(going_on.limit(1)).first():
            return "on-the-line", found
        machine = self._machine_call(phone)
        if machine is not None:
            if machine.checkpoint:
                return "called-already", found
            self._jobs.finish(machine.id, f"called by operator {operator}")
        self._jobs.checkpoint(found.row, operator, until)
        return "taken", OpenCallback(found.row, found.callback.model_copy(update={"taken_by": operator}))

    def give_back(self, row: int, why: str, now: datetime, *, tried: bool) -> bool:
        """The citizen was not reached; False when it is over."""
        return self._jobs.retry(row, now, why, tried=tried)

    def finish(self, row: int, why: str) -> bool:
        """It is over; False when it was."""
        return self._jobs.finish(row, why)

    def release_all(self, why: str, now: datetime) -> None:
        """Give all back that operators had: for the only process that places these calls, when it starts."""
        for row, callback in self.open():
            if callback.taken_by:
                self._jobs.retry(row, now, why, tried=True)

    def _list(self, call: sa.Row[*tuple[Any, ...]], expires: datetime) -> bool:
        number = normalise(call.caller)
        if number.e164 is None or not number.callable or self._machine_call(number.e164) is not None:
            return False
        ended = datetime.fromtimestamp(call.ended / MICROSECONDS, UTC)
        reason = "abandoned" if self._did_something(call.uniqueid) else "silent"
        language = self._connection.execute(
            sa.select(calls.c.language).where(calls.c.uniqueid == call.uniqueid)
        ).scalar()
        before = sa.select(*_COLUMNS, jobs.c.ended).where(
            jobs.c.kind == ATTENDED_CALL, jobs.c.key > f"{number.e164}/", jobs.c.key < f"{number.e164}0"
        )
        rows = self._connection.execute(before).all()
        if any(row.ended is not None and row.ended >= as_text(ended) for row in rows):
            return False  # it was over after this call
        known = next((_read(row) for row in rows if row.ended is None), None)
        if known is not None:
            if ended <= known.callback.last:
                return False
            changes = {"last": ended, "calls": known.callback.calls + 1, "reason": reason}
            payload = known.callback.model_copy(update=changes).model_dump(mode="json")
            update = sa.update(jobs).where(jobs.c.id == known.row)
            self._connection.execute(update.values(payload=json.dumps(payload, ensure_ascii=False)))
            return True
        callback = AttendedCallback(
            callback=call.uniqueid,
            phone=number.e164,
            helpline=call.helpline,
            language=language or "hi",
            reason=reason,
            since=ended,
            last=ended,
            expires=expires,
        )
        return self._jobs.add(ATTENDED_CALL, f"{number.e164}/{call.uniqueid}", callback.model_dump(mode="json"), ended)

    def _did_something(self, call: str) -> bool:
        """Whether the caller pressed a key or spoke a message."""
        query = sa.select(call_events.c.kind, call_events.c.data).where(
            call_events.c.call == call, call_events.c.kind.in_(("asked", "pressed", "recorded"))
        )
        return any(
            kind == "recorded" or bool(json.loads(data).get("keys")) for kind, data in self._connection.execute(query)
        )

    def _needless(self, callback: AttendedCallback, now: datetime, *, machine: bool = True) -> str:
        """Why nobody needs to call this number any more; "" when somebody does."""
        if now >= callback.expires:
            return "expired"
        if machine and self._machine_call(callback.phone) is not None:
            return "called by machine"
        c, since = call_log.c, _micro(callback.since)
        later = (c.caller == callback.phone, c.arrived > since, c.direction == INBOUND)
        helped = sa.select(c.uniqueid).where(*later, sa.or_(c.result.in_(HELPED), _HAS_TICKET)).limit(1)
        if self._connection.execute(helped).first():
            return "called again and was helped"
        first = sa.select(ticket_sources.c.number).where(
            ticket_sources.c.source_key > f"{callback.callback}/", ticket_sources.c.source_key < f"{callback.callback}0"
        )
        return "has a ticket" if self._connection.execute(first.limit(1)).first() else ""

    def _machine_call(self, phone: str) -> sa.Row[*tuple[Any, ...]] | None:
        query = sa.select(jobs.c.id, jobs.c.checkpoint).where(
            jobs.c.kind == CALL, jobs.c.key > f"{phone}/", jobs.c.key < f"{phone}0", jobs.c.ended.is_(None)
        )
        return self._connection.execute(query.limit(1)).first()


def _read(row: sa.Row[*tuple[Any, ...]]) -> OpenCallback:
    said = AttendedCallback.model_validate_json(row.payload)
    taken = row.checkpoint if row.checkpoint and row.due > as_text(datetime.now(UTC)) else ""
    return OpenCallback(row.id, said.model_copy(update={"attempts": row.attempts, "taken_by": taken}))


def _micro(moment: datetime) -> int:
    return int(moment.timestamp() * MICROSECONDS)
