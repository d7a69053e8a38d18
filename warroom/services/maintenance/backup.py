"""Backup of a data directory into one file, and its restore into an empty one."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from router.errors import UserError
from router.storage.engines.sqlite_backup import CopyError, copy_online, skip_serials
from router.tickets.ticket_number import LAST_SERIAL
from warroom.config.folders import ASTERISK_USER, BROKER_USER, SERVICE_USER, own_files
from warroom.config.paths import DataDirectory
from warroom.services.stack.running_stack import StackLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.config.settings import Settings

STORE: Final = "store/warroom.sqlite"
FILES: Final = (
    "settings.toml", "trunks.toml", "operators.toml", "helplines.toml", "routes.toml", "secrets",
    "asterisk/local", "mosquitto/local", "prompts/own",
)  # fmt: skip
"""What is the admin's own or was generated once: all else is made anew at a start. Recordings only when asked for."""
RECORDINGS: Final = ("spool/kept", "pictures")
"""What citizens said and sent, which is large."""
SKIPPED_SERIALS: Final = 100_000
"""Ticket numbers left out after a restore: those told to citizens since the backup must not be given out twice, and
nobody knows how many they were. A node has ten million; the busiest day had some tens of thousands."""

_OWNERS: Final = (
    ("secrets", SERVICE_USER, 0o600),
    ("asterisk/local", ASTERISK_USER, 0o640),
    ("mosquitto/local", BROKER_USER, 0o640),
    *((name, SERVICE_USER, 0o640) for name in RECORDINGS),
)
"""Whose the files of a folder are; others are made right at the start."""


class BackupError(UserError):
    """There is no backup, or it cannot be put back; the text says why and what to do."""


class Backup(NamedTuple):
    """A backup that was made.

    Attributes:
        path: The file.
        size: Bytes.
        store: Whether the tickets are in it; those in PostgreSQL are for ``pg_dump``.
    """

    path: Path
    size: int
    store: bool


def make_backup(data: Path, settings: Settings, path: Path, *, recordings: bool = False) -> Backup:
    """Write a backup while the stack runs; the file is whole or not there, and read back once.

    Args:
        data: The data directory.
        settings: Its settings.
        path: The file to be; an older one of this name is replaced in the end.
        recordings: Take the recordings and photographs too, which are large.

    Raises:
        BackupError: It cannot be written, or the store is damaged.
    """
    sqlite = not settings.router.storage.url
    if sqlite and not DataDirectory(data).store.exists():
        raise BackupError(f"{data} has no store yet; start the stack once: warroom up")
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as archive:
                    if sqlite:
                        copy = Path(folder) / "store"
                        copy_online(DataDirectory(data).store, copy)
                        archive.add(copy, STORE)
                    for name in (*FILES, *(RECORDINGS if recordings else ())):
                        if (data / name).exists():
                            archive.add(data / name, name)
                file.flush()
                os.fsync(file.fileno())
            for _ in _members(draft):
                pass  # read to its end: a compressed file has a checksum
        draft.replace(path)
    except CopyError as error:
        raise BackupError(f"backup: {error}; keep the backups before, see warroom doctor") from None
    except OSError as error:
        raise BackupError(f"backup: {error.filename or path}: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return Backup(path, path.stat().st_size, sqlite)


def restore_backup(data: Path, path: Path) -> None:
    """Put a backup back into a data directory that has no store.

    Raises:
        BackupError: There is a store, or the stack runs, or the file is no backup.
    """
    if StackLock(data).taken():
        raise BackupError(f"{data}: its stack runs; stop it first: warroom stop")
    layout = DataDirectory(data)
    if layout.store.exists():
        raise BackupError(
            f"{data} has a store already: nothing was changed. Choose an empty data directory with --data, or move the "
            f"old one away; its broker's memory may know newer tickets (docs/operations.md)"
        )
    try:
        names = {member.name for member in _members(path)}
        if not names & {STORE, "secrets"}:
            raise BackupError(f"{path} is no backup: no store and no secrets are in it")
        data.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path) as archive:
            for member in archive:
                _put_back(archive, member, data)
    except tarfile.TarError as error:
        raise BackupError(f"{path} is no backup, or damaged: {error}") from None
    except (OSError, EOFError) as error:
        raise BackupError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    layout.make()
    for name, user, mode in _OWNERS:
        if (data / name).exists():
            own_files(data / name, user, mode)
    if STORE in names:
        skip_serials(layout.store, SKIPPED_SERIALS, last=LAST_SERIAL)
        own_files(layout.store.parent, SERVICE_USER, 0o600)


def _members(path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield what is in a backup, each read whole."""
    with tarfile.open(path) as archive:
        for member in archive:
            if (content := archive.extractfile(member)) is not None:
                while content.read(1 << 20):
                    pass
            yield member


def _put_back(archive: tarfile.TarFile, member: tarfile.TarInfo, data: Path) -> None:
    """Write one file of a backup; what a backup never holds (links, paths that lead elsewhere) is refused."""
    parts = Path(member.name).parts
    ours = any(member.name == name or member.name.startswith(f"{name}/") for name in (STORE, *RECORDINGS, *FILES))
    if not ours or ".." in parts or not (member.isfile() or member.isdir()):
        raise BackupError(f"{archive.name!s}: {member.name} does not belong into a backup")
    target = data / member.name
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    content = archive.extractfile(member)
    assert content is not None  # noqa: S101 - it is a file
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        shutil.copyfileobj(content, file)
    target.chmod(member.mode & 0o750)
