"""Deadlines of a ticket, computed from one version to the next. Pure functions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from router.model.deadline import Deadline
from router.model.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.model.deadline import Awaits
    from router.model.ticket import SlaLimits, Ticket

AWAITS: Mapping[Stage, Awaits] = MappingProxyType(
    {
        Stage.TRIAGE: "acknowledge",
        Stage.ROUTED: "acknowledge",
        Stage.REOPENED: "acknowledge",
        Stage.ACKNOWLEDGED: "resolve",
        Stage.IN_PROGRESS: "resolve",
    }
)
"""The room's next action at each stage. At other stages the clock stands: the citizen is asked, or it is closed."""

LimitsOf = Callable[[str, int], "SlaLimits"]
"""The limits of a need's id and a priority."""

_MINUTE_S = 60


def promised(before: Ticket, after: Ticket, limits_of: LimitsOf) -> Ticket:
    """Return the new version with the limits it is to have and by when help is expected.

    A ticket that is reopened has its whole time again. One that becomes more urgent has the shorter of what is left
    and the new limit; one that becomes less urgent has the new limit from its opening.
    """
    now, limits, expected = after.updated_datetime, after.limits, after.expected_datetime
    if (after.priority, after.service_code) != (before.priority, before.service_code):
        limits = limits_of(after.service_code, after.priority)
        whole = timedelta(minutes=limits.resolve)
        if limits.resolve > before.limits.resolve or expected is None:
            expected = after.requested_datetime + whole
        elif limits.resolve < before.limits.resolve:
            expected = min(expected, now + whole)
    if after.stage is Stage.REOPENED and before.stage is not Stage.REOPENED:
        expected = now + timedelta(minutes=limits.resolve)
    return after.model_copy(update={"limits": limits, "expected_datetime": expected})


def next_deadline(kept: Deadline, before: Ticket | None, after: Ticket, now: int) -> Deadline:
    """Return the clock of a ticket's new version.

    Args:
        kept: The clock of the version before.
        before: That version; None: it was just opened.
        after: The new version.
        now: Steady seconds.
    """
    awaits = AWAITS.get(after.stage)
    resolve_by = kept.resolve_by
    promise = before is None or after.expected_datetime != before.expected_datetime
    if promise and after.expected_datetime is not None:
        resolve_by = now + int((after.expected_datetime - after.updated_datetime).total_seconds())
    if awaits is None:
        return Deadline(resolve_by=resolve_by)
    if resolve_by is None:
        resolve_by = now + after.limits.resolve * _MINUTE_S
    same_room = before is not None and before.room == after.room
    if kept.awaits == awaits and same_room and not promise:
        return kept
    if awaits == "acknowledge":
        first = now + after.limits.acknowledge * _MINUTE_S
    else:
        first = resolve_by if resolve_by > now else now + after.limits.escalate * _MINUTE_S
    if kept.awaits == awaits and same_room:  # only the limits have changed: late stays late, and nothing gets longer
        due = kept.due if kept.late else min(first, kept.due or first) if awaits == "acknowledge" else first
        return Deadline(awaits, due, resolve_by, kept.late)
    return Deadline(awaits, first, resolve_by)
