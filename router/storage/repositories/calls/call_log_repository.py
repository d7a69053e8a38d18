"""The log of all calls in the store: a row for each, and what happened in it.

The service and the import of Asterisk's CEL write it side by side; neither undoes what the other has written.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from router.clock import MICROSECONDS
from router.storage.call_results import ENDED, GOING_ON, NOBODY, result_of
from router.storage.portable import insert_or_skip, insert_or_update
from router.storage.schema import call_events, call_log, calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from router.model.calls.call_record import CallRecord

INBOUND, OUTBOUND, TEST = "in", "out", "test"
"""Directions; the last is of a test call by an admin, which came in as well."""
UNKNOWN = "unknown"
"""Helpline of a call to an unknown number."""


class LoggedCall(NamedTuple):
    """A call as it is listed; moments in microseconds since 1970.

    Attributes:
        uniqueid: Of the caller's channel; of one that we placed, of ours.
        arrived: When.
        direction: ``in``, ``out``, or ``test``.
        trunk: By which.
        did: The number dialled; once the service has it, as ``trunks.toml`` writes it.
        helpline: ``unknown`` when the number is unknown.
        caller: The calling number, E.164 where it is one; None when withheld, or forgotten.
        answered: By our menu; None: not.
        ended: None: it goes on, or Asterisk has reported no end.
        result: One of `router.storage.call_results`; empty: not said yet.
        outcome: What became of it, longer.
        cause: Of the end, ITU-T Q.850; None or 0: not reported.
        hung_up: The party that ended it: ``caller``, ``us``, or the other end's trunk or telephone.
    """

    uniqueid: str
    arrived: int
    direction: str = INBOUND
    trunk: str = ""
    did: str = ""
    helpline: str = UNKNOWN
    caller: str | None = None
    answered: int | None = None
    ended: int | None = None
    result: str = ""
    outcome: str = ""
    cause: int | None = None
    hung_up: str = ""

    @property
    def state(self) -> str:
        """Its result, or whether it goes on."""
        return self.result or (GOING_ON if self.ended is None else ENDED)


class CallEvent(NamedTuple):
    """Something that happened in a call.

    Attributes:
        call: The call's unique id.
        at: Microseconds since 1970.
        kind: What, one word.
        data: More, by name; what JSON can hold, and no telephone number.
    """

    call: str
    at: int
    kind: str
    data: Mapping[str, Any]


class CallEnd(NamedTuple):
    """How a call ended, by Asterisk's CEL. Attributes as in `LoggedCall`; ``outcome`` empty: the service knows."""

    uniqueid: str
    ended: int
    caller: str | None
    helpline: str
    cause: int
    hung_up: str
    outcome: str
    unanswered: str
    """The outcome of a call that was never answered."""


class CallNews(NamedTuple):
    """The contents of a piece of Asterisk's CEL, by call."""

    arrivals: list[LoggedCall]
    answers: list[tuple[str, int]]
    ends: list[CallEnd]
    events: list[CallEvent]
    tests: list[str]


class CallFilter(NamedTuple):
    """Which calls; None: any.

    Attributes:
        since, until: Arrived from then on, before then; microseconds.
        phone: E.164: the calling number, or the one that its caller keyed.
        did: The last digits of the number dialled.
    """

    since: int | None = None
    until: int | None = None
    phone: str | None = None
    helpline: str | None = None
    trunk: str | None = None
    did: str | None = None
    result: str | None = None


def _given(name: str) -> sa.ColumnElement[Any]:
    return sa.table("excluded", sa.column(name)).c[name]


def _over(*names: str) -> sa.Insert:
    """Insert a call, or write these columns over those of the row that is there."""
    return insert_or_update(call_log, {name: _given(name) for name in names})


def _missing(*names: str) -> sa.Insert:
    """Insert a call, or fill those of these columns that are empty in the row that is there."""
    columns = ((name, call_log.c[name]) for name in names)
    return insert_or_update(call_log, {name: sa.case((c == "", _given(name)), else_=c) for name, c in columns})


