"""The prompts that come with the program: each text spoken once, kept as Ogg Opus beside the texts.

A file's name is a hash of the text and of all else that its sound depends on: a text that changes has no file until
`make voice` has spoken it. The sound is Kokoro's own, so that the native formats may change without a word spoken anew.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import soundfile

from agi.prompts.errors import InvalidAudioError
from agi.prompts.sound.wav import Sound
from agi.prompts.tts import spoken_text

if TYPE_CHECKING:
    from agi.prompts.voices import Voice

FOLDER: Final = Path(__file__).with_name("spoken")
"""Where they lie."""
ENDING: Final = ".opus"
COMPRESSION: Final = 0.95
"""Of libsndfile, 0 to 1: about 20 kbit/s. What Opus then leaves out is less than what a telephone line does."""


def stored_file(text: str, voice: Voice) -> Path:
    """Return where a text spoken by a voice lies, if it is there."""
    content = json.dumps([spoken_text(text), *voice.inputs], ensure_ascii=False)
    return FOLDER / (hashlib.sha256(content.encode()).hexdigest()[:32] + ENDING)


def stored_files() -> set[Path]:
    """Return the files that are there."""
    return set(FOLDER.glob(f"*{ENDING}"))


def read_stored(path: Path) -> Sound:
    """Return a stored sound.

    Raises:
        InvalidAudioError: It cannot be read.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(path.read_bytes()), dtype="float64")
    except (OSError, soundfile.LibsndfileError) as error:
        raise InvalidAudioError(f"{path}: {error}") from error
    return Sound(np.asarray(samples), rate)


def write_stored(path: Path, sound: Sound) -> None:
    """Store a sound, in one step. Raises OSError."""
    content = io.BytesIO()
    soundfile.write(content, sound.samples, sound.rate, format="OGG", subtype="OPUS", compression_level=COMPRESSION)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content.getvalue())
    fresh.replace(path)
