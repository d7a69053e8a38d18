"""Transcodes recordings for listening: A-law WAV, which every browser plays, or Opus in Ogg, a tenth of its size."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import soundfile

if TYPE_CHECKING:
    from collections.abc import Mapping

_BLOCK: Final = 65_536  # frames in memory at once


class AudioFormat(NamedTuple):
    """A form in which sound is played.

    Attributes:
        ending: Of the file.
        media_type: As HTTP calls it.
        container: libsndfile's name.
        coding: libsndfile's name.
    """

    ending: str
    media_type: str
    container: str
    coding: str


FORMS: Final[Mapping[str, AudioFormat]] = MappingProxyType(
    {
        "alaw": AudioFormat("wav", "audio/wav", "WAV", "ALAW"),
        "opus": AudioFormat("ogg", "audio/ogg", "OGG", "OPUS"),
    }
)


def transcode(recording: Path, folder: Path, form: AudioFormat) -> Path:
    """Return a recording in a form, made once and then kept for a while: a player asks for it in pieces. Blocks.

    Raises:
        FileNotFoundError: There is no such recording.
        soundfile.LibsndfileError: It is not a sound file, or its rate is none of Opus'.
    """
    goal = folder / f"{recording.stem}.{form.ending}"
    if recording.is_symlink() or not recording.is_file():
        raise FileNotFoundError(f"{recording}: no such recording")  # the copy of a deleted one is not played
    if goal.exists():
        return goal
    handle, draft = tempfile.mkstemp(dir=folder, prefix=f"{recording.stem}.", suffix=".part")
    os.close(handle)
    try:
        with (
            soundfile.SoundFile(recording) as source,
            soundfile.SoundFile(
                draft, "w", source.samplerate, source.channels, subtype=form.coding, format=form.container
            ) as made,
        ):
            for block in source.blocks(blocksize=_BLOCK, dtype="int16"):
                made.write(block)
        Path(draft).replace(goal)
    finally:
        Path(draft).unlink(missing_ok=True)
    return goal
