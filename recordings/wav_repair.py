"""Repairs the header of a WAV file whose writer was killed: sizes are computed from the length of the file.

Asterisk writes the sizes when it closes a file; until then they are 0, or those of some moment before.
Source: "Multimedia Programming Interface and Data Specifications 1.0" (IBM, Microsoft, 1991), RIFF WAVE.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import BinaryIO

SOUND_STARTS_AT: Final = 44
"""Bytes of the header Asterisk writes: a file no longer than that holds no sound."""

BYTES_PER_S: Final = 16_000
"""Of the sound Asterisk writes: 8,000 samples of two bytes."""

_SEARCHED: Final = 4096  # bytes from the beginning in which the sound must start; Asterisk's does at byte 44
_CHUNK: Final = struct.Struct("<4sI")


def repair_header(file: BinaryIO, length: int) -> bytes | None:
    """Return the correct beginning of an unfinished WAV file; None when it is finished, or no WAV file.

    Args:
        file: Open at its beginning; read from, left anywhere.
        length: Of the whole file in bytes.
    """
    head = bytearray(file.read(_SEARCHED))
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    at = 12
    while at + _CHUNK.size <= len(head):
        name, size = _CHUNK.unpack_from(head, at)
        start = at + _CHUNK.size
        if name == b"data":
            if _is_finished(file, start, size, length):
                return None
            struct.pack_into("<I", head, 4, length - 8)
            struct.pack_into("<I", head, at + 4, length - start)
            return bytes(head[:start])
        at = start + size + size % 2
    return None


def _is_finished(file: BinaryIO, start: int, size: int, length: int) -> bool:
    """Whether the sound's size can be true: the rest of the file, if any, is another chunk."""
    end = start + size + size % 2
    if start + size > length:
        return False
    if end >= length:
        return True
    file.seek(end)
    rest = file.read(_CHUNK.size)
    if len(rest) < _CHUNK.size:
        return False
    name, following = _CHUNK.unpack(rest)
    return bool(name.isalnum()) and end + _CHUNK.size + following <= length
