"""Statistics of a day by helpline and by trunk, from CDR and CEL.

The terms are the field's own. ITU-T E.600 (terms and definitions of traffic engineering):

* a *call attempt* here is one that reached us on a trunk for a number it delivers: ``offered``;
* a *completed* one got an answer signal: ``answered`` (by the conversation: our menu answers at once);
* a *blocked* one was turned away by us before that, for want of lines, or because the number is none of ours:
  ``rejected``;
* an *abandoned* one was ended by the caller before that: ``abandoned``.

ETSI EG 202 057-1 (response time for operator services) measures how people answer: the mean time to answer and the
share answered within 20 seconds; automatic answers do not count. Of the callers who asked for a person (``asked``),
that is ``mean_wait_s``, of those served, and ``service_level``, of all who asked. One thing differs: EG counts from
the end of dialling, we from the moment the caller has asked, since what comes before is the caller's own choice in
the menu. A caller who is in a queue is offered to it, and answered, abandoned, or neither: nobody was there any more,
the longest wait was over, or the caller chose to be called (``not_served``, as in E.600 a call attempt that is neither
completed nor abandoned). The *waiting time* (E.600) of those who gave up, or to whom nobody came, counts in
``longest_wait_s``.

Times of day are India's; a call belongs to the day on which it came in.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from agi.ami.channels import UNKNOWN
from agi.dialplan import REJECTED
from router.clock import MICROSECONDS
from router.india import INDIA
from router.storage.repositories.calls import cdr_repository
from router.storage.repositories.calls.cdr_repository import QUEUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from router.storage.engine import Storage
    from router.storage.repositories.calls.cdr_repository import CdrRow, CelRow
    from router.storage.unit_of_work import UnitOfWork

WITHIN_S: Final = 20.0
"""Of the service level, as EG 202 057-1 has it."""
ALL: Final = "all"
_ABANDONED: Final = "CANCEL"  # DIALSTATUS when the caller hangs up while it rings
_REJECTED_BY: Final = "Hangup"  # the dialplan's application, in a call that was never answered
_OTHER: Final = "other"


@dataclass(slots=True)
class HelplineStatistics:
    """The calls of a day of one helpline, one trunk, or all.

    Attributes:
        offered: Calls that came in, test calls of an admin left out; the sum of the next four.
        answered: Those with an answer.
        abandoned: Those ended by the caller before.
        rejected: Those turned away by us before.
        rejected_by_reason: The same by reason: ``system-full``, ``trunk-full``, ``helpline-full``, ``overload``,
            ``draining``, ``maxcalls``, ``loop``, ``unknown-number``.
        without_end: Those still going on, or cut off with Asterisk itself.
        asked: Callers who asked for an operator, when their call is over; the sum of the next three.
        served: Callers who spoke with an operator.
        gave_up: Callers who hung up while it rang.
        not_served: Callers who spoke with nobody: no destination answered, or there was none to try.
        within: Those served within `WITHIN_S`.
        call_s: Seconds of all answered calls, from answer to end.
        wait_s: Seconds the served had waited.
        longest_wait_s: Longest any caller waited for a person.
        handle_s: Seconds of all conversations with a person. Wrap-up time is not in CDR.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    rejected: int = 0
    rejected_by_reason: Counter[str] = field(default_factory=Counter)
    without_end: int = 0
    asked: int = 0
    served: int = 0
    gave_up: int = 0
    not_served: int = 0
    within: int = 0
    call_s: float = 0.0
    wait_s: float = 0.0
    longest_wait_s: float = 0.0
    handle_s: float = 0.0

    def summary(self) -> dict[str, Any]:
        """Return the counts, and the means in seconds and shares in per cent; None where there is nothing to divide."""
        return {
            "offered": self.offered,
            "answered": self.answered,
            "abandoned": self.abandoned,
            "rejected": self.rejected,
            "rejected_by_reason": dict(sorted(self.rejected_by_reason.items())),
            "without_end": self.without_end,
            "mean_call_s": _mean(self.call_s, self.answered),
            "asked": self.asked,
            "served": self.served,
            "gave_up": self.gave_up,
            "not_served": self.not_served,
            "service_level": _mean(100 * self.within, self.asked),
            "mean_wait_s": _mean(self.wait_s, self.served),
            "longest_wait_s": round(self.longest_wait_s, 1),
            "mean_handle_s": _mean(self.handle_s, self.served),
        }


@dataclass(frozen=True, slots=True)
class _Person:
    """The outcome for a caller who asked for an operator; seconds. ``served`` None: gave up, or nobody answered."""

    waited: float
    served: float | None
    gave_up: bool


@dataclass(slots=True)
class CallStatistics:
    """The figures of a day while its calls are being counted.

    Attributes:
        figures: By (helpline, trunk); either is `ALL` for the sum.
        queues: By queue: of `HelplineStatistics` those from ``asked`` on.
    """

    figures: dict[tuple[str, str], HelplineStatistics] = field(default_factory=lambda: defaultdict(HelplineStatistics))

    queues: dict[str, HelplineStatistics] = field(default_factory=lambda: defaultdict(HelplineStatistics))

    def count(self, events: Sequence[CelRow], records: Sequence[CdrRow], *, had_nobody: bool = False) -> None:
        """Count one call.

        Args:
            events: Of the caller's channel, in order; one of them is its arrival.
            records: Of the caller's channel.
            had_nobody: Its caller wanted a person, and the service could have nobody rung: nothing of it is in the CEL.
        """
        arrival = next(event for event in events if event.event == cdr_repository.ARRIVED)
        helpline = next((record.helpline for record in records if record.helpline != UNKNOWN), arrival.note)
        end = max((record.ended for record in records), default=None)
        answers = [record.answered for record in records if record.answered is not None]
        rejected = next((why for record in records if (why := _rejected(record))), "")
        last_app = max(records, key=lambda record: record.sequence).app if records else ""
        person = _person(events, end, last_app)
        if person is None and had_nobody and end is not None:
            person = _Person(0.0, None, gave_up=False)
        for queue, fared in _queued(events, end, last_app):
            _add(self.queues[queue], fared)
        for key in {(ALL, ALL), (helpline, ALL), (ALL, arrival.line)}:
            figures = self.figures[key]
            figures.offered += 1
            if end is None:
                figures.without_end += 1
            elif answers:
                figures.answered += 1
                figures.call_s += end - min(answers)
            elif rejected:
                figures.rejected += 1
                figures.rejected_by_reason[rejected] += 1
            else:
                figures.abandoned += 1
            if person is not None:
                _add(figures, person)


