"""Opaque tokens of cookies: only their SHA-256 is stored.

A token is 256 random bits, so a plain digest is as safe to keep as a slow hash of a password would be.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32  # 256 random bits, far beyond guessing
_MAX_CHARS: Final = 100  # a longer text is no token of ours, and is not worth a digest


def make_token() -> str:
    """Return a new token."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """Return what is stored of a token; empty when it can be none of ours."""
    if not token or len(token) > _MAX_CHARS:
        return ""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
