"""What is done to a call, and what is refused: from every state a call can be in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi.bridging import plan
from agi.bridging.call import Call, Leg
from agi.bridging.plan import End, Move, Note, Place
from router.tickets.refusals import Refusal

TICKET = "100000011"


def leg(uniqueid: str, context: str = "dial", bridge: str = "", *, name: str = "", **more: Any) -> Leg:
    exten = more.pop("exten", "s")
    way = more.pop("way", "")
    return Leg(uniqueid, name or f"PJSIP/operator-{uniqueid}-1", context, exten, bridge, True, more, way)


def citizen(context: str = "dial", bridge: str = "", **more: Any) -> Leg:
    return leg("c", context, bridge, name="PJSIP/bsnl-1", WR_HELPLINE="181", WR_CALLER="9826012345", **more)


def pair() -> Call:
    return Call([citizen(bridge="b"), leg("o", bridge="b")])


def consultation(*, answered: bool = True) -> Call:
    waits = citizen("bridge-hold", WR_PEER="o")
    far = leg("d", bridge="b" if answered else "", name="PJSIP/far-1", way="line-104")
    return Call([waits, leg("o", bridge="b" if answered else "", WR_PEER="c"), far])


def conference(*others: str, name: str = "77") -> Call:
    there = {"context": "conference", "exten": name, "bridge": "m"}
    return Call([citizen(**there), *(leg(other, **there) for other in others)])


def codes(*attempts: Any) -> list[str]:
    found = []
    for attempt in attempts:
        with pytest.raises(Refusal) as refused:
            attempt()
        found.append(refused.value.code)
    return found


def test_consult_holds_the_citizen_and_both_know_of_each_other() -> None:
    call = pair()
    waits, speaks = call.legs
    steps = plan.consult(call, None, "line-104", TICKET)
    assert Note(waits, "WR_PEER", "o") in steps
    assert Note(speaks, "WR_PEER", "c") in steps
    assert Note(speaks, "WR_TICKET", TICKET) in steps
    assert Note(speaks, "WR_CALLER", "9826012345") in steps
    assert steps[-1] == Move(waits, Place("bridge-hold"), speaks, Place("bridge-consult", "line-104"))


def test_three_takes_those_who_speak_first_so_that_nobody_is_in_a_conference_alone() -> None:
    call = consultation()
    waits, speaks, doctor = call.legs
    there = Place("conference", "77")
    assert plan.three(call, "77") == [Move(speaks, there, doctor, there), Move(waits, there)]


def test_leave_of_a_consultation_gives_the_citizen_to_the_doctor() -> None:
    call = consultation()
    waits, speaks, doctor = call.legs
    assert plan.leave(call, speaks) == [
        Note(waits, "WR_PEER", "d"),
        Note(speaks, "WR_PEER", "none"),
        Move(doctor, Place("bridge-taken"), waits, Place("bridge-back")),  # who takes the doctor finds them there
        End(speaks),
    ]


def test_leave_of_a_conference_ends_one_leg_never_the_citizen_by_itself() -> None:
    call = conference("o", "d")
    assert plan.leave(call, None) == [End(call.legs[1])]
    assert plan.leave(call, call.legs[2]) == [End(call.legs[2])]


def test_handed_on_remembers_who_takes_them_back() -> None:
    call = pair()
    handed, hands = call.legs
    steps = plan.blind(call, hands, "line-104", TICKET)
    assert steps[0] == Note(handed, "WR_PEER", "o")
    assert steps[-1] == Move(handed, Place("bridge-blind", "line-104"), hands, Place("bridge-handing"))


def test_two_calls_are_joined_two_at_a_time() -> None:
    one = pair()
    other = Call([leg("c2", bridge="x", WR_HELPLINE="104"), leg("o2", bridge="x")])
    there = Place("conference", "5")
    assert plan.join(one, other, "5") == [
        Move(one.legs[0], there, one.legs[1], there),
        Move(other.legs[0], there, other.legs[1], there),
    ]
    into = conference("o", "d", name="9")
    assert plan.join(into, other, "9") == [
        Move(other.legs[0], Place("conference", "9"), other.legs[1], Place("conference", "9"))
    ]


def test_left_over_two_are_a_pair_one_is_put_out_three_stay() -> None:
    two = conference("d")
    first, second = two.legs
    assert plan.settle(two)[-1] == Move(first, Place("bridge-back"), second, Place("bridge-taken"))
    assert plan.settle(conference()) == [Move(conference().legs[0], Place("bridge-alone"))]
    assert plan.settle(conference("o", "d")) == []


def test_dropped_operator_of_a_pair_leaves_a_citizen_who_goes_on() -> None:
    call = pair()
    caller, operator = call.legs
    assert plan.drop(call, operator) == [Move(caller, Place("bridge-alone")), End(operator)]
    assert plan.drop(call, caller) == [End(caller)]
    assert plan.drop(conference("o", "d"), leg("d")) == [End(leg("d"))]


def test_what_makes_no_sense_is_refused() -> None:
    menu = Call([citizen("helplines")])
    held, talking = consultation(), pair()
    gone = Call([citizen("bridge-hold", WR_PEER="o")])
    assert codes(
        lambda: plan.consult(menu, None, "line-104", ""),
        lambda: plan.consult(held, None, "line-104", ""),
        lambda: plan.consult(conference("o", "d"), None, "line-104", ""),
        lambda: plan.consult(talking, talking.legs[0], "line-104", ""),
        lambda: plan.consult(Call([citizen(bridge="b"), leg("d", bridge="b", way="line-104")]), None, "line-104", ""),
    ) == ["not-speaking", "consulting", "not-two", "not-two", "there-already"]
    assert codes(
        lambda: plan.three(talking, "7"),
        lambda: plan.three(consultation(answered=False), "7"),
        lambda: plan.three(gone, "7"),
    ) == ["not-consulting", "not-answered", "gone"]
    assert codes(
        lambda: plan.leave(talking, None),
        lambda: plan.leave(menu, None),
        lambda: plan.leave(held, held.legs[0]),
        lambda: plan.leave(conference(), None),
    ) == ["alone", "not-speaking", "alone", "alone"]
    assert codes(
        lambda: plan.join(talking, talking, "7"),
        lambda: plan.join(talking, Call([leg("x", "helplines")]), "7"),
        lambda: plan.join(held, Call([leg("x", bridge="y"), leg("z", bridge="y")]), "7"),
        lambda: plan.join(conference(*"abcdefgh"), Call([leg("x", bridge="y"), leg("z", bridge="y")]), "7"),
        lambda: plan.may_add(conference(*"abdefghij"), "line-104"),
        lambda: plan.blind(held, None, "line-104", ""),
    ) == ["itself", "not-speaking", "consulting", "full", "full", "consulting"]


def test_who_is_behind_a_local_channel_is_no_party_of_its_own() -> None:
    call = Call(
        [
            leg("l1", "callback", "b", name="Local/9826012345@callback-dial-1;1", WR_HELPLINE="warroom"),
            leg("l2", "callback-dial", "x", name="Local/9826012345@callback-dial-1;2"),
            leg("p", "", "x", name="PJSIP/bsnl-7"),
            leg("o", bridge="b"),
        ]
    )
    assert [one.who for one in call.two or ()] == ["citizen", "operator-o"]


PLACES = ("dial", "bridge-hold", "bridge-handing", "bridge-dial", "conference", "helplines", "bridge-back")


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
    call = Call(legs)
    by = data.draw(st.sampled_from([None, *call.legs]))
    for attempt in (
        lambda: plan.consult(call, by, "line-104", ""),
        lambda: plan.three(call, "7"),
        lambda: plan.leave(call, by),
        lambda: plan.blind(call, by, "line-104", ""),
        lambda: plan.gather(call, "7"),
        lambda: plan.settle(call),
    ):
        try:
            steps = attempt()
        except Refusal:
            continue
        moved = [one.uniqueid for step in steps if isinstance(step, Move) for one in (step.leg, step.other) if one]
        ended = [step.leg.uniqueid for step in steps if isinstance(step, End)]
        assert len(moved) == len(set(moved))  # nobody is torn two ways
        assert not set(moved) & set(ended)
        assert {*moved, *ended} <= {one.uniqueid for one in legs}
