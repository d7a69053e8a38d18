"""G.711: sound samples to and from A-law and mu-law code words.

Source: ITU-T Recommendation G.711 (11/88), tables 1a/1b (A-law) and 2a/2b (mu-law). The decoder is the table; the
encoder picks, for each of the 65,536 possible samples, the code word whose segment it falls into, once, at import.
A-law code words carry the inversion of even bits (XOR 0x55) that the recommendation prescribes, mu-law code words
are inverted: both as they go over the line and as Asterisk's ``.alaw`` and ``.ulaw`` files hold them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BIAS: Final = 33  # mu-law: added before the segment is looked up (G.711, table 2a note), 14-bit scale


def _alaw_table() -> NDArray[np.int16]:
    """Return the 256 decoded samples of A-law (13 bits, left-aligned in 16)."""
    word = np.arange(256) ^ 0x55
    segment = (word >> 4) & 0x07
    step = word & 0x0F
    small = (step << 4) + 8
    value = np.where(segment == 0, small, (small + 0x100) << np.maximum(segment - 1, 0))
    return np.where(word & 0x80, value, -value).astype(np.int16)


def _ulaw_table() -> NDArray[np.int16]:
    """Return the 256 decoded samples of mu-law (14 bits, left-aligned in 16)."""
    word = ~np.arange(256) & 0xFF
    segment = (word >> 4) & 0x07
    step = word & 0x0F
    value = (((2 * step + _BIAS) << segment) - _BIAS) << 2
    return np.where(word & 0x80, -value, value).astype(np.int16)


def _alaw_words() -> NDArray[np.uint8]:
    """Return the A-law code word of every 16-bit sample, indexed by the sample + 32768."""
    sample = np.arange(-32768, 32768)
    size = np.where(sample >= 0, sample, ~sample) >> 4  # 11 bits of size on the 12-bit scale
    segment = np.maximum(np.frexp(size >> 4)[1], 0)
    step = (size >> np.maximum(segment - 1, 0)) & 0x0F
    sign = np.where(sample >= 0, 0x80, 0)
    return np.asarray((sign | (segment << 4) | step) ^ 0x55, np.uint8)


def _ulaw_words() -> NDArray[np.uint8]:
    """Return the mu-law code word of every 16-bit sample, indexed by the sample + 32768."""
    sample = np.arange(-32768, 32768)
    size = np.minimum(np.abs(sample >> 2) + _BIAS, 0x1FFF)
    segment = np.frexp(size >> 5)[1] - 1
    step = (size >> (segment + 1)) & 0x0F
    sign = np.where(sample >= 0, 0, 0x80)
    return np.asarray(~(sign | (segment << 4) | step) & 0xFF, np.uint8)


_FROM_ALAW: Final = _alaw_table()
_FROM_ULAW: Final = _ulaw_table()
_TO_ALAW: Final = _alaw_words()
_TO_ULAW: Final = _ulaw_words()


def to_alaw(samples: NDArray[np.int16]) -> bytes:
    """Return the A-law code words of 16-bit samples, one byte each."""
    return _TO_ALAW[samples.astype(np.int32) + 32768].tobytes()


def to_ulaw(samples: NDArray[np.int16]) -> bytes:
    """Return the mu-law code words of 16-bit samples, one byte each."""
    return _TO_ULAW[samples.astype(np.int32) + 32768].tobytes()


def from_alaw(words: bytes) -> NDArray[np.int16]:
    """Return the 16-bit samples of A-law code words."""
    return np.take(_FROM_ALAW, np.frombuffer(words, np.uint8))


def from_ulaw(words: bytes) -> NDArray[np.int16]:
    """Return the 16-bit samples of mu-law code words."""
    return np.take(_FROM_ULAW, np.frombuffer(words, np.uint8))
