"""What nearly every component of the calls' process is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from router.geo import Places
    from router.intake.service import IntakeService
    from router.mqtt.connection import MqttConnection
    from router.storage.engine import Storage
    from router.tickets.service import TicketService


@dataclass(frozen=True, slots=True)
class Core:
    """Store, tickets, places and broker of one node.

    Attributes:
        node: This node, 1 to 9.
        store: Open once its component is started.
        desk: Finds and changes tickets.
        intake: Opens tickets.
        places: Districts, needs and rooms.
        broker: The link to the broker; started last, when everybody has registered with its inbox.
    """

    node: int
    store: Storage
    desk: TicketService
    intake: IntakeService
    places: Places
    broker: MqttConnection

    @property
    def rooms(self) -> list[str]:
        """The ids of all rooms."""
        return [room.id for room in self.places.rooms]
