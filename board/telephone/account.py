"""What a browser needs to sign in as an operator's telephone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True, slots=True)
class TelephoneAccount:
    """An operator's account for a telephone in the browser. The password is not in it.

    Attributes:
        user: The account's name.
        realm: Of the digest.
        ha1: What the digest is made with in the place of the password (RFC 2617 3.2.2.2).
        uri: The account's address.
    """

    user: str
    realm: str
    ha1: str
    uri: str


AccountOf: TypeAlias = "Callable[[str], Awaitable[TelephoneAccount | None]]"
"""Returns the account of an operator by the operator's id; None for one whose telephone is not the browser."""


def make_account(user: str, realm: str, password: str) -> TelephoneAccount:
    """Return the account of a user with this password."""
    ha1 = hashlib.md5(f"{user}:{realm}:{password}".encode()).hexdigest()  # noqa: S324 - what SIP's digest is made with
    return TelephoneAccount(user, realm, ha1, f"sip:{user}@{realm}")
