"""An account of the screens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in, and as what.

    Attributes:
        user: The name that is typed to sign in.
        name: The person's, as screens show it.
        role: Of ``board.accounts.identity.Role``.
        room: The room of role ``room``; None for others.
        operator: The operator's id of roles ``operator`` and ``supervisor``; None for others.
        password_hash: Argon2id in its standard form; empty: no sign-in by password.
        subject: Issuer and subject of the OpenID Connect provider, as ``<issuer> <subject>``; None: signs in here.
        disabled: Whether it may not sign in.
        made: ISO 8601 in UTC.
        last_address: The network address it last signed in from; empty: never.
    """

    user: str
    name: str
    role: str
    room: str | None
    operator: str | None
    password_hash: str
    subject: str | None
    disabled: bool
    made: str
    last_address: str = ""
