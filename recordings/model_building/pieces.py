"""Pieces cut from Kokoro's speech at the times of their words: most of what a caller says to a machine is short.

A word alone is hurried by the voice; cut out of a sentence it is not. A piece is played a little faster or slower,
with pauses of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recordings.model_building.alignment import NO_WORD
from recordings.model_building.examples import Spoken
from recordings.model_building.features import SAMPLE_RATE
from recordings.model_building.phones import SILENCE
from recordings.model_building.shards import SHARD_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recordings.model_building.alignment import TimedSound

_WHOLE: Final = 0.3  # share of pieces that are everything that was said
_WORDS: Final = (1, 1, 2, 3, 4, 5, 6, 8)  # in a piece
_FADE: Final = 80  # samples: 5 ms, or the cut would click


def piece(samples: NDArray[np.int16], sounds: Sequence[TimedSound], rng: np.random.Generator) -> Spoken:
    """Cut some words that stand together, at random.

    Args:
        samples: The utterance at `SHARD_RATE`.
        sounds: Its sounds, from `align`.
        rng: Where chance comes from.

    Returns:
        The words as a caller says them, at 8 kHz.
    """
    first, last = _words(sounds, rng)
    start, end = sounds[first].start, sounds[last].end
    before, after = sounds[first - 1], sounds[last + 1] if last + 1 < len(sounds) else None
    start -= _some(before.end - before.start, rng) if before.word == NO_WORD else 0.0
    end += _some(after.end - after.start, rng) if after and after.word == NO_WORD else 0.0
    cut = samples[int(start * SHARD_RATE) : int(end * SHARD_RATE)].astype(np.float64)
    fade = min(_FADE, len(cut) // 4)
    cut[:fade] *= np.linspace(0, 1, fade)
    cut[len(cut) - fade :] *= np.linspace(1, 0, fade)
    starts = [(one.sound, one.start - start) for one in sounds[first : last + 1]]
    return said(cut, [*starts, (SILENCE, sounds[last].end - start)], rng)


def said(samples: NDArray[np.float64], starts: Sequence[tuple[str, float]], rng: np.random.Generator) -> Spoken:
    """Play sound at `SHARD_RATE` a little faster or slower, with pauses before and after; starts are in seconds."""
    import soxr

    stretch = rng.uniform(0.87, 1.14) if rng.random() < 0.75 else 1.0
    rate = stretch * SAMPLE_RATE
    wave = soxr.resample(samples, SHARD_RATE, rate, quality="HQ")
    before = int(rng.uniform(0.05, 0.6) * SAMPLE_RATE) if rng.random() < 0.85 else 0
    after = int(rng.uniform(0.1, 0.7) * SAMPLE_RATE) if rng.random() < 0.85 else 0
    moved = [(sound, before + start * rate) for sound, start in starts]
    if before or moved[0][1] > 0:
        moved.insert(0, (SILENCE, 0.0))
    return Spoken(np.concatenate([np.zeros(before), wave, np.zeros(after)]), moved)


def _words(sounds: Sequence[TimedSound], rng: np.random.Generator) -> tuple[int, int]:
    """Draw the first and last word; returns the places of the first sound of one and the last sound of the other."""
    count = max(one.word for one in sounds) + 1
    size = count if rng.random() < _WHOLE else min(int(rng.choice(_WORDS)), count)
    word = int(rng.integers(count - size + 1))
    places = [place for place, one in enumerate(sounds) if word <= one.word < word + size]
    return places[0], places[-1]


def _some(pause: float, rng: np.random.Generator) -> float:
    """Return all of a pause, or a part of it."""
    return pause * rng.uniform(0, 1) if rng.random() < 0.6 else pause
