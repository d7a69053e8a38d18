"""Resolves the destinations for a caller, in order: symbolic names, which only the dialplan maps to dial strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from agi.destinations.schema import CONTROL
from router.helpline import HEALTH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from agi.destinations.schema import Helpline, Member, Purpose
    from router.geo import Places

QUEUE: Final = "queue-"
"""Begins the name of the way to a queue; the queue's own name follows."""
ROOM: Final = "room-"
LINE: Final = "line-"
EMERGENCY: Final = "emergency"

OFFERED_HELPLINES: Final[tuple[Purpose, ...]] = ("health", "food", "other-state")
"""Purposes that are offered only while the first that their chain names for this caller can be dialled."""
HEALTH_GROUP: Final = "health"
"""The group of needs that our doctors' queue is for."""


class CallerSituation(Protocol):
    """The state of a caller when destinations are chosen: see `agi.ivr.state.CallState`."""

    @property
    def district(self) -> str | None:
        """The district that the caller has named."""
        ...

    @property
    def guess(self) -> str | None:
        """The district that the caller's number suggests."""
        ...

    @property
    def state(self) -> str | None:
        """The other state that a stranded caller is in."""
        ...

    @property
    def home_state(self) -> str | None:
        """The state of a caller who is stranded here."""
        ...

    @property
    def need(self) -> str | None:
        """The need that is being reported."""
        ...

    @property
    def newest_need(self) -> str | None:
        """The need of the ticket opened last in this call."""
        ...


class DestinationResolver:
    """Resolves the destinations of one caller, in order, from those that can be dialled now.

    Args:
        known: Returns the names of all destinations that can be dialled now.
        places: Districts, rooms, needs.
        now: The clock.
    """

    def __init__(self, known: Callable[[], Collection[str]], places: Places, now: Callable[[], datetime]) -> None:
        self._known = known
        self._places = places
        self._now = now

    def of(self, helpline: Helpline, purpose: Purpose, call: CallerSituation, language: str) -> tuple[str, ...]:
        """Return who is tried for this caller, one after the other; empty when there is nobody."""
        known = self._known()
        chain = helpline.chains.get(purpose, ())
        named = [name for member in chain for name in self._named(member, helpline, call)]
        if purpose in OFFERED_HELPLINES and chain and self._first(chain[0], helpline, call) not in known:
            return ()
        if helpline.hours.known and not helpline.hours.open_at(self._now()):
            named = [name for name in named if not name.startswith(QUEUE)]
        spoken = [f"{name}-{language}" if name.startswith(QUEUE) else name for name in named]
        return tuple(name for name in dict.fromkeys(spoken) if name in known)

    def _first(self, member: Member, helpline: Helpline, call: CallerSituation) -> str:
        return next(iter(self._named(member, helpline, call)), "")

    def _named(self, member: Member, helpline: Helpline, call: CallerSituation) -> list[str]:
        district = self._places.districts.get(call.district or call.guess or helpline.district or "")
        if member == "other-state":
            state = call.state or call.home_state
            return [f"{ROOM}{CONTROL}{state}"] if state else []
        if member == "room":
            return [f"{ROOM}{district.room}"] if district else []
        if member == "queue":
            need = self._places.needs.get(call.need or call.newest_need or "")
            health = helpline.id == HEALTH or (need is not None and need.group == HEALTH_GROUP)
            first = "health" if health else f"division-{district.division}" if district else "general"
            return [f"{QUEUE}{first}", f"{QUEUE}general"]
        return [member]


def outcome(destination: str) -> str:
    """Return a destination as a call's row has it: every queue is ``operator``."""
    return "operator" if destination.startswith(QUEUE) else destination


def describe(destination: str) -> str:
    """Describe a destination in the words of a ticket's history."""
    if destination.startswith(QUEUE):
        return "an operator"
    if destination.startswith(LINE):
        return f"helpline {destination.removeprefix(LINE)}"
    if destination.startswith(f"{ROOM}{CONTROL}"):
        return f"the control room of {destination.removeprefix(f'{ROOM}{CONTROL}')}"
    if destination.startswith(ROOM):
        return f"the control room {destination.removeprefix(ROOM)}"
    return "the emergency line" if destination == EMERGENCY else "somebody"