async def compute_daily_statistics(store: Storage, day: date) -> CallStatistics:
    """Return a day with all its figures.

    Raises:
        StorageUnavailableError: it cannot be read.
    """
    counted = CallStatistics()
    midnight = datetime.combine(day, time(), INDIA)
    for hour in range(24):  # each a short read
        first = (midnight + timedelta(hours=hour)).timestamp()
        records: dict[str, list[CdrRow]] = defaultdict(list)
        ended, arrived, (had_nobody, tests) = await store.read(partial(_of_hour, first))
        for record in ended:
            records[record.uniqueid].append(record)
        for uniqueid, of_call in groupby(arrived, attrgetter("uniqueid")):
            if uniqueid not in tests:
                counted.count(list(of_call), records[uniqueid], had_nobody=uniqueid in had_nobody)
    return counted


def _of_hour(first: float, uow: UnitOfWork) -> tuple[list[CdrRow], list[CelRow], tuple[set[str], set[str]]]:
    last = first + 3600
    return (
        uow.cdr.records_between(first, last),
        uow.cdr.arrived_between(first, last),
        uow.call_log.apart_between(first, last),
    )


def rows(figures: Mapping[tuple[str, str], HelplineStatistics]) -> list[dict[str, Any]]:
    """Return the figures as rows: the sum first, then each helpline, then each trunk."""
    order = sorted(figures, key=lambda key: (key != (ALL, ALL), key[0] == ALL, key))
    return [{"helpline": key[0], "trunk": key[1], **figures[key].summary()} for key in order]


def _rejected(record: CdrRow) -> str:
    """Why a call without an answer was turned away; empty when it was not."""
    if record.context.startswith(REJECTED):
        return record.context.removeprefix(REJECTED)
    return _OTHER if record.app == _REJECTED_BY else ""


def queue_rows(day: CallStatistics) -> list[dict[str, Any]]:
    """Return the queues' figures as rows, in the order of their names."""
    wanted = ("service_level", "mean_wait_s", "longest_wait_s", "mean_handle_s")
    return [
        {
            "queue": name,
            "offered": figures.asked,
            "answered": figures.served,
            "abandoned": figures.gave_up,
            "not_served": figures.not_served,
            **{key: figures.summary()[key] for key in wanted},
        }
        for name, figures in sorted(day.queues.items())
    ]


def _queued(events: Sequence[CelRow], end: int | None, last_app: str) -> Iterator[tuple[str, _Person]]:
    """How the caller fared in each queue, one after the other: what happened from joining it to leaving it."""
    starts = [at for at, event in enumerate(events) if event.event == "APP_START" and event.note.startswith(QUEUE)]
    for start in starts:
        queue = events[start].note
        last = next(
            (at for at in range(start, len(events)) if events[at].event == "APP_END" and events[at].note == queue),
            len(events) - 1,
        )
        during = [event for event in events[start:] if event.at <= events[last].at]
        over = not any(event.event == "APP_START" for event in events[last + 1 :])
        found = _person(during, end, last_app if over else "")
        if found is not None:
            yield queue.removeprefix(QUEUE), found


def _person(events: Iterable[CelRow], end: int | None, last_app: str) -> _Person | None:
    """From the first Dial or queue of the caller on: served, when the caller's channel came into a bridge.

    Who hangs up while a queue rings nobody leaves no word of a Dial: then the queue is the last application of the
    caller's record.
    """
    events = list(events)
    asked = next((event.at for event in events if event.event == "APP_START"), None)
    if asked is None or end is None:
        return None
    since = [event for event in events if event.at >= asked]
    enters, exits = ([event.at for event in since if event.event == f"BRIDGE_{what}"] for what in ("ENTER", "EXIT"))
    if enters:
        if len(exits) < len(enters):  # the last exit is not in CEL
            exits.append(max(enters[-1], int(end * MICROSECONDS)))
        return _Person((enters[0] - asked) / MICROSECONDS, (sum(exits) - sum(enters)) / MICROSECONDS, gave_up=False)
    gone = [event.at for event in since if event.event == "HANGUP" and event.note == _ABANDONED]
    over = gone or [event.at for event in since if event.event == "APP_END"]
    waited = (over[-1] - asked) / MICROSECONDS if over else 0.0
    return _Person(waited, None, gave_up=bool(gone) or last_app == "Queue")


def _add(figures: HelplineStatistics, person: _Person) -> None:
    figures.asked += 1
    figures.longest_wait_s = max(figures.longest_wait_s, person.waited)
    if person.served is not None:
        figures.served += 1
        figures.wait_s += person.waited
        figures.within += person.waited <= WITHIN_S
        figures.handle_s += person.served
    elif person.gave_up:
        figures.gave_up += 1
    else:
        figures.not_served += 1


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 1) if count else None
