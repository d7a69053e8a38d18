"""The sounds of notices: spoken from their text, and kept where Asterisk finds them.

They lie beside the prompts, in a folder of the service's own: prompts are root's, who builds them at a start.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import soundfile

from agi.prompts.catalog import LANGUAGES
from agi.prompts.errors import PromptError
from agi.prompts.sound import formats
from agi.prompts.tts import TtsEngine
from agi.spoken_texts.sound import make_sound

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from pathlib import Path

    from agi.prompts.voices import Voices
    from agi.spoken_texts.sound import Content
    from router.model.notice import Notice

MAX_S: Final = 20.0
"""Seconds that a notice may last: who calls about food waits no longer for the menu."""

_NAME: Final = re.compile(r"notice-[1-9]-[0-9]{6}-[1-9][0-9]*")
_FORMS: Final = tuple(formats.BYTES_A_SECOND)


class UnspokenNoticeError(PromptError):
    """A notice that cannot be spoken.

    Args:
        language: ``hi`` or ``en``.
        why: What is wrong with its text, or with the voice.
    """

    def __init__(self, language: str, why: str) -> None:
        super().__init__(f"spoken{'_hi' if language == 'hi' else ''}: {why}")


def speak(notice: Notice, voices: Voices) -> Mapping[str, Content]:
    """Return a notice spoken, by language, where no service has done it. Blocks for seconds.

    Raises:
        PromptError: it could not be spoken, or lasts too long; the text says which language.
    """
    spoken: dict[str, Content] = {}
    with TtsEngine() as voice:
        for language in LANGUAGES:
            try:
                spoken[language] = make_sound(voice, voices, notice.said(language), MAX_S)
            except PromptError as error:
                raise UnspokenNoticeError(language, str(error)) from error
    return spoken


def write_wav(spoken: Mapping[str, Content], path: Path) -> None:
    """Write what callers hear, Hindi and then English, as one WAV file. Raises OSError."""
    rate, pause = formats.WIDE_RATE, b"\0" * formats.WIDE_RATE  # half a second of 16-bit samples
    content = pause.join(spoken[language]["sln16"] for language in LANGUAGES)
    with path.open("wb") as file, soundfile.SoundFile(file, "w", rate, 1, "PCM_16", format="WAV") as wav:
        wav.buffer_write(content, "int16")


class NoticeSounds:
    """The sounds that are there.

    Args:
        directory: Holds ``hi/`` and ``en/``; absolute.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def ready(self, notice: Notice) -> bool:
        """Whether a notice can be heard in both languages. Blocks for a moment."""
        return len(self.languages(notice)) == len(LANGUAGES)

    def languages(self, notice: Notice) -> frozenset[str]:
        """Return in which languages a notice can be heard. Blocks for a moment."""
        return frozenset(
            language for language in LANGUAGES if all(self.file(notice, language, form).is_file() for form in _FORMS)
        )

    def file(self, notice: Notice, language: str, form: str) -> Path:
        """Return where the sound of a notice lies."""
        return self.directory / language / f"{notice.prompt}.{form}"

    def read(self, notice: Notice) -> Mapping[str, Content]:
        """Return the sound of a notice. Raises OSError."""
        return {
            language: {form: self.file(notice, language, form).read_bytes() for form in _FORMS}
            for language in LANGUAGES
        }

    def seconds(self, notice: Notice, language: str) -> float:
        """Return how long it lasts. Raises OSError."""
        return self.file(notice, language, "alaw").stat().st_size / formats.BYTES_A_SECOND["alaw"]

    def target(self, notice: Notice, language: str) -> Path:
        """Return where the sound of a notice is to lie, without ending."""
        return self.directory / language / notice.prompt

    def remove_all_but(self, wanted: Container[str]) -> int:
        """Remove the sounds of all other notices; who hears one now hears it to its end.

        Args:
            wanted: Names of prompts.

        Returns:
            How many files were removed.

        Raises:
            OSError: one cannot be removed.
        """
        removed = 0
        for language in LANGUAGES:
            folder = self.directory / language
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if _NAME.fullmatch(path.stem) and path.stem not in wanted:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed
