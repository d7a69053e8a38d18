"""Who waits in an empty queue is moved after a while, and nobody for a moment without operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agi.ami.connection import AmiConnection
from agi.queues.empty_queues import EmptyQueues

if TYPE_CHECKING:
    from collections.abc import Mapping

EMPTY_S = 20
FREE, IN_USE, UNAVAILABLE = "1", "2", "5"


class Queue(AmiConnection):
    """A link to an Asterisk with one queue."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, "nobody", "")
        self.members: list[tuple[str, str]] = []
        self.waiting: list[str] = []
        self.moved: list[str] = []

    async def list(self, action: Mapping[str, Any], limit_s: float = 0) -> list[Mapping[str, Any]]:
        if action["Action"] == "QueueSummary":
            there = [paused for status, paused in self.members if status != UNAVAILABLE]
            free = [1 for status, paused in self.members if (status, paused) == (FREE, "0")]
            counts = {"LoggedIn": len(there), "Available": len(free), "Callers": len(self.waiting)}
            summary = {"Event": "QueueSummary", "Queue": "general-hi", **{key: str(n) for key, n in counts.items()}}
            return [summary, {"Event": "QueueSummaryComplete", "EventList": "Complete"}]
        head = {"Queue": "general-hi"}
        return [
            {"Event": "QueueParams", **head, "Completed": "0", "Abandoned": "0", "Holdtime": "0"},
            *({"Event": "QueueMember", **head, "Status": s, "Paused": p, "LastCall": "0"} for s, p in self.members),
            *({"Event": "QueueEntry", **head, "Uniqueid": "1", "Channel": c, "Wait": "9"} for c in self.waiting),
        ]

    async def action(self, action: Mapping[str, Any], limit_s: float = 0) -> Mapping[str, Any]:
        assert (action["Action"], action["Context"]) == ("Redirect", "queue-empty")
        self.moved.append(action["Channel"])
        self.waiting.remove(action["Channel"])
        return {}


@pytest.mark.parametrize("empty", [[(UNAVAILABLE, "0")], [(FREE, "1")], [], [(UNAVAILABLE, "0"), (IN_USE, "1")]])
async def test_empty_queue_lets_go_after_a_while(empty: list[tuple[str, str]]) -> None:
    queue, now = Queue(), 1000.0
    queue.waiting = ["PJSIP/bsnl-1", "Local/9811111111@queue-place;2"]
    empties = EmptyQueues(queue, lambda: EMPTY_S, lambda: now)
    queue.members = empty
    await empties.look()
    now += EMPTY_S - 1
    await empties.look()
    assert not queue.moved
    now += 1
    await empties.look()
    assert queue.moved == ["PJSIP/bsnl-1"]  # a kept place stays


@pytest.mark.parametrize("there", [[(FREE, "0")], [(IN_USE, "0")], [(UNAVAILABLE, "0"), (FREE, "0")]])
async def test_a_moment_without_operators_moves_nobody(there: list[tuple[str, str]]) -> None:
    queue, now = Queue(), 1000.0
    queue.waiting = ["PJSIP/bsnl-1"]
    empties = EmptyQueues(queue, lambda: EMPTY_S, lambda: now)
    for members in (there, [(UNAVAILABLE, "0")], there, [(UNAVAILABLE, "0")]):
        queue.members = members
        await empties.look()
        now += EMPTY_S - 1
    await empties.look()
    assert not queue.moved


async def test_who_comes_into_a_queue_that_has_long_been_empty_leaves_at_once() -> None:
    queue, now = Queue(), 1000.0
    queue.members = [(UNAVAILABLE, "0")]
    empties = EmptyQueues(queue, lambda: EMPTY_S, lambda: now)
    await empties.look()
    now += EMPTY_S
    queue.waiting = ["PJSIP/bsnl-1"]
    await empties.look()
    assert queue.moved == ["PJSIP/bsnl-1"]
