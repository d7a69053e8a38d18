"""Reads a text aloud: its signs, piece by piece, without the silence at both ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from recordings.kokoro.phonemes import phonemes
from recordings.kokoro.synthesis import MAX_SIGNS, RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recordings.kokoro.styles import Style
    from recordings.kokoro.synthesis import Kokoro, Speech

Samples = NDArray[np.float32]

RECIPE: Final = 1
"""Version of the way from a text to its sound: raised by hand when the sound would change."""
LEAD_S: Final = 0.15
"""Kept before the first sign: its sound comes about 0.07 s sooner than its duration says."""
TRAIL_S: Final = 0.3
"""Kept after the last sign that is no mark: the sound dies away in it."""

_ENDS: Final = (".?!", ";:,", " ")
"""Where a text that is too long for one piece is divided, the best place first."""
_MARKS: Final = frozenset(' .,?!;:—…"')


def read_text(kokoro: Kokoro, style: Style, text: str, language: str, speed: float) -> Samples:
    """Return a text read aloud, `RATE` samples a second.

    Args:
        kokoro: The network.
        style: The speaker.
        text: A sentence or several.
        language: espeak-ng's name of it.
        speed: 1 is the voice's own; lower is slower.

    Raises:
        KokoroError: It cannot be spoken.
    """
    parts = (_trimmed(kokoro.speak(piece, style, speed), piece) for piece in pieces(phonemes(text, language)))
    return np.concatenate([np.zeros(0, np.float32), *parts])


def pieces(signs: str) -> Iterator[str]:
    """Yield signs in pieces that can be spoken at once, divided at sentences if they can be."""
    while len(signs) > MAX_SIGNS:
        ends = (max(signs.rfind(mark, 1, MAX_SIGNS) for mark in marks) for marks in _ENDS)
        end = next((end for end in ends if end > 0), MAX_SIGNS - 1) + 1
        yield signs[:end].strip()
        signs = signs[end:].strip()
    yield signs


def _trimmed(speech: Speech, signs: str) -> Samples:
    """Return speech without the silence at both ends, by the durations: the voice's breath is no silence."""
    last = max((n for n, place in enumerate(speech.places) if signs[place] not in _MARKS), default=0)
    begin = speech.start(0) - round(LEAD_S * RATE)
    return speech.samples[max(begin, 0) : speech.start(last + 1) + round(TRAIL_S * RATE)]
