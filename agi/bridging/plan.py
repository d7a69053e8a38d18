"""What is to be done for each operation on a call. Pure: a call as it is goes in, steps come out, or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from agi.bridging.call import ALONE, BACK, BLIND, CALLER, CONFERENCE, CONSULT, HANDING, HOLD, PEER, TAKEN, TICKET
from agi.bridging.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.bridging.call import Call, Leg

MOST: Final = 10
"""Who can speak together; ``confbridge.conf`` has it too."""
NOBODY: Final = "none"
"""The unique id of no channel."""


class Note(NamedTuple):
    """Set a channel variable."""

    leg: Leg
    name: str
    value: str


class Place(NamedTuple):
    """Where in the dialplan a channel goes."""

    context: str
    exten: str = "s"


class Move(NamedTuple):
    """Move a channel, or two at once so that neither ends with the bridge they leave."""

    leg: Leg
    to: Place
    other: Leg | None = None
    other_to: Place | None = None


class End(NamedTuple):
    """Hang a channel up."""

    leg: Leg


Step: TypeAlias = "Note | Move | End"


def consult(call: Call, by: Leg | None, way: str, ticket: str) -> list[Step]:
    """One of two speaks to a way first, the other waits; both come together again when that ends."""
    _nobody_waits(call)
    waits, speaks = two(call, by)
    _not_there(call, way)
    return [
        Note(waits, PEER, speaks.uniqueid),
        Note(speaks, PEER, waits.uniqueid),
        # for the far end's screen and whisper, and against loops
        Note(speaks, TICKET, ticket),
        Note(speaks, CALLER, waits.variables.get(CALLER, "")),
        Move(waits, Place(HOLD), speaks, Place(CONSULT, way)),
    ]


def three(call: Call, conference: str) -> list[Step]:
    """Who waits comes to the two who speak about the call."""
    waits, speaks, consulted = _consultation(call)
    there = Place(CONFERENCE, conference)
    return [Move(speaks, there, consulted, there), Move(waits, there)]


def leave(call: Call, by: Leg | None) -> list[Step]:
    """One goes: of three and more, or of a consultation, whose other side then speaks with who waited."""
    if call.waiting is not None:
        waits, speaks, consulted = _consultation(call)
        if by is not None and by is not speaks:
            raise refusal("alone")
        return [
            Note(waits, PEER, consulted.uniqueid),
            Note(speaks, PEER, NOBODY),  # or it would go back to who waited
            # First the one that is taken: Asterisk moves them in this order, and who takes it must find it there.
            Move(consulted, Place(TAKEN), waits, Place(BACK)),
            End(speaks),
        ]
    if not call.members:
        raise refusal("alone" if call.two else "not-speaking")
    goes = by or next((leg for leg in call.members if not leg.citizen), None)
    if goes is None or goes not in call.members:
        raise refusal("alone")
    return [End(goes)]


def blind(call: Call, by: Leg | None, way: str, ticket: str) -> list[Step]:
    """One of two hands the other on to a way, and gets them back when nobody is there."""
    _nobody_waits(call)
    handed, hands = two(call, by)
    _not_there(call, way)
    return [
        Note(handed, PEER, hands.uniqueid),
        Note(handed, TICKET, ticket),
        Move(handed, Place(BLIND, way), hands, Place(HANDING)),
    ]


def join(one: Call, other: Call, conference: str) -> list[Step]:
    """Two calls become one conversation of all."""
    if {leg.uniqueid for leg in one.legs} & {leg.uniqueid for leg in other.legs}:
        raise refusal("itself")
    for call in (one, other):
        _nobody_waits(call)
        if not call.speaking:
            raise refusal("not-speaking")
    if len(one.speaking) + len(other.speaking) > MOST:
        raise refusal("full", count=MOST)
    return [*gather(one, conference), *gather(other, conference)]


def may_add(call: Call, way: str) -> None:
    """Make sure that a way can be called to come to who speaks."""
    _nobody_waits(call)
    if not call.speaking:
        raise refusal("not-speaking")
    _not_there(call, way)
    if len(call.speaking) >= MOST:
        raise refusal("full", count=MOST)


def gather(call: Call, conference: str) -> list[Step]:
    """Who speaks goes into a conference, two at a time."""
    legs = [leg for leg in call.speaking if leg.conference != conference]
    return list(_moves(legs, Place(CONFERENCE, conference)))


def drop(call: Call, leg: Leg) -> list[Step]:
    """One leg ends, the others go on."""
    if call.two is not None and leg in call.two and not leg.citizen:
        other = call.partner(leg)
        if other is not None and other.citizen:
            return [Move(other, Place(ALONE)), End(leg)]
    return [End(leg)]


def settle(call: Call) -> list[Step]:
    """What becomes of a conference that somebody has left: two are a pair again, one is not left in silence."""
    members = sorted(call.members, key=lambda leg: not leg.citizen)
    if len(members) == 1:
        return [Move(members[0], Place(ALONE))]
    if len(members) == 2:  # noqa: PLR2004
        first, second = members
        return [
            Note(first, PEER, second.uniqueid),
            Note(second, PEER, first.uniqueid),
            Move(first, Place(BACK), second, Place(TAKEN)),
        ]
    return []


def _moves(legs: list[Leg], to: Place) -> Iterator[Move]:
    for which in range(0, len(legs), 2):
        other = legs[which + 1] if which + 1 < len(legs) else None
        yield Move(legs[which], to, other, to if other else None)


def _nobody_waits(call: Call) -> None:
    if call.waiting is not None:
        raise refusal("consulting")


def _not_there(call: Call, way: str) -> None:
    if any(leg.way == way for leg in call.legs):
        raise refusal("there-already", name=way)


def two(call: Call, by: Leg | None) -> tuple[Leg, Leg]:
    """The two who speak: first who is spoken for, then who acts; never the citizen, unless there is nobody else."""
    if call.two is None:
        raise refusal("not-two" if call.speaking else "not-speaking")
    first, second = call.two
    if by is None or by is second:
        return first, second
    if by is first and not first.citizen:
        return second, first
    raise refusal("not-two")


def _consultation(call: Call) -> tuple[Leg, Leg, Leg]:
    """Who waits, who consults, and who is consulted."""
    if call.waiting is None:
        raise refusal("not-consulting")
    if call.consulting is None:
        raise refusal("gone")
    consulted = call.partner(call.consulting)
    if consulted is None:
        raise refusal("not-answered")
    return call.waiting, call.consulting, consulted
