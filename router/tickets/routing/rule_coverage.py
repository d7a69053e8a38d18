"""Finds rules that can never be the first match, whatever the ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from router.clock import DAY_MINUTES
from router.tickets.routing.conditions import DIMENSIONS, BeginsWith, OneOf

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from router.geo import Places
    from router.tickets.routing.conditions import Condition, Value

PRIORITIES = (1, 2, 3, 4)


class ShadowedRule(NamedTuple):
    """A rule that never takes anything.

    Attributes:
        which: Which of the rules.
        by: The earlier rule that takes all of it, None when several do so together.
    """

    which: int
    by: int | None


def find_shadowed(rules: Sequence[Mapping[str, Condition]], places: Places) -> list[ShadowedRule]:
    """Return the rules, given by their conditions, that earlier ones leave nothing to.

    Exact, as long as the facts are independent of each other. Of each dimension only matters which rules accept a
    value: a number with one bit for each rule. Combining the dimensions, equal numbers fall together, so that a few
    hundred stand for the billions of possible tickets; the lowest bit of each is a rule that takes something.
    """
    everyone = (1 << len(rules)) - 1
    masks = {everyone}
    by_dimension: list[set[int]] = []
    for dimension in DIMENSIONS:
        values = _values(dimension, rules, places)
        own = {_mask(dimension, value, rules) for value in values}
        by_dimension.append(own)
        masks = {mask & other for mask in masks for other in own}
    reached = {(mask & -mask).bit_length() - 1 for mask in masks if mask}
    return [ShadowedRule(i, _covering(i, by_dimension)) for i in range(len(rules)) if i not in reached]


def _mask(dimension: str, value: Value, rules: Sequence[Mapping[str, Condition]]) -> int:
    mask = 0
    for bit, conditions in enumerate(rules):
        if dimension not in conditions or conditions[dimension].accepts(value):
            mask |= 1 << bit
    return mask


def _covering(index: int, by_dimension: Iterable[set[int]]) -> int | None:
    """Return the first earlier rule that accepts in every dimension whatever this one accepts."""
    bit = 1 << index
    common = bit - 1
    for masks in by_dimension:
        for mask in masks:
            if mask & bit:
                common &= mask
    return (common & -common).bit_length() - 1 if common else None


def _values(dimension: str, rules: Sequence[Mapping[str, Condition]], places: Places) -> Iterable[Value]:
    """Return a value of every kind that the rules can distinguish."""
    asked = [conditions[dimension] for conditions in rules if dimension in conditions]
    mentioned = {
        value
        for one in asked
        for value in (one.prefixes if isinstance(one, BeginsWith) else one.values if isinstance(one, OneOf) else ())
    }
    kinds: Mapping[str, Iterable[Value]] = {
        "need": places.needs,
        "district": (None, *places.districts),
        "state": (None, *places.states),
        "priority": PRIORITIES,
        "hours": range(DAY_MINUTES),
    }
    return kinds.get(dimension) or {"", *mentioned}
