"""A live call as Asterisk reports it now: its parties, and which of them speak with each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from agi import dialplan
from agi.ami.channels import LOCAL, endpoint_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

READ: Final = (
    dialplan.PEER,
    dialplan.LOST,
    dialplan.HELPLINE,
    dialplan.CALLER,
    dialplan.TICKET,
    dialplan.DIALED,
    dialplan.BRIDGING,
)
"""Variables read from each channel; only a citizen's has a helpline."""

BRIDGED: Final = "bridged"
"""The dialplan's name in the place of a destination once an operator or the war room has changed the call."""
CITIZEN: Final = "citizen"
_WAITING: Final = (dialplan.CONTEXT_BRIDGE_HOLD, dialplan.CONTEXT_BRIDGE_HELD)
MAX_CALL_DURATION_S: Final = 14_400
"""Longest call, as WR_MAX_CALL_S in the dialplan."""


@dataclass(frozen=True, slots=True)
class CallLeg:
    """One party's channel.

    Attributes:
        uniqueid: Asterisk's id of it.
        name: Its name, such as ``PJSIP/operator-asha-00000001``.
        context: Where in the dialplan it is; of a leg that was dialled only once it has been moved.
        exten: The extension there: of a conference its name, of a consultation the way.
        bridge: Id of the bridge it is in, or "".
        up: Whether it has answered, or been answered.
        variables: Those of `READ` that are set.
        destination: The way it was dialled as, where that is known.
    """

    uniqueid: str
    name: str
    context: str
    exten: str
    bridge: str
    up: bool
    variables: Mapping[str, str]
    destination: str = ""

    @property
    def citizen(self) -> bool:
        """Whether it is a citizen, who called a helpline or was called back."""
        return bool(self.variables.get(dialplan.HELPLINE))

    @property
    def changed(self) -> bool:
        """Whether it is a citizen whose call is no more as the dialplan put it through."""
        return self.variables.get(dialplan.DIALED) == BRIDGED

    @property
    def who(self) -> str:
        """Name of the party without a telephone number: ``citizen``, or that of the destination, telephone or trunk."""
        return CITIZEN if self.citizen else self.destination or endpoint_name(self.name)

    @property
    def conference(self) -> str:
        """The name of the conference it is in, or on its way into; "" for none."""
        return self.exten if self.context == dialplan.CONTEXT_CONFERENCE else ""


class LiveCall:
    """The legs of one call.

    Args:
        legs: Of the whole call. The party behind a Local channel is left out: its other half stands for it.
    """

    def __init__(self, legs: Sequence[CallLeg]) -> None:
        far = {leg.bridge for leg in legs if leg.name.startswith(LOCAL) and leg.name.endswith(";2") and leg.bridge}
        self.legs = tuple(leg for leg in legs if leg.bridge not in far and not _far_half(leg))

    @cached_property
    def waiting(self) -> CallLeg | None:
        """The citizen waiting during a consultation, or on hold."""
        return next((leg for leg in self.legs if leg.context in _WAITING and not leg.bridge), None)

    @cached_property
    def parked(self) -> CallLeg | None:
        """The citizen who waits for an operator whose browser is gone."""
        return next((leg for leg in self.legs if leg.context == dialplan.CONTEXT_PARKED and not leg.bridge), None)

    @property
    def held(self) -> bool:
        """Whether the citizen is on hold."""
        return self.waiting is not None and self.waiting.context == dialplan.CONTEXT_BRIDGE_HELD

    @cached_property
    def holding(self) -> CallLeg | None:
        """The party who has the citizen on hold and speaks with nobody meanwhile."""
        peer = self.consulting
        return peer if self.held and peer and peer.context == dialplan.CONTEXT_BRIDGE_HOLDING else None

    @cached_property
    def consulting(self) -> CallLeg | None:
        """The party who consults another while a citizen waits, or who has put the citizen on hold."""
        return self.leg(self.waiting.variables.get(dialplan.PEER, "")) if self.waiting else None

    @cached_property
    def conference(self) -> str:
        """The name of the conference that the call is; "" when it is none."""
        return next((leg.conference for leg in self.legs if leg.conference), "")

    @cached_property
    def members(self) -> tuple[CallLeg, ...]:
        """The members of the conference, those on their way into it too."""
        return tuple(leg for leg in self.legs if leg.conference and leg.conference == self.conference)

    @cached_property
    def two(self) -> tuple[CallLeg, CallLeg] | None:
        """The two who speak with each other, a citizen first, if there are exactly two."""
        speaking = [leg for leg in self.legs if leg.bridge]
        if self.waiting or self.conference or len(speaking) != 2 or speaking[0].bridge != speaking[1].bridge:  # noqa: PLR2004
            return None
        first, second = sorted(speaking, key=lambda leg: not leg.citizen)
        return first, second

    @property
    def speaking(self) -> tuple[CallLeg, ...]:
        """The speaking parties, in a pair or a conference; empty during a consultation."""
        return self.members or self.two or ()

    @property
    def citizen(self) -> CallLeg | None:
        """The citizen, the first when calls were joined."""
        return next((leg for leg in self.legs if leg.citizen), None)

    def leg(self, name: str) -> CallLeg | None:
        """A leg by its unique id or its channel's name, or by its party's name."""
        return next((leg for leg in self.legs if name in (leg.uniqueid, leg.name)), None) or next(
            (leg for leg in self.legs if leg.who == name), None
        )

    def partner(self, leg: CallLeg) -> CallLeg | None:
        """The only party that a leg speaks with; None when there is none, or several."""
        others = [one for one in self.legs if leg.bridge and one.bridge == leg.bridge and one is not leg]
        return others[0] if len(others) == 1 else None


def _far_half(leg: CallLeg) -> bool:
    return leg.name.startswith(LOCAL) and leg.name.endswith(";2")
