"""Keys pressed into a message: their tones are no speech, but a small vocabulary hears digits in them.

Source: ITU-T Recommendation Q.23 (the frequencies), Q.24 (8 dB between the two of a pair).
"""

from __future__ import annotations

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


def without_keytones(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """Return sound in which each stretch that is a pair of key tones and nothing else is silent.

    Args:
        samples: Mono.
        rate: Samples a second.
    """
    length = int(rate * _FRAME_S)
    count = len(samples) // length
    if count == 0:
        return samples
    frames = samples[: count * length].reshape(count, length)
    energy = np.abs(np.fft.rfft(frames * np.hanning(length), axis=1)) ** 2
    hertz = np.fft.rfftfreq(length, 1 / rate)
    low, high = (
        np.max([energy[:, np.abs(hertz - tone) < _NEAR_HZ].sum(axis=1) for tone in tones], axis=0)
        for tones in (_LOW, _HIGH)
    )
    pair = (low + high > _SHARE * energy.sum(axis=1)) & (np.minimum(low, high) > _TWIST * np.maximum(low, high))
    pair |= np.roll(pair, 1) | np.roll(pair, -1) if pair.any() else pair  # the frames where a tone begins and ends
    silenced = samples.copy()
    silenced[: count * length].reshape(count, length)[pair] = 0
    return silenced
