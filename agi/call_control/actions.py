"""Plans each operation on a call. Pure functions: they take the call as it is, and return actions or a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from agi.call_control.errors import refusal
from agi.dialplan import (
    CALLER,
    CONTEXT_BRIDGE_ALONE,
    CONTEXT_BRIDGE_BACK,
    CONTEXT_BRIDGE_BLIND,
    CONTEXT_BRIDGE_CONSULT,
    CONTEXT_BRIDGE_HANDING,
    CONTEXT_BRIDGE_HELD,
    CONTEXT_BRIDGE_HOLD,
    CONTEXT_BRIDGE_HOLDING,
    CONTEXT_BRIDGE_TAKEN,
    CONTEXT_CONFERENCE,
    PEER,
    TICKET,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agi.call_control.call import CallLeg, LiveCall

MAX_PARTICIPANTS: Final = 10
"""The most parties that can speak together; ``confbridge.conf`` has it too."""
NOBODY: Final = "none"
"""The name of no channel."""


class SetVariable(NamedTuple):
    """Set a channel variable."""

    leg: CallLeg
    name: str
    value: str


class DialplanTarget(NamedTuple):
    """Where in the dialplan a channel goes."""

    context: str
    exten: str = "s"


class Redirect(NamedTuple):
    """Move a channel, or two at once so that neither ends with the bridge they leave."""

    leg: CallLeg
    to: DialplanTarget
    other: CallLeg | None = None
    other_to: DialplanTarget | None = None


class Hangup(NamedTuple):
    """Hang a channel up."""

    leg: CallLeg


Step: TypeAlias = "SetVariable | Redirect | Hangup"


def consult(call: LiveCall, by: CallLeg | None, destination: str, ticket: str) -> list[Step]:
    """One of two speaks to a way first, the other waits; both come together again when that ends."""
    if call.holding and call.waiting and by in (None, call.holding):
        waits, speaks = call.waiting, call.holding
    else:
        _nobody_waits(call)
        waits, speaks = speaking_pair(call, by)
    _not_there(call, destination)
    return [
        SetVariable(waits, PEER, speaks.name),
        SetVariable(speaks, PEER, waits.name),
        # for the far end's screen and whisper, and against loops
        SetVariable(speaks, TICKET, ticket),
        SetVariable(speaks, CALLER, waits.variables.get(CALLER, "")),
        Redirect(
            waits, DialplanTarget(CONTEXT_BRIDGE_HOLD), speaks, DialplanTarget(CONTEXT_BRIDGE_CONSULT, destination)
        ),
    ]


def conference(call: LiveCall, conference: str) -> list[Step]:
    """Return the waiting citizen to the two parties who speak about the call."""
    waits, speaks, consulted = _consultation(call)
    there = DialplanTarget(CONTEXT_CONFERENCE, conference)
    return [Redirect(speaks, there, consulted, there), Redirect(waits, there)]


def complete_transfer(call: LiveCall, by: CallLeg | None) -> list[Step]:
    """One party leaves: a conference, or a consultation, whose other side then speaks with the waiting citizen."""
    if call.waiting is not None:
        waits, speaks, consulted = _consultation(call)
        if by is not None and by is not speaks:
            raise refusal("alone")
        return [
            SetVariable(waits, PEER, consulted.name),
            SetVariable(speaks, PEER, NOBODY),  # or it would go back to the waiting citizen
            # First the one that is taken: Asterisk moves them in this order, and who takes it must find it there.
            Redirect(consulted, DialplanTarget(CONTEXT_BRIDGE_TAKEN), waits, DialplanTarget(CONTEXT_BRIDGE_BACK)),
            Hangup(speaks),
        ]
    if not call.members:
        raise refusal("alone" if call.two else "not-speaking")
    goes = by or next((leg for leg in call.members if not leg.citizen), None)
    if goes is None or goes not in call.members:
        raise refusal("alone")
    return [Hangup(goes)]


def blind_transfer(call: LiveCall, by: CallLeg | None, destination: str, ticket: str) -> list[Step]:
    """One of two hands the other on to a way, and gets them back when nobody is there."""
    _nobody_waits(call)
    handed, hands = speaking_pair(call, by)
    _not_there(call, destination)
    return [
        SetVariable(handed, PEER, hands.name),
        SetVariable(handed, TICKET, ticket),
        Redirect(
            handed, DialplanTarget(CONTEXT_BRIDGE_BLIND, destination), hands, DialplanTarget(CONTEXT_BRIDGE_HANDING)
        ),
    ]


def join(one: LiveCall, other: LiveCall, conference: str) -> list[Step]:
    """Two calls become one conversation of all."""
    if {leg.uniqueid for leg in one.legs} & {leg.uniqueid for leg in other.legs}:
        raise refusal("itself")
    for call in (one, other):
        _nobody_waits(call)
        if not call.speaking:
            raise refusal("not-speaking")
    if len(one.speaking) + len(other.speaking) > MAX_PARTICIPANTS:
        raise refusal("full", count=MAX_PARTICIPANTS)
    return [*to_conference(one, conference), *to_conference(other, conference)]


def check_can_add(call: LiveCall, destination: str) -> None:
    """Make sure that a destination can be called to join the speaking parties."""
    _nobody_waits(call)
    if not call.speaking:
        raise refusal("not-speaking")
    _not_there(call, destination)
    if len(call.speaking) >= MAX_PARTICIPANTS:
        raise refusal("full", count=MAX_PARTICIPANTS)


def to_conference(call: LiveCall, conference: str) -> list[Step]:
    """Move the speaking parties into a conference, two at a time."""
    legs = [leg for leg in call.speaking if leg.conference != conference]
    return list(_moves(legs, DialplanTarget(CONTEXT_CONFERENCE, conference)))


def drop(call: LiveCall, leg: CallLeg) -> list[Step]:
    """One leg ends, the others go on."""
    if call.two is not None and leg in call.two and not leg.citizen:
        other = call.partner(leg)
        if other is not None and other.citizen:
            return [Redirect(other, DialplanTarget(CONTEXT_BRIDGE_ALONE)), Hangup(leg)]
    return [Hangup(leg)]


def hold(call: LiveCall, by: CallLeg | None) -> list[Step]:
    """The citizen hears music; the other one of two hears nothing, the others of a conference speak on."""
    if call.held:
        raise refusal("held-already")
    _nobody_waits(call)
    if not call.members:
        waits, holds = speaking_pair(call, by)
        if not waits.citizen:
            raise refusal("no-citizen")
        return [
            SetVariable(waits, PEER, holds.name),
            SetVariable(holds, PEER, waits.name),
            Redirect(waits, DialplanTarget(CONTEXT_BRIDGE_HELD), holds, DialplanTarget(CONTEXT_BRIDGE_HOLDING)),
        ]
    citizen = next((leg for leg in call.members if leg.citizen), None)
    stays = by or next((leg for leg in call.members if not leg.citizen), None)
    if citizen is None or stays is None or stays not in call.members:
        raise refusal("no-citizen")
    return [SetVariable(citizen, PEER, stays.name), Redirect(citizen, DialplanTarget(CONTEXT_BRIDGE_HELD))]


def resume(call: LiveCall) -> list[Step]:
    """Bring the citizen on hold back to the one who waits for it, or to those who speak meanwhile."""
    waits, peer = call.waiting, call.consulting
    if waits is None or not call.held:
        raise refusal("not-held")
    if peer is None:
        raise refusal("gone")
    if call.holding is peer:
        return [
            SetVariable(peer, PEER, waits.name),
            # first the one that is taken: Asterisk moves them in this order
            Redirect(waits, DialplanTarget(CONTEXT_BRIDGE_TAKEN), peer, DialplanTarget(CONTEXT_BRIDGE_BACK)),
        ]
    if not call.members:
        raise refusal("gone")
    return [Redirect(waits, DialplanTarget(CONTEXT_CONFERENCE, call.conference))]


def take_over(call: LiveCall, leaves: CallLeg, comes: CallLeg) -> list[Step]:
    """One takes the place of another, who is let go; whoever waits or speaks with them stays."""
    if call.members and leaves in call.members:
        return [Redirect(comes, DialplanTarget(CONTEXT_CONFERENCE, call.conference)), Hangup(leaves)]
    if call.waiting and leaves is call.holding:
        stays = call.waiting
    else:
        _nobody_waits(call)
        stays, _ = speaking_pair(call, leaves)
    return [
        SetVariable(stays, PEER, comes.name),
        SetVariable(leaves, PEER, NOBODY),
        # first the one that is taken: Asterisk moves them in this order
        Redirect(comes, DialplanTarget(CONTEXT_BRIDGE_TAKEN), stays, DialplanTarget(CONTEXT_BRIDGE_BACK)),
        Hangup(leaves),
    ]


def hang_up(call: LiveCall, by: CallLeg | None) -> list[Step]:
    """End the citizen's leg, and the leg of the one who speaks with them; where others speak too nobody is cut off."""
    if call.parked is not None:  # the telephone was quicker than the command
        return [Hangup(call.parked)]
    if call.holding and call.waiting and by in (None, call.holding):
        return [Hangup(call.waiting), Hangup(call.holding)]
    _nobody_waits(call)
    citizen, speaks = speaking_pair(call, by)
    # The citizen first: hung up after the other, the dialplan would have begun to ask whether that was all.
    return [Hangup(citizen), Hangup(speaks)]


