"""Priority of a call in the queues."""

from __future__ import annotations

from typing import Final

MEDICAL_FIRST: Final = {"danger": 20, "medical": 10, "medicine": 5}
"""QUEUE_PRIO by need: before all callers with a lower one, behind those with the same."""


def queue_priority(need: str | None) -> int:
    """Return the QUEUE_PRIO of a call: medical first, the others in the order in which they came."""
    return MEDICAL_FIRST.get(need or "", 0)
