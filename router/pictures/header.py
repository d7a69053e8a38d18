"""Tells by its first bytes what a file is, and how large its picture: nothing that a sender says of it counts.

Only headers are read, none of the picture is decoded. JPEG: ITU-T T.81 annex B; PNG: W3C PNG section 11.2.2; GIF:
GIF89a section 18; WebP: RFC 9649 section 2.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from router.model.picture import PictureRefusedError

MAX_BYTES: Final = 5_000_000
"""WhatsApp takes images of 5 MB at most; a telephone's photograph has 1 to 4."""
MAX_PIXELS: Final = 50_000_000
"""Width times height: a browser needs four bytes for each, and a file of some kilobytes can say 65,535 times 65,535."""

_NOT_ONE: Final = "is no JPEG, PNG, WebP or GIF picture"
_DAMAGED: Final = "is damaged: its header says no width and height"
_START_OF_FRAME: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # these three are tables, no frames
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_FILL: Final = 0xFF  # any number of them may stand before a marker
_START_OF_SCAN: Final = 0xDA
_END: Final = 0xD9


class Header(NamedTuple):
    """The media type of a picture, its width and height in pixels."""

    media_type: str
    width: int
    height: int


def read_header(data: bytes) -> Header:
    """Return what a file is.

    Raises:
        PictureRefusedError: it is too large, no picture that is shown here, or damaged.
    """
    if len(data) > MAX_BYTES:
        raise PictureRefusedError(f"the picture has {len(data):,} bytes; at most {MAX_BYTES:,} are kept")
    found = _read(data)
    if min(found.width, found.height) < 1:
        raise PictureRefusedError(f"the picture {_DAMAGED}")
    if found.width * found.height > MAX_PIXELS:
        size = f"{found.width} x {found.height} pixels"
        raise PictureRefusedError(f"the picture has {size}; at most {MAX_PIXELS:,} in all are kept")
    return found


def _read(data: bytes) -> Header:
    try:
        if data.startswith(b"\xff\xd8\xff"):
            return Header("image/jpeg", *_jpeg(data))
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return Header("image/png", *struct.unpack_from(">II", data, 16))
        if data.startswith((b"GIF87a", b"GIF89a")):
            return Header("image/gif", *struct.unpack_from("<HH", data, 6))
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return Header("image/webp", *_webp(data))
    except struct.error:
        raise PictureRefusedError(f"the picture {_DAMAGED}") from None
    raise PictureRefusedError(f"the file {_NOT_ONE}")


def _jpeg(data: bytes) -> tuple[int, int]:
    """Walk the segments to the frame header; each step is at least two bytes forward."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1] if at + 1 < len(data) else _END
        if marker == _FILL:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        elif marker in (_START_OF_SCAN, _END):
            break
        else:
            (length,) = struct.unpack_from(">H", data, at + 2)
            at += 2 + max(length, 2)
    raise PictureRefusedError(f"the picture {_DAMAGED}")


def _webp(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return _of_24_bits(data, 24) + 1, _of_24_bits(data, 27) + 1
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
    raise PictureRefusedError(f"the picture {_DAMAGED}")


def _of_24_bits(data: bytes, at: int) -> int:
    low, high = struct.unpack_from("<HB", data, at)
    return int(low | high << 16)
