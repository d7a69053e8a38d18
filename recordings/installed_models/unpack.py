"""Unpacks the ZIP file of a model, which comes from outside: nothing of it may land elsewhere or fill the disk."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from router.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_UNPACKED: Final = 8 << 30
"""Bytes of a model: the largest public ones have 4 GB."""

_MAX_FILES: Final = 1000  # a model has some twenty
_MAX_LIST: Final = 4 << 20  # bytes of the list of so many files with the longest paths
_END_BYTES: Final = 22 + 20 + 0xFFFF  # of a ZIP file: its last record, with a comment, and the one before it
_MAX_RATIO: Final = 50  # unpacked to packed: graphs come down to a fifth
_SMALL: Final = 10 << 20  # below which no ratio is looked at
_SPARE: Final = 200 << 20  # bytes left on the disk
_PIECE: Final = 1 << 20
_OF_A_MAC: Final = "__MACOSX"
_OF_A_MODEL: Final = frozenset({"am", "conf", "graph", "ivector", "rescore", "rnnlm"})
_DOS_SYSTEM: Final = 0  # "version made by" of a ZIP entry (PKWARE APPNOTE 4.4.2): it has no modes of Unix


class UnpackError(UserError):
    """It is not the ZIP file of a model; nothing of it is left."""


def unpack(source: Path, goal: Path, progress: Callable[[int, int], None], *, max_bytes: int = MAX_UNPACKED) -> None:
    """Unpack a model; its one top folder, if it has one, is left out.

    Args:
        source: The ZIP file.
        goal: The folder to make; its parent is there.
        progress: Gets the bytes written, and of how many.
        max_bytes: A larger model is refused.

    Raises:
        UnpackError: It is no ZIP file, or has in it what no model has.
        OSError: The disk is full; nothing is left of it.
    """
    _refuse_long_list(source)
    try:
        with zipfile.ZipFile(source) as archive:
            entries = _checked(source, archive, max_bytes)
            _see_that_it_fits(goal.parent, sum(entry.file_size for entry in entries.values()))
            goal.mkdir(mode=0o755)
            try:
                _write(archive, entries, goal, progress)
            except BaseException:
                shutil.rmtree(goal)
                raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise UnpackError(f"{source}: it is no whole ZIP file: {error}") from None


def _refuse_long_list(source: Path) -> None:
    """Refuse a list of files that would fill the memory when it is read (APPNOTE 4.3.15, 4.3.16)."""
    with source.open("rb") as file:
        file.seek(max(0, source.stat().st_size - _END_BYTES))
        end = file.read()
    at = end.rfind(b"PK\5\6")  # where there is none, it is no ZIP file, which is told later
    longer = end[max(0, at - 20) : at].startswith(b"PK\6\7")  # of ZIP64: the size stands elsewhere
    if at >= 0 and (longer or int.from_bytes(end[at + 12 : at + 16], "little") > _MAX_LIST):
        raise UnpackError(f"{source}: its list of files is far longer than a model's; nothing was unpacked")


def _checked(source: Path, archive: zipfile.ZipFile, max_bytes: int) -> dict[PurePosixPath, zipfile.ZipInfo]:
    """Return the files by their path in the model."""
    infos = [info for info in archive.infolist() if not info.filename.startswith(f"{_OF_A_MAC}/")]
    if len(infos) > _MAX_FILES:
        raise UnpackError(f"{source}: it has {len(infos)} files; a model has at most {_MAX_FILES}")
    size, packed = sum(info.file_size for info in infos), source.stat().st_size
    if size > max_bytes or (size > _SMALL and size > packed * _MAX_RATIO):
        raise UnpackError(f"{source}: unpacked it would be {size >> 20} MB from {packed >> 20} MB: no model")
    files: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for info in infos:
        path = _safe(source, info)
        if info.is_dir() or path.name == ".DS_Store":
            continue
        if path in files:
            raise UnpackError(f"{source}: it has {str(path)!r} twice")
        files[path] = info
    if any(parent in files for path in files for parent in path.parents):
        raise UnpackError(f"{source}: one name in it is a file and a folder")
    if not files:
        raise UnpackError(f"{source}: there is nothing in it")
    depth = 1 if _has_top_folder(files) else 0
    return {PurePosixPath(*path.parts[depth:]): info for path, info in files.items()}


def _safe(source: Path, info: zipfile.ZipInfo) -> PurePosixPath:
    """Return an entry's path; raises UnpackError for one that leads elsewhere, or is no file."""
    name, path = info.orig_filename, PurePosixPath(info.filename)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or ":" in name or not _prints(name):
        raise UnpackError(f"{source}: the path {name!r} in it leads out of its folder; nothing was unpacked")
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system != _DOS_SYSTEM else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise UnpackError(f"{source}: {name!r} in it is a link or a device; nothing was unpacked")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnpackError(f"{source}: {name!r} in it is encrypted or packed in a rare way; pack it anew by `zip -r`")
    return path


def _prints(name: str) -> bool:
    return name.isprintable() and len(name.encode()) < os.pathconf("/", "PC_PATH_MAX") // 4


def _has_top_folder(files: Iterable[PurePosixPath]) -> bool:
    tops = {path.parts[0] for path in files if len(path.parts) > 1}
    lone = any(len(path.parts) == 1 for path in files)
    return len(tops) == 1 and not lone and not tops & _OF_A_MODEL


def _see_that_it_fits(folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < size + min(size, _SPARE):
        raise UnpackError(f"{folder}: {free >> 20} MB are free and the model has {size >> 20}: make room on this disk")


def _write(
    archive: zipfile.ZipFile,
    files: dict[PurePosixPath, zipfile.ZipInfo],
    goal: Path,
    progress: Callable[[int, int], None],
) -> None:
    total, done = sum(info.file_size for info in files.values()), 0
    for path, info in files.items():
        here = goal
        for part in path.parts[:-1]:
            here /= part
            here.mkdir(mode=0o755, exist_ok=True)
            here.chmod(0o755)  # whatever the admin's umask
        with archive.open(info) as packed, (here / path.name).open("xb") as file:
            os.fchmod(file.fileno(), 0o644)
            while piece := packed.read(_PIECE):  # at most as long as the entry says: zipfile sees to it
                file.write(piece)
                done += len(piece)
                progress(done, total)
    goal.chmod(0o755)
