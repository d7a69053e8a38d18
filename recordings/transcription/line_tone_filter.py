"""Removes network tones (dial, busy, ringing, fax) from a message, in which a vocabulary would hear words.

A gateway on analogue or PRI lines records them after its caller has hung up. Source: ITU-T E.180 and its Supplement 2:
one or two steady frequencies, in India 400 Hz with or without 25 Hz upon it, elsewhere 350 to 480 Hz; with cadences
from 0.1 s on. A voice holds neither a frequency so still nor all its energy in two lines.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAME_S: Final = 0.04  # bins of 25 Hz; one period of the 25 Hz upon an Indian tone
_LOBE: Final = 2  # bins to each side that a line fills under a Hann window, and the 25 Hz at its sides
_LOWEST_HZ: Final = 300.0  # below it no network has a tone, and voices have theirs
_SHARE: Final = 0.95  # of all energy in two lines
_STILL_HZ: Final = 15.0  # by which a tone's middle may move from frame to frame; a voice glides
_FRAMES: Final = 4  # in a row: 0.16 s
_SOFTEST: Final = 33.0  # root mean square of a frame of 16 bits, -60 dB: softer is silence


def remove_line_tones(samples: NDArray[np.int16], rate: int) -> tuple[NDArray[np.int16], float]:
    """Return sound in which steady tones are silent, and how many seconds of them there were.

    Args:
        samples: Mono; a tone may continue from the samples before and into those after.
        rate: Samples a second.
    """
    length = int(rate * _FRAME_S)
    count = len(samples) // length
    if count == 0:
        return samples, 0.0
    frames = samples[: count * length].reshape(count, length).astype(np.float32)
    toned = _long_enough(*_steady(frames, rate))
    if not toned.any():
        return samples, 0.0
    seconds = float(toned.sum()) * _FRAME_S
    toned[1:] |= toned[:-1].copy()  # the frames where a tone begins and ends
    toned[:-1] |= toned[1:].copy()
    silenced = samples.copy()
    silenced[: count * length].reshape(count, length)[toned] = 0
    if toned[-1]:
        silenced[count * length :] = 0
    return silenced, seconds


def _steady(frames: NDArray[np.float32], rate: int) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Whether each frame is one line or two and nothing else; and where the middle of its energy lies."""
    window, hertz = _tools(rate)
    spectrum = np.fft.rfft(frames * window, axis=1)
    energy = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    whole = energy.sum(axis=1) + 1e-9
    middle = energy @ hertz / whole
    first, share = _line(energy)
    second, more = _line(energy)
    strong = more > (1 - _SHARE) * whole
    lowest = np.where(strong, np.minimum(hertz[first], hertz[second]), hertz[first])
    loud = np.sqrt((frames**2).mean(axis=1)) > _SOFTEST
    return loud & (share + more > _SHARE * whole) & (lowest >= _LOWEST_HZ), middle


def _line(energy: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Take the strongest line out of each frame's energy; where it was, and how much."""
    peak = energy.argmax(axis=1)
    near = np.abs(np.arange(energy.shape[1]) - peak[:, None]) <= _LOBE
    taken = np.where(near, energy, 0).sum(axis=1)
    energy[near] = 0
    return peak, taken


def _long_enough(pure: NDArray[np.bool_], middle: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Keep the runs that stay where they are; one that touches an end may go on beyond it and needs half as many."""
    found = np.zeros_like(pure)
    start = 0
    for at in range(1, len(pure) + 1):
        if at < len(pure) and pure[at] and pure[at - 1] and abs(middle[at] - middle[at - 1]) <= _STILL_HZ:
            continue
        needed = _FRAMES // 2 if start == 0 or at == len(pure) else _FRAMES
        if pure[start] and at - start >= needed:
            found[start:at] = True
        start = at
    return found


@cache
def _tools(rate: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the window of a frame, and the frequency of each bin."""
    length = int(rate * _FRAME_S)
    return np.hanning(length).astype(np.float32), np.fft.rfftfreq(length, 1 / rate).astype(np.float32)
