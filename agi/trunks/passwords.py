"""Passwords of SIP accounts, from the environment or a private file; never shown."""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from agi.trunks.loader import TrunksError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agi.trunks.schema import Credentials, Trunks

_OTHERS = 0o077
_PRINTABLE = re.compile(r"[!-~]{1,128}")  # no blanks, no line ends: a line of a .conf file holds it whole


def read_passwords(trunks: Trunks, data: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the password of each trunk with an account, by the trunk's name.

    Args:
        trunks: The trunks.
        data: The data directory; where relative names of files begin.
        environment: Of this process.

    Raises:
        TrunksError: One is missing, open to others, or cannot be one; the text never shows it.
    """
    problems: list[str] = []
    found: dict[str, str] = {}
    for trunk in trunks.trunk:
        if trunk.credentials is None:
            continue
        value, where = _read(trunk.credentials, data, environment)
        if value is None:
            problems.append(f"trunk {trunk.name!r}: {where}")
        elif not _PRINTABLE.fullmatch(value):
            problems.append(f"trunk {trunk.name!r}: {where}: 1 to 128 printable characters without blanks are expected")
        else:
            found[trunk.name] = value
    if problems:
        raise TrunksError(problems)
    return found


def _read(account: Credentials, data: Path, environment: Mapping[str, str]) -> tuple[str | None, str]:
    """The password, or None; and where it was looked for, or why there is none."""
    if account.password_env is not None:
        name = account.password_env
        return environment.get(name), f"environment variable {name} is not set: its password is expected there"
    path = data / str(account.password_file)
    try:
        # Below the data directory a service could put a link, or another name, to a file that only root may read.
        ours = path.is_relative_to(data)
        with open(path, encoding="utf-8", opener=_without_links if ours else None) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or (ours and status.st_nlink != 1):
                return None, f"{path} is not a file: its password is expected there"
            if status.st_mode & _OTHERS:
                return None, f"{path} has mode {stat.S_IMODE(status.st_mode):04o}, open to others: chmod 600 {path}"
            return file.read().strip(), str(path)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not a text"
        return None, f"{path}: {why}: its password is expected there"


def _without_links(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
