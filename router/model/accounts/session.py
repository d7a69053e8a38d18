"""A session of a person, and the token of a wall."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.accounts.account import Account

_SHOWN_DIGITS = 12  # of the digest: tells sessions apart, and lets nobody in


class Session(NamedTuple):
    """A browser that is signed in.

    Attributes:
        digest: SHA-256 of the token in its cookie, in hexadecimal; the token itself is nowhere stored.
        user: Whose.
        made: When it was signed in; aware, UTC, as all times here.
        seen: When it was used last, to about a minute.
        expires: When it ends, used or not.
        address: The network address it was signed in from.
        agent: What the browser called itself, cut.
    """

    digest: str
    user: str
    made: datetime
    seen: datetime
    expires: datetime
    address: str
    agent: str

    @property
    def id(self) -> str:
        """What lists and the audit log call it."""
        return session_id(self.digest)


class LiveSession(NamedTuple):
    """A session with the account it belongs to."""

    session: Session
    account: Account


class WallToken(NamedTuple):
    """A screen on a wall, which shows one wall view and is never signed out.

    Attributes:
        digest: SHA-256 of the device token; once it has been exchanged, of the token in the screen's cookie.
        wall: The view that it may show.
        made: When the device token was made.
        by: Who made it.
        exchanged: When the screen came first; None: not yet.
    """

    digest: str
    wall: str
    made: datetime
    by: str
    exchanged: datetime | None

    @property
    def id(self) -> str:
        """What lists call it."""
        return session_id(self.digest)


def session_id(digest: str) -> str:
    """Return the short name of a session or wall token."""
    return digest[:_SHOWN_DIGITS]
