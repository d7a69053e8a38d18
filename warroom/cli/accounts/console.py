"""Who types a command, for the audit log."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from board.accounts.administration import Administration
from board.accounts.identity import Identity, Role
from warroom.cli.common import open_storage

T = TypeVar("T")


def console_identity() -> Identity:
    """Return the person at this machine's console: who became root, where that is known."""
    try:
        login = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):  # a user number without a name
        login = str(os.getuid())
    return Identity(f"console/{login}"[:64], login, Role.ADMIN, None, None, "", "console")


def administer(data: Path, work: Callable[[Administration], Awaitable[T]]) -> T:
    """Do something with accounts on the store of a data directory."""

    async def worked() -> T:
        async with open_storage(data) as storage:
            return await work(Administration(storage, console_identity()))

    return asyncio.run(worked())
