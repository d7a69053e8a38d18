"""Where files that people send by WhatsApp are kept: photographs at tickets, voice messages among the recordings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from recordings import voice_notes
from recordings.voice_notes import VoiceNotes, VoiceRefusedError
from router.intake.whatsapp.graph.media.fetcher import MediaRefusedError
from router.pictures import MAX_BYTES, PictureFiles, PictureRefusedError, PictureStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from router.intake.whatsapp.graph.media.worker import Keeper
    from router.tickets.service import TicketService
    from warroom.config.paths import DataDirectory

MOST_VOICES: Final = 20
"""Recordings of a ticket, as of photographs: nobody listens to more, and each costs the machine a minute."""


class KeptPictures:
    """`Keeper` of photographs."""

    limit: Final = MAX_BYTES

    def __init__(self, pictures: PictureStore) -> None:
        self._pictures = pictures

    async def keep(self, ticket: str, data: bytes, *, key: str, sent: datetime) -> None:
        """Keep a photograph."""
        try:
            await self._pictures.keep(ticket, data, channel="whatsapp", source_key=key, received=sent)
        except PictureRefusedError as refused:
            raise MediaRefusedError(str(refused)) from None


class KeptVoice:
    """`Keeper` of voice messages."""

    limit: Final = voice_notes.MAX_BYTES

    def __init__(self, voices: VoiceNotes, tickets: TicketService) -> None:
        self._voices = voices
        self._tickets = tickets

    async def keep(self, ticket: str, data: bytes, *, key: str, sent: datetime) -> None:
        """Keep a voice message, in the language of its ticket."""
        found = await self._tickets.ticket(ticket)
        if found is not None and len(found.recordings) >= MOST_VOICES:
            raise MediaRefusedError(f"the ticket has {MOST_VOICES} recordings already: call back")
        language = found.language if found else "hi"
        try:
            await self._voices.keep(ticket, data, key=key, language=language, begun=sent)
        except VoiceRefusedError as refused:
            raise MediaRefusedError(str(refused)) from None


def make_keepers(layout: DataDirectory, tickets: TicketService) -> Mapping[str, Keeper]:
    """Return the keepers by kind of file."""
    return MappingProxyType(
        {
            "picture": KeptPictures(PictureStore(tickets, PictureFiles(layout.pictures))),
            "voice": KeptVoice(VoiceNotes(tickets, layout.kept), tickets),
        }
    )
