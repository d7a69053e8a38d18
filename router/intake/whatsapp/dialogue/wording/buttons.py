"""Ids of buttons and rows: signed, so that a late press is understood and an invented one is nothing.

An id says to which person it was sent, about which ticket (or which draft of one), at which step, and its meaning:
``whatsapp-buttons`` signs all of it, the person included, so that nobody answers for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final, NamedTuple

_VERSION: Final = "1"
_MAC_BYTES: Final = 12  # 96 bits: beyond guessing, and short beside the 200 characters of an id
_PART: Final = re.compile(r"[a-z0-9-]{1,80}")
_SIGN: Final = "|"


class Pressed(NamedTuple):
    """What a button means.

    Attributes:
        about: A ticket's number, or the id of a draft.
        step: The question it answers.
        value: The answer.
    """

    about: str
    step: str
    value: str


def sign(secret: bytes, person: int, pressed: Pressed) -> str:
    """Return the id of a button for a person.

    Args:
        secret: ``whatsapp-buttons``.
        person: ``chat_people.id``.
        pressed: Its meaning; parts of lower-case letters, digits and hyphens.

    Raises:
        ValueError: a part has other characters.
    """
    if not all(_PART.fullmatch(part) for part in pressed):
        raise ValueError(f"{pressed} cannot be the id of a button: lower-case letters, digits and hyphens only")
    said = _SIGN.join((_VERSION, *pressed))
    return f"{said}{_SIGN}{_mac(secret, person, said)}"


def read(secret: bytes, person: int, text: str) -> Pressed | None:
    """Return the meaning of a pressed button; None when we did not send it to this person."""
    said, _, mac = text.rpartition(_SIGN)
    parts = said.split(_SIGN)
    if len(parts) != 1 + len(Pressed._fields) or parts[0] != _VERSION or not text.isascii():
        return None
    if not hmac.compare_digest(mac, _mac(secret, person, said)):
        return None
    return Pressed(*parts[1:])


def _mac(secret: bytes, person: int, said: str) -> str:
    digest = hmac.digest(secret, f"{person}{_SIGN}{said}".encode(), hashlib.sha256)[:_MAC_BYTES]
    return base64.urlsafe_b64encode(digest).decode()
