"""The destinations that lead anywhere now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from agi.destinations.resolver import QUEUE

if TYPE_CHECKING:
    from collections.abc import Collection


class HasDestinations(Protocol):
    """Knows where trunks lead: see `warroom.monitoring.trunk_watch.TrunkWatch`."""

    @property
    def destinations(self) -> Collection[str]:
        """Names of the destinations, queues apart."""
        ...


class HasStaffedQueues(Protocol):
    """Knows the queues: see `agi.queues.component.QueuesComponent`."""

    @property
    def staffed(self) -> Collection[str]:
        """Names of the queues with at least one member, as Asterisk has them."""
        ...


class KnownDestinations:
    """The destinations that trunks reach, and the queues with members.

    Args:
        trunks: Those in force.
        queues: Those there are.
    """

    def __init__(self, trunks: HasDestinations, queues: HasStaffedQueues) -> None:
        self._trunks = trunks
        self._queues = queues

    def names(self) -> set[str]:
        """Return the names of all of them as they are now."""
        return {*self._trunks.destinations, *(f"{QUEUE}{queue}" for queue in self._queues.staffed)}
