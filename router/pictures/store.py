"""Keeps a photograph at a ticket: first its file, then its row together with the ticket's next version."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from router.model.picture import MAX_CAPTION_CHARS, NewPicture, PictureRefusedError, PictureState
from router.outside_text import clean
from router.pictures.header import read_header
from router.tickets.notes import UnknownTicketError

if TYPE_CHECKING:
    from datetime import datetime

    from router.model.picture import Picture
    from router.model.ticket import Channel
    from router.pictures.files import PictureFiles
    from router.tickets.service import TicketService


class PictureStore:
    """Takes photographs from channels.

    A file is kept byte for byte as it came, with what a camera wrote into it (Exif), the place too: it may find
    somebody who cannot say where they are, and is shown to nobody but those who read the ticket's exact place.

    Args:
        tickets: Whose they are.
        files: Where they lie.
    """

    def __init__(self, tickets: TicketService, files: PictureFiles) -> None:
        self._tickets = tickets
        self._files = files

    async def keep(
        self, ticket: str, data: bytes, *, channel: Channel, source_key: str, received: datetime, caption: str = ""
    ) -> Picture:
        """Keep a photograph at a ticket; returns after the commit.

        The same ``source_key`` again, or the same bytes at the same ticket, is the photograph that is there already:
        also when it has been removed since, which ``state`` tells.

        Args:
            ticket: Its number.
            data: The file, of whatever its sender calls it.
            channel: Which way it came.
            source_key: Unlike that of any other photograph of the channel, and the same when it is sent again.
            received: When; aware.
            caption: The sender's words with it; cut at `MAX_CAPTION_CHARS`.

        Raises:
            PictureRefusedError: it is no JPEG, PNG, WebP or GIF, or too large, or the ticket has enough of them.
            UnknownTicketError: no ticket has this number.
            StorageUnavailableError: nothing was written; the same may come again.
            OSError: the file cannot be written; the same may come again.
        """
        header = read_header(data)
        new = NewPicture(
            channel=channel,
            source=hashlib.sha256(f"{channel}/{source_key}".encode()).digest(),
            media_type=header.media_type,
            size=len(data),
            width=header.width,
            height=header.height,
            sha256=(await asyncio.to_thread(hashlib.sha256, data)).digest(),
            caption=clean(caption)[:MAX_CAPTION_CHARS],
            received=received,
        )
        await asyncio.to_thread(self._files.write, ticket, new.file, data)
        try:
            kept = await self._tickets.add_picture(ticket, new)
        except (PictureRefusedError, UnknownTicketError):
            await asyncio.to_thread(self._files.delete, ticket, new.file)
            raise
        if (kept.ticket, kept.file) != (ticket, new.file) or kept.state is not PictureState.KEPT:
            await asyncio.to_thread(self._files.delete, ticket, new.file)
        return kept
