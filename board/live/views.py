"""Views: what a page may subscribe to, each a list of collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from board.live.collection import Collection, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from board.accounts.identity import Identity

    Make = Callable[[str, Identity], Sequence[Collection] | None]
    """Returns the collections of a view for somebody; None when there is no such view. The text is what follows the
    kind in the view's name: ``district-bhopal`` of ``room/district-bhopal``, else empty."""

MAX_NAME_CHARS: Final = 120
"""Characters of a view's name; ours have 30."""


class View:
    """Some collections under a name; makes the frames about them, each once for all pages that show it.

    Args:
        name: Such as ``room/district-bhopal``.
        collections: Each has a name of its own.
        tell: Called with each change: this view, the frame, and the collection and key that it is of.
    """

    def __init__(
        self, name: str, collections: Sequence[Collection], tell: Callable[[View, str, str, str], None]
    ) -> None:
        self.name = name
        self.collections = tuple(collections)
        self._name = to_json(name)
        self._tell = tell
        self._entries = ""
        for collection in self.collections:
            collection.watch(self._changed)

    def close(self) -> None:
        """Follow the collections no longer."""
        for collection in self.collections:
            collection.unwatch(self._changed)

    def snapshot(self, as_of: str) -> str:
        """Return the frame with all entries.

        Args:
            as_of: Until when they are known to be true.
        """
        if not self._entries:
            self._entries = ",".join(_as_object(collection) for collection in self.collections)
        return f'{{"type":"snapshot","view":{self._name},"as_of":{to_json(as_of)},"collections":{{{self._entries}}}}}'

    def _changed(self, collection: Collection, key: str, text: str | None) -> None:
        self._entries = ""
        frame = (
            f'{{"type":"change","view":{self._name},"collection":"{collection.name}","key":{to_json(key)},'
            f'"value":{text or "null"}}}'
        )
        self._tell(self, frame, collection.name, key)


def _as_object(collection: Collection) -> str:
    entries = ",".join(f"{to_json(key)}:{text}" for key, text in collection.entries.items())
    return f'"{collection.name}":{{{entries}}}'


class Views:
    """The kinds of views that there are.

    A view's name is its kind, or its kind, a slash and more: ``state``, ``room/district-bhopal``.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, Make] = {}

    def add(self, kind: str, make: Make) -> None:
        """Have views of a kind made."""
        self._kinds[kind] = make

    def collections(self, name: str, identity: Identity) -> tuple[Collection, ...] | None:
        """Return what a view shows to somebody who may see it; None when there is no such view."""
        kind, _, rest = name.partition("/")
        make = self._kinds.get(kind)
        found = make(rest, identity) if make and len(name) <= MAX_NAME_CHARS else None
        return tuple(found) if found is not None else None
