"""The figures of a day: those of `make bench`, and what became of those who were put through or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.load.figures import figures
from tests.load.shares import BRIDGE, DAY, LINE_104, OPERATOR, OPERATORS, TICKET, share_of

if TYPE_CHECKING:
    from tests.load.load import Load
    from tests.load.sipp import CallLog

PLAIN: Final = "other"
"""What the books call refused by the plain dialplan: it is none of the stack's reasons."""
MOST_CPU: Final = 0.15
"""Of the plain dialplan's CPU per call, what the service and the broker may use."""
MOST_JITTER: Final = 1.2
"""Times the plain dialplan's."""


class Day(NamedTuple):
    """Both runs, and what came of them elsewhere.

    Attributes:
        floor: The plain dialplan's load.
        ours: The day's, with its storm.
        understood: Calls of the plain dialplan that came to their end.
        far: The day's calls at each far end.
        tickets: What the rooms received: telephone -> (when, the ticket).
        books: Figures of all calls of both, from Asterisk's books.
    """

    floor: Load
    ours: Load
    understood: int
    far: dict[str, CallLog]
    tickets: dict[str, tuple[float, dict[str, Any]]]
    books: dict[str, Any]


class Target(NamedTuple):
    """What is to be reached, and whether it was."""

    what: str
    limit: str
    found: str
    met: bool


def with_ticket(load: Load) -> set[str]:
    """Callers who were let in and are to have a ticket."""
    return {caller for caller in load.answered if share_of(caller).ticket}


def day_figures(day: Day, hold_s: float) -> dict[str, Any]:
    """Put the figures together, under keys that stay the same."""
    mix = {
        share.name: {"tenths": share.tenths, "keys": [[press.at_s, press.keys] for press in share.presses]}
        for share in DAY
    }
    storm = day.ours.storm
    timed = {caller for caller in day.ours.answered if share_of(caller) is TICKET}
    asked = {share.name: sum(share_of(caller) is share for caller in day.ours.answered) for share in DAY}
    return {
        **figures({"mix": mix, "held_s": hold_s}, day.floor, day.understood, day.ours, day.tickets,
                  expected=with_ticket(day.ours), timed=timed),
        "answered": asked,
        "not_ended": {"held": _not_ended(day.ours.sipp.log), "storm": _not_ended(storm.log) if storm else {}},
        "channels": {"max": day.ours.channels, "floor_max": day.floor.channels},
        "storm": {"placed": storm.placed, "let_in": len(storm.log.answered)} if storm else {},
        "refused": {
            "expected": len(day.ours.log.refused),
            "counted": sum(count for why, count in day.books.get("rejected_by_reason", {}).items() if why != PLAIN),
            "before_the_storm": len(day.ours.sipp.log.refused),
            "floor": len(day.floor.log.refused),
        },
        "bridges": {"placed": asked[BRIDGE.name], "joined": len(day.far[LINE_104].ended)},
        "queue": {
            "offered": asked[OPERATOR.name],
            "answered": len(day.far[OPERATORS].ended),
            "abandoned": day.books.get("queue", {}).get("abandoned", 0),
        },
    }  # fmt: skip


def _not_ended(log: CallLog) -> dict[str, int]:
    """Callers whom the exchange did not hang up on in time, by share: they went another way than their share's."""
    left = [share_of(caller).name for caller in log.answered.keys() - log.ended.keys()]
    return {share.name: left.count(share.name) for share in DAY if share.name in left}


def targets(found: dict[str, Any]) -> list[Target]:
    """Compare with what is to be reached."""
    calls, tickets, refused, probe = found["calls"], found["tickets"], found["refused"], found["probe"]
    bridges, queue = found["bridges"], found["queue"]
    failed = calls["failed"] + refused["before_the_storm"]
    ratio = found["cpu_ms_per_call"]["ratio"]
    jitter, floor_jitter = probe["jitter_mean_ms"], probe["floor_jitter_mean_ms"]
    return [
        Target("calls failed, or refused with lines free", "0", str(failed), failed == 0),
        Target("plain dialplan's calls failed", "0", str(calls["floor_failed"]), calls["floor_failed"] == 0),
        _all("refused, counted exactly", refused["expected"], refused["counted"]),
        _all("tickets", tickets["expected"], tickets["delivered"]),
        _all("callers bridged to 104", bridges["placed"], bridges["joined"]),
        _all("callers answered by operators, or gone", queue["offered"], queue["answered"] + queue["abandoned"]),
        Target("our CPU per call / plain dialplan's", f"≤ {MOST_CPU}", str(ratio), ratio <= MOST_CPU),
        Target("probe packets lost", "0", str(probe["lost"]), probe["lost"] == 0),
        Target(
            "probe jitter, ms", f"≤ {MOST_JITTER} × {floor_jitter}", str(jitter), jitter <= MOST_JITTER * floor_jitter
        ),
    ]


def _all(what: str, expected: int, found: int) -> Target:
    return Target(what, str(expected), str(found), expected == found)
