"""Sign-in by user name and password: the same answer, in the same time, whether there is such a user or not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from board.accounts.delays import SignInDelays
from board.accounts.passwords import PasswordError, check_new_password, needs_rehash

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from board.accounts.audit import Audit
    from board.accounts.identity import Identity
    from board.accounts.passwords import Passwords
    from board.accounts.sessions import Sessions
    from router.storage.engine import Storage

from board.accounts.cookies import address_of


class Refused(NamedTuple):
    """Nobody was signed in.

    Attributes:
        wait_s: Seconds to wait before the next attempt; 0: the name or the password is wrong.
    """

    wait_s: int = 0


class SignIn:
    """Checks passwords and begins sessions.

    Args:
        storage: Open.
        passwords: Checks them.
        sessions: Of it.
        audit: Where attempts are noted.
    """

    def __init__(self, storage: Storage, passwords: Passwords, sessions: Sessions, audit: Audit) -> None:
        self._storage = storage
        self._passwords = passwords
        self._sessions = sessions
        self._audit = audit
        self.delays = SignInDelays()

    async def sign_in(self, user: str, password: str, connection: HTTPConnection) -> str | Refused:
        """Return the token of a new session, or why there is none.

        Raises:
            TooBusyError: Too many people sign in at once.
            StorageUnavailableError: Nobody can sign in now.
        """
        address = address_of(connection)
        account = await self._storage.read(lambda uow: uow.users.find(user))
        last = account.last_address if account else ""
        if wait_s := self.delays.wait_s(user, address, last):
            return Refused(math.ceil(wait_s))
        with self.delays.attempt(user, address, last) as attempt:
            right = await self._passwords.matches(password, account.password_hash if account else "")
            attempt.right = account is not None and not account.disabled and right
        if not account or not attempt.right:
            if account:  # what else was typed may be a password; and whoever types it must not fill the log
                await self._audit.note(None, "sign-in-refused", target=account.user, address=address)
            return Refused(math.ceil(self.delays.wait_s(user, address, last)))
        if needs_rehash(account.password_hash):
            await self._set_password(account.user, password)
        return await self._sessions.begin(account, connection)

    async def change_password(self, identity: Identity, old: str, new: str) -> bool:
        """Change a person's own password and end their other sessions; False: the old one is not right.

        Raises:
            PasswordError: The new one cannot be taken.
            TooBusyError: Too many people sign in at once.
            StorageUnavailableError: It was not changed.
            AuditUnavailableError: It was not changed.
        """
        account = await self._storage.read(lambda uow: uow.users.find(identity.user))
        if account is None or not account.password_hash:
            raise PasswordError("this account has no password here: it signs in by the state's own service")
        last = identity.address
        if self.delays.wait_s(account.user, identity.address, last):
            return False
        with self.delays.attempt(account.user, identity.address, last) as attempt:
            attempt.right = await self._passwords.matches(old, account.password_hash)
        if not attempt.right:
            return False
        check_new_password(new, account.user)
        await self._audit.record(identity, "password", target=account.user)
        await self._set_password(account.user, new)
        await self._sessions.end_others(identity)
        return True

    async def _set_password(self, user: str, password: str) -> None:
        password_hash = await self._passwords.hash(password)
        await self._storage.write(lambda uow: uow.users.set_password(user, password_hash))
