"""Which queues fit a caller, and how urgent the call is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agi.queues.model import DIVISION, GENERAL, HEALTH, queue_name

if TYPE_CHECKING:
    from collections.abc import Collection

HEALTH_NEEDS: Final = frozenset(("danger", "medical", "medicine"))
HEALTH_HELPLINE: Final = "104"
MOST: Final = 2
"""Queues tried one after the other: more waiting than in two is better a message."""
MEDICAL_FIRST: Final = {"danger": 20, "medical": 10, "medicine": 5}
"""QUEUE_PRIO by need: before all who wait with a lower one, behind those with the same."""


def queues_for(
    need: str | None, helpline: str, language: str, division: str | None, there: Collection[str]
) -> tuple[str, ...]:
    """Return the queues a caller is put into one after the other, the best first.

    Args:
        need: What the caller needs, if that is known.
        helpline: The one called.
        language: Spoken.
        division: The district's, if that is known.
        there: The queues there are.
    """
    skills = [GENERAL]
    if division is not None:
        skills.insert(0, f"{DIVISION}{division}")
    if need in HEALTH_NEEDS or helpline == HEALTH_HELPLINE:
        skills.insert(0, HEALTH)
    names = [queue_name(skill, language) for skill in skills]
    return tuple(name for name in names if name in there)[:MOST]


def urgency(need: str | None) -> int:
    """Return the QUEUE_PRIO of a call: medical first, the others in the order in which they came."""
    return MEDICAL_FIRST.get(need or "", 0)
