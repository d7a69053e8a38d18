"""Which voice speaks: the one that the settings name for a language, or espeak-ng where that one cannot speak."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from agi.settings import PromptVoices
from recordings.kokoro.installed import FOLDER, Installation
from recordings.kokoro.reading import RECIPE

if TYPE_CHECKING:
    from agi.settings import SpeechEngine

RATE_WPM: Final = 145  # words a minute; 175 is usual: slower is understood on bad lines and by old people


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of one language.

    Attributes:
        engine: The program that speaks.
        language: "hi" or "en".
        id: The engine's name of the voice.
        recipe: Version of the way from a text to its sound: raised by hand when the sound would change.
    """

    engine: SpeechEngine
    language: str
    id: str
    recipe: int

    @property
    def inputs(self) -> tuple[object, ...]:
        """All that the sound of a text depends on, beside the text: the sound is looked up by it."""
        return (self.engine, self.language, self.id, RATE_WPM, self.recipe)


ESPEAK: Final = {"hi": Voice("espeak-ng", "hi", "hi", 1), "en": Voice("espeak-ng", "en", "en-gb", 1)}
"""Language -> voice of espeak-ng, which every machine has; its id is a language tag."""
KOKORO: Final = {
    "hi": Voice("kokoro", "hi", "hf_alpha/hi", RECIPE),
    "en": Voice("kokoro", "en", "hf_alpha/en-gb", RECIPE),
}
"""Language -> voice of Kokoro: one woman for both, so that a call that changes its language keeps its voice."""
_BY_ENGINE: Final = {"espeak-ng": ESPEAK, "kokoro": KOKORO}


class Voices:
    """The voices of this machine.

    Args:
        chosen: The settings.
        installation: Where Kokoro is looked for.
    """

    def __init__(self, chosen: PromptVoices | None = None, installation: Installation | None = None) -> None:
        self._chosen = chosen or PromptVoices()
        self._installation = installation or Installation(FOLDER)

    def wanted(self, language: str) -> Voice:
        """Return the voice that the settings name for a language."""
        engine: SpeechEngine = getattr(self._chosen, language)
        return _BY_ENGINE[engine][language]

    def speaking(self, language: str) -> Voice:
        """Return the voice that speaks a new text on this machine."""
        wanted = self.wanted(language)
        return wanted if wanted.engine == "espeak-ng" or self._has_kokoro else ESPEAK[language]

    @cached_property
    def _has_kokoro(self) -> bool:
        return self._installation.is_complete()
