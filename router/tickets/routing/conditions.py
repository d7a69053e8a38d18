"""Conditions of rules, and the facts of a ticket they are matched against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from router.india import INDIA

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.helpline import HelplineId

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a ticket by which its room is chosen.

    Attributes:
        need: The need's id.
        priority: 1 to 4.
        helpline: That was called; None when it came by another way than a call: no condition on it fits then.
        district: The district's id, None when unknown.
        state: For a citizen stranded outside: the other state's id.
        pin: The PIN code, or "".
        hours: Minutes since midnight, local time.
    """

    need: str
    priority: int
    helpline: HelplineId | None = None
    district: str | None = None
    state: str | None = None
    pin: str = ""
    hours: int = 0

    def __getitem__(self, dimension: str) -> Value:
        """Return one of them by its name in a rule."""
        return getattr(self, dimension)  # type: ignore[no-any-return]


DIMENSIONS = ("helpline", "need", "district", "state", "pin", "priority", "hours")
"""The facts a rule may ask about, by their names in the file."""


class Condition(Protocol):
    """The condition of a rule on one fact; ``str`` describes it."""

    def accepts(self, value: Value) -> bool:
        """Whether the fact is as the rule wants it."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of these."""

    values: tuple[str | int, ...]

    def accepts(self, value: Value) -> bool:
        """Whether the fact is one of them."""
        return value in self.values

    def __str__(self) -> str:
        return " or ".join(map(str, self.values))


@dataclass(frozen=True, slots=True)
class KnownValues:
    """The fact is known; and, for a state, is not the home state."""

    unless: str | None = None

    def accepts(self, value: Value) -> bool:
        """Whether there is a fact."""
        return value is not None and value != self.unless

    def __str__(self) -> str:
        return "known"


@dataclass(frozen=True, slots=True)
class BeginsWith:
    """The PIN begins with one of these digits."""

    prefixes: tuple[str, ...]

    def accepts(self, value: Value) -> bool:
        """Whether it does."""
        return isinstance(value, str) and value.startswith(self.prefixes)

    def __str__(self) -> str:
        return " or ".join(f"{prefix}…" for prefix in self.prefixes)


@dataclass(frozen=True, slots=True)
class ClockHours:
    """A window of local time, in minutes since midnight; one that ends before it begins goes over midnight."""

    first: int
    end: int

    def accepts(self, value: Value) -> bool:
        """Whether the minute lies in the window; its end does not."""
        if not isinstance(value, int):
            return False
        if self.first < self.end:
            return self.first <= value < self.end
        return value >= self.first or value < self.end

    def __str__(self) -> str:
        return f"{clock_time(self.first)}-{clock_time(self.end)}"


def fits(conditions: Mapping[str, Condition], facts: Facts) -> bool:
    """Whether every condition fits."""
    return all(condition.accepts(facts[dimension]) for dimension, condition in conditions.items())


def misfits(conditions: Mapping[str, Condition], facts: Facts) -> list[str]:
    """Describe each condition that is not met: the required and the actual value."""
    return [
        f"{dimension} is {shown(dimension, facts[dimension])}"
        + ("" if isinstance(condition, KnownValues) else f", not {condition}")
        for dimension, condition in conditions.items()
        if not condition.accepts(facts[dimension])
    ]


def shown(dimension: str, value: Value) -> str:
    """Return a fact as people read it."""
    if dimension == "hours" and isinstance(value, int):
        return clock_time(value)
    if value in (None, ""):
        return "none" if dimension == "helpline" else "unknown"
    return str(value)


def clock_time(minute: int) -> str:
    """Return minutes since midnight as ``HH:MM``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def local_minute(moment: datetime) -> int:
    """Return the minutes since midnight, local time, of an aware moment."""
    local = moment.astimezone(INDIA)
    return local.hour * 60 + local.minute
