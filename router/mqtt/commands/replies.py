"""Shared by receivers of commands: size limits, the sender of a malformed command, the topic of its reply."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from router.validation_messages import ID_PATTERN

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties

    from router.mqtt.inbox import Inbox

MAX_PAYLOAD_BYTES = 32 * 1024
"""Bytes of a command: two pages of Hindi in JSON escapes are 24 KB; more is a mistake."""

_ID = re.compile(rb'"command_id"\s*:\s*"(' + ID_PATTERN.encode() + rb')"')
_SCANNED_BYTES = 4096  # bytes at the beginning of something malformed in which its id is looked for
_CORRELATION = 1024  # bytes of correlation data sent back: a UUID or a counter; no storage for clients


def id_in(payload: bytes) -> str | None:
    """Return the command_id of something that cannot be read as a command; None when it names none."""
    found = _ID.search(payload[:_SCANNED_BYTES])
    return found.group(1).decode() if found else None


async def answer(inbox: Inbox, usual: str, event: str, properties: Properties | None) -> None:
    """Send a reply where the client wants it, with its correlation data.

    Args:
        inbox: Sends.
        usual: The topic of all replies to this client's account, without root; where it wants an answer must lie
            there or below it, or the answer goes there.
        event: A CloudEvent.
        properties: Of the command; None from an MQTT 3.1.1 client.
    """
    correlation = getattr(properties, "CorrelationData", None)
    if correlation is not None and len(correlation) > _CORRELATION:
        correlation = None
    wanted = getattr(properties, "ResponseTopic", None)
    own = inbox.below_root(wanted) if wanted else usual
    within = own == usual or own.startswith(f"{usual}/")
    where = own if within and not set("+#\0") & set(own) else usual
    await inbox.send(where, event, correlation=correlation)
