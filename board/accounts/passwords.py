"""Passwords: argon2id, hashed in threads of their own, at most two at once."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from router.errors import UserError, WarroomError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

MIN_CHARS: Final = 10
"""A password of fewer characters is refused; no rules beside it (NIST SP 800-63B, 3.1.1.2)."""
MAX_CHARS: Final = 256
"""A longer text is no password: hashing it would cost the sender nothing and us time."""
MAX_AT_ONCE: Final = 2
"""Each takes 19 MiB and some 30 ms of one core: more at once would take both cores from calls."""
MAX_WAITING: Final = 16
"""Sign-ins that wait for one of them, half a second; a further one is asked to come again."""
_GENERATED_BYTES: Final = 12  # 96 random bits in 16 characters, which can be read out

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # OWASP's figures for argon2id


class PasswordError(UserError):
    """A password cannot be taken; the text says why."""


class TooBusyError(WarroomError):
    """Too many sign-ins wait already."""


class Passwords:
    """Hashes and checks passwords off the event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="passwords")
        self._waiting = 0

    async def matches(self, password: str, password_hash: str) -> bool:
        """Tell whether a password is the hashed one; no hash takes the same time and matches nothing.

        Raises:
            TooBusyError: Too many wait already.
        """
        return await self._run(_matches, password, password_hash)

    async def hash(self, password: str) -> str:
        """Return a password's hash.

        Raises:
            TooBusyError: Too many wait already.
        """
        return await self._run(hash_password, password)

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._waiting >= MAX_AT_ONCE + MAX_WAITING:
            raise TooBusyError("too many people sign in at once; try again in a few seconds")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Take no more; what is being hashed ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def check_new_password(password: str, user: str) -> None:
    """See that a password may be chosen.

    Raises:
        PasswordError: It may not.
    """
    if len(password) < MIN_CHARS:
        raise PasswordError(f"a password has at least {MIN_CHARS} characters")
    if len(password) > MAX_CHARS:
        raise PasswordError(f"a password has at most {MAX_CHARS} characters")
    if len(set(password)) < MIN_CHARS // 2 or user.casefold() in password.casefold():
        raise PasswordError("this password is too easy to guess: take another, without the user name")


def generate_password() -> str:
    """Return a password that nobody can guess."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


def hash_password(password: str) -> str:
    """Return a password's hash. Blocks for some 30 ms: not for the event loop."""
    return _HASHER.hash(_normal(password))


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with other figures than today's."""
    return _HASHER.check_needs_rehash(password_hash)


def _matches(password: str, password_hash: str) -> bool:
    if len(password) > MAX_CHARS:
        password = ""  # the same time, and never right
    try:
        return _HASHER.verify(password_hash or _nobody(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> bytes:
    """Of one form, however a keyboard puts a letter of Devanagari and its signs together (SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@cache
def _nobody() -> str:
    """The hash of a password that nobody has: a user who does not exist takes as long as one who does."""
    return hash_password(secrets.token_urlsafe())
