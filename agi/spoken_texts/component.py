"""The component of the texts that are spoken when they are needed, in the process of the calls."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agi.ivr.ticket_prompts import is_private
from agi.prompts.catalog import LANGUAGES
from agi.spoken_texts.speaker import Speaker
from agi.spoken_texts.texts import SpokenTexts
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agi.core import Core
    from agi.prompts.voices import Voices
    from router.component import Work
    from router.model.ticket import Ticket
    from router.storage.unit_of_work import UnitOfWork


class SpokenTextsComponent(Component):
    """Speaks names of places and the words of officers to citizens.

    Args:
        core: Its tickets carry the words of officers, which are spoken as they are written.
        directory: Where the sounds are.
        voices: Who speaks.

    Attributes:
        texts: At hand, or spoken while a caller waits.
    """

    name = "spoken texts"

    def __init__(self, core: Core, directory: Path, voices: Voices) -> None:
        self._places = core.places
        self._loop: asyncio.AbstractEventLoop | None = None
        self._speaker = Speaker(voices)
        self.texts = SpokenTexts(directory, self._speaker)
        core.desk.on_change(self._written)

    async def start(self) -> None:
        """Speak from now on what is written."""
        self._loop = asyncio.get_running_loop()

    def background(self) -> Iterable[Work]:
        """Speak, and remove what is old."""
        return (self._speaker.run(), self.texts.run())

    def _written(self, _uow: UnitOfWork, before: Ticket | None, after: Ticket) -> None:
        """Have a new word to the citizen spoken before they ask; in the writer's thread, maybe for nothing."""
        new = after.for_citizen and after.for_citizen != (before.for_citizen if before else "")
        if new and self._loop and after.phone and not is_private(after, self._places):
            language = after.language if after.language in LANGUAGES else LANGUAGES[0]
            self._loop.call_soon_threadsafe(self.texts.speak_soon, after.for_citizen, language)
