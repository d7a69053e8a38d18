"""One text made into sound, and kept in files. Blocks."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from agi.prompts.cache import READABLE, make_directory
from agi.prompts.errors import PromptError
from agi.prompts.sound import formats
from agi.prompts.tts import speaker_of
from agi.spoken_texts.speakable import speakable

if TYPE_CHECKING:
    from agi.prompts.tts import TtsEngine
    from agi.prompts.voices import Voices

Content = dict[str, bytes]
"""File ending -> sound."""


class NothingToSayError(PromptError):
    """A text holds nothing that a voice can say."""


class SoundTooLongError(PromptError):
    """Callers would have to listen too long."""


def make_sound(engine: TtsEngine, voices: Voices, text: str, max_s: float) -> Content:
    """Return a text spoken whole by one voice: the Hindi one when any of it is in Devanagari.

    Raises:
        NothingToSayError: there is nothing in it that can be said.
        SoundTooLongError: it lasts longer than `max_s` seconds.
        PromptError: it could not be spoken.
    """
    said = speakable(text)
    if not said:
        msg = "holds nothing that a voice can say"
        raise NothingToSayError(msg)
    content = formats.encode_speech(engine.speak(said, voices.speaking(speaker_of(said))))
    seconds = formats.seconds_of(content)
    if seconds > max_s:
        msg = f"lasts {seconds:.0f} s; callers hear at most {max_s:.0f} s: shorten it"
        raise SoundTooLongError(msg)
    return content


def write_sound(target: Path, content: Content) -> None:
    """Keep a sound in files, each replaced in one step; A-law, by which others know that it is there, comes last.

    Args:
        target: Their path without ending.
        content: What they hold.

    Raises:
        OSError: one cannot be written.
    """
    make_directory(target.parent)
    for ending in sorted(content, key=lambda name: name == "alaw"):
        handle, fresh = tempfile.mkstemp(prefix=".new-", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content[ending])
        Path(fresh).chmod(READABLE)
        Path(fresh).replace(f"{target}.{ending}")


def is_there(target: Path) -> bool:
    """Whether a sound is kept whole."""
    return all(Path(f"{target}.{ending}").is_file() for ending in formats.BYTES_A_SECOND)