_DIRECTION = sa.case((call_log.c.direction == TEST, call_log.c.direction), else_=_given("direction"))
# the end of a call had its caller as well: of a call that is over and has none, the caller was forgotten since
_CALLER = sa.case((call_log.c.ended.is_not(None), call_log.c.caller), else_=_given("caller"))
_ARRIVED = insert_or_update(
    call_log,
    {
        "direction": _DIRECTION,
        "caller": _CALLER,
        **{name: _given(name) for name in ("trunk", "did", "helpline")},
    },
)
_PROGRESS = _over("result", "outcome")
_SEEN = _missing("trunk", "did")
_EVENTS = insert_or_skip(call_events)
_OF_CALL = call_log.c.uniqueid == sa.bindparam("which")
_TESTED = sa.update(call_log).where(_OF_CALL).values(direction=TEST)
_ANSWERED = (
    sa.update(call_log).where(_OF_CALL).values(answered=sa.func.coalesce(call_log.c.answered, sa.bindparam("a")))
)


def _first(column: sa.Column[Any], given: str) -> sa.ColumnElement[Any]:
    return sa.case((column == "", sa.bindparam(given)), else_=column)


_NO_ANSWER = call_log.c.answered.is_(None)
_ENDED = (
    sa.update(call_log)
    .where(_OF_CALL)
    .values(
        ended=sa.bindparam("e"),
        caller=sa.func.coalesce(call_log.c.caller, sa.bindparam("c")),
        helpline=sa.case((call_log.c.helpline == UNKNOWN, sa.bindparam("h")), else_=call_log.c.helpline),
        cause=sa.bindparam("q"),
        hung_up=sa.bindparam("u"),
        outcome=sa.case((_NO_ANSWER, _first(call_log.c.outcome, "n_o")), else_=_first(call_log.c.outcome, "o")),
        result=sa.case((_NO_ANSWER, _first(call_log.c.result, "n_r")), else_=_first(call_log.c.result, "r")),
    )
)


class CallLogRepository:
    """The log of calls."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def write(self, arrivals: Sequence[LoggedCall], events: Sequence[CallEvent]) -> None:
        """Write the service's own record of calls: safe to run twice."""
        if arrivals:
            self._connection.execute(_ARRIVED, [call._asdict() for call in arrivals])
        self._put(events)

    def take(self, news: CallNews) -> None:
        """Write the record of calls from Asterisk's CEL: safe to run twice."""
        if news.arrivals:
            self._connection.execute(_SEEN, [call._asdict() for call in news.arrivals])
        if news.answers:
            self._connection.execute(_ANSWERED, [{"which": call, "a": at} for call, at in news.answers])
        if news.ends:
            self._connection.execute(_ENDED, [_of_end(end) for end in news.ends])
        if news.tests:
            self._connection.execute(_TESTED, [{"which": call} for call in news.tests])
        self._put(news.events)

    def progress(self, call: CallRecord) -> None:
        """Write what became of a call that is over, by its conversation; who called is written with its arrival."""
        row = LoggedCall(
            call.uniqueid,
            int(call.started.timestamp() * MICROSECONDS),
            did=call.did,
            helpline=call.helpline,
            result=result_of(call.outcome),
            outcome=call.outcome,
        )
        self._connection.execute(_PROGRESS, row._asdict())

    def find(self, wanted: CallFilter, limit: int) -> list[LoggedCall]:
        """Return calls, newest first."""
        c = call_log.c
        chosen = [
            column == value
            for column, value in ((c.helpline, wanted.helpline), (c.trunk, wanted.trunk))
            if value is not None
        ]
        if wanted.since is not None:
            chosen.append(c.arrived >= wanted.since)
        if wanted.until is not None:
            chosen.append(c.arrived < wanted.until)
        if wanted.did is not None:
            chosen.append(c.did.endswith(wanted.did, autoescape=True))
        if wanted.phone is not None:
            own = sa.select(c.uniqueid).where(c.caller == wanted.phone)
            keyed = sa.select(calls.c.uniqueid).where(calls.c.phone == wanted.phone)
            chosen.append(c.uniqueid.in_(own.union(keyed)))
        if wanted.result is not None:
            chosen.append(_has_result(wanted.result))
        # of a telephone: from its own rows, which are few; else SQLite would walk back through all calls by their time
        newest = c.arrived if wanted.phone is None else c.arrived + 0
        query = sa.select(call_log).where(*chosen).order_by(newest.desc(), c.uniqueid.desc()).limit(limit)
        return [LoggedCall(*row) for row in self._connection.execute(query)]

    def last_answered(self) -> int | None:
        """Return when the newest answered call came in, microseconds, tests left out; None when there was none."""
        c = call_log.c
        found = sa.select(c.arrived).where(c.direction == INBOUND, c.answered.is_not(None))
        newest: int | None = self._connection.execute(found.order_by(c.arrived.desc()).limit(1)).scalar()
        return newest

    def count_between(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Return how many calls came in, tests left out, and how many of them were answered by our menu.

        Args:
            since: Arrived from then on.
            until: Arrived before then.
        """
        c = call_log.c
        came_in = c.arrived >= _micro(since), c.arrived < _micro(until), c.direction == INBOUND
        row = self._connection.execute(sa.select(sa.func.count(), sa.func.count(c.answered)).where(*came_in)).one()
        return row[0], row[1]

    def by_uniqueids(self, uniqueids: Sequence[str]) -> list[LoggedCall]:
        """Return those of these calls that are known, newest first."""
        query = sa.select(call_log).where(call_log.c.uniqueid.in_(uniqueids)).order_by(call_log.c.arrived.desc())
        return [LoggedCall(*row) for row in self._connection.execute(query)]

    def placed_about(self, prefix: str) -> list[str]:
        """Return the unique ids of the calls whose ids begin so: those that we placed about one thing."""
        query = sa.select(call_log.c.uniqueid).where(call_log.c.uniqueid.startswith(prefix, autoescape=True))
        return list(self._connection.execute(query.order_by(call_log.c.arrived)).scalars())

    def apart_between(self, first: float, last: float) -> tuple[set[str], set[str]]:
        """Return of some calls what the CEL does not tell the figures: who had nobody, and which were tests.

        Args:
            first: Arrived from then on; seconds since 1970.
            last: Arrived before then.
        """
        # a minute more on both sides: the service notes an arrival some time after Asterisk
        arrived, since, until = call_log.c.arrived, int((first - 60) * MICROSECONDS), int((last + 60) * MICROSECONDS)
        rows = self._connection.execute(
            sa.select(call_log.c.uniqueid, call_log.c.direction).where(
                arrived >= since, arrived < until, (call_log.c.result == NOBODY) | (call_log.c.direction == TEST)
            )
        ).all()
        tests = {row.uniqueid for row in rows if row.direction == TEST}
        return {row.uniqueid for row in rows} - tests, tests

    def events_of(self, uniqueid: str) -> list[CallEvent]:
        """Return what happened in a call, oldest first."""
        query = sa.select(call_events).where(call_events.c.call == uniqueid).order_by(call_events.c.at)
        return [CallEvent(row.call, row.at, row.kind, json.loads(row.data)) for row in self._connection.execute(query)]

    def trunks_and_helplines(self) -> tuple[set[str], set[str]]:
        """Return the trunks and helplines that any call in the log has: of those taken out of the files since, too."""
        trunks = set(self._connection.execute(sa.select(call_log.c.trunk).distinct()).scalars())
        return trunks, set(self._connection.execute(sa.select(call_log.c.helpline).distinct()).scalars())

    def forget_callers_before(self, moment: datetime) -> int:
        """Take the calling number out of the calls that arrived before a moment; return of how many."""
        old = call_log.c.arrived < _micro(moment), call_log.c.caller.is_not(None)
        return self._connection.execute(sa.update(call_log).where(*old).values(caller=None)).rowcount

    def forget_before(self, moment: datetime, count: int) -> int:
        """Delete some of the calls that arrived before a moment, with all that happened in them; return how many."""
        some = sa.select(call_log.c.uniqueid).where(call_log.c.arrived < _micro(moment)).limit(count)
        old = list(self._connection.execute(some).scalars())
        if old:
            self._connection.execute(sa.delete(call_events).where(call_events.c.call.in_(old)))
            self._connection.execute(sa.delete(call_log).where(call_log.c.uniqueid.in_(old)))
        return len(old)

    def _put(self, events: Iterable[CallEvent]) -> None:
        rows = [
            {**event._asdict(), "data": json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))}
            for event in events
        ]
        if rows:
            self._connection.execute(_EVENTS, rows)


def _has_result(result: str) -> sa.ColumnElement[bool]:
    c = call_log.c
    if result == GOING_ON:
        return (c.result == "") & c.ended.is_(None)
    if result == ENDED:
        return (c.result == "") & c.ended.is_not(None)
    return c.result == result


def _of_end(end: CallEnd) -> dict[str, object]:
    return {
        "which": end.uniqueid,
        "e": end.ended,
        "c": end.caller,
        "h": end.helpline or UNKNOWN,
        "q": end.cause,
        "u": end.hung_up,
        "o": end.outcome,
        "r": result_of(end.outcome),
        "n_o": end.unanswered,
        "n_r": result_of(end.unanswered),
    }


def _micro(moment: datetime) -> int:
    return int(moment.timestamp()) * MICROSECONDS
