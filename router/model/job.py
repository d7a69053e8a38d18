"""Durable jobs: their kinds, and one that a worker has taken."""

from __future__ import annotations

import hashlib
from typing import Any, Final, NamedTuple

ORIGINATE: Final = "originate"
"""Call a citizen about a ticket; key ``<number>/<version>``."""

TRANSCRIBE: Final = "transcribe"
"""Transcribe a recording."""

CALL: Final = "call"
"""Call a citizen who reached no operator; key ``<E.164>/<uniqueid of the call>``: see `ask_for_call`."""

ATTENDED_CALL: Final = "attended-call"
"""A citizen who reached nobody is to be called back by a person; key ``<E.164>/<uniqueid of the first such call>``: see
`attended_callback_repository`."""

ROOM_CALL: Final = "room-call"
"""A room's own telephone is to ring, then a ticket's citizen; key ``<number>/<room>/<command_id>``."""

WHATSAPP_MEDIA: Final = "whatsapp-media"
"""A file that a person sent is to be fetched from WhatsApp for a ticket; key ``<media_of(wamid)><media id>``. Payload:
``ticket``, ``account``, ``media_id``, ``kind`` (``voice`` or ``picture``) and ``sent`` (ISO 8601)."""

NOTICE_MESSAGES: Final = "notice-messages"
"""People with open tickets are to be sent a notice; key ``<id>/<revision>``. Payload: ``notice``, ``revision``."""


def media_of(wamid: str) -> str:
    """Return how the keys of a message's files begin: its id itself holds its sender's number in another form."""
    return f"{hashlib.sha256(wamid.encode()).hexdigest()[:32]}/"


class Job(NamedTuple):
    """A job that has been taken.

    Attributes:
        id: Names the row to the functions below.
        kind: ``originate``, ``transcribe``.
        key: Its subject; one row for each kind and key, ever.
        priority: 1 to 4.
        payload: Data from the requester.
        claims: How often it has been taken, this time included: work that kills its worker shows here.
        attempts: How often it was tried in vain, as ``retry`` counted.
        checkpoint: The mark that an earlier taker left and did not remove: "" when nothing was under way.
    """

    id: int
    kind: str
    key: str
    priority: int
    payload: dict[str, Any]
    claims: int
    attempts: int
    checkpoint: str
