"""URLs of recordings: opaque, signed, expiring, valid for one room.

Whoever has the address may listen, for a browser's player sends no password of ours. So it says nothing by itself,
cannot be made or changed without the key, ends with a date, and holds only while its ticket is in the room it was
made for: a ticket that moves gets a new one, and the old room's is dead. It is sealed with AES-SIV (RFC 5297), which
is deterministic: the same version of a ticket has the same address however often it is written down, and no version
needs a row to look it up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.model.ticket import Ticket

_USE: Final = b"warroom media 1"  # sealed for anything else, a text does not open here
_MAX_TOKEN_CHARS: Final = 200  # characters; ours have about 80


class Link(NamedTuple):
    """The content of a signed URL.

    Attributes:
        number: The ticket's.
        room: In which it was when the address was made.
        expires: Until when it works.
    """

    number: str
    room: str
    expires: datetime


class SignedUrls:
    """Creates and verifies signed URLs.

    Args:
        secret: Generated, at least 128 random bits.
        base: Where `api` is reached, without a slash at its end.
        days: How long an address works after the version of the ticket that names it.
        now: The clock, UTC.
    """

    def __init__(
        self, secret: str, *, base: str, days: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._cipher = AESSIV(hashlib.sha512(secret.encode()).digest())
        self._base = base
        self._life = timedelta(days=days)
        self._now = now

    def url(self, ticket: Ticket) -> str:
        """Return where the room that has this version of a ticket hears its recordings, the newest first of all."""
        expires = int((ticket.updated_datetime + self._life).timestamp())
        sealed = self._cipher.encrypt(f"{ticket.number}|{ticket.room}|{expires}".encode(), [_USE])
        return f"{self._base}/media/{base64.urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def open(self, token: str) -> Link | None:
        """Return what an address says; None when it is not ours, was changed, or is past its date."""
        if len(token) > _MAX_TOKEN_CHARS:
            return None
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
            number, room, expires = self._cipher.decrypt(sealed, [_USE]).decode().split("|")
        except (InvalidTag, ValueError, binascii.Error):
            return None
        link = Link(number, room, datetime.fromtimestamp(int(expires), UTC))
        return link if self._now() < link.expires else None
