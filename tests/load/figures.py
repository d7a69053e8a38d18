"""The bench's figures, under keys that stay the same."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

from tests.load.probe import percentile

if TYPE_CHECKING:
    from tests.load.load import Load

_PACKETS_PER_S = 50


def figures(
    conversation: dict[str, Any], floor: Load, understood: int, ours: Load,
    tickets: dict[str, tuple[float, dict[str, Any]]], expected: set[str], timed: set[str],
) -> dict[str, Any]:  # fmt: skip
    """Put the figures together.

    Args:
        conversation: What the callers did.
        floor: The load on the plain dialplan.
        understood: How many of its calls came to their end.
        ours: The load on the conversation.
        tickets: What the rooms received: telephone -> (when, the ticket).
        expected: Callers who are to have a ticket.
        timed: Those of them whose last key sends it off.
    """
    has = {caller for caller in expected if f"+91{caller}" in tickets}
    delays = [
        (tickets[f"+91{caller}"][0] - at) * 1000
        for caller, at in ours.heard.last_key_at.items()
        if caller in has & timed
    ]
    count = len(ours.answered)
    floor_ms = floor.cpu["asterisk"] / max(1, len(floor.answered)) * 1000
    ours_ms = (ours.cpu["serve"] + ours.cpu["broker"]) / max(1, count) * 1000
    lengths = (ours.sipp.log.length_s(), floor.sipp.log.length_s())
    return {
        "conversation": {
            **conversation,
            "hold_s": round(lengths[0], 1),
            "floor_hold_s": round(lengths[1], 1),
            "agi_commands": round(ours.agi_commands / count, 1),
        },
        "calls": {
            "concurrent": ours.log.most_at_once(),
            "placed": ours.placed,
            "failed": ours.failed,
            "refused": len(ours.log.refused),
            "floor_failed": len(floor.answered) - understood + floor.failed + len(floor.sipp.log.refused),
        },
        "tickets": {
            "expected": len(expected),
            "delivered": len(has),
            "with_sound": sum(bool(ticket["recordings"]) for _, ticket in tickets.values()),
        },
        "cpu_ms_per_call": {
            "asterisk": round(ours.cpu["asterisk"] / count * 1000, 2),
            "floor": round(floor_ms, 2),
            "ours": round(ours_ms, 2),
            "service": round(ours.cpu["serve"] / count * 1000, 2),
            "broker": round(ours.cpu["broker"] / count * 1000, 2),
            "ratio": round(ours_ms / max(floor_ms, 1e-9), 3),
        },
        "answer_ms": _two(ours.sipp.answer_ms),
        "last_key_to_room_ms": _two(delays),
        "probe": {
            "packets": ours.probe.packets,
            "lost": ours.probe.lost,
            "jitter_mean_ms": round(ours.probe.jitter_mean_ms, 2),
            "gap_p99_ms": round(ours.probe.gap_p99_ms, 1),
            "floor_lost": floor.probe.lost,
            "floor_jitter_mean_ms": round(floor.probe.jitter_mean_ms, 2),
        },
        "memory_mb": {"service": round(ours.memory["serve"], 1), "asterisk": round(ours.memory["asterisk"], 1)},
        "sound": {  # the callers' own: whether the load was what it should be
            "heard_s_least": round(min(ours.heard.packets.values()) / _PACKETS_PER_S, 1),
            "heard_s_median": round(statistics.median(ours.heard.packets.values()) / _PACKETS_PER_S, 1),
            "floor_heard_s_median": round(statistics.median(floor.heard.packets.values()) / _PACKETS_PER_S, 1),
            "sent_late_p99_ms": round(ours.heard.late_p99_ms, 1),
        },
        "machine": {
            "busiest": round(ours.busiest, 2),
            "floor_busiest": round(floor.busiest, 2),
            "tools_cpu_s": round(ours.tools_cpu_s, 1),
            "others_cpu_s": round(ours.others_cpu_s, 1),
            "floor_others_cpu_s": round(floor.others_cpu_s, 1),
        },
    }


def good(found: dict[str, Any]) -> bool:
    """Whether no call failed and no ticket was lost."""
    calls, tickets = found["calls"], found["tickets"]
    bad: int = calls["failed"] + calls["refused"] + calls["floor_failed"]
    return bad == 0 and bool(calls["placed"] == tickets["expected"] == tickets["delivered"])


def _two(values: list[float]) -> dict[str, float]:
    return {"p50": round(percentile(values, 50), 1), "p99": round(percentile(values, 99), 1)}
