"""The native formats of the trunks, as Asterisk's file formats hold them: raw, without a header.

| ending | holds                                    | bytes a second | Asterisk module    |
|--------|------------------------------------------|----------------|--------------------|
| alaw   | G.711 A-law, 8 kHz                       | 8,000          | format_pcm         |
| ulaw   | G.711 mu-law, 8 kHz                      | 8,000          | format_pcm         |
| g722   | G.722 at 64 kbit/s (16 kHz)              | 8,000          | format_g722        |
| sln16  | signed 16-bit little-endian PCM, 16 kHz  | 32,000         | format_sln         |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import G722
import numpy as np
import soxr

from agi.prompts.errors import InvalidAudioError
from agi.prompts.sound import g711, levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from agi.prompts.sound.wav import Sound

BYTES_A_SECOND: Final = {"alaw": 8_000, "ulaw": 8_000, "g722": 8_000, "sln16": 32_000}
"""File ending -> bytes a second."""

RECIPE: Final = 1
"""Version of the way from a text or a recording to these files: raised by hand when the sound would change."""

NARROW_RATE: Final = 8_000
WIDE_RATE: Final = 16_000
FRAME: Final = 160  # samples of 20 ms at 8 kHz: a file is whole packets, so the last one is not cut
G722_BITS: Final = 64_000


def encode_speech(sound: Sound) -> dict[str, bytes]:
    """Return file ending -> content for speech: band-limited, trimmed, made equally loud.

    Raises:
        InvalidAudioError: There is nothing to hear in it.
    """
    narrow = levels.band_limit(sound.samples, sound.rate, levels.NARROW_BAND)
    wide = levels.band_limit(sound.samples, sound.rate, levels.WIDE_BAND)
    begin, end = levels.trim_silence(narrow, sound.rate)
    if begin == end:
        raise InvalidAudioError("nothing can be heard in it")
    return _encode(
        levels.fade_edges(narrow, sound.rate, begin, end),
        levels.fade_edges(wide, sound.rate, begin, end),
        sound.rate,
    )


def encode_tone(sound: Sound) -> dict[str, bytes]:
    """Return file ending -> content for a tone or silence, as long as it is."""
    return _encode(sound.samples, sound.samples, sound.rate)


def seconds_of(content: dict[str, bytes]) -> float:
    """Return how long an encoded prompt lasts."""
    return len(content["alaw"]) / BYTES_A_SECOND["alaw"]


def _encode(narrow: NDArray[np.float64], wide: NDArray[np.float64], rate: int) -> dict[str, bytes]:
    """Return all formats of one sound, all equally long."""
    low = levels.normalise(soxr.resample(narrow, rate, NARROW_RATE, quality="VHQ"), NARROW_RATE)
    high = levels.normalise(soxr.resample(wide, rate, WIDE_RATE, quality="VHQ"), WIDE_RATE)
    frames = max(-(-len(low) // FRAME), -(-len(high) // (2 * FRAME)))
    eight = _whole(low, frames * FRAME)
    sixteen = _whole(high, frames * FRAME * 2)
    return {
        "alaw": g711.to_alaw(eight),
        "ulaw": g711.to_ulaw(eight),
        "g722": bytes(G722.G722(WIDE_RATE, G722_BITS).encode(sixteen)),
        "sln16": sixteen.astype("<i2").tobytes(),
    }


def _whole(samples: NDArray[np.float64], length: int) -> NDArray[np.int16]:
    """Return the samples as 16-bit PCM, filled with silence to the length."""
    return np.rint(np.pad(samples, (0, length - len(samples))) * 32767).astype(np.int16)
