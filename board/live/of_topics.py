"""Collections of what lies on topics, as it lies there: one room's, one operator's, and those that many pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from board.live.collection import Collection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from board.live.picture import Entry, Picture

ROOM_TOPICS: Final = {
    "tickets": "rooms/{}/tickets/+/+",
    "copies": "rooms/{}/copies/+/+",
    "tasks": "rooms/{}/tasks/+",
    "stock": "rooms/{}/stock/+",
    "presence": "rooms/{}/presence/+",
    "summary": "rooms/{}/summary",
    "alerts": "alerts/+/{}",
}
"""Collections of a room's page: the filter of their topics, with the room's id put in."""
_ALERT_KIND: Final = (1,)  # a room has at most one alert of a kind


class TopicCollection:
    """A collection of the topics of a filter; the key is a topic's last level, or several joined by ``/``.

    A ticket that goes to another desk lies on two topics for a moment: the newer version counts.

    Args:
        collection: To be filled.
        key: The levels of the topic that are the key.
    """

    def __init__(self, collection: Collection, key: tuple[int, ...] = (-1,)) -> None:
        self.collection = collection
        self._key = key
        self._from: dict[str, tuple[tuple[str, ...], int]] = {}

    def take(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        """Take what lies on a topic now."""
        key = "/".join(levels[place] for place in self._key)
        held, version = self._from.get(key, (levels, 0))
        if entry is None:
            if held == levels:
                self._from.pop(key, None)
                self.collection.remove(key)
            return
        new = entry.data.get("version")
        new = new if isinstance(new, int) else 0
        if held == levels or new >= version:
            self._from[key] = (levels, new)
            self.collection.put_text(key, entry.text)


class RoomCollections:
    """What lies on each room's topics.

    Args:
        picture: Of the broker.
        rooms: The ids of all rooms; topics of others are nobody's.
    """

    def __init__(self, picture: Picture, rooms: Iterable[str]) -> None:
        self._rooms = {room: {name: _collection(name) for name in ROOM_TOPICS} for room in dict.fromkeys(rooms)}
        for name, topics in ROOM_TOPICS.items():
            place = topics.split("/").index("{}")
            picture.on(topics.format("+"), self._taker(name, place))

    def of(self, room: str) -> tuple[Collection, ...] | None:
        """Return a room's collections; None when there is no such room."""
        found = self._rooms.get(room)
        return tuple(one.collection for one in found.values()) if found else None

    def one(self, room: str, name: str) -> Collection:
        """Return a collection of a room. Raises KeyError."""
        return self._rooms[room][name].collection

    def _taker(self, name: str, place: int) -> Callable[[tuple[str, ...], Entry | None], None]:
        def take(levels: tuple[str, ...], entry: Entry | None) -> None:
            room = self._rooms.get(levels[place])
            if room is not None:
                room[name].take(levels, entry)

        return take


def _collection(name: str) -> TopicCollection:
    return TopicCollection(Collection(name), _ALERT_KIND) if name == "alerts" else TopicCollection(Collection(name))


def collect(picture: Picture, name: str, topics: str, key: tuple[int, ...] = (-1,)) -> Collection:
    """Return a collection of all topics of a filter."""
    made = TopicCollection(Collection(name), key)
    picture.on(topics, made.take)
    return made.collection
