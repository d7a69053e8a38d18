"""The state of each queue in Asterisk: waiting callers, and members."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agi.ami.errors import AmiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agi.ami.connection import AmiConnection

_IN_USE = {"2", "3", "6", "7", "8"}  # AST_DEVICE_INUSE, BUSY, RINGING, RINGINUSE, ONHOLD in devicestate.h
_FREE = "1"  # AST_DEVICE_NOT_INUSE


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A caller or kept position in a queue.

    Attributes:
        uniqueid: The channel's.
        channel: Its name.
        joined: Seconds since 1970.
        urgency: QUEUE_PRIO.
    """

    uniqueid: str
    channel: str
    joined: float
    urgency: int


@dataclass(slots=True)
class QueueStatus:
    """A queue now.

    Attributes:
        name: As in ``operators.toml``: ``health-hi``.
        waiting: Callers in it, the first in line first.
        free, busy, wrap_up, paused, away: How many members could answer at once, are in a call or being rung, write
            down their last call, are paused, or have no telephone there.
        calls: Answered since Asterisk started, or its statistics did.
        abandoned: Hung up while waiting, since then.
        mean_wait_s: Of the last answered, weighted (app_queue's holdtime).
    """

    name: str
    waiting: list[QueueEntry] = field(default_factory=list)
    free: int = 0
    busy: int = 0
    wrap_up: int = 0
    paused: int = 0
    away: int = 0
    calls: int = 0
    abandoned: int = 0
    mean_wait_s: int = 0

    @property
    def staffed(self) -> bool:
        """Whether an operator can answer, now or after the current call."""
        return self.free + self.busy + self.wrap_up > 0

    def place_of(self, joined: float, urgency: int, kept: Mapping[str, float]) -> int:
        """Return the position in the queue, from 1, of a caller who joined then.

        Args:
            joined: Seconds since 1970.
            urgency: QUEUE_PRIO: app_queue has those with a higher one before, whatever the place asked for.
            kept: When those joined whose place is kept, by the channel that keeps it: earlier than Asterisk knows.
        """
        before = [one for one in self.waiting if one.urgency > urgency]
        same = [one for one in self.waiting if one.urgency == urgency]
        return 1 + len(before) + sum(kept.get(one.uniqueid, one.joined) < joined for one in same)

    def summary(self) -> dict[str, Any]:
        """The values that are shown and given to scripts; seconds."""
        now = time.time()
        return {
            "queue": self.name,
            "waiting": len(self.waiting),
            "longest_wait_s": round(max((now - one.joined for one in self.waiting), default=0.0)),
            "members": self.free + self.busy + self.wrap_up + self.paused + self.away,
            "free": self.free,
            "busy": self.busy,
            "wrap_up": self.wrap_up,
            "paused": self.paused,
            "away": self.away,
            "answered": self.calls,
            "abandoned": self.abandoned,
            "mean_wait_s": self.mean_wait_s,
        }


async def read_all_queues(link: AmiConnection, name: str = "", *, wrap_up_s: int = 0) -> list[QueueStatus]:
    """Ask Asterisk for one queue, or all; those it does not have are left out. Raises AmiError.

    Args:
        link: The link to it.
        name: The queue's; "" for all.
        wrap_up_s: The operators' wrap-up time after each call, to count those who are free now.
    """
    action = {"Action": "QueueStatus", **({"Queue": name} if name else {})}
    return read_queues(await link.list(action), time.time(), wrap_up_s)


def read_queues(events: list[Mapping[str, Any]], now: float, wrap_up_s: int) -> list[QueueStatus]:
    """Read the events of a QueueStatus.

    Args:
        events: QueueParams, QueueMember, QueueEntry; in the order of the line.
        now: Seconds since 1970.
        wrap_up_s: What operators have after each call.
    """
    queues: dict[str, QueueStatus] = {}
    for event in events:
        queue = queues.setdefault(str(event.get("Queue")), QueueStatus(str(event.get("Queue"))))
        kind = event.get("Event")
        if kind == "QueueParams":
            queue.calls, queue.abandoned = int(event["Completed"]), int(event["Abandoned"])
            queue.mean_wait_s = int(event["Holdtime"])
        elif kind == "QueueMember":
            _count(queue, event, now - wrap_up_s)
        elif kind == "QueueEntry":
            waiter = QueueEntry(
                str(event["Uniqueid"]),
                str(event["Channel"]),
                joined=now - int(event["Wait"]),
                urgency=int(event.get("Priority", 0)),
            )
            queue.waiting.append(waiter)
    return [queue for name, queue in queues.items() if name != "None"]


def _count(queue: QueueStatus, event: Mapping[str, Any], wrapping_since: float) -> None:
    if event["Paused"] == "1":
        queue.paused += 1
    elif event["Status"] in _IN_USE:
        queue.busy += 1
    elif event["Status"] == _FREE and int(event.get("LastCall") or 0) > wrapping_since:
        queue.wrap_up += 1
    elif event["Status"] == _FREE:
        queue.free += 1
    else:
        queue.away += 1


async def read_queue(link: AmiConnection, name: str) -> QueueStatus | None:
    """Return one queue; None when there is none, or Asterisk cannot be asked."""
    try:
        return next(iter(await read_all_queues(link, name)), None)
    except AmiError:
        return None
