"""Who is paused for calls not taken, and after how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.ami.connection import AmiConnection
from agi.queues.unanswered import REFUSALS, UnansweredOffers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RING_S = 20


class Events(AmiConnection):
    """A link whose events are said by the test."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, "nobody", "")
        self.takers: dict[str, Callable[[Mapping[str, object]], None]] = {}

    def on_event(self, name: str, take: Callable[[Mapping[str, object]], None]) -> None:
        self.takers[name] = take

    def rang(self, operator: str, seconds: int) -> None:
        self.takers["AgentRingNoAnswer"]({"Interface": f"PJSIP/operator-{operator}", "RingTime": str(seconds * 1000)})

    def took(self, operator: str) -> None:
        self.takers["AgentConnect"]({"Interface": f"PJSIP/operator-{operator}"})


def test_one_refusal_is_a_wrong_key_some_in_a_row_pause() -> None:
    events = Events()
    unanswered = UnansweredOffers(events, lambda: RING_S, lambda: None)
    for _ in range(REFUSALS - 1):
        events.rang("101", 0)
    events.rang("102", 3)
    assert (unanswered.to_pause, unanswered.refused) == ({}, {"101": REFUSALS - 1, "102": 1})
    events.took("101")
    for _ in range(REFUSALS - 1):
        events.rang("101", 0)
    assert not unanswered.to_pause
    events.rang("101", 7)
    assert unanswered.to_pause == {"101": "refused"}


def test_who_lets_it_ring_to_the_end_is_not_there() -> None:
    events, told = Events(), list[str]()
    unanswered = UnansweredOffers(events, lambda: RING_S, lambda: told.append("news"))
    events.rang("101", RING_S)
    assert unanswered.to_pause == {"101": "no-answer"}
    assert told == ["news"]
