"""Sessions and wall tokens in the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from router.clock import sortable
from router.model.accounts.account import Account
from router.model.accounts.session import LiveSession, Session, WallToken
from router.storage.schema import sessions, users, wall_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

_SESSION = tuple(sessions.c[name] for name in Session._fields)
_ACCOUNT = tuple(users.c[name] for name in Account.__dataclass_fields__)
_WALL = tuple(wall_tokens.c[name] for name in WallToken._fields)


class SessionRepository:
    """Browsers that are signed in, and screens on walls."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        """Write a new session."""
        self._connection.execute(sa.insert(sessions), _texts(session))

    def list_live(self) -> list[LiveSession]:
        """Return all sessions with their accounts, newest first."""
        query = sa.select(*_SESSION, *_ACCOUNT).join(users, users.c.user == sessions.c.user)
        rows = self._connection.execute(query.order_by(sessions.c.made.desc()))
        width = len(_SESSION)
        return [LiveSession(_session(row[:width]), Account(*row[width:])) for row in rows]

    def touch(self, seen: Mapping[str, datetime]) -> None:
        """Write when sessions, by their digest, were last used; one that has ended is not written."""
        query = sa.update(sessions).where(sessions.c.digest == sa.bindparam("which")).values(seen=sa.bindparam("then"))
        if seen:
            rows = [{"which": digest, "then": sortable(at)} for digest, at in seen.items()]
            self._connection.execute(query, rows)

    def end(self, digest: str) -> bool:
        """End a session; whether it was there."""
        return self._connection.execute(sa.delete(sessions).where(sessions.c.digest == digest)).rowcount == 1

    def end_of_user(self, user: str, *, but: str = "", only: str = "") -> int:
        """End the sessions of an account, and return how many.

        Args:
            user: Whose.
            but: The digest of one that stays.
            only: How the digests of those that end begin.
        """
        query = sa.delete(sessions).where(
            sessions.c.user == user,
            sessions.c.digest != but,
            sessions.c.digest.startswith(only, autoescape=True),
        )
        return self._connection.execute(query).rowcount

    def end_expired(self, now: datetime, unused_since: datetime) -> int:
        """Delete sessions that are over, or that nobody has used for too long; return how many."""
        over = sa.or_(sessions.c.expires <= sortable(now), sessions.c.seen < sortable(unused_since))
        return self._connection.execute(sa.delete(sessions).where(over)).rowcount

    def add_wall(self, token: WallToken) -> None:
        """Write the token of a wall."""
        self._connection.execute(sa.insert(wall_tokens), _texts(token))

    def list_walls(self) -> list[WallToken]:
        """Return all wall tokens, by wall and age."""
        rows = self._connection.execute(sa.select(*_WALL).order_by(wall_tokens.c.wall, wall_tokens.c.made))
        return [_wall(row) for row in rows]

    def exchange_wall(self, wall: str, digest: str, cookie: str, at: datetime) -> bool:
        """Put a cookie's digest in the place of a device token's; False: no such token, or it was exchanged before."""
        query = (
            sa.update(wall_tokens)
            .where(wall_tokens.c.digest == digest, wall_tokens.c.wall == wall, wall_tokens.c.exchanged.is_(None))
            .values(digest=cookie, exchanged=sortable(at))
        )
        return self._connection.execute(query).rowcount == 1

    def remove_walls(self, wall: str, only: str = "") -> int:
        """Revoke the tokens of a wall, or the one whose digest begins so; return how many."""
        query = sa.delete(wall_tokens).where(
            wall_tokens.c.wall == wall, wall_tokens.c.digest.startswith(only, autoescape=True)
        )
        return self._connection.execute(query).rowcount


def _texts(row: Session | WallToken) -> dict[str, Any]:
    values = row._asdict()
    return {name: sortable(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _session(row: Any) -> Session:
    digest, user, made, seen, expires, address, agent = row
    return Session(digest, user, _time(made), _time(seen), _time(expires), address, agent)


def _wall(row: Any) -> WallToken:
    digest, wall, made, by, exchanged = row
    return WallToken(digest, wall, _time(made), by, _time(exchanged) if exchanged else None)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
