"""What an admin does with accounts, walls and the audit log; each change stands in the audit log."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from board.accounts.audit import entries_of
from board.accounts.identity import Identity, Role
from board.accounts.passwords import check_new_password, generate_password, hash_password
from board.accounts.tokens import digest_of, make_token
from router.clock import utc_now
from router.errors import UserError
from router.model.accounts.account import Account
from router.model.accounts.session import WallToken

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from router.model.accounts.audit_entry import AuditEntry
    from router.model.accounts.session import Session
    from router.storage.engine import Storage
    from router.storage.unit_of_work import UnitOfWork

FIRST_ADMIN: Final = "admin"
"""The account that the first start makes."""
_USER: Final = re.compile(r"[a-z][a-z0-9.-]{0,39}", re.ASCII)  # begins with a letter: no telephone number is one
_WALL: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_WITH_OPERATOR: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})
MAX_NAME_CHARS: Final = 100


class AccountError(UserError):
    """An account or wall cannot be made or changed as asked; the text says why."""


class Administration:
    """Accounts and walls, as an admin changes them.

    Args:
        storage: Open.
        by: Who the admin is.
    """

    def __init__(self, storage: Storage, by: Identity) -> None:
        self._storage = storage
        self._by = by

    async def add(
        self,
        user: str,
        role: str,
        *,
        name: str = "",
        room: str | None = None,
        operator: str | None = None,
        rooms: Container[str],
        password: str | None = None,
    ) -> str:
        """Make an account and return its password; it cannot be shown again.

        Args:
            user: The name typed to sign in: ``a-z0-9.-``.
            role: Of `Role`, but ``wall``.
            name: The person's, as screens show it; empty: the user name.
            room: The room of role ``room``.
            operator: The id of an operator or supervisor.
            rooms: All rooms there are.
            password: The admin's choice; None: one is made.

        Raises:
            AccountError: Role, room and operator do not go together, or the user name is taken.
            PasswordError: The password cannot be taken.
            StorageUnavailableError: Nothing was written.
        """
        check_account(user, name, role, room, operator, rooms)
        password = password or generate_password()
        check_new_password(password, user)
        account = Account(
            user=user,
            name=name or user,
            role=role,
            room=room,
            operator=operator,
            password_hash=await asyncio.to_thread(hash_password, password),
            subject=None,
            disabled=False,
            made=utc_now().isoformat(timespec="seconds"),
        )
        if not await self._storage.write(partial(_add, account, self._said("user-add", user))):
            raise AccountError(f"there is an account {user!r} already; choose another name")
        return password

    async def list_users(self) -> list[Account]:
        """Return all accounts by name."""
        return await self._storage.read(lambda uow: uow.users.list_users())

    async def list_walls(self) -> list[WallToken]:
        """Return all screens on walls."""
        return await self._storage.read(lambda uow: uow.sessions.list_walls())

    async def find(self, user: str) -> Account:
        """Return an account.

        Raises:
            AccountError: There is none.
        """
        account = await self._storage.read(lambda uow: uow.users.find(user))
        if account is None:
            raise AccountError(f"there is no account {user!r}; see: warroom users list")
        return account

    async def set_password(self, user: str, password: str | None = None) -> str:
        """Give an account another password, ending its sessions; return it."""
        await self.find(user)
        password = password or generate_password()
        check_new_password(password, user)
        password_hash = await asyncio.to_thread(hash_password, password)
        await self._change("user-password", user, partial(_set_password, user, password_hash))
        return password

    async def set_disabled(self, user: str, *, disabled: bool) -> None:
        """Disable an account, which ends its sessions, or enable it.

        Raises:
            AccountError: There is none, or it is the last admin's.
        """
        await self.find(user)
        what = "user-disable" if disabled else "user-enable"
        if not await self._change(what, user, partial(_set_disabled, user, disabled)):
            raise AccountError(f"{user} is the last admin who can sign in: make another one first")

    async def link(self, user: str, subject: str | None) -> None:
        """Let a person sign in by the state's own service: ``<issuer> <subject>``; None: no longer.

        Raises:
            AccountError: There is no such account, or another one has this subject.
        """
        account = await self.find(user)
        if subject is not None:
            other = await self._storage.read(lambda uow: uow.users.find_by_subject(subject))
            if other and other.user != user:
                raise AccountError(f"{other.user} has this subject already; see: warroom users show {other.user}")
        changed = replace(account, subject=subject)
        await self._change("user-link", user, lambda uow: uow.users.update(changed))

    async def sessions_of(self, user: str) -> list[Session]:
        """Return the sessions of an account, newest first."""
        await self.find(user)
        live = await self._storage.read(lambda uow: uow.sessions.list_live())
        return [one.session for one in live if one.account.user == user]

    async def end_sessions(self, user: str, only: str = "") -> int:
        """End the sessions of an account, or the one of this id; return how many."""
        await self.find(user)
        return await self._change("end-sessions", user, lambda uow: uow.sessions.end_of_user(user, only=only))

    async def add_wall(self, wall: str) -> str:
        """Make a device token for a screen that is to show a wall; it cannot be shown again.

        Raises:
            AccountError: The wall's name cannot be one.
        """
        if not _WALL.fullmatch(wall):
            raise AccountError(f"{wall!r} cannot be a wall's name: use a-z, 0-9 and -, at most 40 of them")
        token = make_token()
        row = WallToken(digest_of(token), wall, utc_now(), self._by.user, None)
        await self._change("wall-add", f"wall/{wall}", lambda uow: uow.sessions.add_wall(row))
        return token

    async def revoke_walls(self, wall: str, only: str = "") -> int:
        """Revoke all screens of a wall, or the one of this id; return how many.

        Raises:
            AccountError: There is none.
        """
        job = partial(_remove_walls, wall, only)
        count = await self._change("wall-revoke", f"wall/{wall}", job)
        if not count:
            raise AccountError(f"there is no such screen of wall {wall!r}; see: warroom walls list")
        return count

    async def _change(self, action: str, target: str, job: Callable[[UnitOfWork], int | None]) -> int:
        entries = self._said(action, target)

        def changed(uow: UnitOfWork) -> int:
            result = job(uow)
            uow.audit.append(entries)
            return int(result or 0)

        return await self._storage.write(changed)

    def _said(self, action: str, target: str) -> list[AuditEntry]:
        return entries_of(self._by, action, target=target)


def check_account(
    user: str, name: str, role: str, room: str | None, operator: str | None, rooms: Container[str]
) -> None:
    """See that an account can be so.

    Raises:
        AccountError: It cannot.
    """
    roles = [one.value for one in Role if one is not Role.WALL]
    if not _USER.fullmatch(user):
        raise AccountError(f"{user!r} cannot be a user name: a letter first, then a-z, 0-9, . and -, at most 40")
    if len(name) > MAX_NAME_CHARS or not (name or "x").isprintable():
        raise AccountError(f"the name must have at most {MAX_NAME_CHARS} letters, and nothing that cannot be printed")
    if role not in roles:
        raise AccountError(f"unknown role {role!r}: expected {', '.join(roles)}")
    if (role == Role.ROOM) != bool(room):
        raise AccountError("role room needs --room, and no other role has one")
    if room and room not in rooms:
        raise AccountError(f"there is no room {room!r}; see: warroom rooms list")
    if (role in _WITH_OPERATOR) != bool(operator):
        raise AccountError("roles operator and supervisor need --operator, and no other role has one")


def make_first_admin(password: str, uow: UnitOfWork) -> bool:
    """Make the first account, where there is none; whether it was made. Blocks for the hash: not for the event loop."""
    if uow.users.list_users():
        return False
    made = utc_now().isoformat(timespec="seconds")
    admin = Account(FIRST_ADMIN, FIRST_ADMIN, Role.ADMIN, None, None, hash_password(password), None, False, made)
    by = Identity("console", "console", Role.ADMIN, None, None, "", "console")
    return _add(admin, entries_of(by, "user-add", target=FIRST_ADMIN), uow)


def _add(account: Account, entries: list[AuditEntry], uow: UnitOfWork) -> bool:
    added = uow.users.add(account)
    if added:
        uow.audit.append(entries)
    return added


def _set_password(user: str, password_hash: str, uow: UnitOfWork) -> None:
    uow.users.set_password(user, password_hash)
    uow.sessions.end_of_user(user)


def _set_disabled(user: str, disabled: bool, uow: UnitOfWork) -> bool:
    admins = [one.user for one in uow.users.list_users() if one.role == Role.ADMIN and not one.disabled]
    if disabled and admins == [user]:
        return False
    return uow.users.set_disabled(user, disabled=disabled)


def _remove_walls(wall: str, only: str, uow: UnitOfWork) -> int:
    return uow.sessions.remove_walls(wall, only)
