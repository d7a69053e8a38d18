"""What operators' consoles are shown while telephones ring, and what a call in hand is not disturbed by."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, cast

import pytest

from agi.ami.connection import AmiConnection
from agi.queues.call_publisher import OperatorCallPublisher
from agi.queues.operator_calls import OperatorCallTracker
from agi.queues.schema import Operators

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from router.tickets.service import TicketService

CALLER, OTHER = "1795561068.1", "1795561068.9"


class Desk:
    """No ticket is ever opened."""

    def on_open(self, _: object) -> None:
        pass


class Exchange(AmiConnection):
    """A link whose events are said by the test, and the consoles behind it.

    Attributes:
        screens: What each operator's console shows.
    """

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1, "nobody", "")
        self.takers: dict[str, list[Callable[[Mapping[str, object]], None]]] = defaultdict(list)
        self.changed: list[Callable[[], None]] = []
        self.screens: dict[str, Mapping[str, Any] | None] = {}
        self.shown = OperatorCallPublisher(cast("TicketService", Desk()), self.screens.__setitem__)
        self.shown.follow_parties(self.parties)
        self.tracker = OperatorCallTracker(
            self, self.shown.tell, self.shown.ring, self.operators, lambda _: None, self.shown.moved
        )
        self.tracker.listen()

    def on_event(self, name: str, take: Callable[[Mapping[str, object]], None]) -> None:
        self.takers[name].append(take)

    def on_change(self, callback: Callable[[], None]) -> None:
        self.changed.append(callback)

    async def operators(self) -> Operators:
        return Operators()

    def parties(self, uniqueid: str) -> list[Mapping[str, object]]:
        return [{"leg": uniqueid, "who": "citizen", "speaks": False}]

    def says(self, event: str, **values: str) -> None:
        for take in self.takers[event]:
            take(values)

    def rings(self, operator: str, caller: str, leg: str) -> None:
        channel = f"PJSIP/operator-{operator}-{leg}"
        self.channels.newchannel({"Uniqueid": leg, "Linkedid": caller, "Channel": channel})
        self.says(
            "AgentCalled", Interface=f"PJSIP/operator-{operator}", Uniqueid=caller, DestUniqueid=leg,
            Queue="general-hi", CallerIDNum="9811600071", AccountCode="181",
        )  # fmt: skip

    def answers(self, operator: str, caller: str, leg: str) -> None:
        self.says(
            "AgentConnect", Interface=f"PJSIP/operator-{operator}", Uniqueid=caller, DestUniqueid=leg,
            Queue="general-hi", CallerIDNum="9811600071", AccountCode="181", HoldTime="7",
        )  # fmt: skip

    def ends(self, operator: str, leg: str) -> None:
        self.channels.hangup({"Uniqueid": leg})
        self.says("Hangup", Uniqueid=leg, Channel=f"PJSIP/operator-{operator}-{leg}")


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


def seen(exchange: Exchange, operator: str) -> tuple[str, bool] | None:
    """The call on an operator's console, and whether it rings."""
    call = exchange.screens.get(operator)
    return (call["uniqueid"], call["ringing"]) if call else None


def test_a_call_is_shown_from_its_ring_and_goes_on_when_it_is_answered(exchange: Exchange) -> None:
    exchange.rings("101", CALLER, "leg1")
    call = exchange.screens["101"]
    assert call is not None
    assert (call["caller"], call["helpline"], call["queue"]) == ("9811600071", "181", "general-hi")
    assert seen(exchange, "101") == (CALLER, True)
    exchange.shown.follow_parties(lambda _: [{"leg": "leg1", "who": "operator-101", "speaks": True}])
    exchange.answers("101", CALLER, "leg1")
    assert seen(exchange, "101") == (CALLER, False)
    exchange.ends("101", "leg1")
    assert seen(exchange, "101") is None


def test_an_unanswered_ring_ends_with_the_telephones_leg_alone(exchange: Exchange) -> None:
    exchange.rings("101", CALLER, "leg1")
    exchange.says("Hangup", Uniqueid="leg0", Channel="PJSIP/loopback-1")  # another caller's
    assert seen(exchange, "101") == (CALLER, True)
    exchange.ends("101", "leg1")
    assert seen(exchange, "101") is None


def test_of_several_who_are_rung_one_takes_it_and_the_others_are_shown_nothing(exchange: Exchange) -> None:
    exchange.shown.follow_parties(lambda _: ())
    exchange.rings("101", CALLER, "leg1")
    exchange.rings("102", CALLER, "leg2")
    exchange.answers("102", CALLER, "leg2")
    exchange.ends("101", "leg1")
    assert (seen(exchange, "101"), seen(exchange, "102")) == (None, (CALLER, False))


@pytest.mark.parametrize("hand", [{"callback": "c1", "stage": "calling"}, {"parked": True}])
def test_a_ring_and_its_end_do_not_disturb_the_call_in_hand(exchange: Exchange, hand: dict[str, Any]) -> None:
    exchange.shown.follow_parties(lambda _: ())
    exchange.channels.newchannel({"Uniqueid": "own", "Linkedid": "own", "Channel": "PJSIP/operator-101-own"})
    exchange.shown.tell("101", {"uniqueid": OTHER, "ringing": False, **hand})
    exchange.rings("101", CALLER, "leg1")
    assert seen(exchange, "101") == (OTHER, False)
    exchange.ends("101", "leg1")
    assert seen(exchange, "101") == (OTHER, False)


def test_a_call_that_rings_is_shown_once_the_one_in_hand_is_over(exchange: Exchange) -> None:
    exchange.shown.tell("101", {"uniqueid": OTHER, "ringing": False, "parties": ()})
    exchange.rings("101", CALLER, "leg1")
    exchange.shown.over("101", OTHER)
    assert seen(exchange, "101") == (CALLER, True)


def test_the_first_of_two_callers_at_once_stays_when_the_second_hears_busy(exchange: Exchange) -> None:
    exchange.rings("101", CALLER, "leg1")
    exchange.rings("101", OTHER, "leg2")
    exchange.ends("101", "leg2")
    assert seen(exchange, "101") == (CALLER, True)


def test_no_ring_outlives_the_link_to_asterisk(exchange: Exchange) -> None:
    exchange.connected = True
    exchange.tracker._was_connected = True
    exchange.rings("101", CALLER, "leg1")
    exchange.connected = False
    for tell in exchange.changed:
        tell()
    assert seen(exchange, "101") is None
