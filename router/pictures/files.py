"""The files of photographs: `<data>/pictures/<number of the ticket>/`."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

MIN_FREE_BYTES: Final = 500_000_000
"""What photographs leave free for the store, which calls need; monitoring warns long before."""
PART_AGE_S: Final = 3600.0
"""A file of 5 MB is written in a second."""

_MODE: Final = 0o640  # the group reads: a copy to another machine is made by an account of its own
_FOLDER_MODE: Final = 0o750
_TEMPORARY: Final = ".part"


class PictureFiles:
    """Writes, finds and deletes files. All of it blocks: it belongs into a thread.

    Args:
        folder: Of all photographs; it is there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, ticket: str, name: str) -> Path:
        """Return where a ticket's file of this name lies, or would lie."""
        return self._folder / ticket / name

    def write(self, ticket: str, name: str, data: bytes) -> None:
        """Write a file whole, on the disk when this returns; the same again changes nothing.

        Raises:
            OSError: it cannot be written, or less than `MIN_FREE_BYTES` of the disk are free.
        """
        path = self.path(ticket, name)
        if shutil.disk_usage(self._folder).free < MIN_FREE_BYTES:
            raise OSError(errno.ENOSPC, "the disk is nearly full: photographs wait, calls go on", str(path))
        path.parent.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        part = path.with_name(f"{name}.{os.getpid()}.{time.monotonic_ns()}{_TEMPORARY}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
                os.fchmod(file.fileno(), _MODE)  # whatever the umask is
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def delete(self, ticket: str, name: str) -> None:
        """Delete a file, and its folder when it was the last; one that is gone already is no mistake.

        Raises:
            OSError: it cannot be deleted.
        """
        path = self.path(ticket, name)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # refused while there is another

    def by_ticket(self) -> dict[str, list[Path]]:
        """Return all files, by the numbers of their tickets."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self._folder.glob("*/*")):
            if path.suffix != _TEMPORARY:
                found.setdefault(path.parent.name, []).append(path)
        return found

    def delete_parts(self) -> int:
        """Delete what was being written when a process was killed more than `PART_AGE_S` ago; return how many."""
        old = time.time() - PART_AGE_S
        parts = [path for path in self._folder.glob(f"*/*{_TEMPORARY}") if path.lstat().st_mtime < old]
        for path in parts:
            path.unlink(missing_ok=True)
        return len(parts)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
