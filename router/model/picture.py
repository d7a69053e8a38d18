"""A photograph that a citizen sent, as it lies at its ticket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from router.errors import UserError

if TYPE_CHECKING:
    from datetime import datetime

MAX_PICTURES: Final = 20
"""Photographs of one ticket: more help nobody, and one sender cannot fill the disk through one ticket."""
MAX_CAPTION_CHARS: Final = 1000
"""WhatsApp's own limit is 1024 characters."""

ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
"""The media types that are kept, with the ending of their files. Never SVG, which is a program to a browser."""


class PictureRefusedError(UserError, ValueError):
    """A file is not kept; the text says why."""


class PictureState(StrEnum):
    """Whether a photograph can still be seen."""

    KEPT = "kept"
    REMOVED = "removed"
    """Taken from its ticket; its file is still to be deleted."""
    DELETED = "deleted"
    """The file is gone too; the row stays, so that a message that comes once more does not bring it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPicture:
    """A photograph whose file is written, for its row.

    Attributes:
        channel: Which way it came, as `router.model.ticket.Channel`.
        source: SHA-256 of channel and the channel's own key of it: the same again is the same photograph. The key
            itself is not kept: WhatsApp's has the sender's telephone number in it.
        media_type: One of `ENDINGS`, by its first bytes.
        size: In bytes.
        width, height: In pixels, as its header says.
        sha256: Of the file.
        caption: The sender's words with it.
        received: When; aware.
    """

    channel: str
    source: bytes
    media_type: str
    size: int
    width: int
    height: int
    sha256: bytes
    caption: str
    received: datetime

    @property
    def file(self) -> str:
        """Its file's name: the source, and the ending of its type."""
        return f"{self.source.hex()}.{ENDINGS[self.media_type]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(NewPicture):
    """A photograph of a ticket.

    Attributes:
        id: Its row's.
        ticket: The number of its ticket.
        state: Whether it can still be seen.
    """

    id: int
    ticket: str
    state: PictureState
