"""What is done to a call, and what is refused: from every state a call can be in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.call_control import actions
from agi.call_control.actions import DialplanTarget, Hangup, Redirect, SetVariable
from agi.call_control.call import CallLeg, LiveCall
from router.tickets.errors import CommandRefusedError

TICKET = "100000011"


def leg(uniqueid: str, context: str = "dial", bridge: str = "", *, name: str = "", **more: Any) -> CallLeg:
    exten = more.pop("exten", "s")
    destination = more.pop("destination", "")
    return CallLeg(uniqueid, name or f"PJSIP/operator-{uniqueid}-1", context, exten, bridge, True, more, destination)


def citizen(context: str = "dial", bridge: str = "", **more: Any) -> CallLeg:
    return leg("c", context, bridge, name="PJSIP/bsnl-1", WR_HELPLINE="181", WR_CALLER="9826012345", **more)


def pair() -> LiveCall:
    return LiveCall([citizen(bridge="b"), leg("o", bridge="b")])


def consultation(*, answered: bool = True) -> LiveCall:
    waits = citizen("bridge-hold", WR_PEER="PJSIP/operator-o-1")
    far = leg("d", bridge="b" if answered else "", name="PJSIP/far-1", destination="line-104")
    return LiveCall([waits, leg("o", bridge="b" if answered else "", WR_PEER="PJSIP/bsnl-1"), far])


def conference(*others: str, name: str = "77") -> LiveCall:
    there = {"context": "conference", "exten": name, "bridge": "m"}
    return LiveCall([citizen(**there), *(leg(other, **there) for other in others)])


def codes(*attempts: Any) -> list[str]:
    found = []
    for attempt in attempts:
        with pytest.raises(CommandRefusedError) as refused:
            attempt()
        found.append(refused.value.code)
    return found


def test_consult_holds_the_citizen_and_both_know_of_each_other() -> None:
    call = pair()
    waits, speaks = call.legs
    steps = actions.consult(call, None, "line-104", TICKET)
    assert SetVariable(waits, "WR_PEER", "PJSIP/operator-o-1") in steps
    assert SetVariable(speaks, "WR_PEER", "PJSIP/bsnl-1") in steps
    assert SetVariable(speaks, "WR_TICKET", TICKET) in steps
    assert SetVariable(speaks, "WR_CALLER", "9826012345") in steps
    assert steps[-1] == Redirect(
        waits, DialplanTarget("bridge-hold"), speaks, DialplanTarget("bridge-consult", "line-104")
    )


def test_three_takes_those_who_speak_first_so_that_nobody_is_in_a_conference_alone() -> None:
    call = consultation()
    waits, speaks, doctor = call.legs
    there = DialplanTarget("conference", "77")
    assert actions.conference(call, "77") == [Redirect(speaks, there, doctor, there), Redirect(waits, there)]


def test_leave_of_a_consultation_gives_the_citizen_to_the_doctor() -> None:
    call = consultation()
    waits, speaks, doctor = call.legs
    assert actions.complete_transfer(call, speaks) == [
        SetVariable(waits, "WR_PEER", "PJSIP/far-1"),
        SetVariable(speaks, "WR_PEER", "none"),
        Redirect(
            doctor, DialplanTarget("bridge-taken"), waits, DialplanTarget("bridge-back")
        ),  # who takes the doctor finds them there
        Hangup(speaks),
    ]


def test_leave_of_a_conference_ends_one_leg_never_the_citizen_by_itself() -> None:
    call = conference("o", "d")
    assert actions.complete_transfer(call, None) == [Hangup(call.legs[1])]
    assert actions.complete_transfer(call, call.legs[2]) == [Hangup(call.legs[2])]


def test_handed_on_remembers_who_takes_them_back() -> None:
    call = pair()
    handed, hands = call.legs
    steps = actions.blind_transfer(call, hands, "line-104", TICKET)
    assert steps[0] == SetVariable(handed, "WR_PEER", "PJSIP/operator-o-1")
    assert steps[-1] == Redirect(
        handed, DialplanTarget("bridge-blind", "line-104"), hands, DialplanTarget("bridge-handing")
    )


def test_two_calls_are_joined_two_at_a_time() -> None:
    one = pair()
    other = LiveCall([leg("c2", bridge="x", WR_HELPLINE="104"), leg("o2", bridge="x")])
    there = DialplanTarget("conference", "5")
    assert actions.join(one, other, "5") == [
        Redirect(one.legs[0], there, one.legs[1], there),
        Redirect(other.legs[0], there, other.legs[1], there),
    ]
    into = conference("o", "d", name="9")
    assert actions.join(into, other, "9") == [
        Redirect(other.legs[0], DialplanTarget("conference", "9"), other.legs[1], DialplanTarget("conference", "9"))
    ]


def test_left_over_two_are_a_pair_one_is_put_out_three_stay() -> None:
    two = conference("d")
    first, second = two.legs
    assert actions.rebalance(two)[-1] == Redirect(
        first, DialplanTarget("bridge-back"), second, DialplanTarget("bridge-taken")
    )
    assert actions.rebalance(conference()) == [Redirect(conference().legs[0], DialplanTarget("bridge-alone"))]
    assert actions.rebalance(conference("o", "d")) == []


def test_dropped_operator_of_a_pair_leaves_a_citizen_who_goes_on() -> None:
    call = pair()
    caller, operator = call.legs
    assert actions.drop(call, operator) == [Redirect(caller, DialplanTarget("bridge-alone")), Hangup(operator)]
    assert actions.drop(call, caller) == [Hangup(caller)]
    assert actions.drop(conference("o", "d"), leg("d")) == [Hangup(leg("d"))]


def test_what_makes_no_sense_is_refused() -> None:
    menu = LiveCall([citizen("helplines")])
    held, talking = consultation(), pair()
    gone = LiveCall([citizen("bridge-hold", WR_PEER="PJSIP/operator-o-1")])
    assert codes(
        lambda: actions.consult(menu, None, "line-104", ""),
        lambda: actions.consult(held, None, "line-104", ""),
        lambda: actions.consult(conference("o", "d"), None, "line-104", ""),
        lambda: actions.consult(talking, talking.legs[0], "line-104", ""),
        lambda: actions.consult(
            LiveCall([citizen(bridge="b"), leg("d", bridge="b", destination="line-104")]), None, "line-104", ""
        ),
    ) == ["not-speaking", "consulting", "not-two", "not-two", "there-already"]
    assert codes(
        lambda: actions.conference(talking, "7"),
        lambda: actions.conference(consultation(answered=False), "7"),
        lambda: actions.conference(gone, "7"),
    ) == ["not-consulting", "not-answered", "gone"]
    assert codes(
        lambda: actions.complete_transfer(talking, None),
        lambda: actions.complete_transfer(menu, None),
        lambda: actions.complete_transfer(held, held.legs[0]),
        lambda: actions.complete_transfer(conference(), None),
    ) == ["alone", "not-speaking", "alone", "alone"]
    assert codes(
        lambda: actions.join(talking, talking, "7"),
        lambda: actions.join(talking, LiveCall([leg("x", "helplines")]), "7"),
        lambda: actions.join(held, LiveCall([leg("x", bridge="y"), leg("z", bridge="y")]), "7"),
        lambda: actions.join(conference(*"abcdefgh"), LiveCall([leg("x", bridge="y"), leg("z", bridge="y")]), "7"),
        lambda: actions.check_can_add(conference(*"abdefghij"), "line-104"),
        lambda: actions.blind_transfer(held, None, "line-104", ""),
    ) == ["itself", "not-speaking", "consulting", "full", "full", "consulting"]


def test_who_is_behind_a_local_channel_is_no_party_of_its_own() -> None:
    call = LiveCall(
        [
            leg("l1", "callback", "b", name="Local/9826012345@callback-dial-1;1", WR_HELPLINE="warroom"),
            leg("l2", "callback-dial", "x", name="Local/9826012345@callback-dial-1;2"),
            leg("p", "", "x", name="PJSIP/bsnl-7"),
            leg("o", bridge="b"),
        ]
    )
    assert [one.who for one in call.two or ()] == ["citizen", "operator-o"]


PLACES = (
    "dial",
    "bridge-hold",
    "bridge-held",
    "bridge-holding",
    "bridge-handing",
    "bridge-dial",
    "conference",
    "helplines",
    "bridge-back",
)


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(["", "b", "m"]), st.booleans(), st.sampled_from("0123")),
        min_size=1,
        max_size=5,
    ),
    st.data(),
)
def test_whatever_a_call_looks_like_it_is_refused_or_changed_once_and_nobody_else_is(
    shape: list[tuple[str, str, bool, str]], data: st.DataObject
) -> None:
    legs = [
        leg(str(which), context, bridge, WR_PEER=peer, **({"WR_HELPLINE": "181"} if called else {}))
        for which, (context, bridge, called, peer) in enumerate(shape)
    ]
    call = LiveCall(legs)
    by = data.draw(st.sampled_from([None, *call.legs]))
    for attempt in (
        lambda: actions.consult(call, by, "line-104", ""),
        lambda: actions.conference(call, "7"),
        lambda: actions.complete_transfer(call, by),
        lambda: actions.blind_transfer(call, by, "line-104", ""),
        lambda: actions.to_conference(call, "7"),
        lambda: actions.rebalance(call),
        lambda: actions.hold(call, by),
        lambda: actions.resume(call),
        lambda: actions.hang_up(call, by),
    ):
        try:
            steps = attempt()
        except CommandRefusedError:
            continue
        moved = [one.uniqueid for step in steps if isinstance(step, Redirect) for one in (step.leg, step.other) if one]
        ended = [step.leg.uniqueid for step in steps if isinstance(step, Hangup)]
        assert len(moved) == len(set(moved))  # nobody is torn two ways
        assert not set(moved) & set(ended)
        assert {*moved, *ended} <= {one.uniqueid for one in legs}
