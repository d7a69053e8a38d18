"""Paths into an answer or a message of a provider: ``response.id``, ``messages.0.id``; ``[].report[]`` for lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PATH: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
ITEMS: Final = re.compile(r"(\[\]|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\[\])(\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\[\])*")
MAX_ITEMS: Final = 1000
"""Reports of one request: providers send 20 to 100."""


def find(value: Any, path: str) -> Any:
    """Return what stands at a path; None when nothing does, the value itself for the empty path."""
    for name in filter(None, path.split(".")):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def text_at(value: Any, path: str) -> str:
    """Return what stands at a path as a text; empty when nothing does, or a table or list.

    Half a surrogate pair, which JSON can name and no text can hold, becomes a question mark.
    """
    found = find(value, path) if path else None
    if isinstance(found, bool):
        return str(found).lower()
    return str(found).encode("utf-8", "replace").decode() if isinstance(found, str | int | float) else ""


def each(value: Any, items: str) -> Iterator[dict[str, Any]]:
    """Return the tables that a path with ``[]`` leads to, each over the tables around it: the innermost name counts.

    Args:
        value: Of the whole message.
        items: Such as ``response[]``; empty: the message is one. One table in place of a list is taken.
    """
    around: dict[str, Any] = {}
    found = _within([(around, value)], items) if items else [(around, value)]
    for outer, one in found:
        if isinstance(one, dict):
            yield {**outer, **one}


def _within(found: list[tuple[dict[str, Any], Any]], items: str) -> list[tuple[dict[str, Any], Any]]:
    for path in items.split("[]")[:-1]:
        inner: list[tuple[dict[str, Any], Any]] = []
        for outer, one in found:
            there = find(one, path.lstrip("."))
            about = {**outer, **one} if isinstance(one, dict) else outer
            inner += [(about, entry) for entry in (there if isinstance(there, list) else [there])]
        found = inner[:MAX_ITEMS]
    return found