def rebalance(call: LiveCall) -> list[Step]:
    """Rebalance a conference that a party has left: two are a pair again, a single one is not left in silence.

    While a citizen is on hold, who is to come back there, it stays a conference.
    """
    if call.held:
        return []
    members = sorted(call.members, key=lambda leg: not leg.citizen)
    if len(members) == 1:
        return [Redirect(members[0], DialplanTarget(CONTEXT_BRIDGE_ALONE))]
    if len(members) == 2:  # noqa: PLR2004
        first, second = members
        return [
            SetVariable(first, PEER, second.name),
            SetVariable(second, PEER, first.name),
            Redirect(first, DialplanTarget(CONTEXT_BRIDGE_BACK), second, DialplanTarget(CONTEXT_BRIDGE_TAKEN)),
        ]
    return []


def _moves(legs: list[CallLeg], to: DialplanTarget) -> Iterator[Redirect]:
    for which in range(0, len(legs), 2):
        other = legs[which + 1] if which + 1 < len(legs) else None
        yield Redirect(legs[which], to, other, to if other else None)


def _nobody_waits(call: LiveCall) -> None:
    if call.waiting is not None:
        raise refusal("consulting")


def _not_there(call: LiveCall, destination: str) -> None:
    if any(leg.destination == destination for leg in call.legs):
        raise refusal("there-already", name=destination)


def speaking_pair(call: LiveCall, by: CallLeg | None) -> tuple[CallLeg, CallLeg]:
    """Return (other party, acting party) of a two-party call; the citizen acts only if nobody else can."""
    if call.two is None:
        raise refusal("not-two" if call.speaking else "not-speaking")
    first, second = call.two
    if by is None or by is second:
        return first, second
    if by is first and not first.citizen:
        return second, first
    raise refusal("not-two")


def _consultation(call: LiveCall) -> tuple[CallLeg, CallLeg, CallLeg]:
    """The waiting citizen, the consulting party, and the consulted one."""
    if call.waiting is None or call.holding:
        raise refusal("not-consulting")
    if call.consulting is None:
        raise refusal("gone")
    consulted = call.partner(call.consulting)
    if consulted is None:
        raise refusal("not-answered")
    return call.waiting, call.consulting, consulted
