"""Reads multipart/form-data (RFC 7578) while it comes: fields into memory within limits, files counted and cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from router.intake.open311.pairs import MAX_FIELDS, decoded, parsed
from router.intake.open311.responses import Open311Error
from router.outside_text import clean
from router.pictures import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from router.intake.open311.pairs import Pairs

MAX_FILES: Final = 5
"""Pictures of one request; what is more is read and not kept, and said so in the answer."""
MAX_FIELD_BYTES: Final = 64 * 1024
"""Of all fields and headings of parts: 4000 characters of Devanagari have 12,000 bytes."""
MAX_BODY_BYTES: Final = 30_000_000
"""`MAX_FILES` pictures at their limit, and some that are not kept."""

_FILE_FIELD: Final = re.compile(r"media(_url)?(\[[0-9]{0,3}\])?", re.ASCII)
_MAX_NAME_CHARS: Final = 60  # of a file, as an answer repeats it
_PLAIN_ENCODINGS: Final = frozenset({b"", b"7bit", b"8bit", b"binary"})


class SentFile(NamedTuple):
    """A file of a form.

    Attributes:
        name: As its sender calls it, cut; for messages alone.
        data: Its bytes; those after `MAX_BYTES` and one are left out.
        size: How many bytes it really has.
    """

    name: str
    data: bytes
    size: int


class MultipartReader:
    """Takes a body piece by piece.

    Args:
        content_type: The header.

    Attributes:
        pairs: The fields that are whole.
        files: The files that are whole and not empty.
        has_file: Whether a file has begun to come.

    Raises:
        ValueError: the header has no boundary.
    """

    def __init__(self, content_type: str) -> None:
        header = parsed(content_type)
        boundary = header.get_param("boundary")
        if not isinstance(boundary, str) or not boundary:
            raise ValueError("no boundary")
        self._charset = str(header.get_param("charset", "utf-8"))
        self.pairs: Pairs = []
        self.files: list[SentFile] = []
        self.has_file = False
        self._whole = False
        self._parts = self._field_bytes = self._total = 0
        self._heads: dict[bytes, bytes] = {}
        self._key = self._value = b""
        self._begin_part()
        try:
            self._parser = MultipartParser(boundary.encode("latin-1"), self._callbacks())  # type: ignore[arg-type]
        except (FormParserError, UnicodeEncodeError):
            raise ValueError("not a boundary") from None

    def feed(self, piece: bytes) -> None:
        """Take the next bytes.

        Raises:
            ValueError: this is no form.
            Open311Error: 400 a part is not as it must be, 413 the body is too large.
        """
        self._total += len(piece)
        if self._total > MAX_BODY_BYTES:
            raise _too_large(MAX_BODY_BYTES)
        try:
            self._parser.write(piece)
        except FormParserError:
            raise ValueError("not a form") from None

    def finish(self) -> None:
        """Say that the body has ended. Raises ValueError: it was not whole."""
        if not self._whole:
            raise ValueError("not a whole form")

    def _callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._part_data,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._heads, self._data, self._size = {}, bytearray(), 0
        self._name, self._filename, self._is_file = "", "", False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._key += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._heads[self._key.lower()] = self._value
        self._key = self._value = b""

    def _end_headers(self) -> None:
        self._parts += 1
        if self._parts > MAX_FIELDS:
            raise ValueError("too many parts")
        _, options = parse_options_header(self._heads.get(b"content-disposition", b"").decode("latin-1"))
        if b"name" not in options:
            raise ValueError("a part without a name")
        self._name = decoded(options[b"name"], self._charset)
        if self._heads.get(b"content-transfer-encoding", b"").strip().lower() not in _PLAIN_ENCODINGS:
            raise Open311Error(400, f"{_shown(self._name)}: send the parts as they are, not encoded (RFC 7578, 4.7)")
        self._is_file = b"filename" in options
        self._filename = options.get(b"filename", b"").decode("utf-8", "replace")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        size = end - start
        self._size += size
        if not self._is_file:
            self._count(size)
            self._data += data[start:end]
            return
        if not _FILE_FIELD.fullmatch(self._name):
            raise Open311Error(400, f"{_shown(self._name)}: no file is taken here; send pictures as media")
        self.has_file = True
        if len(self.files) < MAX_FILES:
            self._data += data[start : min(end, start + max(0, MAX_BYTES + 1 - len(self._data)))]

    def _end_part(self) -> None:
        if self._is_file:
            if self._size:  # an empty choice of a file in a browser's form is none
                name = " ".join(clean(self._filename).split())[:_MAX_NAME_CHARS] or f"file {len(self.files) + 1}"
                self.files.append(SentFile(name, bytes(self._data), self._size))
        else:
            charset = str(parsed(self._heads.get(b"content-type", b"").decode("latin-1")).get_param("charset", ""))
            self.pairs.append((self._name, decoded(bytes(self._data), charset or self._charset)))
        self._data = bytearray()

    def _end(self) -> None:
        self._whole = True

    def _count(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > MAX_FIELD_BYTES:
            raise _too_large(MAX_FIELD_BYTES)


def _too_large(most: int) -> Open311Error:
    return Open311Error(413, f"the body is larger than {most} bytes", headers={"connection": "close"})


def _shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:_MAX_NAME_CHARS] or "(a part without a name)"
