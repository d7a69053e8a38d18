"""A blocked telephone number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Block(NamedTuple):
    """A number whose calls get urgent help only.

    Attributes:
        phone: E.164.
        why: The reason, for the list.
        by: Who blocked it.
        since: Aware, UTC.
        until: When it ends; None: when it is removed.
    """

    phone: str
    why: str
    by: str
    since: datetime
    until: datetime | None
