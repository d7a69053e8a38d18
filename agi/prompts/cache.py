"""The shared cache of built prompts: one directory for each sound, named by the hash of its source.

Data directories hold hard links into it, so a second one costs next to nothing. Several builders may work at once: an
entry appears whole, by one rename, and whoever comes second drops his own. Entries are never changed; the cache may
be deleted at any time.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from agi.prompts import tts
from agi.prompts.sound import formats

if TYPE_CHECKING:
    from agi.prompts.voices import Voice

READABLE: Final = 0o644  # Asterisk runs as another user
ENTERABLE: Final = 0o755
CANNOT_LINK: Final = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP)
"""Where a copy has to do."""


def key_of_text(text: str, voice: Voice) -> str:
    """Return the key of a text spoken by a voice.

    It changes with the input of the voice, its settings, and the recipe.
    """
    return _key("spoken", tts.spoken_text(text), *voice.inputs)


def key_of_tone(description: str) -> str:
    """Return the key of a tone."""
    return _key("tone", description)


def key_of_recording(path: Path) -> str:
    """Return the key of a recorded file: it changes with any byte of it. Raises OSError."""
    with path.open("rb") as file:
        return _key("recorded", hashlib.file_digest(file, "sha256").hexdigest())


def _key(*parts: object) -> str:
    """Return a hash of the parts and the recipe."""
    content = json.dumps([formats.RECIPE, *parts], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


class Cache:
    """The entries below one directory, made when missing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._whole: set[str] = set()  # nobody removes one while a build goes on
        make_directory(directory)

    def entry(self, key: str) -> Path | None:
        """Return the directory of an entry that is there and whole: one file for each format, ``prompt.<ending>``."""
        directory = self._place(key)
        if key not in self._whole:
            if not _whole(directory):
                return None
            self._whole.add(key)
        return directory

    def add(self, key: str, content: dict[str, bytes]) -> Path:
        """Store file ending -> content as an entry, in one step, and return its directory."""
        final = self._place(key)
        make_directory(final.parent)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=final.parent))
        try:
            for ending, sound in content.items():
                file = fresh / f"prompt.{ending}"
                file.write_bytes(sound)
                file.chmod(READABLE)
            fresh.chmod(ENTERABLE)
            self._settle(fresh, final)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return final

    @staticmethod
    def _settle(fresh: Path, final: Path) -> None:
        """Give a finished entry its name, unless another builder was first; a broken one makes way."""
        for _ in range(2):
            try:
                fresh.rename(final)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            else:
                return
            if _whole(final):
                return
            shutil.rmtree(final, ignore_errors=True)

    def _place(self, key: str) -> Path:
        """Return where an entry lies."""
        return self._directory / key[:2] / key


def put(entry: Path, target: Path) -> bool:
    """Make a prompt's files the entry's: hard links, or copies on another file system.

    Args:
        entry: The directory of a cache entry.
        target: The prompt's path without ending. An existing file is replaced in one step: a reader sees the old or the
            new one.

    Returns:
        False when it was there already.
    """
    prompt, name = str(entry / "prompt"), str(target)
    fresh = [_put(f"{prompt}.{ending}", f"{name}.{ending}") for ending in formats.BYTES_A_SECOND]
    return any(fresh)


def _put(source: str, target: str) -> bool:
    """Do it for one file. Thousands are linked at a first start: one call of the system each, and no `Path`."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, *CANNOT_LINK):
            raise
    else:
        return True
    if _same(source, target):
        return False
    fresh = Path(target).with_name(f".new-{uuid4().hex}")
    try:
        try:
            os.link(source, fresh)
        except OSError as error:
            if error.errno not in CANNOT_LINK:
                raise
            shutil.copy2(source, fresh)  # with its time of change: how _same knows a copy
            fresh.chmod(READABLE)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)  # two links to one file: replace() leaves both
    return True


def make_directory(directory: Path) -> None:
    """Make a directory that everyone may enter, whatever the umask, and the ones above it."""
    if directory.is_dir():
        return
    make_directory(directory.parent)
    with contextlib.suppress(FileExistsError):
        directory.mkdir()
        directory.chmod(ENTERABLE)


def _same(source: str, target: str) -> bool:
    """Say whether target is a link to or an unchanged copy of source."""
    try:
        here, there = Path(source).stat(), Path(target).lstat()
    except FileNotFoundError:
        return False
    if here.st_dev == there.st_dev:
        return here.st_ino == there.st_ino
    return (here.st_size, here.st_mtime_ns) == (there.st_size, there.st_mtime_ns)


def _whole(directory: Path) -> bool:
    """Say whether an entry has every format and all last equally long."""
    try:
        lengths = {
            (directory / f"prompt.{ending}").stat().st_size / rate for ending, rate in formats.BYTES_A_SECOND.items()
        }
    except OSError:
        return False
    return len(lengths) == 1 and lengths != {0.0}
