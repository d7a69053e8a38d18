"""Folders of the data directory, opened and chowned by descriptor, so that no link can lead root elsewhere.

A service may put a link, or a hard link to a file of somebody else, in the place of any name in a folder that it owns,
also between two steps of ours. So root makes, opens, writes and removes nothing below such a folder by its whole path:
the folder is opened without following a link at its end, what is found in it is looked at through its own descriptor,
and only what can be nobody else's is given away. The folders directly in the data directory, which is root's, are
always where they were made.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import secrets
import stat
from typing import TYPE_CHECKING, Final

from router.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT: Final = "root"
ASTERISK_USER: Final = "warroom-asterisk"
BROKER_USER: Final = "warroom-broker"
SERVICE_USER: Final = "warroom"

_OPEN_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_SUCH_THING: Final = (errno.ELOOP, errno.ENOTDIR, errno.ENXIO)  # open(2) of a link, a file, a socket


class UnsafePathError(UserError):
    """Where a file or folder of ours must be there is something else; nothing was done to it."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"data directory: {path} {what}; nothing was done with it. See who put it there, take it away and start "
            f"again (a folder on another disk is mounted in its place, not linked)"
        )


@contextlib.contextmanager
def folder(path: Path, *, make: bool = False) -> Iterator[int]:
    """Open a folder that may be in another's hands; the folder above it may not.

    Args:
        path: The folder.
        make: Make it, closed to others, when there is none.

    Raises:
        UnsafePathError: It is a link, or no folder.
        OSError: It is not there, or cannot be entered.
    """
    above = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if make:
            with contextlib.suppress(FileExistsError):
                os.mkdir(path.name, 0o700, dir_fd=above)
        here = _open(path, above, os.O_DIRECTORY)
    finally:
        os.close(above)
    try:
        yield here
    finally:
        os.close(here)


def names(here: int) -> list[str]:
    """Return the names in an open folder."""
    with os.scandir(here) as entries:
        return sorted(entry.name for entry in entries)


def own_folder(path: Path, user: str, mode: int) -> None:
    """Make a folder if there is none, and give it to a user and the group warroom; without root, only set the mode.

    Raises:
        UnsafePathError: It is a link, no folder, or owned by another user.
    """
    with folder(path, make=True) as here:
        _give(path, here, user, mode)


def own(path: Path, user: str, mode: int) -> None:
    """Give a file or folder to a user and the group warroom; without root, only set the mode.

    Raises:
        UnsafePathError: It is a link, has another name too, or is owned by another user.
        OSError: It is not there.
    """
    with folder(path.parent) as here:
        _own_in(here, path, user, mode)


def own_files(path: Path, user: str, mode: int) -> None:
    """Give all files of a folder, but not those of folders in it, to a user. Raises as `own`."""
    with folder(path) as here:
        for name in names(here):
            with contextlib.suppress(FileNotFoundError):  # taken away meanwhile
                if not stat.S_ISDIR(os.lstat(name, dir_fd=here).st_mode):
                    _own_in(here, path / name, user, mode)


def read_file(path: Path) -> str:
    """Return the text of a file in a folder that may be in another's hands.

    Raises:
        UnsafePathError: It is a link, or no file.
        OSError: It is not there, or cannot be read.
    """
    with folder(path.parent) as here, os.fdopen(_open(path, here), encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UnsafePathError(path, "is no file")
        return file.read()


def replace_file(path: Path, text: str, user: str = ASTERISK_USER) -> None:
    """Write a user's file whole, 0600; a link of the user's in its place is replaced, not followed. Raises OSError."""
    draft = f".{path.name}.{secrets.token_hex(8)}"
    with folder(path.parent) as here:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=here)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), pwd.getpwnam(user).pw_uid, _group())
            os.replace(draft, path.name, src_dir_fd=here, dst_dir_fd=here)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=here)
            raise


def append_to(path: Path, mode: int) -> int:
    """Open a log to write at its end, made if it is not there; return the descriptor.

    It is root's; the service, of its group, cuts it when it is large.

    Raises:
        UnsafePathError: It is a link, no file, or has another name too.
    """
    with folder(path.parent) as here:
        handle = _open(path, here, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(handle)
        raise UnsafePathError(path, "is no file, or has another name too")
    if os.geteuid() == 0:
        os.fchown(handle, 0, _group())
    os.fchmod(handle, mode)
    return handle


def lock_file(path: Path) -> int:
    """Open a file to be locked, made if it is not there; return the descriptor.

    It is opened to be read, which is enough for a lock: root may have made it, and the service's user takes it. Who is
    neither cannot, and hold up a start.

    Raises:
        UnsafePathError: It is a link, no file, or has another name too.
    """
    with folder(path.parent) as here:
        handle = _open(path, here, os.O_CREAT, 0o640)
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(handle)
        raise UnsafePathError(path, "is no file, or has another name too")
    if os.geteuid() == 0 and status.st_uid == 0:
        os.fchown(handle, -1, _group())
    return handle


def close_to_others(path: Path) -> None:
    """Let only its owner and the group warroom read a file of the admin's; a link stays as it is."""
    with contextlib.suppress(FileNotFoundError, UnsafePathError), folder(path.parent) as here:
        handle = _open(path, here)
        try:
            status = os.fstat(handle)
            if stat.S_ISREG(status.st_mode) and os.geteuid() in (0, status.st_uid):
                if os.geteuid() == 0:
                    os.fchown(handle, -1, _group())
                os.fchmod(handle, (stat.S_IMODE(status.st_mode) & 0o770) | 0o040)
        finally:
            os.close(handle)


def _own_in(here: int, path: Path, user: str, mode: int) -> None:
    handle = _open(path, here)
    try:
        _give(path, handle, user, mode)
    finally:
        os.close(handle)


def _open(path: Path, here: int, more: int = 0, mode: int = 0) -> int:
    try:
        return os.open(path.name, _OPEN_FLAGS | more, mode, dir_fd=here)
    except OSError as error:
        if error.errno in _NO_SUCH_THING:
            raise UnsafePathError(path, "is a link, or not what must be there") from None
        raise


def _give(path: Path, handle: int, user: str, mode: int) -> None:
    status = os.fstat(handle)
    if not stat.S_ISDIR(status.st_mode) and (not stat.S_ISREG(status.st_mode) or status.st_nlink != 1):
        raise UnsafePathError(path, "is no file, or has another name too")
    if os.geteuid() == 0:
        if status.st_uid not in _ours():
            raise UnsafePathError(path, f"belongs to user number {status.st_uid}")
        os.fchown(handle, pwd.getpwnam(user).pw_uid, _group())
    os.fchmod(handle, mode)


def _ours() -> set[int]:
    return {pwd.getpwnam(user).pw_uid for user in (ROOT, ASTERISK_USER, BROKER_USER, SERVICE_USER)}


def _group() -> int:
    return pwd.getpwnam(SERVICE_USER).pw_gid
