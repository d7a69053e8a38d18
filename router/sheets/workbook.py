"""Reads workbooks in a process of its own: the reader takes memory for every cell up to the farthest that is filled.

One cell at the end of an empty sheet makes that half a terabyte, and the reader's process ends at once; here it is a
message. A workbook is a ZIP file: what it unpacks to is counted before anything reads it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING, Any, Final

from router.sheets.table import MAX_ROWS, Row, Sheet, SheetsError, trimmed

if TYPE_CHECKING:
    from pathlib import Path

MAX_UNPACKED_BYTES: Final = 300_000_000
"""Of all parts of a workbook: 100,000 rows of 20 cells unpack to some 100 MB."""
MAX_PARTS: Final = 5_000
"""Files in a workbook: each sheet and each picture is one."""
READ_TIMEOUT_S: Final = 120.0
"""A workbook at the limits takes some ten seconds on a busy machine."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CHUNK: Final = 1 << 20
_LOCAL_HEADER: Final = 30  # bytes before name and extra field of a part (APPNOTE.TXT 4.3.7)
_TOO_FAR: Final = (
    "it needs more memory than a list does: a cell far below or beside the table is filled. "
    "Copy the table into a new workbook, or save it as 'CSV UTF-8'"
)
_NOT_ONE: Final = "is no workbook, or damaged; open it in an office program and save it as XLSX or 'CSV UTF-8'"


def is_workbook(path: Path) -> bool:
    """Tell by its first bytes whether a file is XLSX (or another ZIP file), or of the office programs before 2007."""
    with path.open("rb") as file:
        return file.read(len(_ZIP)) in (_ZIP, _OLE)


def read_workbook(path: Path) -> list[Sheet]:
    """Return the sheets of a workbook.

    Raises:
        OSError: it cannot be read.
        SheetsError: it is damaged, has a password, or is larger than a list is.
    """
    with path.open("rb") as file:
        if file.read(len(_ZIP)) == _ZIP:
            _check_size(path)
    command = [sys.executable, "-I", "-m", "router.sheets.workbook_process", str(path), str(MAX_ROWS)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=READ_TIMEOUT_S, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise SheetsError(f"{path.name}: could not be read within {READ_TIMEOUT_S:g} s: divide the list") from None
    if done.returncode < 0:
        raise SheetsError(f"{path.name}: {_TOO_FAR}")
    try:
        return _sheets(path, [json.loads(line) for line in done.stdout.splitlines()], complete=done.returncode == 0)
    except ValueError:
        raise SheetsError(f"{path.name}: {_NOT_ONE}") from None


def _sheets(path: Path, lines: list[dict[str, Any]], *, complete: bool) -> list[Sheet]:
    sheets: list[Sheet] = []
    for line in lines:
        if "wrong" in line:
            raise SheetsError(f"{path.name}: {_WRONG.get(line['wrong'], _NOT_ONE)}")
        if "sheet" in line:
            sheets.append(Sheet(line["sheet"], line["hidden"]))
        elif cells := trimmed([" ".join(cell.split(" ")).strip() for cell in line["cells"]]):
            sheets[-1].rows.append(Row(line["row"], cells, line["hidden"]))
    if not complete:
        raise SheetsError(f"{path.name}: {_NOT_ONE}")
    return sheets


_WRONG: Final = {
    "password": "has a password; save it without one",
    "rows": f"has more than {MAX_ROWS:,} rows: divide the list",
    "memory": _TOO_FAR,
}


def _check_size(path: Path) -> None:
    """Unpack every part and count: what its heading says of its size may be a lie."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise SheetsError(f"{path.name}: has {len(parts):,} parts; a list has some ten")
            left = MAX_UNPACKED_BYTES
            for part in parts:
                file.seek(part.header_offset)
                header = file.read(_LOCAL_HEADER)
                file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
                left -= _unpacked(file.read(part.compress_size), part.compress_type, left)
                if left < 0:
                    raise SheetsError(f"{path.name}: unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise SheetsError(f"{path.name}: {_NOT_ONE}") from None


def _unpacked(packed: bytes, kind: int, most: int) -> int:
    """Return how many bytes a part unpacks to; a little more than ``most`` when it is more."""
    if kind == zipfile.ZIP_STORED:
        return len(packed)
    if kind != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile  # a workbook has no other kind
    unpacking, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    while packed and not unpacking.eof and total <= most:
        total += len(unpacking.decompress(packed, _CHUNK))
        packed = unpacking.unconsumed_tail
    return total
