"""Ticket numbers as people type them."""

from __future__ import annotations

from router.digits import plain


def plain_number(spoken: str) -> str:
    """Return a ticket's number without the gaps people write into it."""
    return plain(spoken).replace(" ", "").replace("-", "")
