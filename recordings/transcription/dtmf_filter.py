"""Removes DTMF from a message: the tones are not speech, but a small vocabulary would hear digits in them.

Source: ITU-T Recommendation Q.23 (the frequencies), Q.24 (8 dB between the two of a pair).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOW: Final = np.array([697.0, 770.0, 852.0, 941.0])
_HIGH: Final = np.array([1209.0, 1336.0, 1477.0, 1633.0])
_FRAME_S: Final = 0.04  # bins of 25 Hz; the shortest key is 40 ms
_NEAR_HZ: Final = 60.0  # the lobe of a Hann window of that length, and the 1.8 % a telephone may be off
_SHARE: Final = 0.85  # of all energy in the two tones: the loudest vowel has half of it elsewhere
_TWIST: Final = 10**-0.8  # 8 dB


def remove_dtmf(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """Return sound in which each stretch that is a pair of key tones and nothing else is silent.

    Args:
        samples: Mono.
        rate: Samples a second.
    """
    length = int(rate * _FRAME_S)
    count = len(samples) // length
    if count == 0:
        return samples
    window, tones = _tools(rate)
    frames = samples[: count * length].reshape(count, length)
    spectrum = np.fft.rfft(frames * window, axis=1)
    energy = spectrum.real**2 + spectrum.imag**2
    found = energy @ tones
    low, high = found[:, : len(_LOW)].max(axis=1), found[:, len(_LOW) :].max(axis=1)
    pair = (low + high > _SHARE * energy.sum(axis=1)) & (np.minimum(low, high) > _TWIST * np.maximum(low, high))
    if not pair.any():
        return samples
    pair |= np.roll(pair, 1) | np.roll(pair, -1)  # the frames where a tone begins and ends
    silenced = samples.copy()
    silenced[: count * length].reshape(count, length)[pair] = 0
    return silenced


@cache
def _tools(rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the window of a frame, and of each bin which tones it counts for: what energy is multiplied by."""
    length = int(rate * _FRAME_S)
    hertz = np.fft.rfftfreq(length, 1 / rate)
    near = np.abs(hertz[:, None] - np.concatenate([_LOW, _HIGH])) < _NEAR_HZ
    return np.hanning(length).astype(np.float32), near.astype(np.float32)
