"""Twilio's signature of a request (https://www.twilio.com/docs/usage/webhooks/webhooks-security)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

TWILIO_HEADER: Final = "x-twilio-signature"


def twilio_signature(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """Return the signature: base64 of HMAC-SHA1 over the address and each field's name and value, sorted by name.

    Args:
        token: The account's auth token.
        url: The whole address as Twilio was told it, with its query.
        form: The fields of a POST; a name with several values has each of them once, sorted.
    """
    text = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def is_signed(signature: str, token: str, url: str, form: Iterable[tuple[str, str]]) -> bool:
    """Whether a signature is right; compared in constant time. Nothing is without a token."""
    right = twilio_signature(token, url, form)
    return bool(token) and hmac.compare_digest(signature.encode("utf-8", "replace"), right.encode())
