"""Retained messages, as the outbox keeps them: topic and bytes."""

from __future__ import annotations

from typing import NamedTuple


class RetainedTopic(NamedTuple):
    """A topic (without root) and the room it belongs to."""

    room: str
    topic: str


class OutboxMessage(NamedTuple):
    """A retained message of one ticket, alert or task, as it is or will be at the broker.

    Attributes:
        place: Where.
        payload: The event.
        copies: Where the same lies for others to know of it.
    """

    place: RetainedTopic
    payload: str
    copies: tuple[RetainedTopic, ...] = ()

    @property
    def places(self) -> tuple[RetainedTopic, ...]:
        """Where it lies: its own place first."""
        return (self.place, *self.copies)
