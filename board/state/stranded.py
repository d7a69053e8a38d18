"""Figures of the register of stranded people: how many, and nothing of any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.model.stranded_group import NOT_STRANDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from router.model.stranded_group import Direction, GroupCount

UNKNOWN = "unknown"
"""The key of those who have not said where they are, or where home is."""

Figures = dict[str, dict[str, object]]
"""By id: ``count`` of groups, ``people`` in them, of whom ``waiting``: nobody has spoken with them yet."""


def by_state(counts: Iterable[GroupCount], direction: Direction) -> Figures:
    """Return the figures by the other state: where ours are, or where those who are here come from."""
    return _figures(counts, direction, lambda one: one.state)


def by_home(counts: Iterable[GroupCount]) -> Figures:
    """Return the figures of our own people by their home district."""
    return _figures(counts, "outbound", lambda one: one.home_district)


def _figures(counts: Iterable[GroupCount], direction: Direction, place: Callable[[GroupCount], str | None]) -> Figures:
    groups: dict[str, int] = {}
    people: dict[str, int] = {}
    waiting: dict[str, int] = {}
    for one in counts:
        if one.direction != direction or one.help in NOT_STRANDED:
            continue
        key = place(one) or UNKNOWN
        groups[key] = groups.get(key, 0) + one.groups
        people[key] = people.get(key, 0) + one.people
        waiting[key] = waiting.get(key, 0) + (one.people if one.help == "waiting" else 0)
    return {key: {"count": groups[key], "people": people[key], "waiting": waiting[key]} for key in sorted(groups)}
