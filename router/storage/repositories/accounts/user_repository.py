"""Accounts of the screens in the store."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa

from router.model.accounts.account import Account
from router.storage.portable import insert_or_skip
from router.storage.schema import sessions, users

_COLUMNS = tuple(users.c[name] for name in Account.__dataclass_fields__)
_ADD = insert_or_skip(users, users.c.user)


class UserRepository:
    """Accounts of the screens."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, account: Account) -> bool:
        """Write a new account; whether its user name was free."""
        return self._connection.execute(_ADD, asdict(account)).rowcount == 1

    def find(self, user: str) -> Account | None:
        """Return an account by the name that is typed to sign in."""
        return self._one(users.c.user == user)

    def find_by_subject(self, subject: str) -> Account | None:
        """Return the account of a person at an OpenID Connect provider."""
        return self._one(users.c.subject == subject)

    def _one(self, condition: sa.ColumnElement[bool]) -> Account | None:
        row = self._connection.execute(sa.select(*_COLUMNS).where(condition)).first()
        return Account(*row) if row else None

    def list_users(self) -> list[Account]:
        """Return all accounts by name."""
        return [Account(*row) for row in self._connection.execute(sa.select(*_COLUMNS).order_by(users.c.user))]

    def update(self, account: Account) -> bool:
        """Write all of an account but its user name; whether there was one."""
        values = {name: value for name, value in asdict(account).items() if name != "user"}
        query = sa.update(users).where(users.c.user == account.user).values(values)
        return self._connection.execute(query).rowcount == 1

    def set_password(self, user: str, password_hash: str) -> bool:
        """Write another password's hash; whether there was such an account."""
        return self._set(user, password_hash=password_hash)

    def set_disabled(self, user: str, *, disabled: bool) -> bool:
        """Disable or enable an account, ending its sessions; whether there was one."""
        if disabled:
            self._connection.execute(sa.delete(sessions).where(sessions.c.user == user))
        return self._set(user, disabled=disabled)

    def set_last_address(self, user: str, address: str) -> None:
        """Write where an account was last signed in from."""
        self._set(user, last_address=address)

    def _set(self, user: str, **values: object) -> bool:
        query = sa.update(users).where(users.c.user == user).values(values)
        return self._connection.execute(query).rowcount == 1
