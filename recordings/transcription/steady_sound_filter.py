"""Silences sounds that hold still as no voice does: hum of the mains, music on hold, the carriers of a fax.

A vocabulary hears words in them, and is as sure of those as of real ones. Measured over frames of 40 ms: of all pairs
of frames 160 ms apart, a voice has at most 11 % with a spectrum so alike (sung vowels of a synthesiser; 1 % in
sentences), hum, notes and chords 40 to 100 %, through A-law and GSM alike.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAME_S: Final = 0.04
_APART: Final = 4  # frames: by then the pitch and the mouth of a voice have moved
_ALIKE: Final = 0.95  # cosine of the two spectra
_AROUND: Final = 20  # frames to each side that are looked at: a drawn-out word is shorter
_SHARE: Final = 0.4  # of the pairs around that are alike; a drawn-out word with its surroundings has less
_GAP: Final = 5  # frames between steady ones, where one note follows another: no word is so short
_SOFTEST: Final = 33.0  # root mean square of a frame of 16 bits, -60 dB: softer is silence


def remove_steady_sound(samples: NDArray[np.int16], rate: int) -> tuple[NDArray[np.int16], float]:
    """Return sound in which steady stretches are silent, and how many seconds of them there were.

    Args:
        samples: Mono.
        rate: Samples a second.
    """
    length = int(rate * _FRAME_S)
    count = len(samples) // length
    if count <= 2 * _APART:
        return samples, 0.0
    frames = samples[: count * length].reshape(count, length).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(frames * _window(length), axis=1)).astype(np.float32)
    size = np.sqrt((spectrum**2).sum(axis=1))
    loud = np.sqrt((frames**2).mean(axis=1)) > _SOFTEST
    both = loud[:-_APART] & loud[_APART:]
    alike = both & ((spectrum[:-_APART] * spectrum[_APART:]).sum(axis=1) > _ALIKE * size[:-_APART] * size[_APART:])
    if not alike.any():
        return samples, 0.0
    steady = np.zeros(count, np.bool_)
    for shift in range(_APART + 1):
        steady[shift : shift + len(alike)] |= alike
    dense = _sum_around(alike) >= np.maximum(_SHARE * _sum_around(both), 2 * _APART)
    silent = _fill_gaps(steady & np.pad(dense, (_APART // 2, _APART - _APART // 2), mode="edge"))
    if not silent.any():
        return samples, 0.0
    silent[1:] |= silent[:-1].copy()  # the frames where it begins and ends
    silent[:-1] |= silent[1:].copy()
    result = samples.copy()
    result[: count * length].reshape(count, length)[silent] = 0
    if silent[-1]:
        result[count * length :] = 0
    return result, float(silent.sum()) * _FRAME_S


def _sum_around(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many are set within so many to each side of each."""
    total = np.concatenate([[0], np.cumsum(flags)])
    at = np.arange(len(flags))
    counted: NDArray[np.int64] = total[np.minimum(at + _AROUND + 1, len(flags))] - total[np.maximum(at - _AROUND, 0)]
    return counted


def _fill_gaps(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Set what lies between two that are set with few between them."""
    places = np.flatnonzero(flags)
    for before, after in pairwise(places.tolist()):
        if 1 < after - before <= _GAP:
            flags[before:after] = True
    return flags


@cache
def _window(length: int) -> NDArray[np.float32]:
    return np.hanning(length).astype(np.float32)
