"""A collection: entries by key, each as JSON text that is made once, whoever is sent it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Watcher = Callable[["Collection", str, str | None], None]


def to_json(value: object) -> str:
    """Return a value as JSON text. Raises ValueError for NaN and Infinity, which are no JSON (RFC 8259, 6)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Collection:
    """Entries that pages are sent, by key; its watchers are told of each change.

    Args:
        name: By which pages know it.
    """

    __slots__ = ("_entries", "_watchers", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._entries: dict[str, str] = {}
        self._watchers: list[Watcher] = []

    @property
    def entries(self) -> Mapping[str, str]:
        """Return JSON text by key."""
        return self._entries

    @property
    def idle(self) -> bool:
        """Whether it has neither entries nor watchers."""
        return not self._entries and not self._watchers

    def put(self, key: str, value: object) -> None:
        """Set an entry; one that is the same as before is no news."""
        self.put_text(key, to_json(value))

    def put_text(self, key: str, text: str) -> None:
        """Set an entry that is JSON text already."""
        if self._entries.get(key) != text:
            self._entries[key] = text
            self._tell(key, text)

    def remove(self, key: str) -> None:
        """Remove an entry, if it is there."""
        if self._entries.pop(key, None) is not None:
            self._tell(key, None)

    def replace(self, entries: Mapping[str, Any]) -> None:
        """Make these the entries, and remove all others."""
        for key in self._entries.keys() - entries.keys():
            self.remove(key)
        for key, value in entries.items():
            self.put(key, value)

    def watch(self, watcher: Watcher) -> None:
        """Call a watcher with each change: the collection, the key, JSON text or None."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Call it no longer."""
        self._watchers.remove(watcher)

    def _tell(self, key: str, text: str | None) -> None:
        for watcher in tuple(self._watchers):
            watcher(self, key, text)
