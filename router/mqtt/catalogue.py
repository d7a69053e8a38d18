"""The ids there are, retained at the broker: districts, needs, desks, items of stock, rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.geo import DESKS
from router.mqtt import topics
from router.mqtt.cloudevents import cloud_event
from router.stock.items import load_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from router.geo import Places
    from router.mqtt.client import AckClient

Entries = list[dict[str, object]]


def catalogue(places: Places) -> Mapping[str, Entries]:
    """Return each list by its name."""
    needs = places.needs.values()
    items = load_items(places.needs.keys()).by_id.values()
    return {
        "districts": [
            {"id": one.id, "name": one.name, "name_hi": one.name_hi, "room": one.room}
            for one in places.districts.values()
        ],
        "rooms": [{"id": one.id, "name": one.name, "name_hi": one.name_hi, "level": one.level} for one in places.rooms],
        "needs": [
            {"service_code": one.id, "name": one.name, "name_hi": one.name_hi, "desk": one.desk} for one in needs
        ],
        "desks": [{"id": desk, "needs": [one.id for one in needs if one.desk == desk]} for desk in DESKS],
        "items": [{"id": one.id, "name": one.name, "name_hi": one.name_hi, "unit": one.unit} for one in items],
    }


async def publish_catalogue(client: AckClient, root: str, lists: Mapping[str, Entries], *, node: int) -> None:
    """Lay every list on its topic, retained; once after each connect.

    Raises:
        aiomqtt.MqttError: the connection broke.
        PublishRejectedError: the account may not write there.
    """
    for name, entries in lists.items():
        event = cloud_event("catalogue", {name: entries}, node=node, subject=name)
        await client.put(topics.under(root, topics.catalogue(name)), event)
