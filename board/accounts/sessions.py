"""Sessions: rows in the store, known here by a picture of them all that is never older than a beat.

A request costs no look into the store, and neither does a made-up cookie: what is not in the picture is no session.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from board.accounts import cookies
from board.accounts.audit import entries_of
from board.accounts.identity import Identity, Role
from board.accounts.tokens import digest_of, make_token
from router.clock import utc_now
from router.model.accounts.session import LiveSession, Session, WallToken, session_id
from router.polling import poll_forever
from router.storage.errors import StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from starlette.requests import HTTPConnection

    from board.accounts.settings import AccountSettings
    from router.model.accounts.account import Account
    from router.model.accounts.audit_entry import AuditEntry
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

PICTURE_S: Final = 2.0
"""Age at which the picture of all sessions is read anew: what was revoked is out within a beat of five seconds."""
PICTURE_WITHOUT_STORE_S: Final = 600.0
"""While the store cannot be read the picture counts for so long: screens go on, and nobody can revoke meanwhile."""
FLUSH_S: Final = 30.0
"""How often it is written which sessions were used."""
_MAX_AGENT: Final = 120  # characters of what a browser calls itself

_log = logging.getLogger(__name__)


class _Picture(NamedTuple):
    """All sessions and walls: by digest, and by the short name that an identity has."""

    read: float
    sessions: dict[str, LiveSession]
    walls: dict[str, WallToken]
    ids: dict[str, str]


class Sessions:
    """Who is signed in.

    Args:
        storage: Open.
        settings: How long sessions last.
        now: The time.
    """

    def __init__(self, storage: Storage, settings: AccountSettings, *, now: Callable[[], datetime] = utc_now) -> None:
        self._storage = storage
        self._idle = timedelta(hours=settings.idle_hours)
        self._longest = timedelta(hours=settings.session_hours)
        self._now = now
        self._picture = _Picture(float("-inf"), {}, {}, {})
        self._reading = asyncio.Lock()
        self._tried = float("-inf")
        self._away = False
        self._trying: asyncio.Task[None] | None = None
        self._used: dict[str, datetime] = {}

    async def identify(self, connection: HTTPConnection) -> Identity | None:
        """Return who sent a request or opens a WebSocket, by their cookie; None: nobody who is signed in.

        A person's session goes before the wall's, so that one may sign in at a wall for a moment.
        """
        picture = await self._current()
        address = cookies.address_of(connection)
        live = picture.sessions.get(digest_of(connection.cookies.get(cookies.SESSION, "")))
        if live and self._is_valid(live):
            self._used[live.session.digest] = self._now()
            return _identity(live, address)
        wall = picture.walls.get(digest_of(connection.cookies.get(cookies.WALL, "")))
        return _wall_identity(wall, address) if wall and wall.exchanged else None

    async def valid(self, identity: Identity) -> bool:
        """Tell whether an identity still holds: not signed out, expired, revoked or changed. Asked at every beat."""
        picture = await self._current()
        digest = picture.ids.get(identity.session, "")
        if digest in picture.walls:
            return identity.role is Role.WALL
        live = picture.sessions.get(digest)
        return bool(live and self._is_valid(live) and _identity(live, identity.address) == identity)

    async def touch(self, identity: Identity) -> None:
        """Note that a session was used by something else than a request: a command over the WebSocket."""
        digest = (await self._current()).ids.get(identity.session)
        if digest:
            self._used[digest] = self._now()

    async def begin(self, account: Account, connection: HTTPConnection) -> str:
        """Sign an account in, whose owner has shown who they are; return the token for its cookie.

        Raises:
            StorageUnavailableError: nobody was signed in.
        """
        token, now = make_token(), self._now()
        address = cookies.address_of(connection)
        agent = connection.headers.get("user-agent", "")[:_MAX_AGENT]
        session = Session(digest_of(token), account.user, now, now, now + self._longest, address, agent)
        identity = _identity(LiveSession(session, account), address)
        await self._storage.write(partial(_begin, session, entries_of(identity, "sign-in", target=account.user)))
        await self._read_again()
        return token

    async def end(self, identity: Identity) -> None:
        """Sign a session out.

        Raises:
            StorageUnavailableError: it goes on.
        """
        digest = (await self._current()).ids.get(identity.session, "")
        await self._storage.write(lambda uow: uow.sessions.end(digest))
        await self._read_again()

    async def end_others(self, identity: Identity, only: str = "") -> int:
        """End a person's other sessions, or the one of this short name; return how many.

        Raises:
            StorageUnavailableError: they go on.
        """
        mine = (await self._current()).ids.get(identity.session, "")
        ended = await self._storage.write(lambda uow: uow.sessions.end_of_user(identity.user, but=mine, only=only))
        await self._read_again()
        return ended

    async def list_of(self, user: str) -> list[Session]:
        """Return the sessions of an account, newest first."""
        picture = await self._current()
        return [
            live.session for live in picture.sessions.values() if live.account.user == user and self._is_valid(live)
        ]

    async def exchange_wall(self, wall: str, token: str) -> str | None:
        """Take a wall's device token and return the one for its cookie; None: there is no such token any more.

        Raises:
            StorageUnavailableError: the device token still counts.
        """
        digest = digest_of(token)
        walls = await self._storage.read(lambda uow: uow.sessions.list_walls())  # the picture may be older than it
        if digest not in {one.digest for one in walls}:
            return None  # guesses have nothing written
        cookie = make_token()
        job = partial(_exchange, wall, digest, digest_of(cookie), self._now())
        if not await self._storage.write(job):
            return None
        await self._read_again()
        return cookie

    def _is_valid(self, live: LiveSession) -> bool:
        now, session = self._now(), live.session
        used = max(session.seen, self._used.get(session.digest, session.seen))
        return not live.account.disabled and now < session.expires and now - used < self._idle

    async def _current(self) -> _Picture:
        """Return the picture, read anew when it is old; while the store is away, nobody waits for it."""
        if self._away:
            if self._is_old() and (self._trying is None or self._trying.done()):
                self._trying = asyncio.create_task(self._read_again())
            return self._picture
        async with self._reading:
            if self._is_old():
                await self._read()
        return self._picture

    def _is_old(self) -> bool:
        return time.monotonic() - max(self._picture.read, self._tried) > PICTURE_S

    async def _read_again(self) -> None:
        """See one's own change at once."""
        async with self._reading:
            await self._read()

    async def _read(self) -> None:
        began = self._tried = time.monotonic()
        try:
            live, walls = await self._storage.read(_all)
        except StorageUnavailableError as trouble:
            if began - self._picture.read > PICTURE_WITHOUT_STORE_S:
                self._picture = _Picture(began, {}, {}, {})
                _log.error("nobody is signed in any more: the store has not been read for too long: %s", trouble)
            self._away = True
            return
        self._away = False
        digests = [*(one.session.digest for one in live), *(wall.digest for wall in walls)]
        self._picture = _Picture(
            began,
            {one.session.digest: one for one in live},
            {wall.digest: wall for wall in walls},
            {session_id(digest): digest for digest in digests},
        )

    async def run(self) -> None:
        """Write which sessions were used, and delete those that are over, until cancelled."""
        await poll_forever(
            self.flush,
            every_s=FLUSH_S,
            troubles=(StorageUnavailableError,),
            tell=lambda trouble: _log.warning("use of sessions is written later: %s", trouble),
        )

    async def flush(self) -> None:
        """Write which sessions were used, and delete those that are over.

        Raises:
            StorageUnavailableError: the next one does it.
        """
        used, self._used = self._used, {}
        try:
            if used:
                await self._storage.write(lambda uow: uow.sessions.touch(used))
            now = self._now()
            await self._storage.write(lambda uow: uow.sessions.end_expired(now, now - self._idle))
        except StorageUnavailableError:
            self._used = used | self._used
            raise


def _begin(session: Session, entries: list[AuditEntry], uow: UnitOfWork) -> None:
    uow.audit.append(entries)
    uow.sessions.add(session)
    uow.users.set_last_address(session.user, session.address)


def _exchange(wall: str, digest: str, cookie: str, at: datetime, uow: UnitOfWork) -> bool:
    return uow.sessions.exchange_wall(wall, digest, cookie, at)


def _all(uow: UnitOfWork) -> tuple[list[LiveSession], list[WallToken]]:
    return uow.sessions.list_live(), uow.sessions.list_walls()


def _identity(live: LiveSession, address: str) -> Identity:
    account = live.account
    return Identity(
        account.user, account.name, Role(account.role), account.room, account.operator, live.session.id, address
    )


def _wall_identity(wall: WallToken, address: str) -> Identity:
    return Identity(f"wall/{wall.wall}", wall.wall, Role.WALL, None, None, wall.id, address)
