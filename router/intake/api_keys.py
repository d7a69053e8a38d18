"""API keys: shown once when created, stored as a digest, each with its own rights.

A key is 192 random bits, so its plain SHA-256 is as safe to keep as a slow hash of a password would be: nobody can
guess what it is the digest of.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from router.errors import UserError
from router.storage.repositories.api_key_repository import ApiKey

if TYPE_CHECKING:
    from collections.abc import Collection

    from router.storage.engine import Storage

FILE: Final = "file"
READ_PERSONAL: Final = "read-personal"
RIGHTS: Final = (FILE, READ_PERSONAL)
"""Permissions of a key: file tickets; read telephone numbers, names, addresses and citizens' words."""

_BYTES = 24  # 192 random bits, far beyond guessing
_MAX_KEY_CHARS = 200  # a longer text is no key of ours, and is not worth a digest
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


class ApiKeyError(UserError):
    """A key cannot be made or taken away as asked; the text says why."""


class ApiKeyStore:
    """The keys of one store."""

    def __init__(self, store: Storage) -> None:
        self._store = store

    async def make(self, name: str, rights: Collection[str]) -> str:
        """Make a key and return it; it cannot be shown again.

        Args:
            name: Whose it is: ``a-z0-9-``, part of what its tickets are known by.
            rights: Of `RIGHTS`.

        Raises:
            ApiKeyError: the name cannot be or is taken, or there is no such right.
            StorageUnavailableError: nothing was written.
        """
        if not _NAME.fullmatch(name):
            raise ApiKeyError(f"{name!r} cannot be a key's name: use a-z, 0-9 and -, at most 40 of them")
        unknown = sorted(set(rights) - set(RIGHTS))
        if unknown or not rights:
            raise ApiKeyError(f"unknown right {', '.join(unknown) or '(none)'}: expected {' or '.join(RIGHTS)}")
        secret = secrets.token_urlsafe(_BYTES)
        key = ApiKey(name, FILE in rights, READ_PERSONAL in rights, datetime.now(UTC).isoformat(timespec="seconds"))
        if not await self._store.write(lambda uow: uow.api_keys.add(key=key, digest=_digest(secret))):
            raise ApiKeyError(f"there is a key {name!r} already: remove it first, or choose another name")
        return secret

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key with this text, None when it is none of ours.

        Raises:
            StorageUnavailableError: it cannot be looked up.
        """
        if not secret or len(secret) > _MAX_KEY_CHARS:
            return None
        digest = _digest(secret)
        return await self._store.read(lambda uow: uow.api_keys.find_by_digest(digest))

    async def listing(self) -> list[ApiKey]:
        """Return all keys by name."""
        return await self._store.read(lambda uow: uow.api_keys.list_keys())

    async def remove(self, name: str) -> None:
        """Take a key away; it counts from the next request on.

        Raises:
            ApiKeyError: there is none of this name.
        """
        if not await self._store.write(lambda uow: uow.api_keys.remove(name=name)):
            raise ApiKeyError(f"there is no key {name!r}; see: warroom api-keys list")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
