"""API keys in the store."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from router.storage.schema import api_keys


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret.

    Attributes:
        name: Whose it is.
        may_file: Whether it may file tickets.
        may_read_personal: Whether it may read telephone numbers, names, addresses and what citizens said.
        made: ISO 8601 in UTC.
    """

    name: str
    may_file: bool
    may_read_personal: bool
    made: str


_SELECT = sa.select(api_keys.c.name, api_keys.c.may_file, api_keys.c.may_read_personal, api_keys.c.made)


class ApiKeyRepository:
    """API keys."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey, digest: str) -> bool:
        """Write a key; whether its name was free."""
        if self._connection.execute(_SELECT.where(api_keys.c.name == key.name)).first():
            return False
        values = {
            "name": key.name,
            "may_file": key.may_file,
            "may_read_personal": key.may_read_personal,
            "made": key.made,
        }
        self._connection.execute(sa.insert(api_keys), {**values, "digest": digest})
        return True

    def find_by_digest(self, digest: str) -> ApiKey | None:
        """Return the key with this digest."""
        row = self._connection.execute(_SELECT.where(api_keys.c.digest == digest)).first()
        return ApiKey(*row) if row else None

    def list_keys(self) -> list[ApiKey]:
        """Return all keys by name."""
        return [ApiKey(*row) for row in self._connection.execute(_SELECT.order_by(api_keys.c.name))]

    def remove(self, name: str) -> bool:
        """Take a key away; whether there was one."""
        return bool(self._connection.execute(sa.delete(api_keys).where(api_keys.c.name == name)).rowcount)
