"""Rules that assign room, desk and time limits to a ticket. The first match wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from router.geo import STATE_ROOM
from router.model.stages import Stage
from router.tickets.routing.conditions import fits, misfits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.model.ticket import SlaLimits
    from router.tickets.routing.conditions import Condition, Facts

TRIAGE_DESK = "triage"
"""The state room's desk that completes tickets nobody can act on yet."""

DISTRICT, OUTSIDE = "district", "outside"
"""In a rule, in the place of a room's id: the room of the ticket's own district, of the state it comes from."""

NEEDS_DESK = "need"
"""In a rule, in the place of a desk: the one that needs.csv names."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        name: Its name, unique in its file.
        line: Where it begins in the file.
        room: A room's id, ``DISTRICT`` or ``OUTSIDE``.
        desk: A desk, or ``NEEDS_DESK``.
        copies: Desks that are to know, as ``room/desk``.
        conditions: By dimension; none: it fits always.
    """

    name: str
    line: int
    room: str
    desk: str
    copies: tuple[str, ...]
    conditions: Mapping[str, Condition]


@dataclass(frozen=True, slots=True)
class LimitRule:
    """Limits for some needs and priorities; ``line`` is where it begins in the file."""

    line: int
    limits: SlaLimits
    conditions: Mapping[str, Condition]


class Route(NamedTuple):
    """Where a ticket goes first, and which rule says so.

    Attributes:
        copies: Desks that are to know, as ``room/desk``, its own not among them.
    """

    room: str
    desk: str
    stage: Stage
    copies: tuple[str, ...]
    rule: Rule


class Tried(NamedTuple):
    """A rule held against a ticket: what does not fit, nothing when it takes it."""

    rule: Rule
    misfits: list[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one file, checked.

    Attributes:
        source: Where they were read.
        rules: In the order in which they are tried; the last is the default and fits always.
        by_priority: The limits of each priority.
        by_need: Overrides for some needs, in the order in which they are tried.
    """

    source: str
    rules: tuple[Rule, ...]
    by_priority: Mapping[int, SlaLimits]
    by_need: tuple[LimitRule, ...]

    def route(self, facts: Facts, places: Places) -> Route:
        """Return where a ticket goes.

        Args:
            facts: Of the ticket; ids as in ``places``.
            places: Those the rules were checked against.
        """
        rule = next(rule for rule in self.rules if fits(rule.conditions, facts))
        room = rule.room
        if room == DISTRICT:
            room = places.room_of(facts.district)
        elif room == OUTSIDE and facts.state is not None:
            room = places.outside_room(facts.state)
        desk = places.needs[facts.need].desk if rule.desk == NEEDS_DESK else rule.desk
        stage = Stage.TRIAGE if (room, desk) == (STATE_ROOM, TRIAGE_DESK) else Stage.ROUTED
        return Route(room, desk, stage, tuple(copy for copy in rule.copies if copy != f"{room}/{desk}"), rule)

    def tried(self, facts: Facts) -> list[Tried]:
        """Return the rules that were tried, in order: what each lacked, the last one nothing."""
        found = []
        for rule in self.rules:
            found.append(Tried(rule, misfits(rule.conditions, facts)))
            if not found[-1].misfits:
                break
        return found

    def limits(self, facts: Facts) -> SlaLimits:
        """Return how long a room may take for a ticket."""
        special = next((rule.limits for rule in self.by_need if fits(rule.conditions, facts)), None)
        return special or self.by_priority[facts.priority]
