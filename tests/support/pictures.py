"""Small pictures of each kind, made without a library for pictures."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 3, height: int = 2, *, shade: int = 0x80) -> bytes:
    """A whole picture in shades of grey that a browser shows."""
    rows = b"".join(b"\0" + bytes((shade + at + line) % 256 for at in range(width)) for line in range(height))
    return png_header(width, height) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def png_header(width: int, height: int) -> bytes:
    """What only says that it is a picture."""
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


def jpeg(width: int = 3, height: int = 2, *, before: bytes = b"") -> bytes:
    """The header of a JPEG with an Exif segment, fill bytes and whatever segments are to stand before its frame."""
    exif = b"\xff\xe1" + struct.pack(">H", 2 + 14) + b"Exif\0\0MM\0*\0\0\0\x08"
    frame = b"\xff\xff\xff\xc2" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8" + exif + before + frame + b"\xff\xda\0\x02\xff\xd9"


def gif(width: int = 3, height: int = 2) -> bytes:
    """The header of a GIF."""
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(kind: bytes = b"VP8X", width: int = 3, height: int = 2) -> bytes:
    """The header of a WebP: ``VP8X``, ``VP8L`` or ``VP8 ``."""
    match kind:
        case b"VP8X":
            body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        case b"VP8L":
            body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14)
        case _:
            body = bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
