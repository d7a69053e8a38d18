"""Unique ids of the channels of calls that we place. The id shows what a call is about.

Asterisk repeats the id in its events, its CDR and its console, so that it tells the call's purpose after a restart too.
"""

from __future__ import annotations

from typing import Final

CALLBACK_CHANNEL: Final = "callback"
"""First part of the id of a confirmation call: ``callback.<ticket>.<version>.<taken>``."""
PLACE_CHANNEL: Final = "place"
"""First part of the id of a call for a kept place in a queue: ``place.<row>.<taken>.<attempt>``."""

ROOM_CALL_CHANNEL: Final = "room"
"""First part of the id of a room's call to a citizen: ``room.<ticket>.<job>.<taken>``."""


def ticket_of_channel(uniqueid: str) -> str | None:
    """Return the number of the ticket that a call we placed is about; None for any other channel."""
    kind, _, rest = uniqueid.partition(".")
    return rest.partition(".")[0] if kind in (CALLBACK_CHANNEL, ROOM_CALL_CHANNEL) and rest else None


def place_of_channel(uniqueid: str) -> int | None:
    """Return the row of the kept place that a channel calls for; None for any other channel."""
    kind, _, rest = uniqueid.partition(".")
    row = rest.partition(".")[0]
    return int(row) if kind == PLACE_CHANNEL and row.isdecimal() else None
