"""The component of the texts that are spoken when they are needed, in the process of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agi.spoken_texts.speaker import Speaker
from agi.spoken_texts.texts import SpokenTexts
from router.component import Component

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agi.prompts.voices import Voices
    from router.component import Work


class SpokenTextsComponent(Component):
    """Speaks names of places and the words of officers to citizens.

    Args:
        directory: Where the sounds are.
        voices: Who speaks.

    Attributes:
        texts: At hand, or spoken while a caller waits.
    """

    name = "spoken texts"

    def __init__(self, directory: Path, voices: Voices) -> None:
        self._speaker = Speaker(voices)
        self.texts = SpokenTexts(directory, self._speaker)

    def background(self) -> Iterable[Work]:
        """Speak, and remove what is old."""
        return (self._speaker.run(), self.texts.run())
