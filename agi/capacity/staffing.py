"""Operators, trunk channels and bridged legs needed for an hour of calls."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from math import floor, isinf
from typing import Final

from agi.capacity.erlang import Waiting, erlang_b, waiting_a, waiting_c

HOUR_S: Final = 3600.0
MAX_CALLS: Final = 100_000.0
"""An hour: a larger value is a typing mistake, and takes more than the 6 s of these."""
MAX_RECALL: Final = 0.95
"""When nearly everybody calls again until served, no number of calls an hour is the steady one."""
_STEADY: Final = 1e-7
"""Calls an hour by which two rounds of calling again may differ."""


@dataclass(frozen=True, slots=True)
class Demand:
    """The calls of an hour.

    Attributes:
        calls_per_hour: New calls that want a person.
        handle_s: Mean seconds of an operator per call, after-call work included.
        menu_s: Mean seconds in greeting and menu before.
        bridged: Share of the calls put through to one more line (104, a district); that leg lasts as long as the call.
        patience_s: Mean seconds a caller waits before giving up; None: nobody ever does.
        recall: Share of callers who call again after giving up or finding no line.
    """

    calls_per_hour: float
    handle_s: float
    menu_s: float = 60.0
    bridged: float = 0.1
    patience_s: float | None = None
    recall: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """The service level to be reached.

    Attributes:
        share: Of all callers who ask for an operator, 0 to 1 …
        within_s: … served within so many seconds.
        blocked: Share of calls, and of bridged legs, that may find no line.
    """

    share: float = 0.8
    within_s: float = 20.0
    blocked: float = 0.01


@dataclass(frozen=True, slots=True)
class CapacityPlan:
    """The operators required, and the service level to be expected then.

    Attributes:
        operators: Operators at work at once: Erlang C, or A with patience.
        trunk_channels: Lines that bring calls in: Erlang B.
        bridged_legs: Lines out for calls put through: Erlang B.
        channels: Of Asterisk, when all of them are busy: each caller, each operator and each bridged leg is one.
        load: Erlang offered to the operators, repeated calls included.
        occupancy: Share of the operators' time that is work.
        waiting: How callers fare.
        repeated_per_hour: Repeated calls.
    """

    operators: int
    trunk_channels: int
    bridged_legs: int
    channels: int
    load: float
    occupancy: float
    waiting: Waiting
    repeated_per_hour: float


def plan_capacity(demand: Demand, target: ServiceTarget) -> CapacityPlan:
    """Return the fewest operators and lines that reach the target."""
    most = _servers_for_patient_callers(demand, target)
    if demand.patience_s is None:
        operators = most
    else:  # more operators serve more callers in time, so that the fewest are found by halving
        while _fare(most, demand, target)[1].served_in_time < target.share:
            most *= 2  # who gives up within the limit is not served in time either
        counts = range(1, most + 1)
        operators = counts[bisect_left(counts, target.share, key=lambda n: _fare(n, demand, target)[1].served_in_time)]
    calls, waiting = _fare(operators, demand, target)
    load = calls * demand.handle_s / HOUR_S
    served = load * (1 - waiting.abandoned)
    held = calls * (demand.menu_s + waiting.mean_wait_s) / HOUR_S + served
    trunks = _channels(held, target.blocked, demand.recall)
    bridged = _channels(served * demand.bridged, target.blocked, demand.recall) if demand.bridged else 0
    return CapacityPlan(
        operators=operators,
        trunk_channels=trunks,
        bridged_legs=bridged,
        channels=trunks + operators + bridged,
        load=load,
        occupancy=served / operators,
        waiting=waiting,
        repeated_per_hour=calls - demand.calls_per_hour,
    )


def _servers_for_patient_callers(demand: Demand, target: ServiceTarget) -> int:
    """The fewest operators when nobody gives up, all repeated calls counted."""
    calls = demand.calls_per_hour / (1 - demand.recall if demand.patience_s is not None else 1)
    load = calls * demand.handle_s / HOUR_S
    operators = floor(load) + 1
    while _waiting(operators, load, demand, target, None).served_in_time < target.share:
        operators += 1
    return operators


def _fare(operators: int, demand: Demand, target: ServiceTarget) -> tuple[float, Waiting]:
    """Calls an hour including repeated ones, and their waiting times: iterated until both agree.

    Each round adds a part, ``recall`` at most, of what the last one added, so it settles.
    """
    calls = 0.0
    more = demand.calls_per_hour
    while True:
        calls, before = more, calls
        waiting = _waiting(operators, calls * demand.handle_s / HOUR_S, demand, target, demand.patience_s)
        more = demand.calls_per_hour + demand.recall * waiting.abandoned * calls
        if abs(calls - before) <= _STEADY or more == calls:
            return calls, waiting


def _waiting(operators: int, load: float, demand: Demand, target: ServiceTarget, patience_s: float | None) -> Waiting:
    if patience_s is None:
        return waiting_c(operators, load, handle_s=demand.handle_s, limit_s=target.within_s)
    return waiting_a(operators, load, handle_s=demand.handle_s, patience_s=patience_s, limit_s=target.within_s)


def _channels(load: float, blocked: float, recall: float) -> int:
    """The fewest lines that lose no more than this share; a rejected caller calls again with probability ``recall``.

    With load·(1 + recall·B + …) = load/(1 - recall·B) offered at B = blocked, no more than that is lost.
    """
    assert not isinf(load)  # noqa: S101 - with enough operators no wait is endless
    offered = load / (1 - recall * blocked)
    lines = 1
    lost = erlang_b(1, offered)
    while lost > blocked:  # the recursion of `erlang_b`, one line further
        lines += 1
        lost = offered * lost / (lines + offered * lost)
    return lines
