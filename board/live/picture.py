"""The picture: everything that lies retained at the broker, in memory, and who is told of each change."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from board.live.collection import to_json
from router.model.ticket import Ticket
from router.stock.stock_report import StockReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_PAYLOAD_BYTES: Final = 2 * 1024 * 1024
"""Bytes of one message; the broker takes none that is larger."""
MAX_PLAIN_BYTES: Final = 4 * 1024
"""Bytes of what rooms themselves leave there: presence and reports of stock, as the router's quotas have it."""
MAX_PLAIN: Final = 500
"""Topics of presence and of stock of one room. The router empties what is beyond a room's due (`Quotas`); while it is
away an account that goes mad could fill our memory."""
MAX_TOPIC_CHARS: Final = 300
"""Characters of a topic; ours have 80, and a room chooses the last level of its presence itself."""
_MAX_TOLD: Final = 1000  # topics that cannot be read, of which each is logged once
_PLAIN: Final = frozenset({"presence", "stock"})  # third level of topics with plain JSON, not CloudEvents
_ROOMS_OWN: Final = 4  # levels of these topics
_TICKETS: Final = frozenset({"tickets", "copies"})
_MAX_SHOWN: Final = 120  # characters of a topic in the log

_log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """What lies on one topic.

    Attributes:
        levels: Of the topic, without root.
        data: The ``data`` of the CloudEvent, or the plain JSON of a room. Not to be changed.
        text: The same as JSON text.
        time: Of the CloudEvent, as written; empty for plain JSON.
    """

    levels: tuple[str, ...]
    data: Any
    text: str
    time: str


class Listener(NamedTuple):
    """Who is told of topics.

    Attributes:
        levels: The filter's, with ``+`` for any one level, and ``#`` at the end for the rest.
        tell: Called with the topic's levels, and with what lies there now; None: nothing any more.
    """

    levels: tuple[str, ...]
    tell: Callable[[tuple[str, ...], Entry | None], None]


class Picture:
    """All retained messages, as the broker has them.

    A message that cannot be read, for whatever reason, counts as if its topic were empty: it is logged, once for each
    topic, and the picture goes on.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._listeners: list[Listener] = []
        self._unseen: set[str] | None = None
        self._unreadable: set[str] = set()
        self._plain: Counter[tuple[str, ...]] = Counter()

    def on(self, wanted: str, tell: Callable[[tuple[str, ...], Entry | None], None]) -> None:
        """Have each change of some topics told; to be asked for before the broker is connected.

        Args:
            wanted: A topic filter without root, such as ``rooms/+/tickets/+/+``.
            tell: Called with the topic's levels and the entry, None when it is gone.
        """
        self._listeners.append(Listener(tuple(wanted.split("/")), tell))

    def entries(self, wanted: str) -> Iterator[Entry]:
        """Yield what lies on the topics of a filter now."""
        levels = tuple(wanted.split("/"))
        return (entry for entry in self._entries.values() if matches(levels, entry.levels))

    def get(self, topic: str) -> Entry | None:
        """Return what lies on a topic."""
        return self._entries.get(topic)

    def begin(self) -> None:
        """Note that a connection begins, and everything is sent anew."""
        self._unseen = set(self._entries)

    def complete(self) -> None:
        """Note that all that is retained has come: what did not come is gone."""
        gone, self._unseen = self._unseen or set(), None
        for topic in gone:
            self._forget(topic)

    def take(self, topic: str, payload: bytes) -> None:
        """Take a message: what lies on its topic now.

        Args:
            topic: Without root.
            payload: Empty: nothing lies there any more.
        """
        if self._unseen is not None:
            self._unseen.discard(topic)
        entry = self._read(topic, payload) if payload and len(topic) <= MAX_TOPIC_CHARS else None
        if entry is None:
            self._forget(topic)
            return
        before = self._entries.get(topic)
        if before is None and is_plain(entry.levels):
            if self._plain[entry.levels[:3]] >= MAX_PLAIN:
                return
            self._plain[entry.levels[:3]] += 1
        self._entries[topic] = entry
        if before is None or before.text != entry.text or before.time != entry.time:
            self._tell(entry.levels, entry)

    def _forget(self, topic: str) -> None:
        entry = self._entries.pop(topic, None)
        if entry is None:
            return
        if is_plain(entry.levels):
            self._plain[entry.levels[:3]] -= 1
        self._tell(entry.levels, None)

    def _tell(self, levels: tuple[str, ...], entry: Entry | None) -> None:
        for listener in self._listeners:
            if not matches(listener.levels, levels):
                continue
            try:
                listener.tell(levels, entry)
            except Exception:  # noqa: BLE001 - one topic that somebody cannot bear must not stop all screens
                _log.exception("%s: it is not shown everywhere", "/".join(levels)[:_MAX_SHOWN])

    def _read(self, topic: str, payload: bytes) -> Entry | None:
        try:
            entry = read_entry(topic, payload)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            if topic not in self._unreadable and len(self._unreadable) < _MAX_TOLD:
                self._unreadable.add(topic)
                _log.warning("%r cannot be read, and is not shown: %s", topic[:_MAX_SHOWN], type(error).__name__)
            return None
        self._unreadable.discard(topic)
        return entry


def is_plain(levels: tuple[str, ...]) -> bool:
    """Tell whether a room itself writes there, plain JSON."""
    return levels[0] == "rooms" and len(levels) == _ROOMS_OWN and levels[2] in _PLAIN


def read_entry(topic: str, payload: bytes) -> Entry:
    """Return what a message says.

    Raises:
        ValueError, TypeError, KeyError, AttributeError, RecursionError: it is not one of ours.
    """
    levels = tuple(topic.split("/"))
    plain = is_plain(levels)
    if len(payload) > (MAX_PLAIN_BYTES if plain else MAX_PAYLOAD_BYTES):
        raise ValueError(f"{len(payload)} bytes")
    found = json.loads(payload, parse_constant=_no_constant)
    data, time = (found, "") if plain else (found["data"], str(found.get("time", "")))
    if not isinstance(data, dict):
        raise TypeError("not an object")
    if levels[0] == "rooms" and levels[2:3] and levels[2] in _TICKETS:
        Ticket.model_validate(data)  # figures and lists may rely on its fields
        data = {sys.intern(name): value for name, value in data.items()}  # else each ticket has names of its own
    if plain and levels[2] == "stock":
        StockReport.model_validate_json(payload)  # a room's own program has written it; refused, it lies there still
    text = to_json(data)
    text.encode()  # half of a surrogate pair is JSON, and no text
    return Entry(levels, data, text, time)


def matches(wanted: tuple[str, ...], levels: tuple[str, ...]) -> bool:
    """Tell whether a topic is one of a filter's (MQTT 5, 4.7)."""
    if wanted[-1] == "#":
        return len(levels) >= len(wanted) - 1 and all(a in (b, "+") for a, b in zip(wanted[:-1], levels, strict=False))
    return len(wanted) == len(levels) and all(a in (b, "+") for a, b in zip(wanted, levels, strict=True))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
